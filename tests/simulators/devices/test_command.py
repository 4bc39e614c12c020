"""`kilowitness simulate devices`: choosing dialects, playing them, the world going on."""

import threading

import pytest

from simulators import __main__ as command
from simulators.devices.catalogue import DIALECTS
from simulators.devices.command import HOUR_MS, chosen, play, samples
from tests.conftest import free_port
from tests.simulators.devices.parts import SAMPLE
from tests.simulators.devices.test_player import listening


def test_without_a_name_all_are_chosen() -> None:
    assert [dialect.name for dialect in chosen([])] == list(DIALECTS)
    assert [dialect.name for dialect in chosen(["jt808", "tasmota"])] == ["jt808", "tasmota"]
    with pytest.raises(ValueError, match="no dialect 'knx'; there are canonical, "):
        chosen(["knx"])


def test_registers_grow_with_the_power_and_the_vehicle_drives() -> None:
    first, later = samples(SAMPLE, iter([SAMPLE.time_ms, SAMPLE.time_ms + HOUR_MS]))
    assert first == SAMPLE
    assert later.energy_kwh == pytest.approx(SAMPLE.energy_kwh + SAMPLE.power_kw)
    assert later.odometer_km == pytest.approx(SAMPLE.odometer_km + SAMPLE.speed_kmh)
    assert later.lat > SAMPLE.lat
    assert later.fuel_l < SAMPLE.fuel_l


@pytest.mark.mosquitto
def test_it_plays_for_its_seconds_and_counts(mosquitto_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto_port}"
    with listening(mosquitto_port, "device/+/up/#") as (_, heard):
        arguments = ["devices", "--dialect", "edgelogger", "--seconds", "0.3", "--interval", "0.1"]
        assert command.main([*arguments, "--mqtt-url", url]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("edgelogger: nested batches")
    assert int(printed[-1].split()[0]) >= 4
    assert {topic for topic, _ in heard} == {"device/power/up/AHU34", "device/bydpower/up/EM-2025-001"}


@pytest.mark.mosquitto
def test_it_stops_when_told(mosquitto_port: int) -> None:
    stop = threading.Event()
    stop.set()
    url = f"mqtt://127.0.0.1:{mosquitto_port}"
    lines: list[str] = []
    assert play(chosen(["acrel-adw"]), url, stop=stop, interval_s=60, say=lines.append) == 1
    assert lines == [f"acrel-adw: {DIALECTS['acrel-adw'].about}"]


def test_a_wrong_name_and_an_absent_broker_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["devices", "--dialect", "knx"]) == 1
    assert command.main(["devices", "--mqtt-url", f"mqtt://127.0.0.1:{free_port()}"]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith("kilowitness simulate: no dialect 'knx'")
    assert errors[-1].startswith("kilowitness simulate: no broker at 127.0.0.1")
