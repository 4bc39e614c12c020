"""Figures taken back: no store deletes a value, so one that no longer holds is overwritten with zero.

A sum over the measurement then counts what is told now, and nothing told before. Coverage stays: it is never
summed, and a zero would lower the mean of days that were measured well.
"""

from collections.abc import Callable, Iterable

from services.timeseries.schema import Measurement
from services.timeseries.store import Point, Series

Tags = tuple[str, ...]


def withdrawn(
    stored: Iterable[Series],
    told: Iterable[Point],
    measurement: Measurement,
    *,
    only: Callable[[Tags, int], bool] = lambda _tags, _time_ms: True,
) -> list[Point]:
    """Zeros for the stored figures of `measurement` that no point `told` carries at its tags and time.

    `only` says of which tags and times [epoch ms] the points told are the whole truth.
    """
    carried = {(point.tags, point.time_ms): point.fields for point in told}
    found: list[Point] = []
    for series in stored:
        tags = tuple(series.tags[tag] for tag in measurement.tags)
        for row, time_ms in enumerate(series.times_ms.tolist()):
            kept = carried.get((tags, time_ms), {})
            gone = [
                name
                for name, column in series.fields.items()
                if name not in kept and name != "coverage" and abs(column[row]) > 0
            ]
            if gone and only(tags, time_ms):
                found.append(Point(measurement, tags, time_ms, dict.fromkeys(gone, 0.0)))
    return found
