"""Figures of a fit: energy, residuals and their dates in, CV(RMSE), bias, R² and effective n out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.mv.model import Floats

_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Fit:
    """Figures of a fit: mv.md's symbols in words; `rho` is lag-1, over neighbouring dates only.

    `rmse_kwh` = √(SSE/(n−p)) [kWh/d]; `cvrmse` = RMSE/ȳ; `nmbe` = Σ(y−ŷ)/((n−p)·ȳ); `n_effective` =
    n·(1−ρ)/(1+ρ) (ASHRAE Guideline 14). Ratios are 0 where their denominator is. Balance points count in p.
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


def rounded(value: float) -> float:
    """To the decimals that are printed and computed with; never minus zero."""
    return round(value, _DECIMALS) + 0.0


def lag_one(residuals: Floats, numbers: npt.NDArray[np.int64], lengths: Floats | None = None) -> float:
    """Autocorrelation of residuals of neighbouring rows: mean of e_t·e_{t−1} over that of e².

    Rows are neighbours when the next begins where one ends: after a day, or after `lengths` days.
    """
    pairs = np.diff(numbers) == (1 if lengths is None else lengths[:-1])
    power = float(np.mean(residuals**2))
    if power == 0 or not pairs.any():
        return 0.0
    return float(np.mean((residuals[1:] * residuals[:-1])[pairs])) / power


def figures(energy: Floats, residuals: Floats, *, rho: float, p: int, weight: Floats | None = None) -> Fit:
    """The figures of a fit with `p` parameters; `weight` (n,) has the mean 1. `rho` below 0 counts as 0."""
    n = len(energy)
    if weight is None:
        mean, sse, bias = float(energy.mean()), float(residuals @ residuals), float(residuals.sum())
        spread = float(((energy - mean) ** 2).sum())
    else:
        mean, sse = float((weight * energy).mean()), float(weight @ residuals**2)
        bias, spread = float(weight @ residuals), float(weight @ (energy - mean) ** 2)
    freedom = max(n - p, 1)
    rmse = (sse / freedom) ** 0.5
    held = min(max(rho, 0.0), 0.99)
    return Fit(
        n=n,
        p=p,
        mean_kwh=rounded(mean),
        rmse_kwh=rounded(rmse),
        cvrmse=rounded(rmse / mean) if mean else 0.0,
        nmbe=rounded(bias / (freedom * mean)) if mean else 0.0,
        r2=rounded(1 - sse / spread) if spread else 0.0,
        rho=rounded(held),
        n_effective=rounded(n * (1 - held) / (1 + held)),
    )
