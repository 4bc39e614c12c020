"""Spans of proven consumption between readings, cut into intervals at any boundaries.

Amounts are whole micro-units, so that sums are exact and a result never depends on how much history stood
before it: computing an interval from a week of readings or from ten years gives the same bits.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.metering.model import Interval, Quality

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

MICRO = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Cumulative:
    """Spans between n trusted readings: `times_ms` has shape (n,), every other array (n - 1,).

    `steps` are whole micro-units of the channel's unit, 0 where not `known`; `gap` marks spans longer than
    the meter's limit, whose total is known but not its place in time; `marks` are `Quality` bits.
    """

    times_ms: Integers
    steps: Floats
    known: Booleans
    gap: Booleans
    marks: Integers

    @property
    def total(self) -> float:
        """Everything proven from the first reading to the last [the channel's unit]."""
        return float(self.steps.sum() / MICRO)


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Columns of `Interval`, all of one shape; only intervals that meet a span of the register are there."""

    starts_ms: Integers
    ends_ms: Integers
    measured: Floats
    estimated: Floats
    coverage: Floats
    quality: Integers

    def __iter__(self) -> Iterator[Interval]:
        rows = zip(
            self.starts_ms.tolist(), self.ends_ms.tolist(), self.measured.tolist(),
            self.estimated.tolist(), self.coverage.tolist(), self.quality.tolist(), strict=True,
        )  # fmt: skip
        for start, end, measured, estimated, coverage, quality in rows:
            yield Interval(start, end, measured, estimated, coverage, Quality(quality))


def intervals(cumulative: Cumulative, boundaries: npt.ArrayLike) -> Intervals:
    """Consumption of each [boundaries[i], boundaries[i + 1]), epoch milliseconds in ascending order.

    A boundary inside an ordinary span cuts it in proportion to time. A gap that lies wholly inside an
    interval is measured, for both registers around it prove its total; of a gap cut by a boundary each side
    gets its even share as `estimated` and stays uncovered.
    """
    edges = np.asarray(boundaries, np.int64)
    if len(cumulative.times_ms) < 2 or len(edges) < 2:
        nothing = np.empty(0)
        none = np.empty(0, np.int64)
        return Intervals(none, none, nothing, nothing, nothing, none)
    times, gap = cumulative.times_ms, cumulative.gap
    lengths = np.diff(times).astype(np.float64)
    ordinary = cumulative.known & ~gap
    cut = _Cut.of(times, edges)
    whole = cut.whole(np.where(gap, cumulative.steps, 0.0))
    measured = cut.shares(np.where(ordinary, cumulative.steps, 0.0)) + whole
    estimated = cut.shares(np.where(gap, cumulative.steps, 0.0)) - whole
    covered = cut.shares(np.where(ordinary, lengths, 0.0)) + cut.whole(np.where(gap, lengths, 0.0))
    quality = cut.marks(cumulative.marks)
    met = (edges[1:] > times[0]) & (edges[:-1] < times[-1])
    return Intervals(
        edges[:-1][met],
        edges[1:][met],
        measured[met] / MICRO,
        estimated[met] / MICRO,
        covered[met] / np.diff(edges)[met],
        quality[met],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Where boundaries fall among readings; sums of a column of spans between neighbouring boundaries."""

    span: Integers
    """The span each boundary falls into."""
    fraction: Floats
    """How far into that span, 0 to 1."""
    left: Integers
    """The first reading at or after each boundary."""
    right: Integers
    """The first reading after each boundary."""

    @classmethod
    def of(cls, times: Integers, edges: Integers) -> "_Cut":
        left = np.searchsorted(times, edges, side="left")
        right = np.searchsorted(times, edges, side="right")
        span = np.clip(right - 1, 0, len(times) - 2)
        fraction = (edges - times[span]) / (times[span + 1] - times[span])
        return cls(span, np.clip(fraction, 0.0, 1.0), left, right)

    def shares(self, column: Floats) -> Floats:
        """Between boundaries, with the cut spans in proportion to time."""
        return np.diff(_running(column)[self.span] + np.rint(column[self.span] * self.fraction))

    def whole(self, column: Floats) -> Floats:
        """Between boundaries, of the spans that lie wholly inside."""
        running = _running(column)
        first = np.minimum(self.left[:-1], len(column))
        last = self.right[1:] - 1
        return np.where(last > first, running[last] - running[first], 0.0)

    def marks(self, column: Integers) -> Integers:
        """Between boundaries, the bits of every span that overlaps, together."""
        first = np.clip(self.right[:-1] - 1, 0, None)
        stop = np.maximum(np.minimum(self.left[1:], len(column)), first)
        found = np.zeros(len(first), np.int64)
        present = int(np.bitwise_or.reduce(column))
        for mark in Quality:
            if present & mark:
                running = _running((column & int(mark)) != 0)
                found |= np.where(running[stop] > running[np.minimum(first, len(column))], int(mark), 0)
        return found


def _running(column: npt.NDArray[np.generic]) -> Floats:
    return np.concatenate(([0.0], np.cumsum(column, dtype=np.float64)))
