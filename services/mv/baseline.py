"""Ordinary least squares of daily energy on the days' drivers: Days in, a frozen Baseline out.

Coefficients are rounded before anything is derived from them, so the printed model is the model.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.mv.forms import COLUMNS, design_matrix
from services.mv.limits import limit
from services.mv.model import ENGINE, Days, Floats, Record

_DECIMALS = 6
_LEAST_SPREAD_H = 1.0
"""A slope over less daylight than this is noise, not a response."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A fitted coefficient with the unit it is in."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Fit:
    """Figures of a fit: mv.md's symbols in words; `rho` is lag-1, over neighbouring dates only.

    `rmse_kwh` = √(SSE/(n−p)) [kWh/d]; `cvrmse` = RMSE/ȳ; `nmbe` = Σ(y−ŷ)/((n−p)·ȳ); `n_effective` =
    n·(1−ρ)/(1+ρ) (ASHRAE Guideline 14). Ratios are 0 where their denominator is.
    """

    n: int
    p: int
    mean_kwh: float
    rmse_kwh: float
    cvrmse: float
    nmbe: float
    r2: float
    rho: float
    n_effective: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """A fitted model, the complete `days` it was fitted to, and their residuals [kWh] in date order."""

    form: str
    coefficients: tuple[Coefficient, ...]
    fit: Fit
    days: Days
    residuals_kwh: Floats
    records: tuple[Record, ...]
    engine: str = ENGINE

    def design(self, days: Days) -> Floats:
        """The model's columns for other days, shape (n, p)."""
        return design_matrix([c.name for c in self.coefficients], days)

    def predict(self, days: Days) -> Floats:
        """Adjusted baseline [kWh], shape (n,); NaN where the model says nothing of such a day."""
        design = self.design(days)
        values = design @ np.array([c.value for c in self.coefficients])
        return np.where(np.any(design != 0, axis=1), values, np.nan)


class NoBaseline(ValueError):
    """Not one complete baseline day is there to learn from."""


def complete_rows(days: Days, minimum_coverage: float) -> list[int]:
    """Rows whose energy is known well enough and whose day type is known."""
    known = np.isfinite(days.energy_kwh) & (days.coverage >= minimum_coverage)
    return [i for i in np.flatnonzero(known).tolist() if days.working[i] is not None]


def _columns_for(days: Days) -> list[str]:
    """The columns that these days can tell apart: a mean by day type, and a slope where daylight varies."""
    names: list[str] = []
    for name, working in (("working_day", True), ("non_working_day", False)):
        rows = [i for i, flag in enumerate(days.working) if flag is working]
        if not rows:
            continue
        names.append(name)
        if days.daylight_h is None or len(rows) < limit("sufficiency", "days_of_each_type").figure:
            continue
        if np.ptp(days.daylight_h[rows]) >= _LEAST_SPREAD_H:
            names.append(f"{name}_daylight")
    return names


def lag_one(residuals: Floats, numbers: npt.NDArray[np.int64]) -> float:
    """Autocorrelation of residuals of neighbouring dates: mean of e_t·e_{t−1} over that of e²."""
    pairs = np.diff(numbers) == 1
    power = float(np.mean(residuals**2))
    if power == 0 or not pairs.any():
        return 0.0
    return float(np.mean((residuals[1:] * residuals[:-1])[pairs])) / power


def _figures(energy: Floats, residuals: Floats, days: Days, p: int) -> Fit:
    n = len(energy)
    mean = float(energy.mean())
    sse = float(residuals @ residuals)
    spread = float(((energy - mean) ** 2).sum())
    freedom = max(n - p, 1)
    rmse = (sse / freedom) ** 0.5
    rho = min(max(lag_one(residuals, days.numbers), 0.0), 0.99)
    return Fit(
        n=n,
        p=p,
        mean_kwh=_round(mean),
        rmse_kwh=_round(rmse),
        cvrmse=_round(rmse / mean) if mean else 0.0,
        nmbe=_round(float(residuals.sum()) / (freedom * mean)) if mean else 0.0,
        r2=_round(1 - sse / spread) if spread else 0.0,
        rho=_round(rho),
        n_effective=_round(n * (1 - rho) / (1 + rho)),
    )


def _round(value: float) -> float:
    return round(value, _DECIMALS) + 0.0


def _sufficiency(days: Days, used: Days) -> tuple[Record, ...]:
    enough, missing, each = (
        limit("sufficiency", name) for name in ("baseline_days", "missing_days", "days_of_each_type")
    )
    n, gone = len(used.days), len(days.days) - len(used.days)
    unknown = sum(flag is None for flag in days.working)
    fewest = min(sum(flag is working for flag in used.working) for working in (True, False))
    zeros = int((used.energy_kwh == 0).sum())
    return (
        Record("baseline_days", n, enough.figure, enough.source, n >= enough.figure),
        Record("baseline_days_left_out", gone, missing.figure, missing.source, gone <= missing.figure),
        Record("baseline_days_without_calendar", unknown, 0, "working calendar", unknown == 0),
        Record("baseline_days_of_rarer_type", fewest, each.figure, each.source, fewest >= each.figure),
        Record("baseline_days_at_zero", zeros, None, "zeros are data", True),
        Record(
            "baseline_days_extreme", _extremes(used), 0, "CalTRACK 2.0: flagged, kept", _extremes(used) == 0
        ),
    )


def _extremes(days: Days) -> int:
    """Days above the median by more than three interquartile ranges."""
    low, middle, high = np.quantile(days.energy_kwh, (0.25, 0.5, 0.75))
    return int((days.energy_kwh > middle + 3 * (high - low)).sum())


def fit(days: Days, *, minimum_coverage: float = 0.95) -> Baseline:
    """Fit the richest form the days can carry; days under `minimum_coverage` are left out, with a record.

    Raises `NoBaseline` when not one day is complete.
    """
    used = days.take(complete_rows(days, minimum_coverage))
    if not used.days:
        raise NoBaseline("no baseline day is complete, so there is nothing to compare with")
    names = _columns_for(used)
    design = design_matrix(names, used)
    values = np.round(np.linalg.lstsq(design, used.energy_kwh, rcond=None)[0], _DECIMALS) + 0.0
    residuals = used.energy_kwh - design @ values
    return Baseline(
        form="workday+daylight" if any(name.endswith("daylight") for name in names) else "day-type mean",
        coefficients=tuple(
            Coefficient(name, float(value), COLUMNS[name].unit)
            for name, value in zip(names, values, strict=True)
        ),
        fit=_figures(used.energy_kwh, residuals, used, len(names)),
        days=used,
        residuals_kwh=residuals,
        records=_sufficiency(days, used),
    )
