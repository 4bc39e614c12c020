"""The JSON of each device against the example of its vendor's document: shape, units, time, topic."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulators.devices.acrel_adw import AcrelAdw
from simulators.devices.canonical import Canonical
from simulators.devices.device import Device, Message
from simulators.devices.edgelogger import EdgeLogger
from simulators.devices.homeassistant import HomeAssistant
from simulators.devices.neuron import Neuron
from simulators.devices.shelly import ShellyPlug, ShellyPro3Em
from simulators.devices.tasmota import Tasmota
from simulators.devices.thingsboard import ThingsBoard
from simulators.devices.wudun import Wudun
from simulators.devices.zigbee2mqtt import Zigbee2Mqtt
from tests.simulators.devices.parts import EIGHT_MS, SAMPLE, content, has_shape_of

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))


def _first(device: Device) -> Message:
    return device.report(SAMPLE)[0]


@pytest.mark.parametrize(
    ("device", "topic", "example"),
    [
        (Canonical(), "kilowitness/v1/city-hall/main-1/readings", "canonical"),
        (AcrelAdw(), "platform/acrel/meter/json-v2/analog/0000", "acrel-adw"),
        (Neuron(), "/neuron/mqtt", "neuron-values"),
        (Neuron(tags=True), "/neuron/mqtt/Modbus-1/Meters", "neuron-tags"),
        (Zigbee2Mqtt(), "zigbee2mqtt/Office_Plug-3", "zigbee2mqtt"),
        (Tasmota(), "tele/tasmota_9CF9D1/STATE", "tasmota-state"),
        (ShellyPro3Em(), "shellypro3em-C8F09E87A1B0/status/em:0", "shelly-em"),
        (ShellyPlug(), "shellyplusplugs-B0A732F1C5D4/status/switch:0", "shelly-switch"),
        (EdgeLogger(), "device/power/up/AHU34", "edgelogger"),
        (EdgeLogger(earlier=True), "device/bydpower/up/AHU34", "edgelogger"),
        (Wudun(), "v1/wudun/EMS2/iYRkfVpi77/report/regular/post", "wudun"),
    ],
)
def test_it_sends_what_its_document_shows(device: Device, topic: str, example: str) -> None:
    message = _first(device)
    assert message.topic == topic
    assert has_shape_of(content(message), EXAMPLES[example])


def test_the_shape_of_an_example_can_be_missed() -> None:
    assert not has_shape_of({"a": 1}, {"b": 1})
    assert not has_shape_of({"a": "1"}, {"a": 1})
    assert not has_shape_of([{"a": True}], [{"a": 1}])


def test_tasmota_s_sensor_is_that_of_the_example() -> None:
    _, sensor = Tasmota().report(SAMPLE)
    assert sensor.topic == "tele/tasmota_9CF9D1/SENSOR"
    assert has_shape_of(content(sensor), EXAMPLES["tasmota"])


def test_points_of_acrel_bear_their_numbers() -> None:
    (snapshot,) = content(_first(AcrelAdw()))["data"]
    points = {point["id"]: point["val"] for point in snapshot["point"]}
    assert snapshot["tp"] == SAMPLE.time_ms
    assert (points[0], points[13], points[28], points[29]) == ("20201998111433", 3.21, "12345.67", "0.50")


def test_thingsboard_tells_of_two_meters_and_of_one_of_them_twice() -> None:
    sent = content(_first(ThingsBoard()))
    assert [content(message) for message in ThingsBoard().connected(SAMPLE)] == [
        {"device": "Main-1"}, {"device": "Sub.2"},
    ]  # fmt: skip
    assert [item["ts"] for item in sent["Sub.2"]] == [SAMPLE.time_ms - 1000, SAMPLE.time_ms]
    assert sent["Main-1"][0]["values"] == {"energy_kwh": 12345.67, "power_kw": 3.21}
    assert {m.device for m in _first(ThingsBoard()).means} == {
        ("thingsboard", "main-1"), ("thingsboard", "sub.2"),
    }  # fmt: skip


def test_tasmota_says_local_time_without_zone_and_before_it_knows_it_1970() -> None:
    device = Tasmota()
    for message in device.report(SAMPLE):
        assert content(message)["Time"] == "2026-11-22T08:00:00"
        assert message.means[0].time_ms == EIGHT_MS
    online, state, early = device.connected(SAMPLE)
    assert (online.topic, online.payload, online.retain) == ("tele/tasmota_9CF9D1/LWT", b"Online", True)
    assert state.means == early.means == ()
    assert content(early)["Time"].startswith("1970-")
    assert device.will is not None
    assert (device.will.topic, device.will.payload, device.will.retain) == (online.topic, b"Offline", True)


def test_edgelogger_writes_17_local_digits_or_milliseconds() -> None:
    assert content(_first(EdgeLogger()))["batch"][0]["timestamp"] == "20261122080000345"
    assert content(_first(EdgeLogger(earlier=True)))["batch"][0]["timestamp"] == str(SAMPLE.time_ms)


def test_shelly_counts_watts_and_watt_hours_and_notifies_in_seconds() -> None:
    power, energy, notified, _ = ShellyPro3Em().report(SAMPLE)
    assert content(power)["total_act_power"] == 3210.0
    assert content(energy)["total_act"] == 12_345_670.0
    assert energy.means[0].values["energy_kwh"] == 12345.67
    assert content(notified)["params"]["ts"] == pytest.approx(SAMPLE.time_ms / 1000, abs=0.005)
    assert has_shape_of(content(notified), EXAMPLES["shelly-notify"] | {"params": None})
    _, change, cloud = ShellyPlug().report(SAMPLE)
    assert has_shape_of(content(change), EXAMPLES["shelly-notify"])
    assert set(change.means[0].values) == {"energy_kwh"}
    assert cloud.means == ()
    assert ShellyPlug().connected(SAMPLE)[0].payload == b"true"


def test_zigbee2mqtt_keeps_state_and_availability_retained() -> None:
    bridge, available = Zigbee2Mqtt().connected(SAMPLE)
    assert (bridge.topic, bridge.payload) == ("zigbee2mqtt/bridge/state", b'{"state":"online"}')
    assert (available.topic, available.payload) == (
        "zigbee2mqtt/Office_Plug-3/availability", b'{"state":"online"}',
    )  # fmt: skip
    assert available.retain
    assert _first(Zigbee2Mqtt()).retain
    assert _first(Zigbee2Mqtt()).means[0].values["power_kw"] == 3.21


def test_single_values_are_bare() -> None:
    sent = {message.topic.split("/")[3]: message.payload for message in HomeAssistant().report(SAMPLE)}
    assert sent == {"energy_kwh": b"12345.67", "power_kw": b"3.21", "voltage_v": b"228.4"}
    (unknown,) = HomeAssistant().connected(SAMPLE)
    assert (unknown.payload, unknown.means) == (b"unavailable", ())


def test_wudun_tells_of_one_meter_and_then_of_all() -> None:
    one, both = Wudun().report(SAMPLE)
    assert has_shape_of(content(both), EXAMPLES["wudun"] | {"data": {"type": "", "data": None}})
    assert [row["id"] for row in content(both)["data"]["data"]] == [1, 2]
    assert content(one)["data"]["data"]["frequency_grid"] is None
    assert len(one.means) == 1
    assert len(both.means) == 2
