from dataclasses import replace

import numpy as np
import pytest

from services.mv.baseline import Baseline, fit
from services.mv.coverage.ensembles import Case, buildings
from services.mv.model import Days
from services.mv.uncertainty.error_model import Band, ErrorModel, error_model, sensitivity
from tests.services.mv.circuits import baseline_part, reporting_part, two_years


def model_of(days: Days) -> ErrorModel:
    return error_model(fit(baseline_part(days)))


def test_no_change_is_no_saving_within_the_band() -> None:
    days = two_years(seed=3)
    model, reporting = model_of(days), reporting_part(days)
    saved = float((model.baseline.predict(reporting) - reporting.energy_kwh).sum())
    assert abs(saved) <= model.of_total(reporting).half_width()


def test_a_month_is_wider_than_a_twelfth_of_the_year_and_narrower_than_its_days_added() -> None:
    days = two_years()
    model, reporting = model_of(days), reporting_part(days)
    month = reporting.take(range(30))
    half_width = model.of_total(month).half_width()
    assert model.of_total(reporting).half_width() / 12 < half_width < model.of_days(month).sum()


def test_one_day_is_its_own_total() -> None:
    days = two_years()
    model, day = model_of(days), reporting_part(days).take([7])
    assert model.of_total(day).half_width() == pytest.approx(float(model.of_days(day)[0]))


def test_days_far_apart_share_less_error_than_neighbours() -> None:
    days = two_years(rho=0.7)
    model, reporting = model_of(days), reporting_part(days)
    working = [i for i, flag in enumerate(reporting.working) if flag]
    neighbours = next(i for i in working if i + 1 in working and i + 40 in working)
    near = model.of_total(reporting.take([neighbours, neighbours + 1])).standard_error_kwh
    far = model.of_total(reporting.take([neighbours, neighbours + 40])).standard_error_kwh
    assert near > far * 1.1


def test_finite_for_no_days_perfect_fits_and_constant_zero() -> None:
    days = two_years(sigma=0.0)
    for energy in (days.energy_kwh, np.zeros(len(days.days))):
        model = model_of(replace(days, energy_kwh=energy))
        half_width = model.of_total(reporting_part(days)).half_width()
        assert np.isfinite(half_width)
        assert half_width < 0.01
        assert model.of_total(days.take([])) == Band(0.0, model.freedom)


def test_gaps_in_the_baseline_keep_the_distance_between_dates() -> None:
    days = baseline_part(two_years(rho=0.7))
    kept = [i for i in range(365) if i % 60 < 40]
    whole, part = error_model(fit(days)), error_model(fit(days.take(kept)))
    assert part.rho == pytest.approx(whole.rho, abs=0.1)
    assert np.isfinite(part.of_total(days).half_width())


def test_the_same_inputs_give_the_same_figure() -> None:
    days = two_years()
    first, second = (model_of(days).of_total(reporting_part(days)) for _ in range(2))
    assert first == second


def whole_building(*, rho: float = 0.4, misfit: float = 0.0) -> ErrorModel:
    case = Case("5P", rho, misfit=misfit)
    return error_model(next(buildings(case, seed=11, count=1)).baseline)


def test_a_balance_point_adds_what_a_step_of_it_changes() -> None:
    baseline = whole_building().baseline
    step = 0.25
    of_points = sensitivity(baseline, baseline.days)[:, len(baseline.terms) :]
    points = sorted({t.point_c for t in baseline.terms if t.point_c is not None})
    assert of_points.shape[1] == len(points) == baseline.fit.p - len(baseline.terms)
    for at, point in enumerate(dict.fromkeys(t.point_c for t in baseline.terms if t.point_c is not None)):
        up, down = (
            replace(
                baseline,
                terms=tuple(
                    replace(t, point_c=point + by) if t.point_c == point else t for t in baseline.terms
                ),
            ).predict(baseline.days)
            for by in (step, -step)
        )
        assert of_points[:, at] == pytest.approx((up - down) / (2 * step))


def test_a_searched_balance_point_widens_the_band_a_little() -> None:
    model = whole_building(rho=0.0)
    baseline = model.baseline
    given = np.linalg.pinv(baseline.design(baseline.days))
    searched = np.linalg.pinv(sensitivity(baseline, baseline.days))
    month = slice(60, 90)
    least = float(((baseline.design(baseline.days)[month].sum(axis=0) @ given) ** 2).sum())
    more = float(((sensitivity(baseline, baseline.days)[month].sum(axis=0) @ searched) ** 2).sum())
    assert least < more < 4 * least


def test_smooth_responses_raise_the_lag_one_figure_they_took_out() -> None:
    found = [error_model(one.baseline) for one in buildings(Case("5P", 0.8), seed=4, count=20)]
    raised = np.mean([model.rho for model in found])
    plain = np.mean([model.baseline.fit.rho for model in found])
    assert plain + 0.015 < raised < 0.82


@pytest.mark.parametrize("rows", [30, 90, 275, 330])
def test_a_misfit_of_the_seasons_widens_every_sum_but_that_of_a_year(rows: int) -> None:
    plain, bent = whole_building(), whole_building(misfit=1.0)
    assert bent.inflated(100.0, 900.0, rows) > plain.inflated(100.0, 900.0, rows)
    assert bent.inflated(100.0, 900.0, 365) == pytest.approx(1000)


def test_bands_do_not_jump_where_windows_get_longer_than_half_the_baseline() -> None:
    model = whole_building(misfit=0.7)
    noise = [float(model.noise.of_windows(np.array([0]), np.array([rows]))[0]) for rows in (182, 183)]
    below, above = (model.inflated(0.0, noise[i], rows) for i, rows in enumerate((182, 183)))
    assert above == pytest.approx(below, rel=0.25)


