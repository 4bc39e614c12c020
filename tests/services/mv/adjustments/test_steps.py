from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from services.mv.accounting import account
from services.mv.adjustments.steps import Steps, find_steps
from services.mv.baseline import fit
from services.mv.canonical import canonical
from services.mv.model import Days, Floats
from services.mv.operating_days import ReportingDay, measured_days
from services.mv.uncertainty.error_model import error_model
from tests.services.mv.circuits import mean_kwh, noise, reporting_part, two_years
from tests.services.mv.published import il_meter, needs_data, office


@cache
def plain() -> Days:
    return reporting_part(two_years(sigma=0.0))


def year(
    seed: int,
    *,
    rho: float = 0.4,
    sigma: float = 0.05,
    step: float = 0.0,
    at: int = 180,
    swing: Floats | float = 0.0,
) -> tuple[ReportingDay, ...]:
    """A circuit that a retrofit leaves 60 % of its baseline, with AR(1) noise; a step is a share of that."""
    days, rows = plain(), np.arange(365)
    share = 0.6 * (1 + step * (rows >= at) + sigma * noise(np.random.default_rng(seed), (1, 365), rho)[0])
    baseline = mean_kwh(days)
    energy = np.round(np.maximum(baseline * (share + swing), 0), 3).tolist()
    columns = zip(days.days, days.working, baseline.tolist(), energy, strict=True)
    return tuple(ReportingDay(*row) for row in columns)


def yearly(share: float, *, times: int) -> Floats:
    """A swing of so many turns a year, shape (365,)."""
    swing: Floats = share * np.sin(times * 2 * np.pi / 365.25 * np.arange(365.0))
    return swing


def within(start: int, end: int) -> Floats:
    """1 on the days from `start` until before `end`, else 0, shape (365,)."""
    rows = np.arange(365)
    return ((rows >= start) & (rows < end)).astype(np.float64)


def days_off(found: Steps, at: int) -> int:
    return min(abs((step.first_day - plain().days[at]).days) for step in found.proposals)


def alarms(seeds: range, *, rho: float = 0.4, sigma: float = 0.05, swing: Floats | float = 0.0) -> float:
    """The share of years without a step in which one is proposed."""
    years = (year(seed, rho=rho, sigma=sigma, swing=swing) for seed in seeds)
    return float(np.mean([bool(find_steps(days).proposals) for days in years]))


@pytest.mark.parametrize("rho", [0.4, 0.7])
def test_a_year_without_a_change_seldom_raises_an_alarm(rho: float) -> None:
    """One in twenty, as far as 160 years can tell (two standard errors)."""
    assert alarms(range(160), rho=rho) <= 0.085


def test_a_change_of_15_percent_is_found_on_its_day() -> None:
    found = [find_steps(year(i, rho=0.6, step=0.15)) for i in range(24)]
    assert np.mean([bool(steps.proposals) for steps in found]) >= 0.95
    off = [days_off(steps, 180) for steps in found if steps.proposals]
    assert np.median(off) <= 1
    assert np.mean([days <= 5 for days in off]) >= 0.9


@pytest.mark.parametrize("at", [56, 59, 63, 67, 70])
def test_a_large_step_in_half_a_year_is_found_wherever_it_lies(at: int) -> None:
    found = [find_steps(year(i, step=0.5, at=at)[:146]) for i in range(6)]
    assert [days_off(steps, at) <= 1 for steps in found if steps.proposals] == [True] * 6


@pytest.mark.parametrize(("at", "step"), [(60, -0.15), (300, 0.15), (340, 0.3)])
def test_also_early_late_and_downwards(at: int, step: float) -> None:
    found = [find_steps(year(i, step=step, at=at)) for i in range(12)]
    assert np.median([days_off(steps, at) for steps in found if steps.proposals]) <= 2
    assert sum(bool(steps.proposals) for steps in found) >= 11
    assert all(
        (steps.proposals[-1].size_kwh_per_day > 0) == (step > 0)
        for steps in found
        if len(steps.proposals) == 1
    )


def test_a_proposal_says_how_much_and_between_what() -> None:
    (step,) = find_steps(year(3, sigma=0.01, step=0.2, at=200)).proposals
    after = mean_kwh(plain())[200:].mean()
    assert step.first_day == plain().days[200]
    assert step.size_kwh_per_day == pytest.approx(0.12 * after, rel=0.1)
    assert step.share_before == pytest.approx(0.6, abs=0.01)
    assert step.share_after == pytest.approx(0.72, abs=0.01)
    assert step.confidence >= 0.99


def test_a_change_that_goes_back_is_one_proposal_with_both_days() -> None:
    found = [find_steps(year(i, swing=-0.09 * within(100, 240))).proposals for i in range(12)]
    assert sum(bool(proposals) for proposals in found) >= 11
    days = [(p.first_day, p.last_day) for proposals in found for p in proposals[:1]]
    assert days.count((plain().days[100], plain().days[239])) >= 6
    (one,) = find_steps(year(5, sigma=0.02, swing=-0.12 * within(100, 240))).proposals
    assert one.share_before == pytest.approx(0.6, abs=0.01)
    assert one.share_after == pytest.approx(0.48, abs=0.01)
    assert one.size_kwh_per_day == pytest.approx(-0.12 * mean_kwh(plain())[100:240].mean(), rel=0.1)


def test_two_lasting_changes_are_two_proposals_in_date_order_most_often() -> None:
    """The limit: beside a swing by season, two steps can look like one at another date."""
    swing = 0.1 * within(90, 365) + 0.12 * within(230, 365)
    found = [find_steps(year(i, sigma=0.02, swing=swing)).proposals for i in range(8)]
    assert all(found)
    days = [[step.first_day for step in proposals] for proposals in found]
    assert days.count([plain().days[90], plain().days[230]]) >= 5


