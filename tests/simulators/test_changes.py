"""Lamps hung after the retrofit: when, how much they use, and what the parties say of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from simulators import days
from simulators.changes import (
    ADJUSTMENT,
    HALF_WIDTH_SHARE,
    Change,
    adjustment_document,
    approvals,
    extra_kwh,
    happen,
)
from simulators.city import City
from simulators.contracts import Contract, sign_contracts
from simulators.plan import months_after
from tests.simulators.conftest import SMALL, WHOLE

CHANGES = {change.place: change for change in happen(WHOLE, sign_contracts(WHOLE))}
AGREED, SILENT = CHANGES["finance"], CHANGES["library"]


def contract_of(change: Change) -> Contract:
    return next(one for one in sign_contracts(WHOLE) if one.code == change.contract)


def by_day(change: Change, **plan: Any) -> np.ndarray[Any, Any]:
    """What the change adds, shape (days, 24)."""
    return extra_kwh(replace(WHOLE, **plan), change).reshape(-1, 24)


def test_one_change_is_agreed_and_one_has_no_words() -> None:
    assert [change.adjustment for change in CHANGES.values()] == [ADJUSTMENT, None]
    assert len({change.contract for change in CHANGES.values()}) == 2


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_comes_while_the_saving_counts_and_stays(change: Change) -> None:
    contract = contract_of(change)
    assert contract.reporting_start + timedelta(days=28) < change.first_day
    assert change.first_day + timedelta(days=28) < WHOLE.until
    assert change.last_day == months_after(contract.accepted_on, 12 * contract.term_years)


def test_a_history_that_ends_before_a_change_shows_has_none() -> None:
    assert happen(SMALL, sign_contracts(SMALL)) == ()
    for months in (14, 16, 18):
        plan = replace(WHOLE, months=months)
        found = happen(plan, sign_contracts(plan))
        assert all(change.first_day + timedelta(days=30) <= plan.until for change in found)
        assert len(found) == {14: 0, 16: 1, 18: 2}[months]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_is_used_before_its_first_day_or_outside_its_hours(change: Change) -> None:
    used = by_day(change)
    first = (change.first_day - WHOLE.start).days
    assert (used[:first] == 0).all()
    assert used[first:].any()
    lit = slice(change.first_hour, change.first_hour + change.hours)
    assert (np.delete(used, np.r_[lit], axis=1) == 0).all()
    assert (used >= 0).all()


def test_lamps_of_an_office_stay_dark_on_days_off() -> None:
    works = days.working(days.span(WHOLE.start, WHOLE.days))
    first = (AGREED.first_day - WHOLE.start).days
    used = by_day(AGREED).sum(axis=1)
    assert (used[first:][~works[first:]] == 0).all()
    assert (used[first:][works[first:]] > 0).all()
    assert (by_day(SILENT).sum(axis=1)[(SILENT.first_day - WHOLE.start).days :] > 0).all()


def test_what_is_used_is_near_what_is_agreed_and_not_equal_to_it() -> None:
    """In 40 cities the true amount departs from lamps x watts x hours by less than the parties grant."""
    agreed = AGREED.lamps * AGREED.watts * AGREED.hours / 1000
    departs = []
    for seed in range(1, 41):
        used = by_day(AGREED, seed=seed).sum(axis=1)
        departs.append(float(used[used > 0].mean()) / agreed - 1)
    assert np.mean(np.abs(departs) <= HALF_WIDTH_SHARE) >= 0.9
    assert 0.01 < np.std(departs) < 0.035
    assert len(set(departs)) == 40


def test_a_longer_horizon_changes_nothing_that_was_used() -> None:
    short, long = by_day(AGREED), by_day(AGREED, horizon_days=20)
    assert np.array_equal(short[: WHOLE.history_days], long[: WHOLE.history_days])


def test_a_change_is_large_enough_to_be_seen(whole_city: City) -> None:
    """More than a tenth of what the contract's circuits used without it."""
    for change in CHANGES.values():
        first = (change.first_day - WHOLE.start).days
        used = sum(row.reshape(-1, 24).sum(axis=1) for row in whole_city.used[change.place].lighting)
        added = by_day(change).sum(axis=1)[first:].mean()
        assert added > 0.1 * (np.asarray(used)[first:].mean() - added)


def test_the_wording_says_what_changed_and_why() -> None:
    document = adjustment_document(AGREED)
    assert document["kind"] == "lamps"
    assert document["term"] == {"formula": "lamps", "count": 220, "watts": 40.0, "hours": 10.0}
    assert date.fromisoformat(document["first_day"]) == AGREED.first_day
    assert date.fromisoformat(document["last_day"]) == AGREED.last_day
    assert document["on"] == "working_days"
    assert document["half_width_share"] == HALF_WIDTH_SHARE
    assert document["evidence"]
    assert any("一" <= letter <= "鿿" for letter in document["reason"])
    assert "third floor" in document["reason"]


def test_the_wording_knows_nothing_of_the_truth() -> None:
    """Another seed uses other energy, and the parties word it alike."""
    [other] = [
        change
        for change in happen(replace(WHOLE, seed=9), sign_contracts(replace(WHOLE, seed=9)))
        if change.adjustment
    ]
    assert adjustment_document(other) == adjustment_document(AGREED)


def test_both_sides_approve_by_name() -> None:
    given: tuple[Mapping[str, str], ...] = approvals(contract_of(AGREED))
    assert [one["side"] for one in given] == ["client", "esco"]
    assert len({one["by"] for one in given}) == 2
    assert contract_of(AGREED).esco_zh in given[1]["role"]
    assert contract_of(AGREED).place.name_zh in given[0]["role"]
