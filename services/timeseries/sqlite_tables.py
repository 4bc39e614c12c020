"""The embedded store's tables: one for each measurement, the dictionary of series, the log of changes."""
# ruff: noqa: S608  (only numbers of places are put into SQL; values are bound)

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from services.timeseries.batch import spans, spans_of_times
from services.timeseries.schema import MEASUREMENTS, Measurement
from services.timeseries.store import Touched, Where

COMPACT_EVERY = 100_000
"""Rows of the change log between two compactions, and how many of the newest rows those leave alone."""

_INDEXED = (0, 1)
"""Places of the tags whose values have an index."""

_COMMON = """
CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL);
INSERT INTO identity SELECT lower(hex(randomblob(8))) WHERE NOT EXISTS (SELECT 1 FROM identity);
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE (measurement, tags));
CREATE INDEX IF NOT EXISTS series_by_first_tag ON series (json_extract(tags, '$[0]'));
CREATE INDEX IF NOT EXISTS series_by_second_tag ON series (json_extract(tags, '$[1]'));
CREATE TABLE IF NOT EXISTS series_field (
    series INTEGER NOT NULL, field TEXT NOT NULL, PRIMARY KEY (series, field)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS touched (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, series INTEGER NOT NULL,
    first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL);
"""


def create_tables(connection: sqlite3.Connection) -> None:
    """Create what is absent, and a column for every field a newer schema added."""
    for statement in _COMMON.split(";"):
        connection.execute(statement)
    for measurement in MEASUREMENTS.values():
        columns = "".join(f", {quoted(field)} REAL" for field in measurement.fields)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {quoted(measurement.name)} (series INTEGER NOT NULL, "
            f"time INTEGER NOT NULL{columns}, PRIMARY KEY (series, time)) WITHOUT ROWID"
        )
        rows = connection.execute(f"PRAGMA table_info({quoted(measurement.name)})")
        present = {row[1] for row in rows}
        for field in measurement.fields:
            if field not in present:
                connection.execute(f"ALTER TABLE {quoted(measurement.name)} ADD COLUMN {quoted(field)} REAL")


def quoted(name: str) -> str:
    """A name of schema.py as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def register(connection: sqlite3.Connection, name: str, tags: tuple[str, ...], fields: Iterable[str]) -> int:
    """The number of a series, given to it now if it is new; `fields` are noted as ones that it carries."""
    text = json.dumps(tags, ensure_ascii=False)
    connection.execute("INSERT OR IGNORE INTO series (measurement, tags) VALUES (?, ?)", (name, text))
    (number,) = connection.execute(
        "SELECT id FROM series WHERE measurement = ? AND tags = ?", (name, text)
    ).fetchone()
    connection.executemany(
        "INSERT OR IGNORE INTO series_field VALUES (?, ?)", [(number, field) for field in fields]
    )
    return int(number)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of the dictionary of series: its number, its tag values and the fields it ever carried."""

    number: int
    tags: tuple[str, ...]
    fields: tuple[str, ...]


def matching(connection: sqlite3.Connection, measurement: Measurement, where: Where | None) -> list[Row]:
    """Every series with the given tag values, in the order of their tags."""
    conditions, values = _conditions(measurement, where or {})
    sql = (
        "SELECT id, tags, (SELECT json_group_array(field) FROM series_field WHERE series = id) "
        f"FROM series WHERE {' AND '.join(conditions)}"
    )
    rows = [
        Row(number, tuple(json.loads(tags)), tuple(json.loads(fields)))
        for number, tags, fields in connection.execute(sql, values)
    ]
    return sorted(rows, key=lambda row: row.tags)


def _conditions(measurement: Measurement, where: Where) -> tuple[list[str], list[str]]:
    """SQL conditions and what is bound to them.

    A plus keeps SQLite from an index: it would look through all series of the measurement rather than find
    the few with a tag value.
    """
    plus, conditions, values = "", [], [measurement.name]
    for tag, value in where.items():
        if tag not in measurement.tags:
            raise ValueError(f"{measurement.name} has no tag {tag!r}")
        place = measurement.tags.index(tag)
        plus = "+" if place in _INDEXED else plus
        one = isinstance(value, str)
        conditions.append(
            f"json_extract(tags, '$[{place}]') {'= ?' if one else 'IN (SELECT value FROM json_each(?))'}"
        )
        values.append(value if isinstance(value, str) else json.dumps(sorted(value), ensure_ascii=False))
    return [f"{plus}measurement = ?", *conditions], values


def carried_fields(connection: sqlite3.Connection, measurement: Measurement) -> list[str]:
    """The fields that any series of a measurement ever carried: the others need not be looked for."""
    rows = connection.execute(
        "SELECT DISTINCT field FROM series_field JOIN series ON series.id = series_field.series "
        "WHERE measurement = ?",
        (measurement.name,),
    )
    return [row[0] for row in rows]


def remember(connection: sqlite3.Connection, written: Iterable[tuple[int, int]]) -> None:
    """Log the written (series, time) as touched, in the transaction that writes them."""
    times: dict[int, list[int]] = {}
    for number, time_ms in written:
        times.setdefault(number, []).append(time_ms)
    ranges = [(number, *span) for number, found in times.items() for span in spans_of_times(found)]
    last = newest(connection)
    connection.executemany("INSERT INTO touched (series, first_ms, last_ms) VALUES (?, ?, ?)", ranges)
    if (last + len(ranges)) // COMPACT_EVERY > last // COMPACT_EVERY:
        compact(connection, upto=last - COMPACT_EVERY)


def newest(connection: sqlite3.Connection) -> int:
    """The highest number the change log has given, 0 before the first."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'touched'").fetchone()
    return int(row[0]) if row else 0


def compact(connection: sqlite3.Connection, *, upto: int) -> None:
    """Join the ranges of each series numbered up to `upto` into one, kept under the highest of their numbers.

    Whoever's cursor is still before that number is told a range too wide, never one too few.
    """
    old = connection.execute(
        "SELECT max(seq), series, min(first_ms), max(last_ms) FROM touched WHERE seq <= ? GROUP BY series",
        (upto,),
    ).fetchall()
    connection.execute("DELETE FROM touched WHERE seq <= ?", (upto,))
    connection.executemany("INSERT INTO touched VALUES (?, ?, ?, ?)", old)


def touched_after(connection: sqlite3.Connection, seq: int) -> list[Touched]:
    """What was touched after the log's number `seq`, ranges of a series joined where they are near."""
    ranges: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for name, tags, first, last in connection.execute(
        "SELECT measurement, tags, first_ms, last_ms FROM touched JOIN series ON series.id = touched.series "
        "WHERE seq > ?",
        (seq,),
    ):
        ranges.setdefault((name, tags), []).append((first, last))
    return [
        Touched(name, tuple(json.loads(tags)), first, last)
        for (name, tags), found in ranges.items()
        for first, last in spans(found)
    ]
