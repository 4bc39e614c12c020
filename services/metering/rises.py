"""Register differences: what each span between neighbouring readings consumed, where the registers tell.

Registers are as displayed, consumption is primary, in the channel's own unit. A difference that nothing
explains is NaN; whether a rise is plausible is for the caller, who gets the most that each span can have
consumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.metering.ledger import RegisterLine
from services.metering.limits import Limits
from services.metering.spans import Booleans, Floats, Integers

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Rises:
    """Columns of n - 1 spans: primary consumption (NaN where unexplained), rollovers, and the most
    plausible consumption (infinite without a rated power).
    """

    amounts: Floats
    rolled: Booleans
    most: Floats

    @classmethod
    def between(
        cls, times: Integers, registers: Floats, segment: Integers, ledger: Sequence[RegisterLine],
        limits: Limits,
    ) -> "Rises":  # fmt: skip
        """Of readings in time order; `segment` is the line of the ledger of each."""
        rules = limits.of_registers(times[:-1])
        most = _most(times, segment, ledger, limits, rules)
        top = np.array([row.rollover_top_share for row in limits.registers])[rules]
        share = np.array([row.rollover_most_share for row in limits.registers])[rules]
        ratio = np.array([line.ratio for line in ledger])[segment[:-1]]
        size = np.array([10.0**line.digits for line in ledger])[segment[:-1]]
        amounts, rolled = _advance(registers[:-1], registers[1:], size, most / ratio, top, share)
        amounts = amounts * ratio
        for span in np.flatnonzero(np.diff(segment)):
            lines = ledger[segment[span] : segment[span + 1] + 1]
            amounts[span], rolled[span] = _across(
                lines, registers[span : span + 2], float(most[span]), float(top[span]), float(share[span])
            )
        return cls(amounts, rolled, most)


def _most(
    times: Integers, segment: Integers, ledger: Sequence[RegisterLine], limits: Limits, rules: Integers
) -> Floats:
    rated = np.array([np.inf if line.rated_kw is None else line.rated_kw for line in ledger])
    margin = np.array([row.rated_margin for row in limits.registers])[rules]
    shortest = np.array([row.shortest_judged_h for row in limits.registers])[rules]
    hours = np.maximum(np.diff(times) / HOUR_MS, shortest)
    most: Floats = np.maximum(rated[segment[:-1]], rated[segment[1:]]) * margin * hours
    return most


def _across(
    lines: Sequence[RegisterLine], registers: Floats, most: float, top: float, share: float
) -> tuple[float, bool]:
    """Consumption over one or more replacements: on each device from where it stood to where it ended."""
    starts = [float(registers[0]), *(line.opening for line in lines[1:])]
    ends = [*(line.closing for line in lines[1:]), float(registers[1])]
    if None in starts or None in ends:
        return np.nan, False
    ratio = np.array([line.ratio for line in lines])
    size = np.array([10.0**line.digits for line in lines])
    before, after = np.array(starts, np.float64), np.array(ends, np.float64)
    rises, rolled = _advance(
        before, after, size, most / ratio, np.full(len(lines), top), np.full(len(lines), share)
    )
    return float((rises * ratio).sum()), bool(rolled.any())


def _advance(
    before: Floats, after: Floats, size: Floats, most: Floats, top: Floats, share: Floats
) -> tuple[Floats, Booleans]:
    """Differences as displayed, with a rollover where the evidence is there; NaN where nothing explains them.

    `size` is 10^digits, at which the register wraps; `most` is the plausible advance, infinite if unknown;
    a rollover starts above `top` of the size, and hides at most `share` of it where `most` is unknown.
    """
    rise = after - before
    wrapped = rise + size
    plausible = np.where(np.isfinite(most), most, share * size)
    rolled = (rise < 0) & (before >= top * size) & (wrapped <= plausible)
    proven = np.where(rise >= 0, rise, np.where(rolled, wrapped, np.nan))
    return np.where((before >= size) | (after >= size), np.nan, proven), rolled