def test_a_season_the_baseline_misses_is_not_a_step() -> None:
    """Swings twice a year of a tenth of the use, and lamps that follow the square of daylight."""
    daylight = plain().daylight_h
    assert daylight is not None
    for swing in (yearly(0.06, times=2), 0.02 * (daylight - 12) ** 2):
        assert alarms(range(50), swing=swing) <= 0.1


def test_a_week_of_closure_is_dated_at_both_ends() -> None:
    for seed in range(6):
        (closure,) = find_steps(year(seed, swing=-0.4 * within(200, 208))).proposals
        assert (closure.first_day, closure.last_day) == (plain().days[200], plain().days[207])


def test_the_limit_a_change_over_weeks_is_put_forward_as_a_step_within_them() -> None:
    ramp = 0.12 * np.clip((np.arange(365) - 150) / 30, 0, 1)
    found = [find_steps(year(i, swing=ramp, sigma=0.03)) for i in range(10)]
    assert np.mean([bool(steps.proposals) for steps in found]) >= 0.9
    first = [steps.proposals[0].first_day for steps in found if steps.proposals]
    assert np.mean([plain().days[145] <= day <= plain().days[185] for day in first]) >= 0.6


def test_the_limit_a_season_with_three_turns_is_put_forward() -> None:
    assert alarms(range(10), swing=yearly(0.03, times=3)) >= 0.3


def test_the_limit_a_steady_drift_may_be_put_forward_too() -> None:
    drift = 0.12 * np.arange(365) / 365
    assert alarms(range(10), swing=drift, sigma=0.03) >= 0.5


def test_a_noiseless_step_is_found_once_and_no_step_not_at_all() -> None:
    assert find_steps(year(1, sigma=0)).proposals == ()
    (step,) = find_steps(year(1, sigma=0, step=0.1)).proposals
    assert step.first_day == plain().days[180]


def test_a_short_series_says_that_it_is_too_short() -> None:
    short = find_steps(year(1, step=0.5, at=30)[:59])
    assert short.proposals == ()
    assert [(r.what, r.figure, r.ok) for r in short.records] == [
        ("step_days", 59, False),
        ("steps_proposed", 0, True),
    ]
    assert find_steps(()).proposals == ()


def test_a_proposal_is_a_finding() -> None:
    found = find_steps(year(1, sigma=0.02, step=0.2))
    assert [(r.what, r.ok) for r in found.records] == [("step_days", True), ("steps_proposed", False)]


def test_days_that_burn_next_to_nothing_by_the_baseline_are_passed_over() -> None:
    days = year(1, sigma=0.02, step=0.2)
    dark = [ReportingDay(days[-1].day + timedelta(days=i + 1), False, 0.0, 0.0) for i in range(20)]
    assert find_steps((*days, *dark)).proposals == find_steps(days).proposals


def test_gaps_and_an_unknown_calendar_are_no_hindrance() -> None:
    days = tuple(day for i, day in enumerate(year(2, sigma=0.02, step=0.2)) if i % 9 and not 60 <= i < 80)
    (step,) = find_steps(days).proposals
    assert abs((step.first_day - plain().days[180]).days) <= 1
    unknown = tuple(replace(day, working=None) for day in days)
    assert [abs((s.first_day - plain().days[180]).days) <= 1 for s in find_steps(unknown).proposals] == [True]


def test_an_adjustment_that_explains_a_step_makes_it_vanish() -> None:
    days = year(4, sigma=0.02, step=0.2)
    explained = tuple(
        replace(day, baseline_kwh=day.baseline_kwh * 1.2) if i >= 180 else day for i, day in enumerate(days)
    )
    assert find_steps(days).proposals
    assert find_steps(explained).proposals == ()


def test_the_same_days_give_the_same_bytes() -> None:
    days = year(6, rho=0.6, step=0.1)
    assert canonical(find_steps(days)) == canonical(find_steps(days))


def published(before: Days, after: Days) -> tuple[ReportingDay, ...]:
    return measured_days(account(error_model(fit(before)), after), after)


@needs_data
def test_published_buildings_raise_no_alarm() -> None:
    meters = ("il-electricity-cdd-hdd", "il-electricity-cdd-only", "il-gas-hdd-only", "il-gas-intercept-only")
    for before, after in (office(), *(il_meter(name) for name in meters)):
        assert find_steps(published(before, after)).proposals == ()
        assert find_steps(published(before, before)).proposals == ()


@needs_data
def test_the_limit_a_whole_building_scatters_too_much_for_15_percent_but_not_for_30() -> None:
    days = published(*office())

    def changed(share: float) -> tuple[ReportingDay, ...]:
        later = (replace(day, actual_kwh=day.actual_kwh * (1 + share)) for day in days[150:])
        return (*days[:150], *later)

    assert find_steps(changed(0.15)).proposals == ()
    (step,) = find_steps(changed(0.30)).proposals
    assert abs((step.first_day - days[150].day).days) <= 3


@pytest.mark.parametrize("down_kwh", [0.0, 50.0, 1e6])
def test_days_that_adjustments_leave_no_baseline_are_not_looked_at(down_kwh: float) -> None:
    days = tuple(replace(day, baseline_kwh=20.0 - down_kwh) for day in year(1))
    found = find_steps(days)
    looked_at = {one.what: one.figure for one in found.records}["step_days"]
    assert looked_at == (365 if down_kwh == 0 else 0)
