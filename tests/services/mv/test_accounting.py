from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.mv.accounting import Savings, account, next_month
from services.mv.baseline import fit
from services.mv.uncertainty.error_model import ErrorModel, error_model
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.mv.published import building, weather

CIRCUIT = two_years(seed=7)


@pytest.fixture(scope="module")
def model() -> ErrorModel:
    return error_model(fit(baseline_part(CIRCUIT)))


@pytest.fixture(scope="module")
def halved(model: ErrorModel) -> Savings:
    return account(model, reporting_part(CIRCUIT, remaining=0.45))


def test_a_known_reduction_is_recovered_within_the_band(halved: Savings) -> None:
    old = float(reporting_part(CIRCUIT).energy_kwh.sum())
    assert abs(halved.total.savings_kwh - 0.55 * old) <= halved.total.uncertainty_kwh
    assert halved.total.uncertainty_kwh < 0.02 * old


def test_days_add_up_to_months_and_months_to_the_total(halved: Savings) -> None:
    by_day = sum(row.savings_kwh or 0 for row in halved.days)
    by_month = sum(month.savings_kwh for month in halved.months)
    assert by_day == pytest.approx(halved.total.savings_kwh, abs=1e-6)
    assert by_month == pytest.approx(halved.total.savings_kwh, abs=1e-6)
    assert halved.total.savings_kwh == pytest.approx(
        halved.total.baseline_kwh - halved.total.actual_kwh, abs=1e-9
    )


def test_months_are_calendar_months_with_partial_ends(halved: Savings) -> None:
    first, last = halved.months[0], halved.months[-1]
    assert (first.start, first.end) == (date(2025, 5, 15), date(2025, 6, 1))
    assert (last.start, last.end) == (date(2026, 5, 1), date(2026, 5, 15))
    assert [month.end for month in halved.months[:-1]] == [month.start for month in halved.months[1:]]
    assert halved.total.start == first.start
    assert halved.total.end == last.end


def test_monthly_uncertainty_is_its_own(halved: Savings) -> None:
    widths = [month.uncertainty_kwh for month in halved.months]
    assert all(np.isfinite(widths))
    assert max(widths) < halved.total.uncertainty_kwh < sum(widths)
    assert np.sqrt(np.square(widths).sum()) != pytest.approx(halved.total.uncertainty_kwh, rel=1e-3)


def test_an_incomplete_day_is_left_out_and_listed(model: ErrorModel, halved: Savings) -> None:
    reporting = reporting_part(CIRCUIT, remaining=0.45)
    coverage, energy = reporting.coverage.copy(), reporting.energy_kwh.copy()
    coverage[3], energy[3] = 0.94, energy[3] / 2
    coverage[4], energy[4] = 0.0, np.nan
    found = account(model, replace(reporting, coverage=coverage, energy_kwh=energy))
    assert [row.left_out for row in found.days[2:6]] == [None, "incomplete", "incomplete", None]
    assert found.days[3].actual_kwh is not None
    assert found.days[3].savings_kwh is None
    assert found.days[3].baseline_kwh is not None
    assert found.days[4].actual_kwh is None
    kept = [row.savings_kwh or 0 for i, row in enumerate(halved.days) if i not in {3, 4}]
    assert found.total.savings_kwh == pytest.approx(sum(kept), abs=1e-6)
    assert (found.total.days_measured, found.total.days_left_out) == (363, 2)
    assert found.months[0].coverage == pytest.approx((17 - 0.06 - 1) / 17, abs=1e-6)
    assert not next(r for r in found.records if r.what == "reporting_days_left_out").ok


def test_a_day_without_calendar_is_not_guessed(model: ErrorModel) -> None:
    reporting = reporting_part(CIRCUIT)
    found = account(model, replace(reporting, working=(None, *reporting.working[1:])))
    assert found.days[0].left_out == "no_calendar"
    assert found.days[0].savings_kwh is None


def test_of_several_reasons_the_one_that_a_person_can_mend_first_is_told(model: ErrorModel) -> None:
    reporting = reporting_part(CIRCUIT).take(range(4))
    energy = reporting.energy_kwh.copy()
    energy[[1, 3]] = np.nan
    kinds = ("closure", "closure", None, None)
    found = account(
        model, replace(reporting, energy_kwh=energy, kinds=kinds, working=(True, True, None, None))
    )
    assert [row.left_out for row in found.days] == ["no_model", "incomplete", "no_calendar", "incomplete"]
    assert [row.baseline_kwh for row in found.days] == [None] * 4
    assert [row.actual_kwh is None for row in found.days] == [False, True, False, True]


