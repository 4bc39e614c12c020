"""Register arithmetic on quoted readings, the same for who makes a bundle and who checks it.

Of a year of readings only those are quoted that a day value rests on: the two around each midnight, and all
around anything that is not an ordinary rise (replacement, rollover, what was set aside or decided on).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import local_day_start, to_ms
from services.metering.ledger import register_lines
from services.metering.model import Meter, Quality
from services.metering.registers import REACH, Weighed, weigh
from services.metering.rulings import Ruling
from services.metering.spans import Booleans, Floats, Integers, intervals

CHANNEL = "energy_kwh"
HOUR_MS = 3_600_000
WH, MICRO = 3, 6
"""Decimals of a kilowatt-hour: to those day values are frozen, and to those registers are computed with."""
_NOT_ORDINARY = Quality.QUARANTINED | Quality.ROLLOVER | Quality.REPLACED | Quality.DECIDED
_BESIDE = 2
"""A reading is judged by its neighbours, and these by theirs."""


@dataclass(frozen=True, slots=True, eq=False)
class Quote:
    """Readings of one register as reported, in time order: columns of shape (n,)."""

    times_ms: Integers
    values: Floats
    marks: Integers

    @classmethod
    def none(cls) -> "Quote":
        """No reading at all."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))

    def only(self, kept: Booleans) -> "Quote":
        """Those that are kept."""
        return Quote(self.times_ms[kept], self.values[kept], self.marks[kept])


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What each of n intervals consumed, or the mean of a gauge: columns of shape (n,), NaN where nothing is
    known; a register has no `mean_c`.
    """

    measured_kwh: Floats
    estimated_kwh: Floats
    coverage: Floats
    mean_c: Floats | None = None

    @property
    def columns(self) -> tuple[Floats, Floats, Floats]:
        """Measured, estimated and coverage."""
        return self.measured_kwh, self.estimated_kwh, self.coverage


@dataclass(frozen=True, slots=True)
class Register:
    """A meter's energy register: its dated ledger, and what persons decided about its readings."""

    meter: Meter
    rulings: tuple[Ruling, ...] = ()

    def weighed(self, quote: Quote) -> Weighed:
        """The spans between the readings."""
        return weigh(
            quote.times_ms,
            quote.values,
            quote.marks,
            ledger=register_lines(self.meter, CHANNEL),
            gap_limit_s=self.meter.gap_limit_s,
            rulings=self.rulings,
        )

    def cut(self, quote: Quote, edges: Integers) -> Cut:
        """Consumption between neighbouring `edges` [epoch ms]."""
        found = intervals(self.weighed(quote).cumulative, edges)
        speaks = (found.estimated > 0) | (found.coverage > 0) | (found.quality > 0)
        place = np.searchsorted(edges[:-1], found.starts_ms[speaks])
        columns = [np.full(max(len(edges) - 1, 0), np.nan) for _ in range(3)]
        for column, values in zip(columns, (found.measured, found.estimated, found.coverage), strict=True):
            column[place] = values[speaks]
        return Cut(*columns)


def day_edges(days: Sequence[date], zone: ZoneInfo) -> Integers:
    """Where each of the days, which follow one another, begins, and where the last ends [epoch ms]."""
    bounds = [*days, days[-1] + timedelta(days=1)] if days else []
    return np.array([to_ms(local_day_start(day, zone)) for day in bounds], np.int64)


def hour_edges(days: Integers) -> Integers:
    """Where the hours of UTC that begin within days of these edges begin, and where the last ends."""
    if not len(days):
        return days
    return np.arange(-(-int(days[0]) // HOUR_MS), -(-int(days[-1]) // HOUR_MS) + 1) * HOUR_MS


def essential(register: Register, quote: Quote, edges: Integers, *, places: int = WH) -> Quote:
    """The readings that the intervals between `edges` follow from, to so many decimals of a kilowatt-hour,
    of all those there are around.
    """
    if not len(quote.times_ms) or len(edges) < 2:
        return quote.only(np.zeros(len(quote.times_ms), np.bool_))
    full = register.cut(quote, edges)
    wanted = _wanted(register.weighed(quote), quote, edges)
    other = _differing(full, register.cut(quote.only(wanted), edges), places)
    for day in np.flatnonzero(other):
        first = np.searchsorted(quote.times_ms, edges[day]) - REACH
        last = np.searchsorted(quote.times_ms, edges[day + 1]) + REACH
        wanted[max(first, 0) : last] = True
    chosen = quote.only(wanted)
    return quote if _differing(full, register.cut(chosen, edges), places).any() else chosen


def _wanted(weighed: Weighed, quote: Quote, edges: Integers) -> Booleans:
    kept = weighed.kept.times
    wanted = np.zeros(len(quote.times_ms), np.bool_)
    if not len(kept):
        return wanted
    last = len(kept) - 1
    before, after = np.searchsorted(kept, edges, "right") - 1, np.searchsorted(kept, edges, "left")
    around = np.clip(np.concatenate((before, after)), 0, last)
    marked = np.flatnonzero((weighed.cumulative.marks & int(_NOT_ORDINARY)) != 0)
    set_aside = weighed.told.times[weighed.set_aside]
    odd = np.concatenate((kept[marked], kept[np.minimum(marked + 1, last)], set_aside))
    odd = odd[(odd >= kept[around.min()]) & (odd <= kept[around.max()])]
    for step in range(-_BESIDE, _BESIDE + 1):
        place = np.searchsorted(quote.times_ms, odd) + step
        wanted[place[(place >= 0) & (place < len(wanted))]] = True
    wanted[np.searchsorted(quote.times_ms, kept[around])] = True
    return wanted


def _differing(one: Cut, other: Cut, places: int) -> Booleans:
    differing = np.zeros(len(one.coverage), np.bool_)
    for a, b in zip(one.columns, other.columns, strict=True):
        known = ~(np.isnan(a) & np.isnan(b))
        differing |= (np.round(a, places) != np.round(b, places)) & known
    return differing
