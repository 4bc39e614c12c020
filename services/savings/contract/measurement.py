"""How a contract's saving is measured: a regression of days (IPMVP options B and C), an inventory of lamps
(option A), or the saving rate of fixture tests. Plain values; `measuring` computes with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.saving_rate import FixtureTest
from services.mv.model import Floats


@dataclass(frozen=True, slots=True)
class Closure:
    """Local days from `first_day` to `last_day`, both counted, of a `kind` of their own (school holidays)."""

    kind: str
    first_day: date
    last_day: date
    source: str


@dataclass(frozen=True, slots=True)
class DriverStep:
    """A driver's value from a local day on, and where it stands written."""

    effective_from: date
    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Driver:
    """What else explains energy (head count, floor area, hours of operation): a value from day to day."""

    name: str
    unit: str
    steps: tuple[DriverStep, ...]

    def on(self, days: Sequence[date]) -> Floats:
        """Its value on each day, shape (n,); NaN before the first step."""
        begun = np.searchsorted([step.effective_from.toordinal() for step in self.steps],
                                [day.toordinal() for day in days], side="right")  # fmt: skip
        return np.array([np.nan, *(step.value for step in self.steps)])[begun]


@dataclass(frozen=True, slots=True)
class Regression:
    """A baseline of days; `form` is `auto` or one of the engine's.

    `weather` is the code of the meter whose `temperature_c` is the outdoor temperature, or None.
    """

    form: str = "auto"
    weather: str | None = None
    closures: tuple[Closure, ...] = ()
    drivers: tuple[Driver, ...] = ()

    def kinds(self, days: Sequence[date]) -> tuple[str | None, ...] | None:
        """The kind of each day that is neither working day nor another one; None where there are none."""
        if not self.closures:
            return None
        found: list[str | None] = []
        for day in days:
            of_day = (one.kind for one in self.closures if one.first_day <= day <= one.last_day)
            found.append(next(of_day, None))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class LampInventory:
    """IPMVP option A: groups of lamps, with what was measured and what was agreed of them."""

    groups: tuple[LampGroup, ...]


@dataclass(frozen=True, slots=True)
class RateTests:
    """Fixtures metered a day before and after, out of `population` alike; an after-meter does the rest."""

    tests: tuple[FixtureTest, ...]
    population: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the contract asks of a month before it is settled, None where it asks nothing.

    `cvrmse` and `net_bias` are the largest, `r2` is the least of a regression; `uncertainty_share` is the
    largest half-width at 90 % per saving of the month.
    """

    cvrmse: float | None = None
    net_bias: float | None = None
    r2: float | None = None
    uncertainty_share: float | None = None


Measurement = Regression | LampInventory | RateTests


def weather_of(measurement: Measurement) -> str | None:
    """The code of the meter of outdoor temperature, or None where none is asked."""
    return measurement.weather if isinstance(measurement, Regression) else None


def learns(measurement: Measurement) -> bool:
    """Whether days before the retrofit are learnt from; otherwise none of them is kept with a settlement."""
    return isinstance(measurement, Regression)


DAYS = Regression()
"""How savings are measured where the contract says nothing else."""

NO_LIMITS = Limits()
