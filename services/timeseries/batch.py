"""What every store does with a batch of points: screen out what no store can hold, note what it touches."""

from collections.abc import Iterable, Sequence
from math import isfinite

from services.memo import Memo
from services.timeseries.store import Point

LIMIT_MS = 9_223_372_036_853
"""The furthest instant from 1970, in ms, that 64 bits of nanoseconds can say (the year 2262)."""

JOIN_GAP_MS = 86_400_000
"""Touched ranges of a series no further apart than this are told as one."""


def screen(points: Sequence[Point]) -> tuple[list[tuple[int, Point]], list[tuple[int, str]]]:
    """Divide a batch into (index, point) that can be stored and (index, reason) that never can."""
    good: list[tuple[int, Point]] = []
    rejected: list[tuple[int, str]] = []
    for index, point in enumerate(points):
        reason = _fault(point) or _tag_faults[point.tags]
        if reason is None:
            good.append((index, point))
        else:
            rejected.append((index, reason))
    return good, rejected


def _fault(point: Point) -> str | None:
    measurement, fields = point.measurement, point.fields
    known = measurement.fields
    if not fields:
        return "carries no field"
    for name, value in fields.items():
        if name not in known:
            return f"{measurement.name} has no field {name!r}"
        try:
            if not isfinite(value):
                return f"{name} is {value}, not a finite number"
        except (TypeError, OverflowError):
            return f"{name} is not a 64-bit floating-point number"
    if len(point.tags) != len(measurement.tags):
        return f"{measurement.name} has {len(measurement.tags)} tags, not {len(point.tags)}"
    if not -LIMIT_MS <= point.time_ms <= LIMIT_MS:
        return f"its time {point.time_ms} ms is outside the years 1677 to 2262"
    return None


def _tag_fault(tags: tuple[str, ...]) -> str | None:
    for value in tags:
        if "\n" in value or value.endswith("\\"):
            return f"the tag {value!r} contains a line feed or ends in a backslash"
        try:
            value.encode()
        except UnicodeEncodeError:
            return f"the tag {value!r} is not valid Unicode"
    return None


_tag_faults = Memo(_tag_fault)


def spans(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the (first, last) ranges of a series that overlap or lie within `JOIN_GAP_MS`, in time order."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first - joined[-1][1] <= JOIN_GAP_MS:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def spans_of_times(times: Sequence[int]) -> list[tuple[int, int]]:
    """The joined ranges that some (unordered, at least one) instants of a series lie in."""
    first, last = min(times), max(times)
    if last - first <= JOIN_GAP_MS:
        return [(first, last)]
    return spans((time, time) for time in times)
