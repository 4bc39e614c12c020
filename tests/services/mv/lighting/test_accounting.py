"""Days of lamps and of a saving rate: they add up to the tables they come from, and the bands with them."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mv.accounting import Savings, months_of
from services.mv.canonical import canonical
from services.mv.lighting.accounting import SampledBand, account_lamps, account_rate, period_of
from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.option_a import error_of, option_a
from services.mv.lighting.sampling import Agreed, Sample, t_quantile
from services.mv.lighting.saving_rate import SavingRate, saved_by_rate, saving_rate
from services.mv.model import Days
from services.mv.operating_days import On, Period
from tests.services.mv.lighting.test_lamps import MAY, group
from tests.services.mv.lighting.test_saving_rate import pairs_of

FIRST = date(2026, 5, 1)


def days_of(
    count: int = 31, *, first: date = FIRST, working: tuple[bool | None, ...] = (), energy_kwh: float = 0.0
) -> Days:
    """Days from a date on, working from Monday to Friday unless told."""
    days = tuple(first + timedelta(days=i) for i in range(count))
    flags = working or tuple(day.weekday() < 5 for day in days)
    return Days(days, np.full(count, energy_kwh), np.ones(count), flags, None)


def wh(energies: list[float | None]) -> int:
    """Watt-hours, exactly."""
    return sum(round((one or 0.0) * 1000) for one in energies)


def test_the_worked_truth_of_a_thousand_lamps_day_by_day() -> None:
    found = account_lamps((group(),), days_of(working=MAY.working))
    assert (found.total.baseline_kwh, found.total.actual_kwh, found.total.savings_kwh) == (8800, 3520, 5280)
    assert (found.total.coverage, found.total.days_measured, found.total.days_left_out) == (1.0, 31, 0)
    assert found.months == (replace(found.total),)
    assert {day.savings_kwh for day in found.days} == {170.322, 170.323}
    assert found.total.uncertainty_kwh == option_a((group(),), MAY).uncertainty_kwh


def test_lamps_on_working_days_save_on_working_days() -> None:
    found = account_lamps((group(days_a_month=None, on=On.WORKING_DAYS),), days_of())
    assert [day.savings_kwh for day in found.days if day.day.weekday() >= 5] == [0.0] * 10
    assert {day.savings_kwh for day in found.days if day.day.weekday() < 5} == {240.0}
    weekend = next(day for day in found.days if day.day.weekday() == 5)
    assert (weekend.baseline_kwh, weekend.actual_kwh, weekend.uncertainty_kwh) == (0.0, 0.0, 0.0)


def test_energy_and_coverage_of_meters_are_not_asked() -> None:
    nothing = replace(days_of(), energy_kwh=np.full(31, np.nan), coverage=np.zeros(31))
    assert account_lamps((group(),), nothing) == account_lamps((group(),), days_of())


def test_the_baseline_holds_the_interactive_effect() -> None:
    heated = group(interactive=Agreed(-0.05, "study"))
    table = option_a((heated,), MAY)
    total = account_lamps((heated,), days_of(working=MAY.working)).total
    assert (total.baseline_kwh, total.actual_kwh) == (table.baseline_kwh - 264, table.actual_kwh)
    assert total.savings_kwh == table.savings_kwh == 5016.0


def test_days_the_calendar_does_not_know_are_told_where_they_matter() -> None:
    unknown = days_of(working=(None,) * 31)
    by_calendar = account_lamps((group(days_a_month=None, on=On.WORKING_DAYS),), unknown)
    record = next(one for one in by_calendar.records if one.what == "days_without_calendar")
    assert (record.figure, record.ok, by_calendar.total.savings_kwh) == (31, False, 0.0)
    agreed = account_lamps((group(),), unknown)
    assert next(one for one in agreed.records if one.what == "days_without_calendar").ok
    assert agreed.total.savings_kwh == 5280


def test_one_error_on_all_days_does_not_average_out() -> None:
    days = [day.uncertainty_kwh for day in account_lamps((group(),), days_of()).days]
    total = account_lamps((group(),), days_of()).total.uncertainty_kwh
    assert sum(one or 0.0 for one in days) == pytest.approx(total, abs=0.0005 * 31)


def test_the_gates_band_is_that_of_all_days_with_students_own_quantile() -> None:
    sampled = group(watts_before=Sample(40, 1, 3, 1000), watts_after=Agreed(16, "name plate"))
    found = account_lamps((sampled,), days_of())
    assert isinstance(found.band, SampledBand)
    assert found.band.freedom == 2
    assert found.total.uncertainty_kwh == pytest.approx(found.band.half_width(), abs=1e-3)
    assert found.band.half_width() == pytest.approx(2.920 * found.band.standard_error_kwh, rel=1e-3)
    assert found.band.half_width(0.68) == t_quantile(0.68, 2) * found.band.standard_error_kwh


def test_where_all_is_agreed_there_is_no_band_and_it_is_written_so() -> None:
    plates = group(watts_before=Agreed(40, "name plate"), watts_after=Agreed(16, "name plate"))
    found = account_lamps((plates,), days_of())
    assert found.total.uncertainty_kwh == found.band.half_width() == 0
    assert all(day.uncertainty_kwh == 0 for day in found.days)
    assert canonical([found.days, found.months, found.total, found.records])


FIGURES = {
    "watts_before": st.builds(Sample, st.floats(0, 400), st.floats(0, 40), st.integers(2, 9), st.just(90)),
    "watts_after": st.builds(Sample, st.floats(0, 400), st.floats(0, 40), st.integers(2, 9), st.just(90)),
    "hours": st.builds(Agreed, st.floats(0, 24), st.just("annex"), st.floats(0, 2)),
    "hours_before": st.none() | st.builds(Agreed, st.floats(0, 24), st.just("log book"), st.floats(0, 2)),
    "days_a_month": st.none() | st.builds(Agreed, st.floats(0, 31), st.just("annex"), st.floats(0, 3)),
    "control_after": st.builds(Agreed, st.floats(0, 1), st.just("dimming plan"), st.floats(0, 0.2)),
    "in_service": st.builds(Agreed, st.floats(0, 1), st.just("walk-round")),
    "interactive": st.builds(Agreed, st.floats(-0.3, 0.3), st.just("study"), st.floats(0, 0.1)),
    "on": st.sampled_from(On),
    "count": st.integers(1, 5000),
}
INVENTORIES = st.lists(st.fixed_dictionaries(FIGURES), min_size=1, max_size=3).map(
    lambda drawn: tuple(group(f"group {i}", **changed) for i, changed in enumerate(drawn))
)
FLAGS = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=75)


@settings(max_examples=60)
@given(INVENTORIES, FLAGS, st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_days_add_up_to_the_table_of_each_month_exactly(
    inventory: tuple[LampGroup, ...], flags: list[bool | None], first: date
) -> None:
    days = days_of(len(flags), first=first, working=tuple(flags))
    found = account_lamps(inventory, days)
    for month, span in zip(found.months, months_of(days.days), strict=True):
        table, rows = option_a(inventory, period_of(days, span)), found.days[span.start : span.stop]
        baseline = wh([table.baseline_kwh, table.interactive_kwh])
        assert wh([row.baseline_kwh for row in rows]) == wh([month.baseline_kwh]) == baseline
        assert wh([row.actual_kwh for row in rows]) == wh([month.actual_kwh]) == wh([table.actual_kwh])
        assert wh([row.savings_kwh for row in rows]) == wh([month.savings_kwh]) == wh([table.savings_kwh])
        assert month.uncertainty_kwh == table.uncertainty_kwh
        assert (month.start, month.end) == (table.start, table.end)
    assert wh([month.savings_kwh for month in found.months]) == wh([found.total.savings_kwh])
    whole = period_of(days, range(len(flags)))
    assert found.total.uncertainty_kwh == pytest.approx(error_of(inventory, whole).half_width(), abs=1e-3)
    assert all(row.uncertainty_kwh is not None and row.uncertainty_kwh >= 0 for row in found.days)


def test_a_part_of_a_month_has_its_share_of_the_agreed_days() -> None:
    april = account_lamps((group(),), days_of(15, first=date(2026, 4, 16)))
    assert april.total.savings_kwh == 2640.0
    across = account_lamps((group(),), days_of(46, first=date(2026, 4, 16)))
    assert [month.savings_kwh for month in across.months] == [2640.0, 5280.0]
    assert [(month.start, month.days_measured) for month in across.months] == [
        (date(2026, 4, 16), 15),
        (date(2026, 5, 1), 31),
    ]


def test_a_period_is_of_neighbouring_days() -> None:
    days = days_of(3, working=(True, None, False))
    assert period_of(days, range(1, 3)) == Period(date(2026, 5, 2), date(2026, 5, 4), (None, False))


RATE = saving_rate(pairs_of((1.0, 0.36), (1.0, 0.40), (1.0, 0.44)), population=30)


def metered(*energies: float, coverage: tuple[float, ...] = ()) -> Days:
    days = days_of(len(energies))
    return replace(
        days,
        energy_kwh=np.array(energies),
        coverage=np.array(coverage) if coverage else np.ones(len(energies)),
    )


def of_rate(days: Days, rate: SavingRate = RATE) -> Savings:
    return account_rate(rate, days, minimum_coverage=0.95)


def test_the_after_meter_times_the_rate_is_the_saving_of_each_day() -> None:
    found = of_rate(metered(40.0, 0.0, 8.5))
    assert [day.savings_kwh for day in found.days] == [60.0, 0.0, 12.75]
    assert [day.baseline_kwh for day in found.days] == [100.0, 0.0, 21.25]
    assert (found.total.savings_kwh, found.total.days_measured) == (72.75, 3)
    r = RATE.rate or 0.0
    assert found.total.savings_kwh == pytest.approx(48.5 * r / (1 - r))


def test_a_day_on_which_nothing_was_used_saves_nothing_and_counts() -> None:
    found = of_rate(metered(0.0, 0.0))
    assert [(day.savings_kwh, day.uncertainty_kwh, day.left_out) for day in found.days] == [(0, 0, None)] * 2
    assert (found.total.savings_kwh, found.total.uncertainty_kwh, found.total.days_measured) == (0, 0, 2)


def test_incomplete_days_are_shown_and_not_counted() -> None:
    found = of_rate(metered(40.0, 40.0, math.nan, 40.0, coverage=(1.0, 0.94, 1.0, math.nan)))
    assert [day.left_out for day in found.days] == [None, "incomplete", "incomplete", "incomplete"]
    assert [(day.actual_kwh, day.savings_kwh, day.baseline_kwh) for day in found.days[1:]] == [
        (40.0, None, None), (None, None, None), (40.0, None, None),
    ]  # fmt: skip
    assert (found.total.actual_kwh, found.total.savings_kwh) == (40.0, 60.0)
    assert (found.total.days_measured, found.total.days_left_out) == (1, 3)
    assert found.total.coverage == pytest.approx((1 + 0.94 + 1 + 0) / 4)
    record = next(one for one in found.records if one.what == "reporting_days_left_out")
    assert (record.figure, record.ok) == (3, False)


def test_a_month_without_a_complete_day_is_all_zero_and_finite() -> None:
    total = of_rate(metered(math.nan, math.nan)).total
    assert (total.savings_kwh, total.uncertainty_kwh, total.days_measured) == (0, 0, 0)


@pytest.mark.parametrize(("after", "saved"), [(1.0, 0.0), (1.25, -20.0)])
def test_a_rate_of_zero_or_below_is_accounted_and_stays_a_finding(after: float, saved: float) -> None:
    rate = saving_rate(pairs_of((1.0, after - 0.05), (1.0, after), (1.0, after + 0.05)), population=30)
    found = of_rate(metered(100.0), rate)
    assert found.total.savings_kwh == saved
    assert found.total.uncertainty_kwh > 0
    assert not next(one for one in found.records if one.what == "saving_rate_positive").ok


@pytest.mark.parametrize(
    "pairs",
    [[(1.0, 0.0), (2.0, 0.0)], [(0.0, 0.0), (0.0, 0.0)], [(1.0, 0.5)]],
    ids=["dark", "nothing", "one"],
)
def test_a_rate_that_is_undefined_or_has_no_error_is_refused(pairs: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="undefined"):
        of_rate(metered(1.0), saving_rate(pairs_of(*pairs), population=9))


def test_all_fixtures_tested_leave_no_error_of_sampling() -> None:
    found = of_rate(metered(10.0, 20.0), saving_rate(pairs_of((1.0, 0.4), (1.0, 0.6)), population=2))
    assert found.total.uncertainty_kwh == found.band.half_width() == 0


ENERGIES = st.lists(st.floats(0, 5000).map(lambda kwh: round(kwh, 3)), min_size=1, max_size=70)


@given(ENERGIES, st.integers(0, 40))
def test_half_widths_of_a_rate_add_up_and_are_those_of_the_formula(energies: list[float], lost: int) -> None:
    coverage = tuple(0.5 if i < lost else 1.0 for i in range(len(energies)))
    found = of_rate(metered(*energies, coverage=coverage))
    kept = sum(energies[lost:])
    assert found.total.actual_kwh == pytest.approx(kept, abs=1e-6)
    by_hand = saved_by_rate(RATE, kept)
    assert by_hand.savings_kwh is not None
    assert found.total.savings_kwh == pytest.approx(by_hand.savings_kwh, abs=0.0005 * len(energies) + 1e-3)
    assert found.total.uncertainty_kwh == pytest.approx(by_hand.uncertainty_kwh, abs=2e-3)
    months = sum(month.uncertainty_kwh for month in found.months)
    assert months == pytest.approx(found.total.uncertainty_kwh, abs=1e-3 * len(found.months))
    days = sum(day.uncertainty_kwh or 0.0 for day in found.days)
    assert days == pytest.approx(found.total.uncertainty_kwh, abs=1e-3 * len(energies))
    rows = [day for day in found.days if day.left_out is None]
    assert wh([day.savings_kwh for day in rows]) == wh([found.total.savings_kwh])


@pytest.mark.parametrize(("size", "spread"), [(6, 0.15), (20, 0.4)])
def test_the_band_of_a_month_is_what_samples_of_fixtures_scatter_by(size: int, spread: float) -> None:
    """300 fixtures whose truth is known; the half-width against the quantiles of the error itself."""
    rng, errors, widths = np.random.default_rng([20261122, size]), [], []
    before = rng.gamma(25, 1 / 25, 300)
    after = before * np.clip(rng.normal(0.4, 0.4 * spread, 300), 0.02, None)
    days = metered(*(float(after.sum()) * factor for factor in (1.0, 0.8, 0.0, 1.1)))
    truth = float(before.sum() - after.sum()) * 2.9
    for _ in range(500):
        at = rng.choice(300, size, replace=False)
        pairs = [(float(b), float(a)) for b, a in zip(before[at], after[at], strict=True)]
        total = of_rate(days, saving_rate(pairs_of(*pairs), population=300)).total
        errors.append(abs(total.savings_kwh - truth))
        widths.append(total.uncertainty_kwh)
    assert 0.85 <= np.mean(np.array(errors) <= widths) <= 0.95
    asked = t_quantile(0.9, size - 1) / 1.645 * float(np.quantile(errors, 0.9))
    assert float(np.median(widths)) == pytest.approx(asked, rel=0.2)


def test_both_accounts_replay_to_the_same_bytes() -> None:
    for one, other in (
        (account_lamps((group(),), days_of()), account_lamps((group(),), days_of())),
        (of_rate(metered(1.0, 2.0)), of_rate(metered(1.0, 2.0))),
    ):
        assert canonical([one.days, one.total]) == canonical([other.days, other.total])