def test_a_day_of_which_the_baseline_says_nothing_is_not_covered_however_well_it_was_metered(
    model: ErrorModel,
) -> None:
    reporting = reporting_part(CIRCUIT)
    known = account(model, reporting).months[0]
    found = account(model, replace(reporting, working=(None,) * 4 + reporting.working[4:])).months[0]
    assert (known.coverage, found.coverage) == (1.0, round(13 / 17, 6))
    assert found.days_left_out == 4


@pytest.mark.parametrize("method", ["3ph", "3ph-types", "3ph-split"])
def test_a_day_without_weather_is_left_out_for_that_where_the_form_needs_it(method: str) -> None:
    outdoor = weather(400, seed=2)
    days = building(90 + 8 * np.maximum(14 - outdoor, 0) + np.arange(400) % 5, outdoor)
    before, after = days.take(range(365)), days.take(range(365, 400))
    gone = outdoor[365:].copy()
    gone[[2, 3]] = np.nan
    after = replace(after, outdoor_c=gone, kinds=(None, None, None, "closure", *[None] * 31))
    found = account(error_model(fit(before, method=method)), after)
    assert [day.left_out for day in found.days if day.left_out] == ["no_weather"] * 2
    assert found.total.coverage == round(33 / 35, 6)
    assert np.isfinite(found.total.uncertainty_kwh)
    flat = account(error_model(fit(before, method="mean")), after)
    assert flat.total.days_measured == 35


@pytest.mark.parametrize("remaining", [1.0, 0.45, -3.0, 1e4])
def test_a_day_s_saving_is_the_difference_of_what_is_printed(model: ErrorModel, remaining: float) -> None:
    for row in account(model, reporting_part(CIRCUIT, remaining=remaining)).days:
        assert row.baseline_kwh is not None
        assert row.actual_kwh is not None
        assert row.savings_kwh == round(row.baseline_kwh - row.actual_kwh, 3)
        assert row.uncertainty_kwh == round(row.uncertainty_kwh or 0, 3) > 0


def test_rows_are_plain_numbers_and_no_saving_is_minus_zero(model: ErrorModel) -> None:
    reporting = reporting_part(CIRCUIT)
    same = replace(reporting, energy_kwh=model.baseline.predict(reporting))
    for row in account(model, same).days:
        assert {type(value) for value in (row.baseline_kwh, row.savings_kwh, row.coverage)} == {float}
        assert str(row.savings_kwh) == "0.0"


def test_a_day_type_without_baseline_is_left_out() -> None:
    before = baseline_part(CIRCUIT)
    working_only = error_model(fit(before.take([i for i, flag in enumerate(before.working) if flag])))
    found = account(working_only, reporting_part(CIRCUIT))
    assert {row.left_out for row in found.days} == {None, "no_model"}


def test_a_month_with_nothing_measured_is_all_zero_and_finite(model: ErrorModel) -> None:
    reporting = reporting_part(CIRCUIT)
    found = account(model, replace(reporting, coverage=np.zeros(365)))
    assert found.total.savings_kwh == found.total.uncertainty_kwh == found.total.coverage == 0
    assert found.total.days_measured == 0


def test_unknown_coverage_is_none_at_all(model: ErrorModel) -> None:
    reporting = reporting_part(CIRCUIT)
    found = account(model, replace(reporting, coverage=np.full(365, np.nan)))
    assert found.days[0].coverage == 0
    assert found.days[0].left_out == "incomplete"


def test_more_use_is_a_negative_saving_with_a_finite_band(model: ErrorModel) -> None:
    found = account(model, reporting_part(CIRCUIT, remaining=1.3))
    assert found.total.savings_kwh < 0
    assert 0 < found.total.uncertainty_kwh < abs(found.total.savings_kwh)


def test_days_beyond_the_baselines_daylight_are_told(model: ErrorModel) -> None:
    winter = baseline_part(CIRCUIT).take(range(180, 300))
    found = account(error_model(fit(winter)), reporting_part(CIRCUIT))
    beyond = next(r for r in found.records if r.what == "reporting_days_beyond_baseline_daylight")
    assert beyond.figure > 100
    assert not beyond.ok


def test_month_arithmetic() -> None:
    assert next_month(date(2024, 1, 31)) == date(2024, 2, 1)
    assert next_month(date(2024, 12, 1)) == date(2025, 1, 1)
