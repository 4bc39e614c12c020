"""The CSV files of `kilowitness mv`: text in, a Table of local times, energy, temperature and drivers out.

What is odd in a file (a row twice, rows that contradict each other) is a record; what cannot be read at all
is refused with the file, the line and the reason.
"""

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from services.mv.forms import EVERY_DAY
from services.mv.model import Floats, Record

_DECIMALS = 6


class FileRefused(ValueError):
    """A file cannot be read; the message names it, the line and the reason."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: stamps without an offset are UTC or local to `zone`; °F or °C; drivers."""

    zone: ZoneInfo
    utc: bool = False
    fahrenheit: bool = False
    drivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in order of their local time, as columns of shape (n,); NaN where a cell is empty.

    `ends` are the ends of billing periods, None without such a column; `estimated` flags bills that nobody
    read. `outdoor_c` is None when the file has no temperature at all.
    """

    times: tuple[datetime, ...]
    energy_kwh: Floats
    outdoor_c: Floats | None
    drivers: dict[str, Floats]
    ends: tuple[date | None, ...] | None
    estimated: tuple[bool, ...]
    records: tuple[Record, ...]


def read_table(file: Path, reading: Reading) -> Table:
    """Read one file. Raises `FileRefused`."""
    rows: dict[datetime, list[float]] = {}
    ends: dict[datetime, tuple[date | None, bool]] = {}
    names = ["energy_kwh", "temperature", *reading.drivers]
    doubled = contradicting = 0
    for where, row in _lines(file, {"time", "energy_kwh", *reading.drivers}):
        at = _time(where, row.get("time"), reading)
        values = [_number(where, name, row.get(name)) for name in names]
        if values[0] < 0:
            raise FileRefused(f"{where}: energy_kwh {row['energy_kwh']!r} is not a finite number from 0 on")
        end = (row.get("end") or "").strip()
        ends[at] = (_time(where, end, reading).date() if end else None, _yes(row.get("estimated")))
        if at not in rows:
            rows[at] = values
        elif np.array_equal(rows[at], values, equal_nan=True):
            doubled += 1
        else:
            contradicting += 1
            rows[at] = [math.nan, *values[1:]]
    if not rows:
        raise FileRefused(f"{file}: no rows")
    times = tuple(sorted(rows))
    columns = np.array([rows[at] for at in times]).T
    outdoor = np.round((columns[1] - 32) / 1.8 if reading.fahrenheit else columns[1], _DECIMALS)
    return Table(
        times=times,
        energy_kwh=columns[0],
        outdoor_c=outdoor if np.isfinite(outdoor).any() else None,
        drivers=dict(zip(reading.drivers, columns[2:], strict=True)),
        ends=tuple(ends[at][0] for at in times) if any(end for end, _ in ends.values()) else None,
        estimated=tuple(ends[at][1] for at in times),
        records=(
            Record("rows_twice", doubled, 0, "counted once", doubled == 0),
            Record("rows_contradicting", contradicting, 0, "energy is unknown there", contradicting == 0),
        ),
    )


def _lines(file: Path, needed: set[str]) -> list[tuple[str, dict[str, str | None]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            missing = sorted(needed - set(reader.fieldnames or ()))
            if missing:
                wanted = " and ".join(sorted(needed, reverse=True))
                raise FileRefused(f"{file}, line 1: needs the columns {wanted}")
            return [(f"{file}, line {reader.line_num}", row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileRefused(f"{file}: {error}") from error


def _time(where: str, text: str | None, reading: Reading) -> datetime:
    """The local wall-clock time that a cell means, without its zone."""
    cell = (text or "").strip()
    try:
        if len(cell) <= len("2026-05-31"):
            return datetime.combine(date.fromisoformat(cell), time())
        at = datetime.fromisoformat(cell)
    except ValueError as error:
        raise FileRefused(
            f"{where}: time {text!r} is not a local date like 2026-05-31, nor a time stamp"
        ) from error
    if at.tzinfo is None and reading.utc:
        at = at.replace(tzinfo=UTC)
    return at.replace(tzinfo=None) if at.tzinfo is None else at.astimezone(reading.zone).replace(tzinfo=None)


def _number(where: str, name: str, text: str | None) -> float:
    cell = (text or "").strip()
    if not cell:
        return math.nan
    try:
        value = float(cell)
    except ValueError as error:
        raise FileRefused(f"{where}: {name} {cell!r} is not a number") from error
    if not math.isfinite(value):
        raise FileRefused(f"{where}: {name} {cell!r} is not a finite number")
    return value


def _yes(text: str | None) -> bool:
    return (text or "").strip().lower() in {"1", "true", "yes", "y"}


@dataclass(frozen=True, slots=True)
class Closure:
    """Days from `start` to `end`, both within, that are of their own `kind`; else only their working days."""

    start: date
    end: date
    kind: str
    every_day: bool


def read_closures(file: Path) -> tuple[Closure, ...]:
    """Dated records of terms and closures: columns start, end, and where given kind and days (all, working).

    Raises `FileRefused`.
    """
    found: list[Closure] = []
    for where, row in _lines(file, {"start", "end"}):
        try:
            start, end = (date.fromisoformat((row[name] or "").strip()) for name in ("start", "end"))
        except ValueError as error:
            raise FileRefused(f"{where}: start and end are local dates like 2026-05-31") from error
        which = (row.get("days") or "all").strip()
        if end < start or which not in {"all", "working"}:
            raise FileRefused(f"{where}: ends before it starts, or days is neither all nor working")
        kind = (row.get("kind") or "closure").strip()
        if kind == EVERY_DAY:
            raise FileRefused(f"{where}: kind {kind!r} is the engine's own word for every day")
        found.append(Closure(start, end, kind, which == "all"))
    return tuple(found)


def kinds_of(
    days: Sequence[date], closures: Sequence[Closure], is_working: Callable[[date], bool | None]
) -> tuple[str | None, ...] | None:
    """The kind of each day, the later record winning; None when there are no records at all."""
    if not closures:
        return None
    kinds: list[str | None] = []
    for day in days:
        of_day = [c.kind for c in closures if c.start <= day <= c.end and (c.every_day or is_working(day))]
        kinds.append(of_day[-1] if of_day else None)
    return tuple(kinds)
