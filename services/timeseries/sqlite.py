"""The embedded store: one SQLite file that the collector, the jobs and the service use at once.

A write is one transaction in the write-ahead log with synchronous=FULL: what was acknowledged survives the
kill of any process and, as far as the disk keeps its word on fsync, a power cut. (NORMAL would survive the
kill, but a power cut could lose the last batches, whose messages the broker no longer has.) One fsync a batch
is affordable because batches are large.

Readers see a snapshot and never wait for the writer. Writers of all processes wait for each other.
"""
# ruff: noqa: S608  (only quoted names of schema.py are put into SQL; values are bound)

import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from services.timeseries import sqlite_tables as tables
from services.timeseries.batch import screen, spans_of_times
from services.timeseries.schema import MEASUREMENTS, Measurement
from services.timeseries.store import Changes, Point, PointsRejected, Series, StoreUnavailable

_BUSY_SECONDS = 15.0
_EVER = {"start": -(2**63), "end": 2**63 - 1}


class SqliteStore:
    """A `TimeSeriesStore` in the file `path`. Every statement borrows a connection from a small pool."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        self._series: dict[tuple[str, tuple[str, ...], tuple[str, ...]], int] = {}

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
        fresh: dict[tuple[str, tuple[str, ...], tuple[str, ...]], int] = {}
        rows: dict[str, dict[tuple[int, int], Mapping[str, float]]] = {}
        with self._writing, self._transaction("IMMEDIATE") as connection:
            for point in points:
                name = point.measurement.name
                key = (name, point.tags, tuple(point.fields))
                number = self._series.get(key) or fresh.get(key)
                if number is None:
                    number = fresh[key] = tables.register(connection, *key)
                identity = (number, int(point.time_ms))
                of_measurement = rows.setdefault(name, {})
                earlier = of_measurement.get(identity)
                of_measurement[identity] = point.fields if earlier is None else {**earlier, **point.fields}
            for name, by_identity in rows.items():
                _upsert(connection, name, by_identity)
                if MEASUREMENTS[name].raw:
                    _remember(connection, by_identity)
        self._series.update(fresh)

    def read(
        self,
        measurement: Measurement,
        where: Mapping[str, str] | None = None,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        fields: Sequence[str] | None = None,
        edges: bool = False,
    ) -> list[Series]:
        """Series with the given tag values and at least one of `fields`, in [start, end)."""
        names = measurement.fields if fields is None else tuple(fields)
        span = dict(_EVER)
        if start_ms is not None:
            span["start"] = start_ms
        if end_ms is not None:
            span["end"] = end_ms
        found = []
        with self._transaction("DEFERRED") as connection:
            for series in tables.matching(connection, measurement, where):
                carried = [name for name in names if name in series.fields]
                if carried:
                    query = _reading(measurement, carried, edges=edges)
                    rows = connection.execute(query, {"series": series.number, **span}).fetchall()
                    if rows:
                        found.append(_columns(measurement, series.tags, names, (carried, rows)))
        return found

    def latest(self, measurement: Measurement, where: Mapping[str, str] | None = None) -> list[Point]:
        """The newest point of every series, with the newest value of each of its fields."""
        points = []
        with self._transaction("DEFERRED") as connection:
            for series in tables.matching(connection, measurement, where):
                newest = {}
                for field in series.fields:
                    query = f"{_reading(measurement, [field])} DESC LIMIT 1"
                    row = connection.execute(query, {"series": series.number, **_EVER}).fetchone()
                    if row:
                        newest[field] = row
                if newest:
                    time = max(row[0] for row in newest.values())
                    fields = {field: row[1] for field, row in newest.items()}
                    points.append(Point(measurement, series.tags, time, fields))
        return points

    def count(self, measurement: Measurement) -> dict[str, int]:
        """How many values are stored, by field."""
        counts = dict.fromkeys(measurement.fields, 0)
        with self._transaction("DEFERRED") as connection:
            carried = tables.carried_fields(connection, measurement)
            if carried:
                columns = ", ".join(f"count({tables.quoted(field)})" for field in carried)
                table = tables.quoted(measurement.name)
                row = connection.execute(f"SELECT {columns} FROM {table}").fetchone()
                counts |= dict(zip(carried, row, strict=True))
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


def _upsert(
    connection: sqlite3.Connection, name: str, rows: Mapping[tuple[int, int], Mapping[str, float]]
) -> None:
    # float() and int(), because SQLite keeps a numpy number as a blob.
    groups: dict[tuple[str, ...], list[tuple[float, ...]]] = {}
    for identity, fields in rows.items():
        groups.setdefault(tuple(fields), []).append((*identity, *map(float, fields.values())))
    for names, values in groups.items():
        columns = [tables.quoted(field) for field in names]
        updates = ", ".join(f"{column} = excluded.{column}" for column in columns)
        connection.executemany(
            f"INSERT INTO {tables.quoted(name)} (series, time, {', '.join(columns)}) "
            f"VALUES (?, ?{', ?' * len(columns)}) ON CONFLICT (series, time) DO UPDATE SET {updates}",
            values,
        )


def _remember(connection: sqlite3.Connection, rows: Mapping[tuple[int, int], object]) -> None:
    times: dict[int, list[int]] = {}
    for number, time in rows:
        times.setdefault(number, []).append(time)
    tables.remember(
        connection,
        [(number, first, last) for number, found in times.items() for first, last in spans_of_times(found)],
    )


def _reading(measurement: Measurement, fields: Sequence[str], *, edges: bool = False) -> str:
    columns = ", ".join(tables.quoted(field) for field in fields)
    present = " OR ".join(f"{tables.quoted(field)} IS NOT NULL" for field in fields)
    table = tables.quoted(measurement.name)
    select = f"SELECT time, {columns} FROM {table} WHERE series = :series AND ({present})"
    inside = f"{select} AND time >= :start AND time < :end ORDER BY time"
    if not edges:
        return inside
    before = f"{select} AND time < :start ORDER BY time DESC LIMIT 1"
    after = f"{select} AND time >= :end ORDER BY time LIMIT 1"
    return " UNION ALL ".join(f"SELECT * FROM ({part})" for part in (before, inside, after))


def _columns(
    measurement: Measurement,
    tags: Sequence[str],
    names: Sequence[str],
    table: tuple[Sequence[str], Sequence[tuple[float | None, ...]]],
) -> Series:
    carried, rows = table
    times, *columns = zip(*rows, strict=True)
    filled = {name: np.array(column, dtype=np.float64) for name, column in zip(carried, columns, strict=True)}
    absent = np.full(len(times), np.nan)
    return Series(
        dict(zip(measurement.tags, tags, strict=True)),
        np.array(times, dtype=np.int64),
        {name: filled.get(name, absent) for name in names},
    )
