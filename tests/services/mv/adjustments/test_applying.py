"""Adjustments in an accounting: the saving moves by their lines, the band by what the parties grant them."""

import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mv.accounting import Savings, account
from services.mv.adjustments.adjustment import Adjustment, Kind
from services.mv.adjustments.applying import applied, beside
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Total
from services.mv.baseline import fit
from services.mv.canonical import canonical
from services.mv.lighting.accounting import account_lamps
from services.mv.model import Days
from services.mv.operating_days import On, measured_days
from services.mv.uncertainty.error_model import error_model
from tests.services.mv.adjustments.test_adjustment import adjustment
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.mv.lighting.test_lamps import group

CIRCUIT = two_years(seed=7)
MODEL = error_model(fit(baseline_part(CIRCUIT)))
FIRST = date(2025, 5, 15)


def reported(count: int = 90, *, lost: tuple[int, ...] = (), unknown: tuple[int, ...] = ()) -> Days:
    """Reporting days from 15 May 2025 on, some of them not measured, of some the calendar unknown."""
    days = reporting_part(CIRCUIT, remaining=0.45).take(range(count))
    coverage = days.coverage.copy()
    coverage[list(lost)] = 0.5
    flags = tuple(None if i in unknown else flag for i, flag in enumerate(days.working))
    return replace(days, coverage=coverage, working=flags)


def of(days: Days) -> Savings:
    return account(MODEL, days)


def change(code: str, first: int, last: int, term: Any, **fields: Any) -> Adjustment:
    """One that both sides approved, from the `first` to the `last` reporting day, both counted."""
    days: dict[str, Any] = {
        "first_day": FIRST + timedelta(days=first),
        "last_day": FIRST + timedelta(days=last),
    }
    return adjustment(code, term=term, **days, **fields)


def wh(energies: list[float | None]) -> int:
    return sum(round((one or 0.0) * 1000) for one in energies)


def test_the_saving_moves_by_the_line_in_its_days_its_months_and_in_all() -> None:
    days = reported()
    plain = of(days)
    found, told = applied(plain, days, (change("A-1", 10, 29, PerDay(-3.5)),))
    (line,) = told.lines
    assert (line.days, line.adjustment_kwh) == (20, -70.0)
    assert wh([found.total.savings_kwh]) - wh([plain.total.savings_kwh]) == -70_000
    moved = [wh([a.savings_kwh]) - wh([b.savings_kwh]) for a, b in zip(found.days, plain.days, strict=True)]
    assert moved == [0] * 10 + [-3500] * 20 + [0] * 60
    months = [
        wh([a.savings_kwh]) - wh([b.savings_kwh]) for a, b in zip(found.months, plain.months, strict=True)
    ]
    assert months == [-7 * 3500, -13 * 3500, 0, 0]
    assert [day.actual_kwh for day in found.days] == [day.actual_kwh for day in plain.days]
    assert [day.uncertainty_kwh for day in found.days] == [day.uncertainty_kwh for day in plain.days]


def test_the_half_width_is_that_of_the_model_and_the_granted_one_at_right_angles() -> None:
    days = reported()
    plain = of(days)
    given = (
        change("A-1", 0, 16, PerDay(10), half_width_share=0.2),
        change("A-2", 10, 40, PerDay(-20), half_width_share=0.1),
    )
    found, told = applied(plain, days, given)
    assert [line.uncertainty_kwh for line in told.lines] == [34.0, 62.0]
    assert found.total.uncertainty_kwh == pytest.approx(
        math.hypot(plain.total.uncertainty_kwh, 34.0, 62.0), abs=1e-3
    )
    may, june, july, august = zip(plain.months, found.months, strict=True)
    # 17 days of May hold all of A-1, and 7 of the 31 days of A-2; June the other 24.
    assert may[1].uncertainty_kwh == pytest.approx(math.hypot(may[0].uncertainty_kwh, 34.0, 14.0), abs=1e-3)
    assert june[1].uncertainty_kwh == pytest.approx(math.hypot(june[0].uncertainty_kwh, 48.0), abs=1e-3)
    assert july[1] == july[0]
    assert august[1] == august[0]


