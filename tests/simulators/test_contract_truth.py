"""What is true of each contract, recomputed by other means: from parts, from lamps, from registers."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from simulators import days
from simulators.changes import extra_kwh
from simulators.city import City, build_city, under_contract
from simulators.contract_truth import (
    SavingsTruth,
    adjustment_truths,
    lamp_truths,
    rate_truths,
    savings_truth,
    step_truths,
)
from simulators.contracts import Contract, Method, remaining_share
from simulators.faults import FaultPlan, plan_faults
from simulators.loads import Loads
from simulators.meters import by_code
from simulators.plan import HOUR_MS, CityPlan
from simulators.weather import Array
from tests.simulators.conftest import WHOLE


@pytest.fixture(scope="module", name="faults")
def _faults(whole_city: City) -> FaultPlan:
    return plan_faults(WHOLE, whole_city.meters, whole_city.contracts)


@pytest.fixture(scope="module", name="truths")
def _truths(whole_city: City, faults: FaultPlan) -> dict[str, SavingsTruth]:
    return {one.code: savings_truth(whole_city, one, faults) for one in whole_city.contracts}


def contract_by(city: City, method: Method) -> Contract:
    return next(one for one in city.contracts if one.method is method)


def saved_by_new_lamps(city: City, contract: Contract) -> Array:
    """What the retrofit alone saves on each day of the history."""
    before = np.sum(under_contract(contract, city.loads[contract.place.code]), axis=0)
    saved = before * (1 - remaining_share(city.plan, contract))
    return np.asarray(saved.reshape(-1, 24).sum(axis=1)[: city.plan.history_days])


def counted(contract: Contract, truth: SavingsTruth) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which days of the history count, by what the ledger says it left out."""
    calendar = days.span(WHOLE.start, WHOLE.history_days)
    return np.array([day >= contract.reporting_start and day not in truth.left_out for day in calendar])


def test_every_contract_saves_what_its_retrofit_saves(
    whole_city: City, truths: dict[str, SavingsTruth]
) -> None:
    """An agreed change leaves it as it is; the library's has no words, and takes from it."""
    [silent] = [change for change in whole_city.changes if change.adjustment is None]
    for contract in whole_city.contracts:
        truth = truths[contract.code]
        use = counted(contract, truth)
        saved = saved_by_new_lamps(whole_city, contract)[use].sum()
        if contract.code == silent.contract:
            extra = extra_kwh(WHOLE, silent).reshape(-1, 24).sum(axis=1)[: WHOLE.history_days]
            saved -= extra[use].sum()
        assert truth.savings_kwh == pytest.approx(saved, abs=0.02), contract.code
        assert truth.savings_kwh == pytest.approx(truth.would_have_used_kwh - truth.used_kwh, abs=0.02)
        assert truth.method is contract.method


def test_actual_use_is_what_the_meters_count(whole_city: City, truths: dict[str, SavingsTruth]) -> None:
    """Over all reporting days, those left out taken off again."""
    meters = by_code(whole_city.meters)
    for contract in whole_city.contracts:
        truth = truths[contract.code]
        used = np.zeros(WHOLE.history_days)
        at = WHOLE.start_ms + 24 * HOUR_MS * np.arange(WHOLE.history_days + 1)
        for code in contract.meters:
            used += np.diff(meters[code].used(at))
        if contract.meters:
            assert truth.used_kwh == pytest.approx(used[counted(contract, truth)].sum(), abs=0.02)


def test_an_agreed_change_is_both_wanted_and_used(
    whole_city: City, faults: FaultPlan, truths: dict[str, SavingsTruth]
) -> None:
    [agreed] = [change for change in whole_city.changes if change.adjustment]
    bare = replace(whole_city, changes=(), used={**whole_city.used, agreed.place: _without(whole_city)})
    contract = next(one for one in whole_city.contracts if one.code == agreed.contract)
    without, truth = savings_truth(bare, contract, faults), truths[contract.code]
    extra = extra_kwh(WHOLE, agreed)[: WHOLE.history_hours].sum()
    assert truth.savings_kwh == pytest.approx(without.savings_kwh, abs=0.02)
    assert truth.used_kwh - without.used_kwh == pytest.approx(extra, abs=0.02)
    assert truth.would_have_used_kwh - without.would_have_used_kwh == pytest.approx(extra, abs=0.02)


def _without(city: City) -> Loads:
    """The loads of the agreed change's place as its retrofit left them."""
    [agreed] = [change for change in city.changes if change.adjustment]
    contract = next(one for one in city.contracts if one.code == agreed.contract)
    share = remaining_share(city.plan, contract)
    loads = city.loads[agreed.place]
    return replace(loads, lighting=tuple(row * share for row in loads.lighting))


