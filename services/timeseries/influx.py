"""The InfluxDB store: line protocol in, InfluxQL out, on 1.x, 2.x and 3.x alike."""

import math
import threading
from collections.abc import Sequence

import httpx2
import numpy as np

from services.timeseries import influx_setup, influxql
from services.timeseries.batch import screen
from services.timeseries.influx_changes import ChangeNotices
from services.timeseries.influx_http import Frame, InfluxHttp
from services.timeseries.influx_url import Server
from services.timeseries.line_protocol import encode, key_values
from services.timeseries.schema import Measurement
from services.timeseries.store import Changes, Point, PointsRejected, Series, Where


class InfluxStore:
    """A `TimeSeriesStore` in one InfluxDB database or bucket.

    `overlap_s`: how far back `changes` looks behind its cursor; the other parameters: see `InfluxHttp`.
    """

    def __init__(
        self,
        server: Server,
        *,
        overlap_s: float = 60.0,
        timeout_s: float = 30.0,
        gzip_from_bytes: int | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._database = server.database
        self._dialect = server.dialect
        self._http = InfluxHttp(
            server, timeout_s=timeout_s, gzip_from_bytes=gzip_from_bytes, transport=transport
        )
        self._notices = ChangeNotices(self._http, overlap_s=overlap_s)
        self._announcing = threading.Lock()

    def prepare(self) -> None:
        """Create the database or bucket and the one for notices. Safe to repeat."""
        influx_setup.prepare(self._http)

    def write(self, points: Sequence[Point]) -> None:
        """Store the points durably. Raises `StoreUnavailable` or `PointsRejected`."""
        good, rejected = screen(points)
        if good:
            lines = encode(point for _, point in good)
            refused = dict(self._http.write(lines, database=self._database, stamped=True))
            rejected += [(good[number][0], reason) for number, reason in refused.items()]
            with self._announcing:
                self._notices.announce(
                    point for number, (_, point) in enumerate(good) if number not in refused
                )
        if rejected:
            raise PointsRejected(sorted(rejected))

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
        """Series with the given tag values and at least one of `fields`, in [start, end)."""
        names = measurement.fields if fields is None else tuple(fields)
        statements = [influxql.select(measurement, names, where, start_ms=start_ms, end_ms=end_ms)]
        if edges and start_ms is not None:
            before = influxql.select(measurement, names, where, end_ms=start_ms)
            statements.insert(0, influxql.newest(before))
        if edges and end_ms is not None:
            after = influxql.select(measurement, names, where, start_ms=end_ms)
            statements.append(influxql.oldest(after))
        parts: dict[tuple[str, ...], list[Frame]] = {}
        for statement in statements:
            for frame in self._http.query(statement, database=self._database):
                parts.setdefault(frame.identity(measurement), []).append(frame)
        return [_series(measurement, tags, names, parts[tags]) for tags in sorted(parts)]

    def latest(self, measurement: Measurement, where: Where | None = None) -> list[Point]:
        """The newest point of every series, with the newest value of each of its fields."""
        # Several last() in one statement answer with the time 0, hence the second question.
        rows = influxql.newest(influxql.select(measurement, measurement.fields, where))
        times = {
            frame.identity(measurement): int(frame.values[0][0] or 0)
            for frame in self._http.query(rows, database=self._database)
        }
        values = influxql.aggregate("last", measurement, measurement.fields, where)
        points = []
        for frame in self._http.query(values, database=self._database):
            tags = frame.identity(measurement)
            pairs = zip(frame.columns[1:], frame.values[0][1:], strict=True)
            fields = {name: float(value) for name, value in pairs if value is not None}
            if fields and tags in times:
                points.append(Point(measurement, tags, times[tags], fields))
        return sorted(points, key=lambda point: point.tags)

    def tag_sets(self, measurement: Measurement) -> set[tuple[str, ...]]:
        """The tags of every series there is, from the index; 3.x has none, and is asked for its points."""
        if not self._dialect.shows_series:
            rows = influxql.newest(influxql.select(measurement, measurement.fields))
            return {frame.identity(measurement) for frame in self._http.query(rows, database=self._database)}
        frames = self._http.query(influxql.series(measurement), database=self._database)
        keys = [str(row[0]) for frame in frames for row in frame.values]
        return {key_values(key, measurement.tags) for key in keys}

    def count(self, measurement: Measurement) -> dict[str, int]:
        """How many values are stored, by field."""
        counts = dict.fromkeys(measurement.fields, 0)
        for frame in self._http.query(influxql.count(measurement), database=self._database):
            for name, value in zip(frame.columns[1:], frame.values[0][1:], strict=True):
                counts[name] = int(value or 0)
        return counts

    def changes(self, after: str | None) -> Changes:
        """What raw measurements were written since the cursor `after`, or since ever when it is None."""
        return self._notices.since(after)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _series(
    measurement: Measurement, tags: Sequence[str], names: Sequence[str], frames: Sequence[Frame]
) -> Series:
    times, columns = [], []
    for frame in frames:
        values = dict(zip(frame.columns, zip(*frame.values, strict=True), strict=True))
        absent = [math.nan] * len(frame.values)
        times.append(np.array(values["time"], dtype=np.int64))
        columns.append([np.array(values.get(name, absent), dtype=np.float64) for name in names])
    joined = [np.concatenate(parts) for parts in zip(*columns, strict=True)]
    return Series(
        dict(zip(measurement.tags, tags, strict=True)),
        np.concatenate(times),
        dict(zip(names, joined, strict=True)),
    )
