"""Register readings of one channel become proven consumption.

Readings and the meter's dated ledger go in; a span is laid between neighbouring readings, and of each is said
what was consumed in it, or that nothing is proven.

A register only grows, so a reading that both neighbours contradict while they agree with each other is set
aside (a spike, or the zero of a failed transmission) and the span goes from neighbour to neighbour. A step
back that no rollover explains is quarantined, and so is a rise beyond what a known rated power allows: the
span then proves nothing until a person decides (`rulings`). Without a rated power a wrong level that lasts
several readings cannot be told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.clock import to_ms
from services.metering.ledger import RegisterLine
from services.metering.limits import Limits, built_in
from services.metering.model import Quality
from services.metering.rises import HOUR_MS, Rises
from services.metering.rulings import Ruling, Verdict, amount_of
from services.metering.spans import MICRO, Booleans, Cumulative, Floats, Integers

REACH = 4
"""A reading can change the spans from the fourth reading before it to the fourth after it, no further."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Columns of n readings in time order, one an instant: `registers` as displayed, `bits` their marks,
    `segment` their line of the ledger.
    """

    times: Integers
    registers: Floats
    bits: Integers
    segment: Integers

    def only(self, kept: Booleans) -> "Readings":
        """Those that are kept."""
        return Readings(self.times[kept], self.registers[kept], self.bits[kept], self.segment[kept])


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The spans of a register, and all that was doubted on the way.

    `told` are the m readings there were, `set_aside` (m,) those that both neighbours contradict, also where
    a person restored them. `kept` are the n the spans lie between; `doubted` (n,) contradict a neighbour that
    is doubtful itself; `rises` has n - 1 spans and `proven` says of each what stands without any ruling.
    """

    cumulative: Cumulative
    told: Readings
    set_aside: Booleans
    kept: Readings
    doubted: Booleans
    rises: Rises
    proven: Booleans
    ledger: Sequence[RegisterLine]


def cumulate(
    times_ms: npt.ArrayLike,
    values: npt.ArrayLike,
    marks: npt.ArrayLike | None = None,
    *,
    ledger: Sequence[RegisterLine],
    gap_limit_s: float,
) -> Cumulative:
    """Spans of consumption between the readings of one register, where nobody decided anything."""
    return weigh(times_ms, values, marks, ledger=ledger, gap_limit_s=gap_limit_s).cumulative


def weigh(
    times_ms: npt.ArrayLike,
    values: npt.ArrayLike,
    marks: npt.ArrayLike | None = None,
    *,
    ledger: Sequence[RegisterLine],
    gap_limit_s: float,
    rulings: Collection[Ruling] = (),
    limits: Limits | None = None,
) -> Weighed:
    """Spans between the readings of one register as reported, in any order, with any repetition.

    Readings before the first line of the ledger belong to no device of it and are left out. `rulings` are
    the decisions in force. Raises nothing: what is not proven is marked.
    """
    told = _tidy(times_ms, values, marks, ledger)
    stray = _stray(told.registers, told.segment)
    beside = np.concatenate(([False], stray[:-1])) | np.concatenate((stray[1:], [False]))
    set_aside = stray & ~beside
    restored = _restored(told, set_aside, rulings)
    told.bits[restored] |= int(Quality.DECIDED)
    away = set_aside & ~restored
    kept = told.only(~away)
    doubted = (stray & beside)[~away]
    passed = np.diff(np.cumsum(away)[~away]) > 0

    rises = Rises.between(kept.times, kept.registers, kept.segment, ledger, limits or built_in())
    proven = (rises.amounts <= rises.most) & ~doubted[:-1] & ~doubted[1:]
    amounts, known, decided = _decided(kept, rises.amounts, proven, ledger, rulings)
    gap = np.diff(kept.times) / HOUR_MS * 3600 > gap_limit_s
    bits = kept.bits[:-1] | kept.bits[1:]
    for mark, where in (
        (Quality.GAP, gap),
        (Quality.QUARANTINED, ~known | passed),
        (Quality.ROLLOVER, rises.rolled & proven),
        (Quality.REPLACED, np.diff(kept.segment) > 0),
        (Quality.DECIDED, decided),
    ):
        bits = bits | np.where(where, int(mark), 0)
    steps = np.where(known, np.rint(np.nan_to_num(amounts) * MICRO), 0.0)
    spans = Cumulative(kept.times, steps, known, gap & known, bits)
    return Weighed(spans, told, set_aside, kept, doubted, rises, proven, ledger)


def _tidy(
    times_ms: npt.ArrayLike,
    values: npt.ArrayLike,
    marks: npt.ArrayLike | None,
    ledger: Sequence[RegisterLine],
) -> Readings:
    """Numbers only, in time order, one reading an instant (of several the lowest), none before the ledger."""
    times, reported = np.asarray(times_ms, np.int64), np.asarray(values, np.float64)
    bits = np.zeros(len(times), np.int64) if marks is None else np.nan_to_num(marks).astype(np.int64)
    since = np.array([to_ms(line.valid_from) for line in ledger])
    usable = np.isfinite(reported) & (times >= since[0])
    times, reported, bits = times[usable], reported[usable], bits[usable]
    order = np.lexsort((bits, reported, times))
    times, reported, bits = times[order], reported[order], bits[order]
    first = np.concatenate((np.ones(min(len(times), 1), np.bool_), np.diff(times) > 0))
    segment = np.searchsorted(since, times[first], side="right") - 1
    scale = np.array([line.scale for line in ledger])[segment]
    return Readings(times[first], reported[first] * scale, bits[first], segment)


def _stray(registers: Floats, segment: Integers) -> Booleans:
    """Readings outside the range of their two neighbours on the same device, where those are in order."""
    stray = np.zeros(len(registers), np.bool_)
    before, here, after = registers[:-2], registers[1:-1], registers[2:]
    agree = (before <= after) & (segment[:-2] == segment[2:])
    stray[1:-1] = agree & ((here < before) | (here > after))
    return stray


def _restored(told: Readings, set_aside: Booleans, rulings: Collection[Ruling]) -> Booleans:
    """The readings set aside that a person took for right."""
    restored = np.zeros(len(set_aside), np.bool_)
    for ruling in rulings:
        place = int(np.searchsorted(told.times, ruling.at_ms))
        if ruling.verdict is Verdict.RESTORE and place < len(told.times) and set_aside[place]:
            restored[place] = ruling.speaks_of_reading(told.times, told.registers, place)
    return restored


def _decided(
    kept: Readings, amounts: Floats, proven: Booleans, ledger: Sequence[RegisterLine],
    rulings: Collection[Ruling],
) -> tuple[Floats, Booleans, Booleans]:  # fmt: skip
    """Amounts and what is known after the rulings, and the spans that were decided on."""
    known, decided, amounts = proven.copy(), np.zeros(len(proven), np.bool_), amounts.copy()
    for ruling in rulings:
        span = int(np.searchsorted(kept.times, ruling.at_ms))
        if span >= len(proven) or proven[span] or not ruling.speaks_of_span(kept.times, kept.registers, span):
            continue
        decided[span] = True
        line = ledger[kept.segment[span]]
        if ruling.verdict is not Verdict.DISCARD and kept.segment[span] == kept.segment[span + 1]:
            amounts[span] = amount_of(ruling.verdict, ruling.before, ruling.after, line)
            known[span] = bool(amounts[span] >= 0)
    return amounts, known, decided
