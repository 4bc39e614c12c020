"""A measurement's rows in SQLite: points into upserts, selected rows into columns."""
# ruff: noqa: S608  (only quoted names of schema.py are put into SQL; values are bound)

import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np

from services.timeseries.schema import Measurement
from services.timeseries.sqlite_tables import Row, quoted
from services.timeseries.store import Series

_Cells = tuple[float | None, ...]


def upsert(
    connection: sqlite3.Connection, name: str, points: Mapping[tuple[int, int], Mapping[str, float]]
) -> None:
    """Store the fields of each (series, time) and leave alone those that a point does not carry."""
    groups: dict[tuple[str, ...], list[tuple[float, ...]]] = {}
    for identity, fields in points.items():
        # float(), because SQLite keeps a numpy number as a blob.
        groups.setdefault(tuple(fields), []).append((*identity, *map(float, fields.values())))
    for names, values in groups.items():
        columns = [quoted(field) for field in names]
        updates = ", ".join(f"{column} = excluded.{column}" for column in columns)
        connection.executemany(
            f"INSERT INTO {quoted(name)} (series, time, {', '.join(columns)}) "
            f"VALUES (?, ?{', ?' * len(columns)}) ON CONFLICT (series, time) DO UPDATE SET {updates}",
            values,
        )


def selection(measurement: Measurement, fields: Sequence[str], *, edges: bool) -> str:
    """SQL with :series, :start and :end for (time, *fields) rows that have one of `fields`, in time order."""
    select = _select(measurement, fields)
    inside = f"{select} AND time >= :start AND time < :end ORDER BY time"
    if not edges:
        return inside
    before = f"{select} AND time < :start ORDER BY time DESC LIMIT 1"
    after = f"{select} AND time >= :end ORDER BY time LIMIT 1"
    return " UNION ALL ".join(f"SELECT * FROM ({part})" for part in (before, inside, after))


def newest(
    connection: sqlite3.Connection, measurement: Measurement, series: Row
) -> dict[str, tuple[int, float]]:
    """(time, value) of the newest value of each field of a series."""
    found: dict[str, tuple[int, float]] = {}
    for field in series.fields:
        query = f"{_select(measurement, [field])} ORDER BY time DESC LIMIT 1"
        row = connection.execute(query, {"series": series.number}).fetchone()
        if row:
            found[field] = row
    return found


def counts(connection: sqlite3.Connection, measurement: Measurement, fields: Sequence[str]) -> dict[str, int]:
    """How many values each of `fields` (at least one) has."""
    columns = ", ".join(f"count({quoted(field)})" for field in fields)
    row = connection.execute(f"SELECT {columns} FROM {quoted(measurement.name)}").fetchone()
    return dict(zip(fields, row, strict=True))


def as_series(
    measurement: Measurement, series: Row, fields: Sequence[str], selected: Sequence[_Cells]
) -> Series:
    """The columns of a `selection` of those `fields` that the series carries, and NaN for the others."""
    carried = [field for field in fields if field in series.fields]
    times, *columns = zip(*selected, strict=True)
    filled = {
        field: np.array(column, dtype=np.float64) for field, column in zip(carried, columns, strict=True)
    }
    absent = np.full(len(times), np.nan)
    return Series(
        dict(zip(measurement.tags, series.tags, strict=True)),
        np.array(times, dtype=np.int64),
        {field: filled.get(field, absent) for field in fields},
    )


def _select(measurement: Measurement, fields: Sequence[str]) -> str:
    columns = ", ".join(quoted(field) for field in fields)
    present = " OR ".join(f"{quoted(field)} IS NOT NULL" for field in fields)
    return f"SELECT time, {columns} FROM {quoted(measurement.name)} WHERE series = :series AND ({present})"