def test_lamps_by_their_groups_come_to_the_saving_of_their_contract(
    whole_city: City, truths: dict[str, SavingsTruth]
) -> None:
    contract = contract_by(whole_city, Method.LAMPS)
    groups = lamp_truths(whole_city)
    assert {row.contract for row in groups} == {contract.code}
    length = (WHOLE.until - contract.reporting_start).days
    saved = sum(
        row.count * (row.watts_before - row.watts_after) * row.hours * length / 1000 for row in groups
    )
    assert truths[contract.code].savings_kwh == pytest.approx(saved, rel=1e-6)
    assert all(row.reporting_start == contract.reporting_start for row in groups)
    assert sum(row.count for row in groups) > 200


def test_a_rate_is_what_its_circuits_save(whole_city: City, truths: dict[str, SavingsTruth]) -> None:
    [row] = rate_truths(whole_city)
    truth = truths[row.contract]
    assert row.population == 400
    assert truth.savings_kwh / truth.would_have_used_kwh == pytest.approx(row.rate, abs=1e-5)
    assert truth.method is Method.RATE


def test_better_cooling_saves_its_share(whole_city: City, truths: dict[str, SavingsTruth]) -> None:
    contract = contract_by(whole_city, Method.WEATHER)
    truth = truths[contract.code]
    share = truth.savings_kwh / truth.would_have_used_kwh
    assert share == pytest.approx(contract.saving_rate, rel=1e-6)
    assert len(truth.left_out) == 2
    assert truth.savings_kwh < truth.all_days_kwh


def test_an_agreed_change_is_told_month_by_month(whole_city: City, faults: FaultPlan) -> None:
    [row] = adjustment_truths(whole_city, faults)
    [agreed] = [change for change in whole_city.changes if change.adjustment]
    assert (row.contract, row.adjustment) == (agreed.contract, agreed.adjustment)
    assert list(row.kwh_by_month) == sorted(row.kwh_by_month)
    assert min(row.kwh_by_month) == f"{agreed.first_day:%Y-%m}"
    assert max(row.kwh_by_month) == f"{WHOLE.until - timedelta(days=1):%Y-%m}"
    whole = extra_kwh(WHOLE, agreed)[: WHOLE.history_hours].sum()
    assert sum(row.kwh_by_month.values()) == pytest.approx(whole, abs=0.05)
    october = extra_kwh(WHOLE, agreed).reshape(-1, 24).sum(axis=1)
    calendar = days.span(WHOLE.start, WHOLE.days)
    in_october = np.array([(day.year, day.month) == (2026, 10) for day in calendar])
    assert row.kwh_by_month["2026-10"] == pytest.approx(october[in_october].sum(), abs=0.01)


def test_a_day_that_a_gap_hides_is_no_day_of_an_agreed_change(whole_city: City, faults: FaultPlan) -> None:
    [row], [agreed] = adjustment_truths(whole_city, faults), whole_city.changes[:1]
    meter = next(one.meters[0] for one in whole_city.contracts if one.code == agreed.contract)
    mask = np.zeros(WHOLE.history_hours + 1, dtype=bool)
    tuesday = date(2026, 10, 13)
    hour = 24 * (tuesday - WHOLE.start).days
    mask[hour + 9 : hour + 14] = True
    [with_gap] = adjustment_truths(whole_city, replace(faults, missing={meter: mask}))
    lost = extra_kwh(WHOLE, agreed)[hour : hour + 24].sum()
    assert lost > 50
    missed = row.kwh_by_month["2026-10"] - with_gap.kwh_by_month["2026-10"]
    assert missed == pytest.approx(lost, abs=0.02)


def test_a_step_is_told_by_its_day_alone(whole_city: City) -> None:
    [row] = step_truths(whole_city)
    [silent] = [change for change in whole_city.changes if change.adjustment is None]
    assert (row.contract, row.first_day) == (silent.contract, silent.first_day)


def test_lamps_and_rates_ask_no_working_calendar() -> None:
    """Far ahead nobody knows the days off: a regression leaves all days out, the others none."""
    city = build_city(
        CityPlan(until=date(2041, 3, 1), months=5, baseline_months=2, institutions=11, vehicles=1,
                 repairs_per_month=5, faults=frozenset())
    )  # fmt: skip
    faults = plan_faults(city.plan, city.meters, city.contracts)
    assert {one.method for one in city.contracts} == {Method.DAYS, Method.RATE, Method.LAMPS}
    for contract in city.contracts:
        truth = savings_truth(city, contract, faults)
        length = (city.plan.until - contract.reporting_start).days
        assert len(truth.left_out) == (length if contract.method is Method.DAYS else 0)
        assert (truth.savings_kwh > 0) is (contract.method is not Method.DAYS)
