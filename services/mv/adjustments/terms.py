"""The formulas a non-routine adjustment may have, each with its own inputs, so that a person can check them.

A fixed set instead of free expressions: what both sides sign is one of these, and a replay means the same.
Each says what it is worth on one of its days, and how it is written out.
"""

import math
from dataclasses import dataclass, fields
from typing import Literal

from services.mv.lighting.sampling import to_wh


def _settle_numbers(term: "Term") -> None:
    """Floats are finite and have one spelling, so that a wording keeps its hash through JSON."""
    for field in fields(term):
        if field.type is float:
            value = float(getattr(term, field.name))
            if not math.isfinite(value):
                raise ValueError(f"{field.name} of an adjustment is a finite number")
            object.__setattr__(term, field.name, value)


@dataclass(frozen=True, slots=True)
class PerDay:
    """The same energy on each of its days [kWh/d]."""

    kwh_per_day: float
    formula: Literal["per_day"] = "per_day"

    def __post_init__(self) -> None:
        _settle_numbers(self)

    @property
    def text(self) -> str:
        """The formula with its inputs."""
        return f"{self.kwh_per_day:g} kWh/d"

    def kwh(self, baseline_kwh: float, number: int, of: int) -> float:
        """Its worth on its `number`-th day (from 0) of `of` [kWh]."""
        return to_wh(self.kwh_per_day)


@dataclass(frozen=True, slots=True)
class Total:
    """One energy over all of its days together [kWh], in equal parts; the parts add up to it exactly."""

    total_kwh: float
    formula: Literal["total"] = "total"

    def __post_init__(self) -> None:
        _settle_numbers(self)

    @property
    def text(self) -> str:
        """The formula with its inputs."""
        return f"{self.total_kwh:g} kWh in all"

    def kwh(self, baseline_kwh: float, number: int, of: int) -> float:
        """Its worth on its `number`-th day (from 0) of `of` [kWh]."""
        upto = (to_wh(self.total_kwh * i / of) for i in (number + 1, number))
        return to_wh(next(upto) - next(upto))


@dataclass(frozen=True, slots=True)
class Lamps:
    """Lamps added (count above 0) or removed: N·P·H/1000 [kWh/d], P [W a lamp], H [h/d]."""

    count: int
    watts: float
    hours: float
    formula: Literal["lamps"] = "lamps"

    def __post_init__(self) -> None:
        _settle_numbers(self)
        if self.watts < 0 or not 0 <= self.hours <= 24:
            raise ValueError("lamps have watts from 0 and hours from 0 to 24: the sign is that of the count")

    @property
    def text(self) -> str:
        """The formula with its inputs."""
        return f"{self.count} x {self.watts:g} W x {self.hours:g} h/d / 1000"

    def kwh(self, baseline_kwh: float, number: int, of: int) -> float:
        """Its worth on its `number`-th day (from 0) of `of` [kWh]."""
        return to_wh(self.count * self.watts * self.hours / 1000)


@dataclass(frozen=True, slots=True)
class Proportional:
    """A share of the baseline grows with a quantity (hours, head count, floor area): E_b·share·(x′/x − 1).

    `share` (0–1) of the day's unadjusted baseline E_b follows `quantity`, which was `before` [unit] when the
    baseline was learnt and is `after` now.
    """

    quantity: str
    unit: str
    before: float
    after: float
    share: float = 1.0
    formula: Literal["proportional"] = "proportional"

    def __post_init__(self) -> None:
        _settle_numbers(self)
        if self.before <= 0 or self.after < 0 or not 0 <= self.share <= 1:
            raise ValueError("a quantity was above 0 and is not negative now, and its share is from 0 to 1")

    @property
    def text(self) -> str:
        """The formula with its inputs."""
        ratio = f"{self.after:g}/{self.before:g} {self.unit} {self.quantity}"
        return f"baseline x {self.share:g} x ({ratio} - 1)"

    def kwh(self, baseline_kwh: float, number: int, of: int) -> float:
        """Its worth on its `number`-th day (from 0) of `of` [kWh]."""
        return to_wh(baseline_kwh * self.share * (self.after / self.before - 1))


Term = PerDay | Total | Lamps | Proportional
