"""Payloads against the samples of the documents."""

import json
from datetime import datetime

import pytest

from simulators import encoders
from simulators.meters import Style

EIGHT = round(datetime.fromisoformat("2026-11-22T08:00:00+08:00").timestamp() * 1000)


def test_the_canonical_sample() -> None:
    payload = encoders.canonical([EIGHT], {"energy_kwh": [12345.678], "power_kw": [3.21]}, Style.OFFSET)
    assert payload == b'{"time":"2026-11-22T08:00:00+08:00","energy_kwh":12345.678,"power_kw":3.21}'


@pytest.mark.parametrize(
    ("style", "time", "value"),
    [
        (Style.EPOCH, EIGHT, 1.5),
        (Style.OFFSET, "2026-11-22T08:00:00+08:00", 1.5),
        (Style.ZONELESS, "2026-11-22T08:00:00", 1.5),
        (Style.TEXT, EIGHT, "1.5"),
    ],
)
def test_styles_write_times_and_numbers_their_own_way(style: Style, time: object, value: object) -> None:
    payload = encoders.canonical([EIGHT], {"water_m3": [1.5]}, style)
    assert json.loads(payload) == {"time": time, "water_m3": value}


@pytest.mark.parametrize("style", list(Style))
def test_several_instants_make_an_array(style: Style) -> None:
    content = json.loads(encoders.canonical([EIGHT, EIGHT + 3_600_000], {"gas_m3": [1.0, 2.0]}, style))
    assert [float(item["gas_m3"]) for item in content] == [1.0, 2.0]
    assert content[0]["time"] != content[1]["time"]


def test_the_acrel_sample() -> None:
    """Reference §10.2, the ADW3xx gateway's message, byte for byte."""
    payload = encoders.acrel("20201998111433", [1631839905057], {"power_kw": [45.5], "energy_kwh": [123.4]})
    sample = (
        b'{"data":[{"tp":1631839905057,"point":[{"id":0,"val":"20201998111433"},'
        b'{"id":13,"val":45.5},{"id":28,"val":123.4}]}]}'
    )
    assert payload == sample


def test_acrel_points_have_the_numbers_of_the_table() -> None:
    channels = {
        "voltage_v": [230.0], "current_a": [5.0], "power_factor": [0.9], "power_kw": [3.0],
        "energy_kwh": [10.0],
    }  # fmt: skip
    [snapshot] = json.loads(encoders.acrel("1", [0], channels))["data"]
    assert {point["id"]: point["val"] for point in snapshot["point"]} == {
        0: "1", 1: 230.0, 7: 5.0, 25: 0.9, 13: 3.0, 28: 10.0,
    }  # fmt: skip


def test_the_neuron_samples() -> None:
    """Both forms of the Neuron document, its key order included."""
    values = encoders.neuron_values("modbus", "grp", 1650006388943, {"tag0": 123})
    assert values == (
        b'{"timestamp":1650006388943,"node":"modbus","group":"grp","values":{"tag0":123},'
        b'"errors":{},"metas":{}}'
    )
    tags = encoders.neuron_tags("modbus", "grp", 1647497389075, {"tag0": 123})
    assert tags == (
        b'{"node":"modbus","group":"grp","timestamp":1647497389075,"tags":[{"name":"tag0","value":123}]}'
    )


def test_positions_are_an_array_with_fuel_where_there_is_a_tank() -> None:
    columns: dict[str, list[float]] = {"lat": [30.7, 30.8], "lon": [111.3, 111.4], "ignition": [1, 0]}
    with_tank = json.loads(encoders.positions([1, 2], columns, fuel_l=[40.0, 39.9]))
    assert with_tank[1] == {"time": 2, "lat": 30.8, "lon": 111.4, "ignition": 0, "fuel_l": 39.9}
    without = json.loads(encoders.positions([1, 2], columns, fuel_l=None))
    assert "fuel_l" not in without[0]


def test_columns_of_unequal_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        encoders.canonical([1, 2], {"energy_kwh": [1.0]}, Style.EPOCH)
