from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from services.mv.baseline import fit
from services.mv.model import Days
from services.mv.uncertainty import (
    Band,
    ErrorModel,
    error_model,
    guideline_14_half_width,
    student_t,
)
from tests.services.mv.circuits import (
    baseline_part,
    mean_kwh,
    noise,
    reporting_part,
    two_years,
)

TABLES = [(0.90, 3, 2.353), (0.90, 10, 1.812), (0.90, 30, 1.697), (0.90, 361, 1.649), (0.68, 361, 0.996)]


@pytest.mark.parametrize(("level", "freedom", "printed"), TABLES)
def test_student_t_agrees_with_tables(level: float, freedom: float, printed: float) -> None:
    assert student_t(level, freedom) == pytest.approx(printed, rel=0.01)


def test_student_t_has_a_floor() -> None:
    assert student_t(0.9, -5) == student_t(0.9, 3)


def model_of(days: Days) -> ErrorModel:
    return error_model(fit(baseline_part(days)))


@cache
def coverage(rho: float, *, misfit: float = 0.0, replicates: int = 250) -> dict[str, float]:
    """How often 90 % bands hold what circuits that nobody retrofitted really used, by length of period."""
    plain = two_years(sigma=0.0)
    assert plain.daylight_h is not None
    working = np.array([flag is True for flag in plain.working])
    bend = misfit * np.where(working, (plain.daylight_h - 12) ** 2, 0)
    rng = np.random.default_rng(20260531)
    drawn = noise(rng, (replicates, len(plain.days)), rho)
    held = {"month": 0, "half year": 0, "year": 0, "year, classical": 0}
    for one in drawn:
        days = replace(plain, energy_kwh=mean_kwh(plain) * (1 + 0.05 * one) + bend)
        model, reporting = model_of(days), reporting_part(days)
        for name, length in (("month", 30), ("half year", 180), ("year", 365)):
            first = int(rng.integers(0, 366 - length))
            span = reporting.take(range(first, first + length))
            error = abs(float((model.baseline.predict(span) - span.energy_kwh).sum()))
            held[name] += error <= model.of_total(span).half_width()
            if length == 365:
                held["year, classical"] += error <= guideline_14_half_width(model.baseline, length)
    return {name: count / replicates for name, count in held.items()}


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.8])
def test_the_band_holds_the_truth_as_often_as_it_says(rho: float) -> None:
    found = coverage(rho)
    for period in ("month", "half year", "year"):
        assert 0.85 <= found[period] <= 0.95, (period, found)


def test_the_classical_band_does_not_on_strongly_autocorrelated_days() -> None:
    found = coverage(0.8)
    assert found["year, classical"] < 0.85


def test_a_misfit_of_the_seasons_widens_the_band_of_a_month() -> None:
    found = coverage(0.3, misfit=1.0)
    assert 0.85 <= found["month"] <= 0.95, found


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
