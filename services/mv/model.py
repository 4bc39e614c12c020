"""The words of measurement and verification: Days and Record.

Days (energy beside what explains it) flow into a baseline and out as savings; a Record is one finding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

ENGINE = "kilowitness-savings 2"
"""Named on every result; raised whenever the same inputs would give other figures."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)  # without slots, for what is asked of it again and again is kept
class Days:
    """Local days in date order with their energy and drivers, as columns of shape (n,).

    `energy_kwh` is NaN where nothing is known (zero is data); `coverage` 0–1 is the part of the day that was
    measured; `working` is None where the calendar is unknown; `daylight_h` [h] is None without a place.
    `outdoor_c` [°C] is None without weather and NaN on a day without it; `kinds` names days that are neither
    (a closure, a school holiday), None for all others; `drivers` are further columns by name, such as
    `head_count`.

    A row may stand for a billing period that starts on `days[i]`: `length_d` [d] is how many days it has,
    energy is then kWh a day on average, and `inside_c` holds the mean temperature of each of its days, where
    they are known singly. Both are None for days.
    """

    days: tuple[date, ...]
    energy_kwh: Floats
    coverage: Floats
    working: tuple[bool | None, ...]
    daylight_h: Floats | None
    outdoor_c: Floats | None = None
    kinds: tuple[str | None, ...] | None = None
    drivers: Mapping[str, Floats] = field(default_factory=dict)
    length_d: Floats | None = None
    inside_c: tuple[Floats, ...] | None = None

    def take(self, rows: Sequence[int]) -> "Days":
        """The given rows, in the given order."""
        at = np.asarray(rows, dtype=np.intp)
        places = at.tolist()

        def part(column: Floats | None) -> Floats | None:
            return None if column is None else column[at]

        return Days(
            tuple([self.days[i] for i in places]),
            self.energy_kwh[at],
            self.coverage[at],
            tuple([self.working[i] for i in places]),
            part(self.daylight_h),
            part(self.outdoor_c),
            None if self.kinds is None else tuple([self.kinds[i] for i in places]),
            {name: column[at] for name, column in self.drivers.items()},
            part(self.length_d),
            None if self.inside_c is None else tuple([self.inside_c[i] for i in places]),
        )

    @cached_property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Day counts whose differences are distances in days."""
        return np.array([day.toordinal() for day in self.days], dtype=np.int64)

    @cached_property
    def day_types(self) -> tuple[str | None, ...]:
        """Each row's day type: its kind, else `working_day` or `non_working_day`; None where unknown."""
        by_calendar = [_TYPES[flag] for flag in self.working]
        if self.kinds is None:
            return tuple(by_calendar)
        return tuple(kind or other for kind, other in zip(self.kinds, by_calendar, strict=True))

    @cached_property
    def flags(self) -> Mapping[str, Floats]:
        """For each day type that occurs, 1 on days of it and 0 on others, shape (n,)."""
        types = np.array(self.day_types, dtype=object)
        return {name: (types == name).astype(np.float64) for name in set(self.day_types) if name is not None}

    @property
    def lengths(self) -> Floats:
        """Days in each row [d]: ones, unless rows are billing periods."""
        return np.ones(len(self.days)) if self.length_d is None else self.length_d


_TYPES = {True: "working_day", False: "non_working_day", None: None}


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