def test_the_gates_band_is_as_wide_as_the_total() -> None:
    days = reported()
    plain = of(days)
    found, _ = applied(plain, days, (change("A-1", 0, 89, PerDay(-20), half_width_share=0.5),))
    assert found.band.half_width() == pytest.approx(found.total.uncertainty_kwh, abs=2e-3)
    assert found.band.freedom == plain.band.freedom
    assert type(found.band) is type(plain.band)


def test_an_adjustment_without_a_half_width_leaves_the_band_as_it_is() -> None:
    days = reported()
    plain = of(days)
    found, _ = applied(plain, days, (change("A-1", 0, 89, PerDay(-20)),))
    assert found.band is plain.band
    assert found.total.uncertainty_kwh == plain.total.uncertainty_kwh


@pytest.mark.parametrize("given", [(), (adjustment(sign=False, first_day=FIRST, last_day=date(2026, 5, 1)),)])
def test_what_nobody_approved_changes_no_figure(given: tuple[Adjustment, ...]) -> None:
    days = reported(lost=(3, 4), unknown=(8,))
    plain = of(days)
    found, told = applied(plain, days, given)
    assert replace(found, records=plain.records) == plain
    assert (told.lines, told.adjustment_kwh) == ((), 0.0)
    assert [one.ok for one in found.records[len(plain.records) :]] == [False] * len(given)


def test_a_day_that_is_left_out_takes_its_adjustment_with_it() -> None:
    days = reported(lost=(12, 13))
    plain = of(days)
    found, told = applied(plain, days, (change("A-1", 10, 19, Total(100.0)),))
    assert (told.lines[0].days, told.lines[0].adjustment_kwh) == (8, 80.0)
    assert found.days[12:14] == plain.days[12:14]
    assert wh([found.total.savings_kwh]) - wh([plain.total.savings_kwh]) == 80_000


def test_a_day_of_an_unknown_calendar_is_left_out_and_not_adjusted() -> None:
    days = reported(unknown=(12,))
    found, told = applied(of(days), days, (change("A-1", 12, 12, PerDay(5)),))
    assert told.lines == ()
    assert found.days[12].savings_kwh is None


def test_only_days_of_the_adjustments_kind_take_part() -> None:
    days = reported()
    working = sum(flag is True for flag in days.working[:30])
    _, told = applied(of(days), days, (change("A-1", 0, 29, PerDay(2), on=On.WORKING_DAYS),))
    assert (told.lines[0].days, told.lines[0].adjustment_kwh) == (working, 2.0 * working)


def test_a_share_is_of_the_unadjusted_baseline_whatever_the_order() -> None:
    days = reported()
    plain = of(days)
    given = (
        change("A-1", 0, 40, Proportional("hours", "h/d", 10, 12), kind=Kind.HOURS, half_width_share=0.1),
        change("A-2", 20, 60, Proportional("area", "m2", 100, 90, 0.5), kind=Kind.FLOOR_AREA),
        change("A-3", 5, 70, Lamps(-30, 36, 10)),
    )
    every = [applied(plain, days, order) for order in permutations(given)]
    assert all(one == every[0] for one in every)
    day = plain.days[30].baseline_kwh or 0.0
    expected = day + round(0.2 * day, 3) + round(-0.05 * day, 3) - 10.8
    assert every[0][0].days[30].baseline_kwh == pytest.approx(expected, abs=2e-3)


def test_a_baseline_may_be_adjusted_below_zero_and_stays_a_sum() -> None:
    days = reported(30)
    found, _ = applied(of(days), days, (change("A-1", 0, 29, PerDay(-1000), half_width_share=0.1),))
    assert found.total.baseline_kwh < -25_000
    assert found.total.savings_kwh == pytest.approx(found.total.baseline_kwh - found.total.actual_kwh)
    assert found.total.uncertainty_kwh > 3000


def test_a_month_with_nothing_measured_stays_as_it_is() -> None:
    days = reported(17, lost=tuple(range(17)))
    plain = of(days)
    found, told = applied(plain, days, (change("A-1", 0, 16, PerDay(5)),))
    assert (found.total, told.lines) == (plain.total, ())


def test_lamps_are_adjusted_as_meters_are() -> None:
    days = reported(31)
    plain = account_lamps((group(),), days)
    found, told = applied(plain, days, (change("A-1", 0, 9, Lamps(-20, 24, 10), half_width_share=0.1),))
    assert told.adjustment_kwh == -48.0
    assert wh([found.total.savings_kwh]) - wh([plain.total.savings_kwh]) == -48_000
    assert found.total.uncertainty_kwh == pytest.approx(
        math.hypot(plain.total.uncertainty_kwh, 4.8), abs=1e-3
    )
    assert found.band.half_width() == pytest.approx(found.total.uncertainty_kwh, abs=2e-3)


