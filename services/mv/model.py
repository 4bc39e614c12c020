"""The words of measurement and verification: Days and Record.

Days (energy beside what explains it) flow into a baseline and out as savings; a Record is one finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

ENGINE = "kilowitness-savings 1"
"""Named on every result; raised whenever the same inputs would give other figures."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Days:
    """Local days in date order with their energy and drivers, as columns of shape (n,).

    `energy_kwh` is NaN where nothing is known (zero is data); `coverage` 0–1 is the part of the day that was
    measured; `working` is None where the calendar is unknown; `daylight_h` [h] is None without a place.
    """

    days: tuple[date, ...]
    energy_kwh: Floats
    coverage: Floats
    working: tuple[bool | None, ...]
    daylight_h: Floats | None

    def take(self, rows: Sequence[int]) -> "Days":
        """The given rows, in the given order."""
        at = np.asarray(rows, dtype=np.intp)
        return Days(
            tuple(self.days[i] for i in at),
            self.energy_kwh[at],
            self.coverage[at],
            tuple(self.working[i] for i in at),
            None if self.daylight_h is None else self.daylight_h[at],
        )

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Day counts whose differences are distances in days."""
        return np.array([day.toordinal() for day in self.days], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Record:
    """One finding about quality, sufficiency, extrapolation or a gate: shown, never raised.

    `figure` is compared with `limit` by `source`; `limit` is None where nothing is demanded.
    """

    what: str
    figure: float
    limit: float | None
    source: str
    ok: bool
