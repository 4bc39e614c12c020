"""Bands: a standard error and its degrees of freedom in, half-widths at a stated confidence out."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

LEVEL = 0.90
LEAST_FREEDOM = 3.0


def student_t(level: float, freedom: float) -> float:
    """Two-sided Student quantile, by the Cornish-Fisher expansion (Abramowitz & Stegun 26.7.5).

    `freedom` below 3 is taken as 3; from there the error is under 1 %.
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    v = max(freedom, LEAST_FREEDOM)
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
class Portfolio:
    """The saving of several meters together [kWh], with half-widths at one confidence.

    `half_width_kwh` = √Σ(ΔU)² holds when the meters' errors are independent. What they have in common (one
    weather station, one calendar, one mild winter) does not average out: `common_kwh` = Σ ΔU is what is left
    when all err together, and the truth lies between. `share` is √Σ(ΔU)²/ΣU, None for a sum of 0.
    """

    savings_kwh: float
    half_width_kwh: float
    common_kwh: float
    share: float | None


def portfolio(meters: Iterable[tuple[float, float]]) -> Portfolio:
    """Sum (saving, half-width) pairs [kWh]; savings may be zero or negative."""
    pairs = list(meters)
    savings = math.fsum(saving for saving, _ in pairs)
    half_width = math.hypot(*(half for _, half in pairs))
    common = math.fsum(abs(half) for _, half in pairs)
    return Portfolio(savings, half_width, common, half_width / abs(savings) if savings else None)
