import math
from dataclasses import replace

import numpy as np
import pytest

from services.mv.baseline import Baseline, fit
from services.mv.coverage.ensembles import Case, buildings
from services.mv.uncertainty.band import student_t
from services.mv.uncertainty.classical import guideline_14_half_width, prediction_interval_half_width


def baseline_of(case: Case) -> Baseline:
    return next(buildings(case, seed=3, count=1)).baseline


def test_guideline_14_is_the_printed_formula() -> None:
    baseline = baseline_of(Case("3PC", 0.4))
    f, m = baseline.fit, 92
    months = m / (365.25 / 12)
    k = -0.00024 * months**2 + 0.03535 * months + 1.00286
    share = student_t(0.9, f.n_effective - f.p) * k * f.cvrmse
    share *= math.sqrt(f.n / f.n_effective * (1 + 2 / f.n_effective) / m)
    assert guideline_14_half_width(baseline, m) == pytest.approx(share * f.mean_kwh * m, rel=1e-4)


def test_guideline_14_takes_the_polynomial_of_bills_for_bills() -> None:
    baseline = baseline_of(Case("3PC", 0.4, of="bills"))
    f = baseline.fit
    months = 365 / (365.25 / 12)
    k = -0.00022 * months**2 + 0.03306 * months + 0.94054
    ratio = f.n / f.n_effective * (1 + 2 / f.n_effective)
    bills = k * student_t(0.9, f.n_effective - f.p) * f.rmse_kwh * (365 / 12) * math.sqrt(12 * ratio)
    assert guideline_14_half_width(baseline, 365) == pytest.approx(bills, rel=1e-6)


def test_the_prediction_interval_of_one_day_on_a_line_is_the_textbook_one() -> None:
    days = next(buildings(Case("mean", 0.0), seed=1, count=1)).baseline.days
    baseline = fit(days, method="2p")
    x = baseline.days.outdoor_c
    assert x is not None
    day = baseline.days.take([17])
    away = (x[17] - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    root = math.sqrt(1 + 1 / len(x) + away)
    expected = student_t(0.9, baseline.fit.n - 2) * baseline.fit.rmse_kwh * root
    assert prediction_interval_half_width(baseline, day) == pytest.approx(expected, rel=1e-6)


def test_the_prediction_interval_of_equal_bills_is_that_of_a_mean() -> None:
    bills = baseline_of(Case("mean", 0.0, of="bills")).days
    equal = replace(bills, length_d=np.full(12, 30.0), outdoor_c=None, inside_c=None)
    baseline = fit(equal)
    expected = student_t(0.9, 11) * baseline.fit.rmse_kwh * 30 * math.sqrt(1 + 1 / 12)
    assert prediction_interval_half_width(baseline, equal.take([4])) == pytest.approx(expected, rel=1e-6)


def test_both_grow_with_the_level() -> None:
    baseline = baseline_of(Case("5P", 0.3))
    assert guideline_14_half_width(baseline, 30, 0.68) < guideline_14_half_width(baseline, 30)
    days = baseline.days.take(range(30))
    assert prediction_interval_half_width(baseline, days, 0.68) < prediction_interval_half_width(
        baseline, days
    )
