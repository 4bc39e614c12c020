"""The CSV files of `kilowitness mv`: rows in, a Table of local times, energy, temperature and drivers out.

What is odd in a file (a row twice, rows that contradict each other, mixed stamps) is a record; what cannot be
read in one way only is refused with its file, line and column.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from services.mv.command.cells import flag, number, stamp
from services.mv.command.refusals import FileRefused
from services.mv.command.rows import Row, read_rows
from services.mv.model import Floats, Record

_DECIMALS = 6
_COLDEST, _HOTTEST = -90.0, 140.0
"""What is beyond these is no outdoor temperature in °C or °F, but a word for "unknown", such as -9999."""
_MOST_YEARS = 25.0
"""A row so far from the middle one has a mistyped year."""
_DAYS_A_YEAR = 365.25
_SUMMER_F = 45.0
"""No file whose hottest row is below this [°F] is likely to be in °F."""


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
    read. `outdoor_c` is None when the file has no temperature at all; `dated`: all times are local dates.
    """

    times: tuple[datetime, ...]
    energy_kwh: Floats
    outdoor_c: Floats | None
    drivers: dict[str, Floats]
    ends: tuple[date | None, ...] | None
    estimated: tuple[bool, ...]
    records: tuple[Record, ...]
    lines: tuple[int, ...] = ()
    dated: bool = True
    file: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """One row as read; `kind`: how its time is written."""

    at: datetime
    values: list[float]
    end: date | None
    estimated: bool
    kind: str
    line: int


def read_table(file: Path, reading: Reading) -> Table:
    """Read one file. Raises `FileRefused`."""
    names = ("energy_kwh", "temperature", *reading.drivers)
    found = read_rows(file, ("time", "energy_kwh", *reading.drivers), ("temperature", "end", "estimated"))
    read = [_read(row, names, reading) for row in found.rows]
    rows, odd = _once(read)
    _one_era(file, rows)
    columns = np.array([row.values for row in rows]).T
    outdoor = np.round((columns[1] - 32) / 1.8 if reading.fahrenheit else columns[1], _DECIMALS)
    weather = bool(np.isfinite(outdoor).any())
    in_f = _in_fahrenheit(columns[1]) if weather and reading.fahrenheit else ()
    return Table(
        times=tuple(row.at for row in rows),
        energy_kwh=columns[0],
        outdoor_c=outdoor if weather else None,
        drivers=dict(zip(reading.drivers, columns[2:], strict=True)),
        ends=tuple(row.end for row in rows) if any(row.end for row in rows) else None,
        estimated=tuple(row.estimated for row in rows),
        records=(*odd, _mixed(read), found.record, *in_f),
        lines=tuple(row.line for row in rows),
        dated=all(row.kind == "date" for row in rows),
        file=str(file),
    )


def _read(row: Row, names: Sequence[str], reading: Reading) -> _Read:
    at, kind = _at(row, "time", reading)
    values = [number(row, name) for name in names]
    if values[0] < 0:
        raise row.refused("energy_kwh", "below_zero", text=row.text("energy_kwh"))
    if values[1] < _COLDEST or values[1] > _HOTTEST:
        raise row.refused("temperature", "no_temperature", text=row.text("temperature"))
    end = _at(row, "end", reading)[0].date() if row.text("end") else None
    if end is not None and end <= at.date():
        raise row.refused("end", "period_ends", start=at.date())
    return _Read(at, values, end, flag(row, "estimated"), kind, row.line)


def _at(row: Row, column: str, reading: Reading) -> tuple[datetime, str]:
    """`_local` of a cell; refused where the first or last day of all falls into another year's zone."""
    try:
        return _local(stamp(row, column), reading)
    except OverflowError as error:
        raise row.refused(column, "time", text=row.text(column)) from error


def _one_era(file: Path, rows: Sequence[_Read]) -> None:
    """A mistyped year would make centuries of days that nobody measured."""
    middle = rows[len(rows) // 2].at
    far = max(rows, key=lambda row: abs(row.at - middle))
    years = abs(far.at - middle).days / _DAYS_A_YEAR
    if years > _MOST_YEARS:
        raise FileRefused(
            "far_away", file=file, line=far.line, column="time", day=far.at.date(), years=round(years)
        )


def _local(found: date | datetime, reading: Reading) -> tuple[datetime, str]:
    """The local wall-clock time that a cell means, without its zone, and how it was written."""
    if not isinstance(found, datetime):
        return datetime.combine(found, time()), "date"
    if found.tzinfo is not None:
        return found.astimezone(reading.zone).replace(tzinfo=None), "offset"
    if reading.utc:
        return found.replace(tzinfo=UTC).astimezone(reading.zone).replace(tzinfo=None), "stamp"
    return found, "stamp"


def _once(read: Sequence[_Read]) -> tuple[list[_Read], tuple[Record, Record]]:
    """Rows by time, each once: equal ones count once, of contradicting ones the energy is unknown."""
    rows: dict[datetime, _Read] = {}
    twice: list[int] = []
    contradicting: list[int] = []
    for row in read:
        known = rows.setdefault(row.at, row)
        if known is row:
            continue
        same = (known.end, known.estimated) == (row.end, row.estimated)
        if same and np.array_equal(known.values, row.values, equal_nan=True):
            twice.append(row.line)
            continue
        contradicting.append(row.line)
        known.values[0] = math.nan
    return [rows[at] for at in sorted(rows)], (
        _lines("rows_twice", twice, "counted once"),
        _lines("rows_contradicting", contradicting, "energy is unknown there"),
    )


def _lines(what: str, lines: Sequence[int], source: str) -> Record:
    """So many rows, with the line of the first where there is one."""
    first = f" (line {lines[0]})" if lines else ""
    return Record(what, len(lines), 0, source + first, not lines)


def _mixed(read: Sequence[_Read]) -> Record:
    """Rows whose time is written otherwise than most: a file of two exports may hold two zones."""
    usual = Counter(row.kind for row in read).most_common(1)[0][0]
    return _lines(
        "time_stamps_mixed", [row.line for row in read if row.kind != usual],
        "dates, stamps, stamps with an offset",
    )  # fmt: skip


def _in_fahrenheit(temperature: Floats) -> tuple[Record]:
    hottest = float(np.nanmax(temperature))
    return (
        Record(
            "temperature_hottest_f",
            round(hottest, 2),
            _SUMMER_F,
            "is it in °C? --unit c",
            hottest >= _SUMMER_F,
        ),
    )
