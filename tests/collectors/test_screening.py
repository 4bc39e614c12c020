"""What can be believed, and a reason for what cannot."""

import json
import math
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Report
from collectors.screening import LIMITS, read_number, screen
from services.metering.channels import CHANNELS, Channel
from services.metering.model import Quality
from services.timeseries.schema import DEVICE_STATUS, POSITIONS, READINGS, Measurement
from services.timeseries.store import Point

ZONE = ZoneInfo("Asia/Shanghai")
ARRIVAL_MS = 1_795_334_400_000


def screened(
    values: Mapping[str, object], *, time: object = ARRIVAL_MS, measurement: Measurement = READINGS
) -> tuple[Point | None, list[str]]:
    rejects: list[Reject] = []
    point = screen(Report(measurement, ("a", "b"), time, values, 3), ARRIVAL_MS, ZONE, rejects)
    assert all(reject.item == 3 for reject in rejects)
    return point, [reject.reason for reject in rejects]


def test_limits_name_only_fields_of_the_schema() -> None:
    for measurement in (READINGS, POSITIONS, DEVICE_STATUS):
        assert set(LIMITS[measurement.name]) == set(measurement.fields) - {"quality"}


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=lambda channel: channel.name)
def test_a_channels_limits_are_included_and_no_more(channel: Channel) -> None:
    name, low, high = channel.name, channel.low, channel.high
    for good in (low, high):
        point, reasons = screened({name: good})
        assert point is not None
        assert point.fields == {name: good}
        assert not reasons
    for bad in (math.nextafter(low, -math.inf), math.nextafter(high, math.inf)):
        point, reasons = screened({name: bad})
        assert point is None
        assert reasons[0].startswith(f"out-of-range: {name} ")


def test_good_channels_survive_bad_neighbours() -> None:
    point, reasons = screened({"energy_kwh": 1, "power_kw": math.nan, "colour": 3, "voltage_v": "230"})
    assert point is not None
    assert point.fields == {"energy_kwh": 1.0, "voltage_v": 230.0}
    assert reasons == ["not-finite: power_kw is nan", "unknown-channel: 'colour'"]


def test_quality_is_not_a_channel_a_device_may_set() -> None:
    assert screened({"quality": 1}) == (None, ["unknown-channel: 'quality'"])


def test_assumptions_about_the_time_are_stored_with_a_reading() -> None:
    point, _ = screened({"energy_kwh": 1}, time=None)
    assert point is not None
    assert point.fields["quality"] == Quality.ARRIVAL_TIME
    point, _ = screened({"energy_kwh": 1}, time="2026-11-22 15:00:00")
    assert point is not None
    assert point.fields["quality"] == Quality.ZONE_ASSUMED
    point, _ = screened({"energy_kwh": 1})
    assert point is not None
    assert "quality" not in point.fields


def test_positions_and_status_have_no_quality_field() -> None:
    point, _ = screened({"online": 1.0}, time=None, measurement=DEVICE_STATUS)
    assert point == Point(DEVICE_STATUS, ("a", "b"), ARRIVAL_MS, {"online": 1.0})


def test_a_bad_time_spoils_the_item_once() -> None:
    assert screened({"energy_kwh": 1, "power_kw": 2}, time="soon") == (
        None,
        ["unreadable-time: 'soon' is not RFC 3339"],
    )


@pytest.mark.parametrize(
    ("values", "kept", "reasons"),
    [
        ({"lat": 30.2, "lon": 115.0}, {"lat": 30.2, "lon": 115.0}, []),
        ({"lat": 0.0, "lon": 115.0}, {"lat": 0.0, "lon": 115.0}, []),
        ({"odometer_km": 5}, {"odometer_km": 5.0}, []),
        ({"lat": 0, "lon": 0, "fuel_l": 9}, {"fuel_l": 9.0}, ["no-fix: lat and lon are 0"]),
        ({"lat": 30.2, "fuel_l": 9}, {"fuel_l": 9.0}, ["half-position: lat and lon come together"]),
        ({"lon": 115.0, "fuel_l": 9}, {"fuel_l": 9.0}, ["half-position: lat and lon come together"]),
    ],
)
def test_a_latitude_means_nothing_without_its_longitude(
    values: dict[str, object], kept: dict[str, float], reasons: list[str]
) -> None:
    point, said = screened(values, measurement=POSITIONS)
    assert point is not None
    assert point.fields == kept
    assert said == reasons


@pytest.mark.parametrize(("raw", "number"), [("1", 1.0), (" 1.5 ", 1.5), ("-.5e1", -5.0), ("7.", 7.0)])
def test_numeric_strings_are_numbers(raw: object, number: float) -> None:
    assert read_number(raw) == number


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "nan",
        "inf",
        "Infinity",
        "1_000",
        "1,5",
        "0x1",
        "１２",
        "--1",
        "1e",
        True,
        None,
        [1],
        {},
        b"1",
    ],
)
def test_everything_else_is_not_a_number(raw: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_number(raw)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_the_same_as_its_string(value: float) -> None:
    assert read_number(json.dumps(value)) == value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*CHANNELS, "x"]), json_values), json_values)
def test_whatever_comes_in_only_finite_numbers_within_limits_go_out(
    values: dict[str, object], time: object
) -> None:
    point, reasons = screened(values, time=time)
    if point is not None:
        for name, value in point.fields.items():
            if name != "quality":
                assert CHANNELS[name].low <= value <= CHANNELS[name].high
    kept = 0 if point is None else len(point.fields) - ("quality" in point.fields)
    assert kept + len(reasons) >= (1 if values else 0)
