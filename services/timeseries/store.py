"""The contract of a time-series store, whatever stands behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from services.timeseries.schema import Measurement

Where = Mapping[str, str | frozenset[str]]
"""By tag the value, or any one of the values, that a series must have; no value fits an empty set."""


class Point(msgspec.Struct, frozen=True, gc=False):
    """One line of line protocol: `tags` in the order of `measurement.tags`, absent fields left out.

    A msgspec structure because a city makes millions of them an hour; it refers to nothing that could refer
    back to it, so that the garbage collector need not look at it.
    """

    measurement: Measurement
    tags: tuple[str, ...]
    time_ms: int
    fields: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one tag set, in time order, as columns.

    `times_ms` has shape (n,), int64; every column of `fields` has shape (n,), float64, NaN where absent.
    """

    tags: Mapping[str, str]
    times_ms: npt.NDArray[np.int64]
    fields: Mapping[str, npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Touched:
    """A range of a raw series in which something was written: both ends are times of written points."""

    measurement: str
    tags: tuple[str, ...]
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What was written to raw measurements since a cursor, and the cursor to ask with next time.

    A change may be told twice, never not at all.
    """

    cursor: str
    touched: Sequence[Touched] = field(default_factory=tuple)


class StoreUnavailable(Exception):
    """The store cannot say whether it has the points; write the same batch again after `retry_after_s`."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class PointsRejected(Exception):
    """The store has every point of the batch but these, which it will never take: (index, reason)."""

    def __init__(self, rejected: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"{len(rejected)} points rejected, the first: {rejected[0][1]}")
        self.rejected = rejected


class TimeSeriesStore(Protocol):
    """Points in, columns out. Safe to use from several threads.

    A point's identity is measurement, tags and time: writing it again replaces the fields it carries and
    keeps the others, so every write can be repeated.
    """

    def prepare(self) -> None:
        """Create what the store needs (database, bucket, tables). Safe to repeat."""

    def write(self, points: Sequence[Point]) -> None:
        """Store the points durably. Raises `StoreUnavailable` or `PointsRejected`."""

    def read(
        self,
        measurement: Measurement,
        where: Where | None = None,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        fields: Sequence[str] | None = None,
        edges: bool = False,
    ) -> list[Series]:
        """Series with the given tag values and at least one of `fields`, in [start, end).

        `edges` adds to each series its last point before `start` and its first at or after `end`.
        """

    def latest(self, measurement: Measurement, where: Where | None = None) -> list[Point]:
        """The newest point of every series, with the newest value of each of its fields."""

    def tag_sets(self, measurement: Measurement) -> set[tuple[str, ...]]:
        """The tags of every series there is, found without looking at its points where the store can."""

    def count(self, measurement: Measurement) -> dict[str, int]:
        """How many values are stored, by field."""

    def changes(self, after: str | None) -> Changes:
        """What raw measurements were written since the cursor `after`, or since ever when it is None."""

    def close(self) -> None:
        """Release connections and files."""
