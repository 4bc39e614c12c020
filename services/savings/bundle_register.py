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
    """What each of n intervals consumed: columns of shape (n,), NaN where nothing is known."""

    measured_kwh: Floats
    estimated_kwh: Floats
    coverage: Floats

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


def essential(register: Register, quote: Quote, edges: Integers) -> Quote:
    """The readings that day values to a watt-hour follow from, of all those there are around the edges."""
    if not len(quote.times_ms) or len(edges) < 2:
        return quote.only(np.zeros(len(quote.times_ms), np.bool_))
    full = register.cut(quote, edges)
    wanted = _wanted(register.weighed(quote), quote, edges)
    other = _differing(full, register.cut(quote.only(wanted), edges))
    for day in np.flatnonzero(other):
        first = np.searchsorted(quote.times_ms, edges[day]) - REACH
        last = np.searchsorted(quote.times_ms, edges[day + 1]) + REACH
        wanted[max(first, 0) : last] = True
    chosen = quote.only(wanted)
    return quote if _differing(full, register.cut(chosen, edges)).any() else chosen


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


def to_the_wh(column: Floats) -> Floats:
    """As day values are frozen: a thousandth of a kilowatt-hour, or of coverage."""
    rounded: Floats = np.round(column, 3) + 0.0
    return rounded


def _differing(one: Cut, other: Cut) -> Booleans:
    differing = np.zeros(len(one.coverage), np.bool_)
    for a, b in zip(map(to_the_wh, one.columns), map(to_the_wh, other.columns), strict=True):
        differing |= (a != b) & ~(np.isnan(a) & np.isnan(b))
    return differing
