"""Hourly energy and temperature: local hours in, whole local Days out, with what was missing told.

Temperature gaps of up to six hours are interpolated; energy is never. A day of which more than half of the
hours are missing is no day (CalTRACK 2.0); of another the mean of its measured hours stands for all, and
`coverage` says how many there were, so that a contract's own limit can still refuse it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from services.mv.limits import limit
from services.mv.model import Days, Floats, Record

HOURS = 24
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of whole local days in order, as columns of shape (24·days,); NaN where nothing is known.

    `first` is the local day of the first hour; `energy_kwh` is energy of the hour, `outdoor_c` its mean.
    """

    first: date
    energy_kwh: Floats
    outdoor_c: Floats | None

    @property
    def days(self) -> tuple[date, ...]:
        """The local days, in order."""
        count = len(self.energy_kwh) // HOURS
        return tuple(self.first + timedelta(days=i) for i in range(count))

    @property
    def hour_of_day(self) -> npt.NDArray[np.int64]:
        """0 to 23 for each hour."""
        return np.arange(len(self.energy_kwh)) % HOURS


def hour_number(day: date, hour: int) -> int:
    """Local hours since 1970-01-01 00:00 of the wall clock."""
    return (day - _EPOCH).days * HOURS + hour


def on_grid(numbers: npt.NDArray[np.int64], energy_kwh: Floats, outdoor_c: Floats | None) -> Hours:
    """Whole days around the given hours (`hour_number`, each once), NaN where none is given."""
    first, last = int(numbers.min()) // HOURS, int(numbers.max()) // HOURS
    places = numbers - first * HOURS

    def column(values: Floats) -> Floats:
        found = np.full((last - first + 1) * HOURS, np.nan)
        found[places] = values
        return found

    return Hours(
        _EPOCH + timedelta(days=first),
        column(energy_kwh),
        None if outdoor_c is None else column(outdoor_c),
    )


def bridged(hours: Hours) -> tuple[Hours, Record | None]:
    """Temperature gaps up to the limit interpolated, and how many hours were; None without temperature."""
    if hours.outdoor_c is None:
        return hours, None
    longest = limit("sufficiency", "temperature_gap_hours")
    outdoor = hours.outdoor_c.copy()
    known = np.flatnonzero(np.isfinite(outdoor))
    gaps = np.diff(known) - 1
    short = np.flatnonzero((gaps > 0) & (gaps <= longest.figure))
    inside = np.concatenate([np.arange(known[i] + 1, known[i + 1]) for i in short] or [known[:0]])
    outdoor[inside] = np.interp(inside, known, outdoor[known])
    filled = len(inside)
    record = Record("temperature_hours_interpolated", filled, None, longest.source, True)
    return replace(hours, outdoor_c=outdoor), record


def roll_up(
    hours: Hours, working: Sequence[bool | None], *, kinds: Sequence[str | None] | None = None
) -> Days:
    """Whole days of the hours; `working` and `kinds` are one a day."""
    energy = hours.energy_kwh.reshape(-1, HOURS)
    there = np.isfinite(energy).mean(axis=1)
    return Days(
        days=hours.days,
        energy_kwh=_mean_of_most(energy) * HOURS,
        coverage=there,
        working=tuple(working),
        daylight_h=None,
        outdoor_c=None if hours.outdoor_c is None else _mean_of_most(hours.outdoor_c.reshape(-1, HOURS)),
        kinds=None if kinds is None else tuple(kinds),
    )


def _mean_of_most(values: Floats) -> Floats:
    """The mean of each row's known values; NaN where too many are unknown."""
    known = np.isfinite(values)
    missing = 1 - known.mean(axis=1)
    sums = np.where(known, values, 0.0).sum(axis=1)
    means = np.divide(sums, known.sum(axis=1), out=np.full(len(values), np.nan), where=known.any(axis=1))
    return np.where(missing <= limit("sufficiency", "missing_part_of_day").figure, means, np.nan)


def warmest_hour(hours: Hours) -> Record | None:
    """The hour of the day that is warmest on average: stamps of another zone move it.

    None without temperature. The air is warmest from late morning to early evening everywhere.
    """
    if hours.outdoor_c is None or not np.isfinite(hours.outdoor_c).any():
        return None
    table = hours.outdoor_c.reshape(-1, HOURS)
    whole = table[np.isfinite(table).all(axis=1)]
    if not len(whole):
        return None
    hour, bound = int(whole.mean(axis=0).argmax()), limit("sufficiency", "warmest_hour")
    return Record("warmest_hour_of_day", hour, bound.figure, bound.source, 11 <= hour <= bound.figure)
