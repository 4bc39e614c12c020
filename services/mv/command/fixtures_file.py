"""Tests of the saving rate as a file: rows in, FixtureTests out; a row is a fixture, before and after."""

import math
from pathlib import Path

from services.mv.command.cells import day, number
from services.mv.command.rows import Row, Rows, read_rows
from services.mv.lighting.saving_rate import FixtureTest

_NEEDED = ("fixture", "before_kwh", "after_kwh", "before_on", "after_on")
_OPTIONAL = ("hours_before", "hours_after")
_HOURS = 24.0
_LEAST_HOURS = 0.1

COLUMNS = """\
columns of --fixtures (one row a fixture that was metered before and after)
  fixture                      its name
  before_kwh, after_kwh        energy of the test before and after
  before_on, after_on          local dates of the two tests
  hours_before, hours_after    how long they lasted (default 24 h)
"""

TEMPLATE = """\
fixture,before_kwh,after_kwh,before_on,after_on,hours_before,hours_after
A-101,0.402,0.161,2026-03-02,2026-03-23,24,24
A-117,0.396,0.158,2026-03-02,2026-03-23,24,24
B-203,0.411,0.166,2026-03-03,2026-03-24,24,24
B-219,0.399,0.160,2026-03-03,2026-03-24,24,24
C-305,0.405,0.159,2026-03-04,2026-03-25,24,24
"""


def read_tests(file: Path) -> tuple[Rows, tuple[FixtureTest, ...]]:
    """The tests of a file in its order, with the rows that they were read from. Raises `FileRefused`."""
    rows = read_rows(file, _NEEDED, _OPTIONAL)
    tests: dict[str, FixtureTest] = {}
    for row in rows.rows:
        name = row.text("fixture")
        if not name or name in tests:
            raise row.refused("fixture", "name_twice" if name else "missing", name=name)
        tests[name] = _test(row, name)
    return rows, tuple(tests.values())


def _test(row: Row, name: str) -> FixtureTest:
    before_on, after_on = day(row, "before_on"), day(row, "after_on")
    if after_on < before_on:
        raise row.refused("after_on", "ends_before_start", start=before_on)
    return FixtureTest(
        fixture=name,
        before_kwh=_energy(row, "before_kwh"),
        after_kwh=_energy(row, "after_kwh"),
        before_on=before_on,
        after_on=after_on,
        hours_before=_hours(row, "hours_before"),
        hours_after=_hours(row, "hours_after"),
    )


def _energy(row: Row, column: str) -> float:
    value = number(row, column)
    if math.isnan(value):
        raise row.refused(column, "missing")
    if value < 0:
        raise row.refused(column, "below_zero", text=row.text(column))
    return value


def _hours(row: Row, column: str) -> float:
    value = number(row, column)
    if value < _LEAST_HOURS:
        raise row.refused(column, "no_hours", text=row.text(column), least=_LEAST_HOURS)
    return _HOURS if math.isnan(value) else value
