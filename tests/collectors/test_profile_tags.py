"""A profile's tags: channels, units, words, and what is known but not kept."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders.profile_model import Channel
from collectors.decoders.profile_tags import Tags, Target, Values
from services.metering.channels import CHANNELS

TAGS = Tags(
    {
        "power.total": Channel("power_kw", 0.001),
        "energy": "energy_kwh",
        "lamp": Channel("lamp_on", words={"ON": 1, "off": 0, "true": 1, "false": 0}),
        "volts.a": "voltage_v",
    },
    ["noise", "up*date?", "volts"],
    ["ts", "data.id"],
)


def sort(held: dict[str, Any], tags: Tags = TAGS) -> tuple[Values, list[str]]:
    values: Values = {}
    faults: list[str] = []
    tags.sort(held, values, faults)
    return values, faults


def unknown(tag: str) -> str:
    return f"unknown-channel: the profile maps no tag {tag!r}"


def test_a_channels_own_name_needs_no_line() -> None:
    held = dict.fromkeys(CHANNELS, 1)
    assert sort(held) == (held, [])


@pytest.mark.parametrize(
    ("held", "values"),
    [
        ({"power": {"total": 4500}}, {"power_kw": 4.5}),
        ({"power.total": "4500"}, {"power_kw": 4.5}),
        ({"energy": "12.5"}, {"energy_kwh": "12.5"}),
        ({"energy": None, "power": {"total": None}, "lamp": None}, {}),
        ({"lamp": "on"}, {"lamp_on": 1.0}),
        ({"lamp": " OFF "}, {"lamp_on": 0.0}),
        ({"lamp": True}, {"lamp_on": 1.0}),
        ({"lamp": False}, {"lamp_on": 0.0}),
        ({"lamp": 1}, {"lamp_on": 1.0}),
        ({"lamp": "dim"}, {"lamp_on": "dim"}),
        ({"power": {"total": "x"}}, {"power_kw": "x"}),
        ({"power": {"total": [1000, None, "x"]}}, {"power_kw": [1.0, None, "x"]}),
        ({"energy": [1, 2]}, {"energy_kwh": [1, 2]}),
        ({"noise": {"deep": [1]}, "update1": 1, "up and date2": 2, "ts": 5, "data": {"id": 7}}, {}),
        ({"volts": {"a": 230, "b": 231, "c": {"x": 1}}}, {"voltage_v": 230}),
        ({"anything": None}, {}),
    ],
)
def test_where_values_go(held: dict[str, Any], values: Values) -> None:
    assert sort(held) == (values, [])


@pytest.mark.parametrize(
    ("held", "tag"),
    [
        ({"tag0": 1}, "tag0"),
        ({"power": {"other": 1}}, "power.other"),
        ({"power": 5}, "power"),
        ({"update": 1}, "update"),
        ({"noisy": 1}, "noisy"),
        ({"nested": {"a": {"b": 1}}}, "nested"),
        ({"data": {"other": 1}}, "data.other"),
        ({"": 0}, ""),
    ],
)
def test_a_tag_that_nobody_maps_is_named(held: dict[str, Any], tag: str) -> None:
    assert sort(held | {"energy": 1}) == ({"energy_kwh": 1}, [unknown(tag)])


def test_a_long_tag_is_shown_short_and_is_never_passed_over() -> None:
    tags = Tags({}, ["*"])
    assert sort({"x" * 199: 1}, tags) == ({}, [])
    values, (fault,) = sort({"x" * 100_000: 1}, tags)
    assert not values
    assert len(fault) < 100


def test_what_is_passed_over_is_remembered_within_bounds() -> None:
    tags = Tags({}, ["noise*"])
    for number in range(10_000):
        assert sort({f"noise{number}": 1}, tags) == ({}, [])
    assert len(tags._tree) < 5_000


def test_one_tag_told_by_name() -> None:
    for tag, value, expected in (
        ("energy", 5, ({"energy_kwh": 5}, [])),
        ("power.total", 500, ({"power_kw": 0.5}, [])),
        ("lamp", "ON", ({"lamp_on": 1.0}, [])),
        ("energy", None, ({}, [])),
        ("noise", 1, ({}, [])),
        ("ts", 1, ({}, [])),
        ("tag0", 1, ({}, [unknown("tag0")])),
        ("power", 1, ({}, [unknown("power")])),
    ):
        values: Values = {}
        faults: list[str] = []
        TAGS.sort_one(tag, value, values, faults)
        assert (values, faults) == expected


def test_a_line_of_the_profile_wins_over_what_it_ignores() -> None:
    assert sort({"energy_x": 1, "energy_y": 2}, Tags({"energy_x": "energy_kwh"}, ["energy_*"])) == (
        {"energy_kwh": 1}, [],
    )  # fmt: skip


@pytest.mark.parametrize(
    "channel",
    [
        Channel("nonsense"),
        Channel("power_kw", 0),
        Channel("power_kw", float("nan")),
        Channel("power_kw", float("inf")),
    ],
)
def test_a_target_that_cannot_be(channel: Channel) -> None:
    with pytest.raises(ValueError, match=r"is not a channel|scale: "):
        Target(channel)


@given(st.integers(0, 10**12), st.sampled_from([1, 2, 3, 4, 6]))
def test_a_decimal_scale_is_carried_out_to_the_last_digit(value: int, places: int) -> None:
    scale = float(Decimal(10) ** -places)
    assert Target(Channel("power_kw", scale)).read(value) == float(Decimal(value) / 10**places)


@given(st.floats(-1e15, 1e15), st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9))
def test_scaling_is_multiplication(value: float, scale: float) -> None:
    read = Target(Channel("power_kw", scale)).read(value)
    assert read == pytest.approx(value * scale, rel=1e-9)
