"""The embedded store: one SQLite file that the collector, the jobs and the service use at once.

A write is one transaction in the write-ahead log with synchronous=FULL: what was acknowledged survives the
kill of any process and, as far as the disk keeps its word on fsync, a power cut. (NORMAL would survive the
kill, but a power cut could lose the last batches, whose messages the broker no longer has.) One fsync a batch
is affordable because batches are large.

Readers see a snapshot and never wait for the writer. Writers of all processes wait for each other.
"""

import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.timeseries import sqlite_rows as rows
from services.timeseries import sqlite_tables as tables
from services.timeseries.batch import screen
from services.timeseries.schema import MEASUREMENTS, Measurement
from services.timeseries.store import Changes, Point, PointsRejected, Series, StoreUnavailable, Where

_BUSY_SECONDS = 15.0
_EARLIEST, _LATEST = -(2**63), 2**63 - 1
_Key = tuple[str, tuple[str, ...], tuple[str, ...]]


class SqliteStore:
    """A `TimeSeriesStore` in the file `path`. Every statement borrows a connection from a small pool."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        self._numbers: dict[_Key, int] = {}

    def prepare(self) -> None:
        """Create the folder, the file and its tables. Safe to repeat."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"cannot make the folder {self._path.parent}: {error.strerror}") from error
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        with self._transaction("IMMEDIATE") as connection:
            tables.create_tables(connection)

    def write(self, points: Sequence[Point]) -> None:
        """Store the points durably. Raises `StoreUnavailable` or `PointsRejected`."""
        good, rejected = screen(points)
        if good:
            self._store([point for _, point in good])
        if rejected:
            raise PointsRejected(rejected)

    def _store(self, points: Sequence[Point]) -> None:
        fresh: dict[_Key, int] = {}
        by_name: dict[str, dict[tuple[int, int], Mapping[str, float]]] = {}
        with self._writing, self._transaction("IMMEDIATE") as connection:
            for point in points:
                key = (point.measurement.name, point.tags, tuple(point.fields))
                number = self._numbers.get(key) or fresh.get(key)
                if number is None:
                    number = fresh[key] = tables.register(connection, *key)
                identity = (number, int(point.time_ms))
                merged = by_name.setdefault(key[0], {})
                earlier = merged.get(identity)
                merged[identity] = point.fields if earlier is None else {**earlier, **point.fields}
            for name, merged in by_name.items():
                rows.upsert(connection, name, merged)
                if MEASUREMENTS[name].raw:
                    tables.remember(connection, merged)
        self._numbers.update(fresh)

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
        bounds = {
            "start": _EARLIEST if start_ms is None else start_ms,
            "end": _LATEST if end_ms is None else end_ms,
        }
        found = []
        with self._transaction("DEFERRED") as connection:
            for series in tables.matching(connection, measurement, where):
                carried = [name for name in names if name in series.fields]
                if carried:
                    query = rows.selection(measurement, carried, edges=edges)
                    selected = connection.execute(query, {"series": series.number, **bounds}).fetchall()
                    if selected:
                        found.append(rows.as_series(measurement, series, names, selected))
        return found

    def latest(self, measurement: Measurement, where: Where | None = None) -> list[Point]:
        """The newest point of every series, with the newest value of each of its fields."""
        points = []
        with self._transaction("DEFERRED") as connection:
            for series in tables.matching(connection, measurement, where):
                newest = rows.newest(connection, measurement, series)
                if newest:
                    time_ms = max(time_ms for time_ms, _ in newest.values())
                    fields = {field: value for field, (_, value) in newest.items()}
                    points.append(Point(measurement, series.tags, time_ms, fields))
        return points

    def tag_sets(self, measurement: Measurement) -> set[tuple[str, ...]]:
        """The tags of every series there is."""
        with self._transaction("DEFERRED") as connection:
            return {series.tags for series in tables.matching(connection, measurement, None)}

    def count(self, measurement: Measurement) -> dict[str, int]:
        """How many values are stored, by field."""
        counts = dict.fromkeys(measurement.fields, 0)
        with self._transaction("DEFERRED") as connection:
            carried = tables.carried_fields(connection, measurement)
            if carried:
                counts |= rows.counts(connection, measurement, carried)
        return counts

    def changes(self, after: str | None) -> Changes:
        """What raw measurements were written since the cursor `after`; exact.

        A cursor that another file gave is answered with everything, as if it were None.
        """
        with self._transaction("DEFERRED") as connection:
            (identity,) = connection.execute("SELECT id FROM identity").fetchone()
            mine = re.fullmatch(rf"sqlite-{identity}-(\d+)", after or "")
            touched = tables.touched_after(connection, int(mine[1]) if mine else 0)
            return Changes(f"sqlite-{identity}-{tables.newest(connection)}", tuple(touched))

    def close(self) -> None:
        """Close the connections that no thread is using."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute(f"BEGIN {kind}")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(f"SQLite file {self._path}: {error}") from error

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous=FULL")
        return connection
