"""Inputs that say more, less or otherwise than they are read: named also where every figure follows."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.mv.canonical import canonical
from services.mv.daylight import daylight_hours
from services.savings.settlement.document import Json, released, settle
from services.savings.settlement.form import frozen_again
from services.savings.settlement.verification import first_fault
from tests.services.savings.examples import frozen
from tests.services.savings.methods import every_method

Change = Callable[[Any], object]
AT = datetime(2025, 7, 2, 1, tzinfo=UTC)


def held() -> Json:
    """A month with too many days unmeasured."""
    return frozen(lost_days=5)


def let_go() -> Json:
    """The same, released by a person."""
    return released(held(), by="王敏", role="bureau", reason="双方同意", at=AT)


def verdict(inputs: Json, change: Change = lambda _: None) -> str | None:
    """What is found in the settlement of altered inputs, all that follows from them computed again."""
    other = copy.deepcopy(inputs)
    change(other)
    return first_fault(json.loads(canonical(settle(other))))


def nowhere(inputs: Json) -> None:
    """A contract that names no place, and days of which no daylight is known."""
    inputs["contract"].update(latitude=None, longitude=None)
    inputs["place"] = None
    for row in (*inputs["baseline_days"], *inputs["reporting_days"]):
        row[2] = None


@pytest.mark.parametrize("way", ["days", "weather", "lamps", "rate", "adjusted", "adjusted lamps"])
def test_what_is_frozen_is_in_its_form(way: str) -> None:
    inputs = json.loads(canonical(every_method()[way]))
    assert frozen_again(inputs) == inputs
    assert verdict(inputs) is None


@pytest.mark.parametrize("kind", ["guaranteed", "custody", "lease", "mixed"])
def test_contracts_of_every_kind_are(kind: str) -> None:
    assert verdict(frozen(kind=kind)) is None


def test_a_released_month_is_and_one_without_a_place() -> None:
    assert verdict(let_go()) is None
    assert verdict(frozen(), nowhere) is None


def elsewhere(inputs: Json) -> None:
    """Another latitude for the daylight than the contract's, and its hours."""
    inputs["place"] = {"latitude": 45.0, "longitude": 111.3}
    for part in ("baseline_days", "reporting_days"):
        days = [datetime.fromisoformat(row[0]).date() for row in inputs[part]]
        for row, hours in zip(inputs[part], daylight_hours(days, 45.0, 111.3).tolist(), strict=True):
            row[2] = hours


def unplaced(inputs: Json) -> None:
    """No place in the inputs, so that hours of daylight may be anything."""
    inputs["place"] = None
    for row in inputs["baseline_days"]:
        row[2] = row[2] * 0.9


OTHERWISE: list[tuple[Change, str]] = [
    (lambda one: one.update(bonus="10000.00"), "inputs.bonus: does not follow"),
    (lambda one: one["place"].update(height=30), "inputs.place.height: does not follow"),
    (elsewhere, "inputs.place.latitude: says 45.0, the inputs give 30.7"),
    (unplaced, "daylight_h: says"),
    (lambda one: one.update(calendar=None), "calendar: not said"),
    (lambda one: one["contract"].update(price_yuan_per_kwh="+0.735686"), "kwh: says '+0.735686'"),
    (lambda one: one.update(months=[None]), "month: not said"),
    (lambda one: one.update(months=["May"]), "Invalid isoformat string: 'May-01'"),
    (lambda one: one["contract"].update(term_years=5.0), "inputs.contract.term_years: says 5.0"),
    (lambda one: one["contract"].update(esco_en=" Clear Light"), "inputs.contract.esco_en: says ' Clear"),
    (lambda one: one["contract"].update(accepted_on="2025-05-14T00:00:00"), "inputs.contract.accepted_on"),
    (lambda one: one["contract"].pop("minimum_completeness"), "minimum_completeness: missing"),
    (lambda one: one["reporting_days"][3][3][0].__setitem__(1, 0), "reporting_days[3][3][0][1]: says 0"),
    (lambda one: one["reporting_days"][3][3][0].__setitem__(2, "1.0"), "[3][3][0][2]: says '1.0'"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "place"), OTHERWISE)
def test_what_is_read_otherwise_than_it_is_said_is_named(change: Change, place: str) -> None:
    found = verdict(frozen(), change)
    assert found is not None
    assert place in found


WORDS: list[tuple[Change, str]] = [
    (lambda one: one.update(release=None), "TypeError"),
    (lambda one: one.update(release={}), "KeyError"),
    (lambda one: one["release"].update(by=" "), "release.by: not said"),
    (lambda one: one["release"].pop("reason"), "KeyError: 'reason'"),
    (lambda one: one["release"].update(role=None), "release.role: not said"),
    (lambda one: one["release"].update(at="2025-07-02"), "release.at: without an offset"),
    (lambda one: one["release"].update(at="yesterday"), "Invalid isoformat"),
    (lambda one: one["release"].update(fee="0"), "inputs.release.fee: does not follow"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "place"), WORDS)
def test_a_held_month_is_released_by_a_person_or_not_at_all(change: Change, place: str) -> None:
    """An empty word would give a month amounts that nobody let go."""
    found = verdict(let_go(), change)
    assert found is not None
    assert place in found


@pytest.mark.parametrize(("said", "holds"), [(1e-4, True), (2e-4, False), (1e-5, False), (-1e-4, True)])
def test_daylight_may_differ_in_its_last_decimal_alone(said: float, holds: bool) -> None:
    """Another machine may round otherwise, and no further."""

    def nudge(inputs: Json) -> None:
        row = inputs["reporting_days"][3]
        row[2] = round(row[2] + said, 5)

    found = verdict(frozen(), nudge)
    assert (found is None) is holds
    assert holds or "2025-06-04: daylight_h" in str(found)
