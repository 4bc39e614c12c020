"""Figures that are known from a sample or by agreement, and the error of what is worked out from them.

Samples and agreed figures flow in; standard errors, degrees of freedom and half-widths flow out. A sample of
lamps (or loggers) is drawn without replacement from a finite population, so measuring them all leaves no
sampling error. Meter error is not in it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist

from services.mv.limits import limit
from services.mv.model import Record
from services.mv.uncertainty.error_model import LEVEL, student_t

_KWH_STEP = Decimal("0.001")
_NOISE_DIGITS = 9
_MANY = 1e6


@dataclass(frozen=True, slots=True)
class Sample:
    """`size` units measured of `population`: their mean and standard deviation (divisor n − 1).

    Equal non-empty `shared` names say that several uses of the figure are one measurement with one error.
    Raises `ValueError` for figures no sample can have; a spread is only known from two units on, or when the
    sample is the population.
    """

    mean: float
    deviation: float
    size: int
    population: int
    shared: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.deviation) and self.deviation >= 0):
            raise ValueError("a sample's mean and deviation are finite, and the deviation is not negative")
        if not 1 <= self.size <= self.population:
            raise ValueError("a sample has at least one unit and at most its population")
        if self.size == 1 < self.population:
            raise ValueError("one unit alone says nothing of the spread: measure two")

    @property
    def value(self) -> float:
        """The mean."""
        return self.mean

    @property
    def standard_error(self) -> float:
        """s/√n·√(1 − n/N), in the unit of the mean (Cochran, Sampling Techniques, 3rd ed. 1977, § 2.6)."""
        return self.deviation * math.sqrt((1 - self.size / self.population) / self.size)

    @property
    def variation(self) -> float:
        """Coefficient of variation: deviation ÷ mean, at most a million."""
        beyond = self.deviation > _MANY * abs(self.mean)
        return _MANY if beyond else self.deviation / abs(self.mean) if self.deviation else 0.0

    @property
    def freedom(self) -> float:
        """Degrees of freedom, n − 1."""
        return self.size - 1


@dataclass(frozen=True, slots=True)
class Agreed:
    """A figure both sides stipulate, its `source`, and its standard error: 0 where they agreed on none."""

    value: float
    source: str
    standard_error: float = 0.0
    shared: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.standard_error)) or self.standard_error < 0:
            raise ValueError("an agreed figure and its error are finite, and the error is not negative")
        if not self.source:
            raise ValueError("an agreed figure names its source")

    @property
    def freedom(self) -> float:
        """Without end: nothing was estimated."""
        return math.inf


Figure = Sample | Agreed


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The error of one result: its standard error, and the degrees of freedom (None: without end)."""

    standard_error: float
    freedom: float | None

    def half_width(self, level: float = LEVEL) -> float:
        """Half-width of the band at a two-sided confidence level, in the result's unit."""
        return t_quantile(level, math.inf if self.freedom is None else self.freedom) * self.standard_error


def t_quantile(level: float, freedom: float) -> float:
    """Two-sided Student quantile; `freedom` is cut to a whole number, at least 1 (GUM § G.4.1).

    Exact for 1 and 2, where a sample of two or three lamps belongs; from 3 on as `student_t`.
    """
    if freedom >= 3:
        return student_t(level, math.floor(min(freedom, _MANY)))
    if freedom >= 2:
        return level * math.sqrt(2 / (1 - level**2))
    return math.tan(math.pi * level / 2)


def combined(parts: Iterable[tuple[float, float]]) -> Uncertainty:
    """Independent parts, each a signed error and its degrees of freedom, as one.

    u² = Σu_i²; ν = u⁴ / Σ(u_i⁴/ν_i) (Welch-Satterthwaite; GUM § G.4.2). Parts without error count for none.
    """
    errors = [(error, freedom) for error, freedom in parts if error]
    variance = math.fsum(error**2 for error, _ in errors)
    spread = math.fsum(error**4 / freedom for error, freedom in errors)
    freedom = round(variance**2 / spread, _NOISE_DIGITS) if spread else None
    return Uncertainty(math.sqrt(variance), freedom)


def required_size(variation: float, population: int) -> int:
    """Units to measure for the rule's precision at its confidence: n = n₀/(1 + n₀/N), n₀ = (z·CV/e)².

    `variation` (CV) is standard deviation ÷ mean. From the Uniform Methods Project, ch. 11; at least 2.
    """
    z = NormalDist().inv_cdf(0.5 + limit("sampling", "confidence").figure / 2)
    needed = (z * variation / limit("sampling", "precision").figure) ** 2
    return min(population, max(2, math.ceil(round(needed / (1 + needed / population), _NOISE_DIGITS))))


def size_record(what: str, *, size: int, variation: float, population: int) -> Record:
    """Hold a sample's size against what its own spread asks for."""
    needed = required_size(variation, population)
    return Record(what, size, needed, limit("sampling", "precision").source, size >= needed)


def to_wh(energy_kwh: float) -> float:
    """Energy rounded half up (away from zero) to 0.001 kWh, as a printed line has it."""
    exact = Decimal(repr(round(energy_kwh, _NOISE_DIGITS)))
    return float(exact.quantize(_KWH_STEP, ROUND_HALF_UP)) + 0.0


def added(lines: Iterable[float]) -> float:
    """The sum of printed lines [kWh]: it adds up on paper."""
    return to_wh(math.fsum(lines))
