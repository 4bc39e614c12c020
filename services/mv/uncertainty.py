"""How far a saving may be off: a Baseline's residuals in, half-widths at a stated confidence out.

Three parts, all in date order: the coefficients' own error, the noise of the reporting days' sum (first-order
autoregressive residuals, scaled by day type), and an inflation of that noise by what the building's own
residuals did over windows of the same length, so that a misfit of one season widens the band of a season.
No random numbers: the same inputs give the same figures. The classical ASHRAE Guideline 14 form stands beside
it for comparison only: on strongly autocorrelated days it is too narrow.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from services.mv.baseline import Baseline, lag_one
from services.mv.model import Days, Floats

LEVEL = 0.90
_LEAST_FREEDOM = 3.0
_LARGEST_RHO = 0.98
_LEAST_DAYS_FOR_OWN_SCALE = 10
_DAYS_PER_MONTH = 365.25 / 12


def student_t(level: float, freedom: float) -> float:
    """Two-sided Student quantile, by the Cornish-Fisher expansion (Abramowitz & Stegun 26.7.5).

    `freedom` below 3 is taken as 3; from there the error is under 1 %.
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    v = max(freedom, _LEAST_FREEDOM)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


@dataclass(frozen=True, slots=True)
class Band:
    """The error of one total: `standard_error_kwh`, and the degrees of freedom behind it."""

    standard_error_kwh: float
    freedom: float

    def half_width(self, level: float = LEVEL) -> float:
        """Half-width of the band [kWh] at a two-sided confidence level."""
        return student_t(level, self.freedom) * self.standard_error_kwh


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """What a baseline's residuals say of its predictions. Build it with `error_model`.

    `scales_kwh` is the residuals' spread on working and non-working days; `covariance` (p, p) that of the
    coefficients. The rest is cumulated from the first baseline day on, so that a window's sum is one
    difference: residuals (n+1,), design (n+1, p), and the errors' covariance with the coefficients (n+1, p)
    and with each other (n+1, n+1).
    """

    baseline: Baseline
    rho: float
    scales_kwh: tuple[float, float]
    covariance: Floats
    residuals_to: Floats
    design_to: Floats
    learnt_to: Floats
    noise_to: Floats

    @property
    def freedom(self) -> float:
        """Effective number of days less the parameters."""
        n, p = self.baseline.fit.n, self.baseline.fit.p
        return max(n * (1 - self.rho) / (1 + self.rho) - p, _LEAST_FREEDOM)

    def of_days(self, days: Days) -> Floats:
        """Half-width at 90 % of each day by itself [kWh], shape (m,)."""
        design = self.baseline.design(days)
        of_model = ((design @ self.covariance) * design).sum(axis=1)
        variance: Floats = of_model + _scale(days, self.scales_kwh) ** 2
        return student_t(LEVEL, self.freedom) * np.sqrt(variance)

    def of_total(self, days: Days) -> Band:
        """The error of the sum over the given days, in date order, which need not be neighbours."""
        return self.of_sums(days, [range(len(days.days))])[0]

    def of_sums(self, days: Days, sums: Sequence[Sequence[int]]) -> list[Band]:
        """The error of each sum over rows of `days`; rows in date order."""
        design, scale, numbers = self.baseline.design(days), _scale(days, self.scales_kwh), days.numbers
        bands: list[Band] = []
        for rows in sums:
            at = np.asarray(rows, dtype=np.intp)
            weights = design[at].sum(axis=0)
            noise = _noise_variance(scale[at], numbers[at], self.rho) * self._inflation(len(at))
            of_model = float(weights @ self.covariance @ weights)
            bands.append(Band(math.sqrt(of_model + noise), self.freedom))
        return bands

    def _inflation(self, length: int) -> float:
        """Mean square of the residual sums over windows of `length` days per its expectation, at least 1.

        With errors of covariance N, design X and coefficients of covariance V, the residuals' sum over a
        window w has the variance 1ᵀN1 − 2·xᵀs + xᵀVx, x = Σ_w X, s = Σ_w N·X(XᵀX)⁻¹.

        Beyond half the baseline too few windows are independent, and a fitted mean has no misfit left.
        """
        n = self.baseline.fit.n
        if not 1 < length <= n // 2:
            return 1.0
        start = np.arange(n - length + 1)
        end = start + length
        sums = self.residuals_to[end] - self.residuals_to[start]
        design, learnt = (to[end] - to[start] for to in (self.design_to, self.learnt_to))
        table = self.noise_to
        noise = table[end, end] - 2 * table[start, end] + table[start, start]
        of_model = ((design @ self.covariance - 2 * learnt) * design).sum(axis=1)
        mean = float((noise + of_model).mean())
        return max(1.0, float((sums**2).mean()) / mean) if mean > 0 else 1.0


