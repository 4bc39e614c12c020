"""Samples of one gauge become means, extremes and coverage of intervals.

Between two samples at most the meter's gap limit apart the value is taken to go straight from one to the
other, and that time is covered; over a longer silence nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.clock import to_ms
from services.metering.ledger import gauge_factors
from services.metering.model import MeterPeriod
from services.metering.spans import Booleans, Floats, Integers

_DECIMALS = 6
"""Means are rounded so that they do not depend on how much history was summed before them."""


@dataclass(frozen=True, slots=True, eq=False)
class Gauges:
    """Columns of one shape: time-weighted `mean` and extremes [the channel's unit], coverage (0–1)."""

    starts_ms: Integers
    mean: Floats
    lowest: Floats
    highest: Floats
    coverage: Floats


def to_primary(channel: str, times_ms: Integers, values: Floats, ledger: Sequence[MeterPeriod]) -> Floats:
    """Values of a gauge in its own unit, on the primary side; NaN before the first line of the ledger."""
    line = np.searchsorted([to_ms(period.valid_from) for period in ledger], times_ms, side="right") - 1
    return np.where(line >= 0, values * np.array(gauge_factors(ledger, channel))[line], np.nan)


def gauge_intervals(
    times_ms: npt.ArrayLike, values: npt.ArrayLike, boundaries: npt.ArrayLike, *, gap_limit_s: float
) -> Gauges:
    """Figures of each [boundaries[i], boundaries[i + 1]) that has a sample or covered time.

    The extremes are those of the samples inside, or of the straight line where there is none; without covered
    time the mean is that of the samples.
    """
    edges = np.asarray(boundaries, np.int64)
    times, samples = _tidy(np.asarray(times_ms, np.int64), np.asarray(values, np.float64))
    if len(times) == 0 or len(edges) < 2:
        none = np.empty(0)
        return Gauges(np.empty(0, np.int64), none, none, none, none)
    first = np.searchsorted(times, edges)
    count = np.diff(first)
    line = _Line.of(times, samples, np.diff(times) <= gap_limit_s * 1000)
    seconds, area = (np.diff(column) for column in line.until(edges))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(seconds > 0, area / seconds, _reduced(np.add, samples, first) / count)
    at_edges = line.at(edges)
    lowest = np.where(count, _reduced(np.minimum, samples, first), np.fmin(at_edges[:-1], at_edges[1:]))
    highest = np.where(count, _reduced(np.maximum, samples, first), np.fmax(at_edges[:-1], at_edges[1:]))
    said = (count > 0) | (seconds > 0)
    coverage = np.clip(seconds * 1000 / np.diff(edges), 0.0, 1.0)
    return Gauges(
        edges[:-1][said],
        _rounded(mean[said]),
        _rounded(lowest[said]),
        _rounded(highest[said]),
        coverage[said],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """Straight pieces between n samples: `covered` has shape (n - 1,), or one False for a lone sample."""

    times: Integers
    samples: Floats
    covered: Booleans

    @classmethod
    def of(cls, times: Integers, samples: Floats, covered: Booleans) -> "_Line":
        if len(times) > 1:
            return cls(times, samples, covered)
        return cls(np.append(times, times + 1), np.append(samples, samples), np.array([False]))

    def until(self, instants: Integers) -> tuple[Floats, Floats]:
        """Covered seconds, and the integral of the value over them, up to each instant."""
        lengths = np.where(self.covered, np.diff(self.times) / 1000, 0.0)
        areas = lengths * (self.samples[:-1] + self.samples[1:]) / 2
        piece, share = self._place(instants)
        part = lengths[piece] * share
        begin, slope = self.samples[piece], self.samples[piece + 1] - self.samples[piece]
        seconds = np.concatenate(([0.0], np.cumsum(lengths)))[piece] + part
        return seconds, np.concatenate(([0.0], np.cumsum(areas)))[piece] + part * (begin + slope * share / 2)

    def at(self, instants: Integers) -> Floats:
        """The value at each instant, NaN where it is not covered."""
        piece, share = self._place(instants)
        value = self.samples[piece] + (self.samples[piece + 1] - self.samples[piece]) * share
        inside = (instants >= self.times[piece]) & (instants <= self.times[piece + 1])
        return np.where(self.covered[piece] & inside, value, np.nan)

    def _place(self, instants: Integers) -> tuple[Integers, Floats]:
        piece = np.clip(np.searchsorted(self.times, instants, side="right") - 1, 0, len(self.covered) - 1)
        share = (instants - self.times[piece]) / (self.times[piece + 1] - self.times[piece])
        return piece, np.clip(share, 0.0, 1.0)


def _rounded(column: Floats) -> Floats:
    return column.round(_DECIMALS)


def _reduced(how: np.ufunc, samples: Floats, first: Integers) -> Floats:
    """`how` over samples[first[i]:first[i + 1]]; meaningless where that is empty."""
    found: Floats = how.reduceat(np.append(samples, 0.0), first)
    return found[:-1]


def _tidy(times: Integers, samples: Floats) -> tuple[Integers, Floats]:
    usable = np.isfinite(samples)
    times, samples = times[usable], samples[usable]
    order = np.lexsort((samples, times))
    times, samples = times[order], samples[order]
    fresh = np.concatenate((np.ones(min(len(times), 1), np.bool_), np.diff(times) > 0))
    return times[fresh], samples[fresh]
