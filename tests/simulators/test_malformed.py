"""Bad messages: each kind of the promise, each with one bad item."""

import json
import math
from collections import Counter

import pytest

from simulators.city import City
from simulators.malformed import BadMessage, bad_messages
from simulators.plan import HOUR_MS
from tests.simulators.conftest import SMALL


@pytest.fixture(name="bad")
def _bad(small_city: City) -> list[BadMessage]:
    return bad_messages(SMALL, small_city.meters)


def by_kind(bad: list[BadMessage], kind: str) -> BadMessage:
    return next(message for message in bad if message.kind == kind)


def test_every_kind_of_bad_input_is_there(bad: list[BadMessage]) -> None:
    kinds = Counter(message.kind for message in bad)
    assert {
        "not JSON", "unit in the value", "NaN as text", "NaN bare", "too large", "1970", "2999",
        "topic outside the contract", "unknown channel", "one bad item of two", "impossible speed",
    } <= set(kinds)  # fmt: skip
    assert all(count == 2 for kind, count in kinds.items() if kind != "impossible speed")


@pytest.mark.parametrize("kind", ["not JSON", "not UTF-8"])
def test_some_cannot_be_read_at_all(bad: list[BadMessage], kind: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        json.loads(by_kind(bad, kind).payload)


def test_others_read_well_and_mean_nothing(bad: list[BadMessage]) -> None:
    assert json.loads(by_kind(bad, "too large").payload)["energy_kwh"] > 1e200
    assert json.loads(by_kind(bad, "1970").payload)["time"] < 365 * 24 * HOUR_MS
    assert json.loads(by_kind(bad, "2999").payload)["time"] // (365.2425 * 24 * HOUR_MS) == 2999 - 1970
    assert json.loads(by_kind(bad, "unit in the value").payload)["energy_kwh"].endswith(" MWh")
    assert math.isnan(float(json.loads(by_kind(bad, "NaN as text").payload)["energy_kwh"]))


def test_the_good_item_beside_a_bad_one_repeats_a_reading_of_the_history(
    small_city: City, bad: list[BadMessage]
) -> None:
    message = by_kind(bad, "one bad item of two")
    good, wrong = json.loads(message.payload)
    address = "/".join(message.topic.split("/")[2:4])
    meter = next(meter for meter in small_city.meters if meter.address == address)
    assert good == {"time": SMALL.start_ms, "energy_kwh": meter.register}
    assert wrong["energy_kwh"] == "??"


def test_bad_messages_come_where_a_collector_listens(bad: list[BadMessage]) -> None:
    for message in bad:
        parts = message.topic.split("/")
        assert parts[:2] == ["kilowitness", "v1"]
        assert len(parts) == 5
        assert parts[4] in {"readings", "positions"}
    outside = by_kind(bad, "topic outside the contract").topic
    assert outside != outside.lower()
