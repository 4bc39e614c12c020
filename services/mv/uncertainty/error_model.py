"""How far a saving may be off: a Baseline's residuals in, half-widths at a stated confidence out.

Three parts, all in date order: the coefficients' own error (balance points among them, linearised), the
noise of the reporting days' sum (first-order autoregressive residuals, scaled by day type, and by whether the
model heats or cools, for what works harder errs more), and an inflation by what the building's own residuals
did over windows of the same length, so that a misfit of one season widens the band of a season. No random
numbers: the same inputs give the same figures.

It is one method for all forms: change points, hours summed to days, and bills, whose rows count by their
days. The classical formulas stand beside it in `comparison`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from services.mv.baseline import Baseline, lag_one
from services.mv.forms import COOLING, DAYLIGHT, HEATING, design_matrix
from services.mv.limits import limit
from services.mv.model import Days, Floats
from services.mv.uncertainty.band import LEAST_FREEDOM, LEVEL, Band, Portfolio, portfolio, student_t
from services.mv.uncertainty.classical import guideline_14_half_width
from services.mv.uncertainty.noise import Noise, cumulated, noise_of, spread, variance_of

__all__ = [
    "LEVEL",
    "Band",
    "ErrorModel",
    "Portfolio",
    "error_model",
    "guideline_14_half_width",
    "portfolio",
    "student_t",
]

_Value = TypeVar("_Value", float, Floats)

Scales = tuple[tuple[float, float], ...]
_LARGEST_RHO = 0.98
_LEAST_DAYS_FOR_OWN_SCALE = 10
_STEP_K = 0.25
"""Half the difference over which the response to a balance point is measured."""


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """What a baseline's residuals say of its predictions. Build it with `error_model`.

    `rho` is the autocorrelation over one mean row; `scales_kwh` the residuals' spread [kWh/d], a pair for
    working and other days in each regime: neither heated nor cooled, heated, cooled by the model;
    `covariance` (p, p) that of coefficients and balance points. The rest is cumulated from the first baseline
    row on, each row with the weight of its days, so that a window's sum is one difference: residuals (n+1,),
    `sensitivity` (n+1, p), and the errors' covariance with the coefficients (n+1, p). `noise` gives their
    covariance with each other.
    """

    baseline: Baseline
    rho: float
    scales_kwh: Scales
    covariance: Floats
    residuals_to: Floats
    design_to: Floats
    learnt_to: Floats
    noise: Noise
    _inflations: dict[int, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def freedom(self) -> float:
        """Effective number of rows less the parameters."""
        n, p = self.baseline.fit.n, self.baseline.fit.p
        return max(n * (1 - self.rho) / (1 + self.rho) - p, LEAST_FREEDOM)

    @property
    def row_d(self) -> float:
        """Days of a mean baseline row: 1, or those of a bill."""
        return _row_d(self.baseline)

    def of_days(self, days: Days) -> Floats:
        """Half-width at 90 % of each row by itself [kWh], shape (m,)."""
        design = sensitivity(self.baseline, days)
        of_model = ((design @ self.covariance) * design).sum(axis=1)
        variance: Floats = of_model + _scale(self.baseline, days, self.scales_kwh) ** 2
        return student_t(LEVEL, self.freedom) * np.sqrt(variance) * days.lengths

    def of_total(self, days: Days) -> Band:
        """The error of the sum over the given days, in date order, which need not be neighbours."""
        return self.of_sums(days, [range(len(days.days))])[0]

    def of_sums(self, days: Days, sums: Sequence[Sequence[int]]) -> list[Band]:
        """The error of each sum over rows of `days`; rows in date order."""
        length, numbers = days.lengths, days.numbers
        design = sensitivity(self.baseline, days) * length[:, None]
        scale = _scale(self.baseline, days, self.scales_kwh) * length
        daily = self.rho ** (1 / self.row_d)
        bands: list[Band] = []
        for rows in sums:
            at = np.asarray(rows, dtype=np.intp)
            weights = design[at].sum(axis=0)
            noise = variance_of(scale[at], numbers[at], daily)
            of_model = float(weights @ self.covariance @ weights)
            variance = self.inflated(of_model, noise, round(float(length[at].sum()) / self.row_d))
            bands.append(Band(math.sqrt(variance), self.freedom))
        return bands

    def inflated(self, of_model: _Value, noise: _Value, rows: int) -> _Value:
        """The variance of sums over `rows` [kWh²] with what the building's own windows add to it.

        Up to half the baseline such windows can be compared. Means and slopes over daylight hardly move with
        a misfit of the seasons: the noise alone is inflated. Responses to weather are learnt from that
        misfit, and are inflated with it. For them a window beyond half misses by what the rest of the year
        misses by, for residuals sum to zero and seasons return; a baseline short of a year has not seen that,
        so its longest windows stand. Each of these was chosen by coverage.
        """
        n = self.baseline.fit.n
        if not _smooth(self.baseline):
            return of_model + noise * self.inflation(rows)
        if rows <= n // 2 or n * self.row_d < limit("sufficiency", "baseline_days").figure:
            return (of_model + noise) * self.inflation(min(rows, n // 2))
        rest = min(rows % n, n - rows % n)
        start = np.arange(n - rest + 1)
        usual = float(self.noise.of_windows(start, start + rest).mean())
        return of_model + noise + (self.inflation(rest) - 1) * usual

    def inflation(self, length: int) -> float:
        """Mean square of the residual sums over windows of `length` rows per its expectation, at least 1.

        With errors of covariance N, design X and coefficients of covariance V, the residuals' sum over a
        window w has the variance 1ᵀN1 − 2·xᵀs + xᵀVx, x = Σ_w X, s = Σ_w N·X(XᵀX)⁻¹. Months share few
        lengths, so each is worked out once.
        """
        if length not in self._inflations:
            self._inflations[length] = self._inflation(length)
        return self._inflations[length]

    def _inflation(self, length: int) -> float:
        n = self.baseline.fit.n
        if not 1 < length <= n // 2:
            return 1.0
        start = np.arange(n - length + 1)
        end = start + length
        sums = self.residuals_to[end] - self.residuals_to[start]
        design, learnt = (to[end] - to[start] for to in (self.design_to, self.learnt_to))
        of_model = ((design @ self.covariance - 2 * learnt) * design).sum(axis=1)
        mean = float((self.noise.of_windows(start, end) + of_model).mean())
        return max(1.0, float((sums**2).mean()) / mean) if mean > 0 else 1.0


def sensitivity(baseline: Baseline, days: Days) -> Floats:
    """What a prediction changes by with each coefficient and balance point, shape (n, p).

    The design, and for each balance point τ the slopes times the degrees' change, (f(τ+δ) − f(τ−δ))/2δ: the
    linearised least squares of the bent line.
    """
    columns = [baseline.design(days)]
    points = dict.fromkeys(term.point_c for term in baseline.terms if term.point_c is not None)
    for point in points:
        bent = [i for i, term in enumerate(baseline.terms) if term.point_c == point]
        slopes = np.array([baseline.coefficients[i].value for i in bent])
        above, below = (
            design_matrix([replace(baseline.terms[i], point_c=point + step) for i in bent], days)
            for step in (_STEP_K, -_STEP_K)
        )
        columns.append(((above - below) @ slopes / (2 * _STEP_K))[:, None])
    return np.hstack(columns)


def _row_d(baseline: Baseline) -> float:
    return 1.0 if baseline.days.length_d is None else float(baseline.days.length_d.mean())


def _scale(baseline: Baseline, days: Days, scales_kwh: Scales) -> Floats:
    """Spread of each row [kWh/d]; the mean of a longer row spreads less."""
    scale = np.array(scales_kwh)[_regimes(baseline, days), _types(days)]
    return scale if days.length_d is None else scale * np.sqrt(_row_d(baseline) / days.length_d)


def _types(days: Days) -> npt.NDArray[np.intp]:
    """0 on working days, 1 on others."""
    return np.array([flag is not True for flag in days.working], dtype=np.intp)


def _regimes(baseline: Baseline, days: Days) -> npt.NDArray[np.intp]:
    """1 where a day is heated by the model, 2 where it is cooled, 0 on others and without balance points."""
    found = np.zeros(len(days.days), dtype=np.intp)
    if days.outdoor_c is None or days.length_d is not None:
        return found
    for regime, side in enumerate((HEATING, COOLING), start=1):
        points = [term.point_c for term in baseline.terms if term.by == side and term.point_c is not None]
        if points:
            found[(days.outdoor_c < points[0]) if side == HEATING else (days.outdoor_c > points[0])] = regime
    return found


def _scales(baseline: Baseline) -> Scales:
    """Residual spread [kWh/d] by regime, of working and of other days; where one is rare, that of its day
    type, or of all."""
    fit, squares = baseline.fit, baseline.residuals_kwh**2
    if baseline.days.length_d is not None:
        squares = squares * baseline.days.length_d / _row_d(baseline)
    freedom = max(fit.n - fit.p, 1) / fit.n
    regimes, types = _regimes(baseline, baseline.days), _types(baseline.days)

    def spread(regime: int, of: int) -> float:
        for used in (squares[(regimes == regime) & (types == of)], squares[types == of]):
            if len(used) >= _LEAST_DAYS_FOR_OWN_SCALE:
                return math.sqrt(float(used.mean()) / freedom)
        return math.sqrt(float(squares.mean()) / freedom)

    return tuple((spread(regime, 0), spread(regime, 1)) for regime in range(3))


def _smooth(baseline: Baseline) -> int:
    """How many directions of the fit vary smoothly with the weather or another driver.

    A searched balance point takes out as much as two (Friedman 1991 counts two to four a knot).
    """
    points = len(baseline.coefficients) - len(baseline.terms)
    return len({term.by for term in baseline.terms} - {None, DAYLIGHT}) + 2 * points


def _rho(baseline: Baseline, scale: Floats) -> float:
    """Lag-1 figure of the standardised residuals, without what the fit took out of it, and not below 0.

    A mean takes (1+3ρ)/n out (Marriott & Pope 1954): 2ρ/n and (1+ρ)/n for the direction of the mean. So does
    every further smooth direction; weather and its balance points are, daylight by day type hardly is. Months
    apart, the weather of bills is not smooth.
    """
    n = baseline.fit.n
    standard = np.divide(baseline.residuals_kwh, scale, out=np.zeros(n), where=scale > 0)
    found = lag_one(standard, baseline.days.numbers, baseline.days.length_d)
    smooth = _smooth(baseline) if baseline.days.length_d is None else 0
    taken = (1 + 3 * found) / n + smooth * (1 + found) / n
    return min(max(found + taken, 0.0), _LARGEST_RHO)


def error_model(baseline: Baseline) -> ErrorModel:
    """Learn the error of a baseline's predictions from its residuals."""
    scales, row_d, length = _scales(baseline), _row_d(baseline), baseline.days.lengths
    scale = _scale(baseline, baseline.days, scales)
    rho = _rho(baseline, scale)
    design = sensitivity(baseline, baseline.days)
    root = np.sqrt(length / row_d)
    learn = np.linalg.pinv(design * root[:, None]) * root
    numbers, daily = baseline.days.numbers, rho ** (1 / row_d)
    learnt = spread(learn.T * scale[:, None], numbers, daily) * scale[:, None]
    return ErrorModel(
        baseline=baseline,
        rho=rho,
        scales_kwh=scales,
        covariance=learn @ learnt,
        residuals_to=cumulated(baseline.residuals_kwh * length),
        design_to=cumulated(design * length[:, None]),
        learnt_to=cumulated(learnt * length[:, None]),
        noise=noise_of(scale * length, numbers, daily),
    )