def test_adjustments_of_several_contracts_are_refused() -> None:
    days = reported(3)
    with pytest.raises(ValueError, match="one contract"):
        applied(of(days), days, (adjustment(), adjustment("A-2", contract="C-8")))


TERMS = st.one_of(
    st.builds(PerDay, st.floats(-500, 500)),
    st.builds(Total, st.floats(-5000, 5000)),
    st.builds(Lamps, st.integers(-200, 200), st.floats(0, 400), st.floats(0, 24)),
    st.builds(Proportional, st.just("hours"), st.just("h/d"), st.floats(1, 24), st.floats(0, 24)),
)
AT = st.integers(-10, 99)
DRAWN = st.lists(st.tuples(AT, AT, TERMS, st.floats(0, 0.5)), max_size=4)
LOST = st.frozensets(st.integers(0, 89), max_size=12)


@settings(max_examples=60, deadline=None)
@given(DRAWN, LOST, LOST)
def test_days_months_lines_and_total_agree_to_the_watt_hour(
    drawn: list[tuple[int, int, Any, float]], lost: frozenset[int], unknown: frozenset[int]
) -> None:
    days = reported(lost=tuple(lost), unknown=tuple(unknown))
    plain = of(days)
    given = tuple(
        change(f"A-{i}", min(a, b), max(a, b), term, half_width_share=share)
        for i, (a, b, term, share) in enumerate(drawn)
    )
    found, told = applied(plain, days, given)
    assert wh([found.total.savings_kwh]) - wh([plain.total.savings_kwh]) == wh([told.adjustment_kwh])
    assert wh([told.adjustment_kwh]) == wh([line.adjustment_kwh for line in told.lines])
    for name in ("baseline_kwh", "savings_kwh"):
        by_month = wh([getattr(month, name) for month in found.months])
        assert wh([getattr(found.total, name)]) == by_month
        measured = [getattr(day, name) for day in found.days if day.left_out is None]
        assert wh(measured) == by_month
    left = [(a, b) for a, b in zip(found.days, plain.days, strict=True) if a.left_out]
    assert all(a == b for a, b in left)
    assert found.total.uncertainty_kwh >= plain.total.uncertainty_kwh
    granted = math.hypot(*(line.uncertainty_kwh for line in told.lines))
    assert found.total.uncertainty_kwh == pytest.approx(
        math.hypot(plain.total.uncertainty_kwh, granted), abs=2e-3
    )
    months = [one.coverage for one in found.months]
    assert months == [one.coverage for one in plain.months]
    assert canonical([found.days, found.months, found.total, told])
    assert np.isfinite(found.band.half_width())


def test_beside_what_was_added_and_used_in_full_no_share_moves() -> None:
    days = reported()
    plain = measured_days(of(days), days)
    lamps = change("lamps", 30, 89, PerDay(200.0))
    used = tuple(
        replace(day, actual_kwh=day.actual_kwh + 200.0) if lamps.applies(day.day, day.working) else day
        for day in plain
    )
    for one, other in zip(beside(used, (lamps,)), plain, strict=True):
        assert one.baseline_kwh == other.baseline_kwh
        assert one.actual_kwh == pytest.approx(other.actual_kwh, abs=1e-6)


def test_beside_what_follows_the_baseline_it_grows_and_is_saved_from_alike() -> None:
    days = reported()
    plain = measured_days(of(days), days)
    hours = change("hours", 0, 89, Proportional("hours", "h/d", 10.0, 13.0))
    used = tuple(replace(day, actual_kwh=day.actual_kwh * 1.3) for day in plain)
    for one, other in zip(beside(used, (hours,)), plain, strict=True):
        assert one.actual_kwh / one.baseline_kwh == pytest.approx(other.actual_kwh / other.baseline_kwh, 1e-4)


def test_beside_nothing_agreed_days_are_as_measured() -> None:
    days = reported(lost=(3, 4))
    plain = measured_days(of(days), days)
    one_side = replace(change("draft", 0, 89, PerDay(50.0)), approvals=())
    assert beside(plain, ()) == plain == beside(plain, (one_side,))
