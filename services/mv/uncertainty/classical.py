"""The classical half-widths, for comparison: a fitted Baseline in, kWh out.

Both take the form of the model as true. On strongly autocorrelated days, and where the seasons are not fitted
well, they are too narrow (measured in `coverage`), so neither is the product's.
"""

import math

import numpy as np

from services.mv.baseline import Baseline
from services.mv.model import Days
from services.mv.uncertainty.band import LEVEL, student_t

_DAYS_PER_MONTH = 365.25 / 12
_DAILY = (-0.00024, 0.03535, 1.00286)
_BILLING = (-0.00022, 0.03306, 0.94054)


def guideline_14_half_width(baseline: Baseline, reporting_days: int, level: float = LEVEL) -> float:
    """The classical half-width [kWh] of a total over `reporting_days`, which are m rows as in the baseline.

    t·K·RMSE·√(m·(n/n′)·(1+2/n′)), K = a·M² + b·M + c with M the reporting months (ASHRAE Guideline 14 form
    with the polynomials of Sun & Baltazar for days and for bills, CalTRACK 4.3.2.4). A bill's RMSE counts for
    all of its days. An hourly baseline is taken as the days that it is summed to.
    """
    fit, months = baseline.fit, reporting_days / _DAYS_PER_MONTH
    a, b, c = _DAILY if baseline.days.length_d is None else _BILLING
    k = a * months**2 + b * months + c
    t = student_t(level, fit.n_effective - fit.p)
    ratio = fit.n / fit.n_effective * (1 + 2 / fit.n_effective)
    row_d = float(baseline.days.lengths.mean())
    return t * k * fit.rmse_kwh * row_d * math.sqrt(reporting_days / row_d * ratio)


def prediction_interval_half_width(baseline: Baseline, days: Days, level: float = LEVEL) -> float:
    """Half-width [kWh] of the sum over `days` when errors are independent: t·RMSE·√(Σℓ + xᵀ(XᵀWX)⁻¹x).

    x is the sum of the days' design rows, ℓ a row's length per the baseline's mean one (1 for days).
    """
    fit, learned = baseline.fit, baseline.days
    row_d = float(learned.lengths.mean())
    root = np.sqrt(learned.lengths / row_d)[:, None]
    weights = days.lengths @ baseline.design(days) / row_d
    learn = np.linalg.pinv(baseline.design(learned) * root)
    of_model = float(((weights @ learn) ** 2).sum())
    noise = float(days.lengths.sum()) / row_d
    return student_t(level, fit.n - fit.p) * fit.rmse_kwh * row_d * math.sqrt(noise + of_model)
