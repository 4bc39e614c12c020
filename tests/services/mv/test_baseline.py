from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.mv.baseline import Baseline, NoBaseline, fit, lag_one
from services.mv.model import Days, Record
from tests.services.mv.circuits import baseline_part, calendar, days_of, mean_kwh, two_years


def record(baseline: Baseline, what: str) -> Record:
    return next(row for row in baseline.records if row.what == what)


@pytest.fixture
def year() -> Days:
    return baseline_part(two_years())


def test_recovers_known_coefficients_without_noise(year: Days) -> None:
    baseline = fit(replace(year, energy_kwh=mean_kwh(year)))
    assert baseline.form == "workday+daylight"
    found = {f"{c.name} [{c.unit}]": c.value for c in baseline.coefficients}
    assert found == {
        "working_day [kWh/d]": pytest.approx(100, abs=1e-5),
        "working_day_daylight [kWh/d per h]": pytest.approx(-6, abs=1e-5),
        "non_working_day [kWh/d]": pytest.approx(20, abs=1e-5),
        "non_working_day_daylight [kWh/d per h]": pytest.approx(-1, abs=1e-5),
    }
    assert baseline.fit.r2 == pytest.approx(1)
    assert baseline.fit.rmse_kwh == pytest.approx(0, abs=1e-5)


def test_figures_follow_their_definitions(year: Days) -> None:
    baseline = fit(year)
    e, y = baseline.residuals_kwh, year.energy_kwh
    n, p = 365, 4
    assert (baseline.fit.n, baseline.fit.p) == (n, p)
    assert baseline.fit.rmse_kwh == pytest.approx(np.sqrt(e @ e / (n - p)), abs=1e-6)
    assert baseline.fit.cvrmse == pytest.approx(np.sqrt(e @ e / (n - p)) / y.mean(), abs=1e-6)
    assert baseline.fit.nmbe == pytest.approx(0, abs=1e-6)
    assert baseline.fit.r2 == pytest.approx(1 - e @ e / ((y - y.mean()) ** 2).sum(), abs=1e-6)
    rho = baseline.fit.rho
    assert rho == pytest.approx(float(np.mean(e[1:] * e[:-1]) / np.mean(e**2)), abs=1e-6)
    assert 0.1 < rho < 0.4
    assert baseline.fit.n_effective == pytest.approx(n * (1 - rho) / (1 + rho), rel=1e-4)


def test_the_printed_coefficients_are_the_model(year: Days) -> None:
    baseline = fit(year)
    assert all(c.value == round(c.value, 6) for c in baseline.coefficients)
    by_hand = baseline.design(year) @ np.array([c.value for c in baseline.coefficients])
    np.testing.assert_array_equal(by_hand, baseline.predict(year))


def test_holidays_and_make_up_days_count_by_the_chinese_calendar() -> None:
    days = days_of(calendar(date(2024, 9, 25), 30), np.zeros(30))
    flags = dict(zip(days.days, days.working, strict=True))
    assert flags[date(2024, 9, 29)] is True  # a Sunday worked for the National Day week
    assert flags[date(2024, 10, 2)] is False  # a Wednesday off


def test_incomplete_days_are_left_out_and_counted(year: Days) -> None:
    coverage, energy = year.coverage.copy(), year.energy_kwh.copy()
    coverage[10:50] = 0.5
    energy[10:50] = 1e6
    energy[60] = np.nan
    baseline = fit(replace(year, coverage=coverage, energy_kwh=energy))
    assert baseline.fit.n == 324
    left_out, enough = record(baseline, "baseline_days_left_out"), record(baseline, "baseline_days")
    assert (left_out.figure, left_out.limit, left_out.ok) == (41, 37, False)
    assert (enough.figure, enough.limit, enough.ok) == (324, 328, False)
    assert "CalTRACK" in enough.source


def test_the_limit_of_completeness_is_the_callers(year: Days) -> None:
    half = replace(year, coverage=np.full(365, 0.5))
    with pytest.raises(NoBaseline):
        fit(half)
    assert fit(half, minimum_coverage=0.5).fit.n == 365


def test_days_of_an_unknown_calendar_are_left_out_and_counted(year: Days) -> None:
    working = (None,) * 5 + year.working[5:]
    baseline = fit(replace(year, working=working))
    assert baseline.fit.n == 360
    assert record(baseline, "baseline_days_without_calendar") == Record(
        "baseline_days_without_calendar", 5, 0, "working calendar", False
    )


def test_zeros_are_data(year: Days) -> None:
    off = np.array([flag is False for flag in year.working])
    baseline = fit(replace(year, energy_kwh=np.where(off, 0.0, year.energy_kwh)))
    assert baseline.fit.n == 365
    assert record(baseline, "baseline_days_at_zero").figure == off.sum()
    assert np.all(baseline.predict(year)[off] == 0)


def test_without_a_place_it_is_the_mean_of_each_day_type(year: Days) -> None:
    baseline = fit(replace(year, daylight_h=None))
    working = np.array([flag is True for flag in year.working])
    assert baseline.form == "day-type mean"
    assert [c.name for c in baseline.coefficients] == ["working_day", "non_working_day"]
    assert baseline.coefficients[0].value == pytest.approx(year.energy_kwh[working].mean(), abs=1e-6)


def test_a_slope_that_a_month_cannot_show_is_not_fitted(year: Days) -> None:
    baseline = fit(year.take(range(80, 110)))
    assert "non_working_day_daylight" not in [c.name for c in baseline.coefficients]


def test_says_nothing_of_a_day_type_it_has_not_seen(year: Days) -> None:
    working = [i for i, flag in enumerate(year.working) if flag]
    predicted = fit(year.take(working)).predict(year)
    assert np.isnan(predicted).sum() == 365 - len(working)


def test_one_day_alone_is_fitted_and_found_insufficient(year: Days) -> None:
    baseline = fit(year.take([0]))
    assert baseline.fit.n == baseline.fit.p == 1
    assert not record(baseline, "baseline_days").ok


def test_lag_one_looks_only_at_neighbouring_dates() -> None:
    residuals = np.array([1.0, 1.0, -1.0, -1.0])
    assert lag_one(residuals, np.array([1, 2, 9, 10])) == 1.0
    assert lag_one(residuals, np.array([1, 3, 5, 7])) == 0.0
    assert lag_one(np.zeros(4), np.array([1, 2, 3, 4])) == 0.0


def test_a_flat_load_invents_no_daylight_response(year: Days) -> None:
    rng = np.random.default_rng(5)
    baseline = fit(replace(year, energy_kwh=50 + rng.standard_normal(365)))
    slopes = [c.value for c in baseline.coefficients if c.unit.endswith("per h")]
    assert np.all(np.abs(slopes) < 0.2)
