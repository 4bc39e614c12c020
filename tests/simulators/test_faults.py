"""Faults: where gaps lie and what they hide, and that each kind can be asked for alone."""

from dataclasses import replace

import numpy as np
import pytest

from simulators.city import City
from simulators.faults import FaultPlan, Mask, incomplete_days, plan_faults
from simulators.plan import Fault
from tests.simulators.conftest import SMALL


def faults_of(city: City, *kinds: Fault) -> FaultPlan:
    return plan_faults(replace(city.plan, faults=frozenset(kinds)), city.meters, city.contracts)


def mask(days: int, *missing: int) -> Mask:
    """A mask of so many days with the readings at these hours missing."""
    hours = np.zeros(24 * days + 1, dtype=bool)
    hours[list(missing)] = True
    return hours


def test_all_kinds_appear_in_the_whole_city(whole_city: City) -> None:
    faults = plan_faults(whole_city.plan, whole_city.meters, whole_city.contracts)
    assert len(faults.missing) >= 8
    assert len(faults.twice) > 30
    assert len(faults.late) > 20
    assert len(faults.shuffled) > 20
    assert {1, 2, 3, 4, 5} == set(faults.late.values())


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (Fault.GAPS, "missing"),
        (Fault.DUPLICATES, "twice"),
        (Fault.LATE, "late"),
        (Fault.OUT_OF_ORDER, "shuffled"),
    ],
)
def test_a_kind_can_be_asked_for_alone(small_city: City, kind: Fault, field: str) -> None:
    faults = faults_of(small_city, kind)
    for name in ("missing", "twice", "late", "shuffled"):
        assert bool(getattr(faults, name)) == (name == field)


def test_without_faults_nothing_goes_wrong(small_city: City) -> None:
    assert faults_of(small_city) == FaultPlan({}, frozenset(), {}, frozenset())


def test_the_ends_of_the_history_are_never_missing(whole_city: City) -> None:
    faults = plan_faults(whole_city.plan, whole_city.meters, whole_city.contracts)
    for code, missing in faults.missing.items():
        assert missing.shape == (whole_city.plan.history_hours + 1,)
        assert not missing[0], code
        assert not missing[-1], code
        assert missing.any()


def test_gaps_of_meters_under_contract_are_the_two_chosen_ones(whole_city: City) -> None:
    faults = plan_faults(whole_city.plan, whole_city.meters, whole_city.contracts)
    contracts = whole_city.contracts
    gapped = {code for contract in contracts for code in contract.meters} & set(faults.missing)
    assert gapped == {contracts[0].meters[0], contracts[-1].meters[0]}
    baseline = np.flatnonzero(faults.missing[contracts[0].meters[0]])
    first_day = (contracts[0].baseline_start - whole_city.plan.start).days
    assert 24 * first_day < baseline.min()
    assert baseline.max() < 24 * (first_day + 365)


def test_one_gap_crosses_a_midnight_of_a_reporting_period(whole_city: City) -> None:
    faults = plan_faults(whole_city.plan, whole_city.meters, whole_city.contracts)
    last = whole_city.contracts[-1]
    hours = np.flatnonzero(faults.missing[last.meters[0]])
    assert hours.min() // 24 + 1 == hours.max() // 24
    assert hours.min() >= 24 * (last.reporting_start - whole_city.plan.start).days


def test_a_swapped_meter_has_no_gap(whole_city: City) -> None:
    faults = plan_faults(whole_city.plan, whole_city.meters, whole_city.contracts)
    assert not [meter.code for meter in whole_city.meters if meter.swap and meter.code in faults.missing]


@pytest.mark.parametrize(
    ("missing", "incomplete"),
    [
        ([], [False, False, False]),
        ([30], [False, True, False]),
        ([46, 47, 48, 49], [False, True, True]),
        ([24], [False, False, False]),
        ([23, 24], [True, False, False]),
        (list(range(24, 48)), [False, True, False]),
    ],
    ids=["none", "one reading", "over midnight", "at midnight", "before midnight", "a whole day"],
)
def test_a_gap_hides_the_day_when_it_hides_a_twentieth_of_it(
    missing: list[int], incomplete: list[bool]
) -> None:
    """A reading missing at midnight hides an hour of either day: 1/24 is less than a twentieth."""
    assert incomplete_days(mask(3, *missing)).tolist() == incomplete


def test_the_small_city_has_a_gap_too(small_city: City) -> None:
    assert plan_faults(SMALL, small_city.meters, small_city.contracts).missing
    assert plan_faults(SMALL, small_city.meters, ()).missing