def test_a_short_baseline_keeps_the_inflation_of_its_longest_windows() -> None:
    days = next(buildings(Case("3PC", 0.3, drift=0.6), seed=2, count=1)).baseline.days
    model = error_model(fit(days.take(range(60, 260)), method="3pc-types"))
    assert model.inflated(1.0, 1.0, 365) == pytest.approx(2 * model.inflation(100))
    assert model.inflation(100) > 1


def test_the_inflation_of_a_length_is_the_same_whatever_was_asked_before() -> None:
    model = whole_building(misfit=1.0)
    asked = [model.inflation(length) for length in (30, 31, 30, 182, 31)]
    assert asked[0] == asked[2] != asked[1] == asked[4]
    assert [replace(model).inflation(length) for length in (30, 31, 182)] == [asked[0], asked[1], asked[3]]
    assert replace(model, rho=0.0) != model
    assert "inflations" not in repr(model)


@pytest.mark.parametrize("method", ["4p", "4p-types", "4p-split", "5p-split", "3pc-split"])
def test_every_slope_at_a_balance_point_moves_with_it(method: str) -> None:
    days = whole_building().baseline.days
    baseline = fit(days, method=method)
    points = dict.fromkeys(t.point_c for t in baseline.terms if t.point_c is not None)
    of_points = sensitivity(baseline, days)[:, len(baseline.terms) :]
    assert of_points.shape[1] == len(points)
    for at, point in enumerate(points):
        assert point is not None
        up, down = (
            replace(
                baseline,
                terms=tuple(
                    replace(t, point_c=point + by) if t.point_c == point else t for t in baseline.terms
                ),
            ).predict(days)
            for by in (0.25, -0.25)
        )
        assert of_points[:, at] == pytest.approx((up - down) / 0.5, abs=1e-9)


def test_lighting_keeps_its_own_error_uninflated() -> None:
    model = model_of(two_years(rho=0.7))
    assert model.inflated(5.0, 0.0, 60) == 5
    assert model.inflated(5.0, 7.0, 300) == 12


def test_a_bill_counts_by_its_days() -> None:
    building = next(buildings(Case("3PH", 0.3, of="bills"), seed=5, count=1))
    model = error_model(building.baseline)
    assert model.row_d == pytest.approx(365 / 12)
    assert model.covariance.shape == (building.baseline.fit.p,) * 2
    singly = model.of_days(building.reporting)
    february = building.reporting.take([1])
    assert model.of_total(february).half_width() == pytest.approx(float(singly[1]), rel=0.35)
    year = model.of_total(building.reporting).half_width()
    assert float(np.sqrt((singly**2).sum())) * 0.5 < year < singly.sum()
    assert year < 0.1 * float((building.reporting.energy_kwh * building.reporting.lengths).sum())


def test_the_same_bills_in_half_the_unit_have_half_the_band() -> None:
    building = next(buildings(Case("3PH", 0.3, of="bills"), seed=6, count=1))
    days = building.baseline.days
    whole, half = (
        error_model(fit(replace(days, energy_kwh=days.energy_kwh * by), method="3ph")) for by in (1.0, 0.5)
    )
    first, second = (m.of_total(building.reporting).half_width() for m in (whole, half))
    assert second == pytest.approx(first / 2, rel=1e-3)


def test_finite_for_a_saving_of_zero_and_for_more_used_than_expected() -> None:
    building = next(buildings(Case("5P", 0.4), seed=7, count=1))
    model, days = error_model(building.baseline), building.reporting
    for times in (0.0, 1.0, 3.0):
        band = model.of_total(replace(days, energy_kwh=days.energy_kwh * times))
        assert 0 < band.half_width() < np.inf
        assert band == model.of_total(days)


def test_days_without_weather_leave_the_others_known() -> None:
    building = next(buildings(Case("3PC", 0.4), seed=8, count=1))
    outdoor = building.reporting.outdoor_c
    assert outdoor is not None
    gappy = replace(building.reporting, outdoor_c=np.where(np.arange(len(outdoor)) == 5, np.nan, outdoor))
    model = error_model(building.baseline)
    known = [i for i in range(30) if i != 5]
    assert model.of_sums(gappy, [known]) == model.of_sums(building.reporting, [known])
    assert np.isnan(model.of_days(gappy)[5])


def test_a_summer_is_wider_than_a_spring_where_cooling_errs_more() -> None:
    building = next(buildings(Case("3PC", 0.3, growing=1.0), seed=4, count=1))
    model, days = error_model(building.baseline), building.reporting
    summer = [i for i, day in enumerate(days.days) if day.month == 7]
    spring = [i for i, day in enumerate(days.days) if day.month == 3]
    wide, narrow = (model.of_total(days.take(rows[:30])).half_width() for rows in (summer, spring))
    assert wide > 1.5 * narrow


def test_a_regime_that_was_hardly_met_has_the_spread_of_its_day_type() -> None:
    building = next(buildings(Case("3PC", 0.3), seed=4, count=1))
    baseline, scales = building.baseline, error_model(building.baseline).scales_kwh
    assert scales[1] == pytest.approx([_spread(baseline, working=flag) for flag in (True, False)])
    assert scales[0] != scales[2] != scales[1]


def _spread(baseline: Baseline, *, working: bool) -> float:
    squares = baseline.residuals_kwh[[flag is working for flag in baseline.days.working]] ** 2
    return float(np.sqrt(squares.mean() * baseline.fit.n / (baseline.fit.n - baseline.fit.p)))
