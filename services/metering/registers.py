"""Register readings of one channel become proven consumption.

Readings and the meter's dated ledger go in; `cumulate` lays a span between neighbouring readings and says of
each what was consumed in it, or that nothing is proven.

A register only grows, so a reading that both neighbours contradict while they agree with each other is set
aside (a spike, or the zero of a failed transmission) and the span goes from neighbour to neighbour. A step
back that no rollover explains is quarantined, and so is a rise beyond what a known rated power allows: the
span then proves nothing. Without a rated power a wrong level that lasts several readings cannot be told.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.clock import to_ms
from services.metering.model import MeterPeriod, Quality
from services.metering.spans import MICRO, Booleans, Cumulative, Floats, Integers

REACH = 4
"""A reading can change the spans from the fourth reading before it to the fourth after it, no further."""

_HOUR_MS = 3_600_000
_TOP_SHARE = 0.9
"""A register rolls over from the top tenth of its range."""
_WRAP_SHARE = 0.01
"""Without a rated power, a rollover may hide at most this share of the range."""
_RATED_MARGIN = 2.0
_SHORTEST_JUDGED_H = 1.0
"""Rises are judged over at least an hour: coarse registers and jittery times look like peaks of power."""


def cumulate(
    times_ms: npt.ArrayLike,
    values: npt.ArrayLike,
    marks: npt.ArrayLike | None = None,
    *,
    ledger: Sequence[MeterPeriod],
    gap_limit_s: float,
    rated_kw: float | None = None,
) -> Cumulative:
    """Spans of consumption between the readings of one register, in any order, with any repetition.

    Readings before the first line of the ledger belong to no device of it and are left out. `rated_kw` is
    given for channels in kWh only. Raises nothing: what the readings do not prove is marked.
    """
    times, registers, bits = _tidy(times_ms, values, marks, to_ms(ledger[0].valid_from))
    segment = np.searchsorted([to_ms(line.valid_from) for line in ledger], times, side="right") - 1
    stray = _stray(registers, segment)
    beside = np.concatenate(([False], stray[:-1])) | np.concatenate((stray[1:], [False]))
    kept = ~stray | beside
    times, registers, bits, segment = times[kept], registers[kept], bits[kept], segment[kept]
    set_aside = np.diff(np.cumsum(~kept)[kept]) > 0
    doubted = (stray & beside)[kept]

    hours = np.diff(times) / _HOUR_MS
    limit = _most(hours, rated_kw)
    rises, rolled = _rises(registers, segment, ledger, limit)
    known = (rises <= limit) & ~doubted[:-1] & ~doubted[1:]
    gap = hours * 3600 > gap_limit_s
    span_bits = bits[:-1] | bits[1:]
    for mark, where in (
        (Quality.GAP, gap),
        (Quality.QUARANTINED, ~known | set_aside),
        (Quality.ROLLOVER, rolled & known),
        (Quality.REPLACED, np.diff(segment) > 0),
    ):
        span_bits = span_bits | np.where(where, int(mark), 0)
    steps = np.where(known, np.rint(np.nan_to_num(rises) * MICRO), 0.0)
    return Cumulative(times, steps, known, gap & known, span_bits)


def _tidy(
    times_ms: npt.ArrayLike, values: npt.ArrayLike, marks: npt.ArrayLike | None, since_ms: int
) -> tuple[Integers, Floats, Integers]:
    """Numbers only, in time order, one reading an instant (of several the lowest), none before `since_ms`."""
    times, registers = np.asarray(times_ms, np.int64), np.asarray(values, np.float64)
    bits = np.zeros(len(times), np.int64) if marks is None else np.nan_to_num(marks).astype(np.int64)
    usable = np.isfinite(registers) & (times >= since_ms)
    times, registers, bits = times[usable], registers[usable], bits[usable]
    order = np.lexsort((bits, registers, times))
    times, registers, bits = times[order], registers[order], bits[order]
    first = np.concatenate((np.ones(min(len(times), 1), np.bool_), np.diff(times) > 0))
    return times[first], registers[first], bits[first]


def _stray(registers: Floats, segment: Integers) -> Booleans:
    """Readings outside the range of their two neighbours on the same device, where those are in order."""
    stray = np.zeros(len(registers), np.bool_)
    before, here, after = registers[:-2], registers[1:-1], registers[2:]
    agree = (before <= after) & (segment[:-2] == segment[2:])
    stray[1:-1] = agree & ((here < before) | (here > after))
    return stray


def _most(hours: Floats, rated_kw: float | None) -> Floats:
    """The most a span can have consumed [kWh], infinite without a rated power."""
    if rated_kw is None:
        return np.full(len(hours), np.inf)
    return rated_kw * _RATED_MARGIN * np.maximum(hours, _SHORTEST_JUDGED_H)


def _rises(
    registers: Floats, segment: Integers, ledger: Sequence[MeterPeriod], limit: Floats
) -> tuple[Floats, Booleans]:
    """Primary consumption of each span, NaN where unproven, and which spans rolled over."""
    ratio = np.array([line.ratio for line in ledger])[segment[:-1]]
    size = np.array([10.0**line.digits for line in ledger])[segment[:-1]]
    rises, rolled = _advance(registers[:-1], registers[1:], size, limit / ratio)
    rises = rises * ratio
    for span in np.flatnonzero(np.diff(segment)):
        lines = ledger[segment[span] : segment[span + 1] + 1]
        rises[span], rolled[span] = _across(
            lines, float(registers[span]), float(registers[span + 1]), float(limit[span])
        )
    return rises, rolled


def _across(lines: Sequence[MeterPeriod], last: float, first: float, limit: float) -> tuple[float, bool]:
    """Consumption over one or more replacements: on each device from where it stood to where it ended."""
    starts = [last, *(line.opening for line in lines[1:])]
    ends = [*(line.closing for line in lines[1:]), first]
    if None in starts or None in ends:
        return np.nan, False
    ratio = np.array([line.ratio for line in lines])
    size = np.array([10.0**line.digits for line in lines])
    rises, rolled = _advance(np.array(starts, np.float64), np.array(ends, np.float64), size, limit / ratio)
    return float((rises * ratio).sum()), bool(rolled.any())


def _advance(before: Floats, after: Floats, size: Floats, most: Floats) -> tuple[Floats, Booleans]:
    """Register differences, with a rollover where the evidence is there; NaN where nothing explains them.

    `size` is 10^digits, at which the register wraps; `most` is the plausible advance, infinite if unknown.
    """
    rise = after - before
    wrapped = rise + size
    plausible = np.where(np.isfinite(most), most, _WRAP_SHARE * size)
    rolled = (rise < 0) & (before >= _TOP_SHARE * size) & (wrapped <= plausible)
    proven = np.where(rise >= 0, rise, np.where(rolled, wrapped, np.nan))
    return np.where((before >= size) | (after >= size), np.nan, proven), rolled