def _scale(days: Days, scales_kwh: tuple[float, float]) -> Floats:
    working = np.array([flag is True for flag in days.working])
    return np.where(working, *scales_kwh)


def _noise_variance(scale: Floats, numbers: npt.NDArray[np.int64], rho: float) -> float:
    """Variance [kWh²] of the sum of autocorrelated daily errors: ΣΣ s_i·s_j·ρ^|i−j|, by one pass."""
    total, carried, previous = 0.0, 0.0, 0
    for deviation, number in zip(scale.tolist(), numbers.tolist(), strict=True):
        carried *= rho ** (number - previous)
        total += deviation * (deviation + 2 * carried)
        carried += deviation
        previous = number
    return total


def _scales(baseline: Baseline) -> tuple[float, float]:
    """Residual spread [kWh] of working and of non-working days; that of all where a type is rare."""
    fit, squares = baseline.fit, baseline.residuals_kwh**2
    freedom = max(fit.n - fit.p, 1) / fit.n
    found: list[float] = []
    for working in (True, False):
        of_type = squares[[flag is working for flag in baseline.days.working]]
        used = of_type if len(of_type) >= _LEAST_DAYS_FOR_OWN_SCALE else squares
        found.append(math.sqrt(float(used.mean()) / freedom))
    return found[0], found[1]


def error_model(baseline: Baseline) -> ErrorModel:
    """Learn the error of a baseline's predictions from its residuals.

    The lag-1 figure is raised by its small-sample bias, (1+3ρ)/n (Marriott & Pope 1954), and not below 0.
    """
    scales, numbers, n = _scales(baseline), baseline.days.numbers, baseline.fit.n
    scale = _scale(baseline.days, scales)
    standard = np.divide(baseline.residuals_kwh, scale, out=np.zeros(n), where=scale > 0)
    found = lag_one(standard, numbers)
    rho = min(max(found + (1 + 3 * found) / n, 0.0), _LARGEST_RHO)
    design = baseline.design(baseline.days)
    learn = np.linalg.pinv(design)
    powers = rho ** np.arange(int(numbers[-1] - numbers[0]) + 1)
    noise = powers[np.abs(numbers[:, None] - numbers[None, :])] * np.outer(scale, scale)
    learnt = noise @ learn.T
    return ErrorModel(
        baseline=baseline,
        rho=rho,
        scales_kwh=scales,
        covariance=learn @ learnt,
        residuals_to=_cumulated(baseline.residuals_kwh),
        design_to=_cumulated(design),
        learnt_to=_cumulated(learnt),
        noise_to=_cumulated(_cumulated(noise).T),
    )


def _cumulated(rows: Floats) -> Floats:
    """Sums of the rows before each, one more than there are rows."""
    sums = np.zeros((len(rows) + 1, *rows.shape[1:]))
    np.cumsum(rows, axis=0, out=sums[1:])
    return sums


def guideline_14_half_width(baseline: Baseline, reporting_days: int, level: float = LEVEL) -> float:
    """The classical half-width [kWh] of a total over `reporting_days` (m), for comparison.

    t·K·RMSE·√(m·(n/n′)·(1+2/n′)), K = −0.00024M² + 0.03535M + 1.00286 with M the reporting months (ASHRAE
    Guideline 14 form with the polynomial of Sun & Baltazar, CalTRACK 4.3.2.4).
    """
    fit, months = baseline.fit, reporting_days / _DAYS_PER_MONTH
    k = -0.00024 * months**2 + 0.03535 * months + 1.00286
    t = student_t(level, fit.n_effective - fit.p)
    ratio = fit.n / fit.n_effective * (1 + 2 / fit.n_effective)
    return t * k * fit.rmse_kwh * math.sqrt(reporting_days * ratio)
