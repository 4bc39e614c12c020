"""The tables of a bundle as text: every day interval with its first and last reading, and what lies between.

`intervals.csv` quotes for each interval the last reading at or before its start and the first at or after its
end; `readings.csv` holds those further in that its figures rest on. Where a contract names weather, the day
means of the gauge stand among the intervals, in a last column.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import to_ms
from services.metering.spans import Booleans, Floats, Integers
from services.savings.bundle.register import Cut, Quote
from services.savings.bundle.times import spelled_times
from services.savings.settlement.faults import Fault

INTERVALS, READINGS = "intervals.csv", "readings.csv"
INTERVAL_COLUMNS = (
    "period", "meter", "channel", "start", "end", "measured_kwh", "estimated_kwh", "coverage",
    "first_time", "first_value", "first_quality", "last_time", "last_value", "last_quality",
)  # fmt: skip
MEAN = "mean_c"
READING_COLUMNS = ("period", "meter", "channel", "time", "value", "quality")
_REFERENCES = (8, 11)
"""Where the columns of the first and of the last reading begin."""
_NO_READING = ("", "", "")

Key = tuple[str, str, str]
"""A period (`baseline`, `reporting` or `hours`), a meter's code and its channel."""


class Faulty(Exception):
    """Something in a file cannot be read or does not hold."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The intervals of one channel of a meter in one period, with the readings they follow from."""

    key: Key
    edges: Integers
    cut: Cut
    quote: Quote


def interval_columns(*, weather: bool = False) -> tuple[str, ...]:
    """The columns of `intervals.csv`."""
    return (*INTERVAL_COLUMNS, MEAN) if weather else INTERVAL_COLUMNS


def interval_lines(runs: Iterable[Run], zone: ZoneInfo, *, weather: bool = False) -> Iterator[str]:
    """The lines of `intervals.csv`, its head first."""
    yield ",".join(interval_columns(weather=weather))
    for run in runs:
        times = spelled_times(run.edges, zone)
        quoted, first, last = _quoted_beside(run), *_references(run)
        spelled = zip(np.flatnonzero(quoted).tolist(), _spelled(run.quote.only(quoted), zone), strict=True)
        readings = {-1: _NO_READING, **dict(spelled)}
        figures = zip(*(column.tolist() for column in run.cut.columns), strict=True)
        means = _means(run.cut) if weather else [()] * len(first)
        for i, row in enumerate(figures):
            yield ",".join(
                (*run.key, times[i], times[i + 1], *map(_number, row), *readings[int(first[i])],
                 *readings[int(last[i])], *means[i])
            )  # fmt: skip


def _means(cut: Cut) -> Sequence[tuple[str, ...]]:
    if cut.mean_c is None:
        return [("",)] * len(cut.coverage)
    return [(_number(mean),) for mean in cut.mean_c.tolist()]


def reading_lines(runs: Iterable[Run], zone: ZoneInfo) -> Iterator[str]:
    """The lines of `readings.csv`, its head first."""
    yield ",".join(READING_COLUMNS)
    for run in runs:
        of_run = ",".join(run.key)
        for reading in _spelled(run.quote.only(~_quoted_beside(run)), zone):
            yield ",".join((of_run, *reading))


def _quoted_beside(run: Run) -> Booleans:
    """Which readings stand beside the intervals, as the first or the last of one."""
    beside = np.zeros(len(run.quote.times_ms), np.bool_)
    for references in _references(run):
        beside[references[references >= 0]] = True
    return beside


def _references(run: Run) -> tuple[Integers, Integers]:
    """Of each interval the places of its first and last reading; -1 where no readings lie around it."""
    times, edges = run.quote.times_ms, run.edges
    if not len(times):
        none = np.full(max(len(edges) - 1, 0), -1, np.int64)
        return none, none
    first = np.maximum(np.searchsorted(times, edges[:-1], "right") - 1, 0)
    last = np.minimum(np.searchsorted(times, edges[1:], "left"), len(times) - 1)
    met = (edges[1:] > times[0]) & (edges[:-1] < times[-1])
    return np.where(met, first, -1), np.where(met, last, -1)


def _spelled(quote: Quote, zone: ZoneInfo) -> list[tuple[str, str, str]]:
    rows = zip(spelled_times(quote.times_ms, zone), quote.values.tolist(), quote.marks.tolist(), strict=True)
    return [(time, repr(value), str(marks)) for time, value, marks in rows]


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def read_quotes(intervals: str, readings: str, *, weather: bool = False) -> Mapping[Key, Quote]:
    """The readings quoted by both tables. Raises `Faulty` at the first cell that is none, or contradicts."""
    found: dict[Key, dict[int, tuple[float, int]]] = {}
    columns = interval_columns(weather=weather)
    for number, cells in _rows(INTERVALS, intervals, columns):
        for at in _REFERENCES:
            if any(cells[at : at + 3]):
                _take(found, cells, at, Place(INTERVALS, number, columns))
    for number, cells in _rows(READINGS, readings, READING_COLUMNS):
        _take(found, cells, 3, Place(READINGS, number, READING_COLUMNS))
    return {key: _quote(rows) for key, rows in found.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a table; the head is line 1."""

    file: str
    line: int
    columns: tuple[str, ...]

    def fault(self, column: int, said: str, recomputed: str | None) -> Fault:
        """What is wrong in one of its cells."""
        return Fault(f"line {self.line} {self.columns[column]}", said, recomputed, self.file)


def _rows(file: str, text: str, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    lines = text.split("\n")
    for number, line in enumerate(lines[1:-1], 2):
        cells = line.split(",")
        if len(cells) != len(columns):
            raise Faulty(Fault(f"line {number}", f"{len(cells)} cells", str(len(columns)), file))
        yield number, cells


def _take(found: dict[Key, dict[int, tuple[float, int]]], cells: list[str], at: int, place: Place) -> None:
    column = at
    try:
        time_ms = to_ms(datetime.fromisoformat(cells[at]))
        column = at + 1
        value = float(cells[column])
        column = at + 2
        marks = int(cells[column])
    except (ValueError, OverflowError) as error:
        raise Faulty(place.fault(column, cells[column], None)) from error
    told = found.setdefault((cells[0], cells[1], cells[2]), {}).setdefault(time_ms, (value, marks))
    if value == told[0] and marks == told[1]:
        return
    for offset, (said, other) in enumerate(zip((value, marks), told, strict=True), 1):
        if said != other:
            raise Faulty(place.fault(at + offset, cells[at + offset], f"{other!r} (another line)"))


def _quote(rows: Mapping[int, tuple[float, int]]) -> Quote:
    times = sorted(rows)
    values: Floats = np.array([rows[time][0] for time in times], np.float64)
    return Quote(np.array(times, np.int64), values, np.array([rows[time][1] for time in times], np.int64))


def first_difference(file: str, said: str, lines: Iterable[str], columns: tuple[str, ...]) -> Fault | None:
    """The first cell in which a table is not what it should be."""
    expected = [*lines, ""]
    found = said.split("\n")
    for number, (one, other) in enumerate(zip(found, expected, strict=False), 1):
        if one == other:
            continue
        cells, should = one.split(","), other.split(",")
        if len(cells) != len(columns) or len(should) != len(columns):
            return Fault(f"line {number}", repr(one), repr(other), file)
        column = next(i for i in range(len(columns)) if cells[i] != should[i])
        row = " ".join((cells[1], cells[3][:10]))
        return Fault(f"line {number} {row} {columns[column]}", cells[column], should[column], file)
    if len(found) != len(expected):
        return Fault("lines", str(len(found) - 1), str(len(expected) - 1), file)
    return None
