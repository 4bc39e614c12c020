from datetime import date
from pathlib import Path

import pytest

from services.mv.command.fixtures_file import COLUMNS, TEMPLATE, read_tests
from services.mv.command.refusals import FileRefused
from services.mv.lighting.saving_rate import FixtureTest

HEADING = "fixture,before_kwh,after_kwh,before_on,after_on,hours_before,hours_after\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tests.csv"


def test_a_row_is_a_fixture_of_24_hours_unless_it_says_otherwise(file: Path) -> None:
    file.write_text(HEADING + "A,0.96,0.38,2026/3/2,2026/3/23,,\nB,0.5,0.2,2026-03-02,2026-03-23,12,25\n")
    _, tests = read_tests(file)
    assert tests == (
        FixtureTest("A", 0.96, 0.38, date(2026, 3, 2), date(2026, 3, 23)),
        FixtureTest("B", 0.5, 0.2, date(2026, 3, 2), date(2026, 3, 23), 12, 25),
    )


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",1,1,2026-03-02,2026-03-23,,", "fixture", "the cell is empty"),
        ("A,1,1,2026-03-02,2026-03-23,,", "fixture", "'A' is there twice"),
        ("B,,1,2026-03-02,2026-03-23,,", "before_kwh", "the cell is empty"),
        ("B,1,-1,2026-03-02,2026-03-23,,", "after_kwh", "-1 is not a number from 0 on"),
        ("B,1,one,2026-03-02,2026-03-23,,", "after_kwh", "'one' is not a finite number"),
        ("B,1,1,2/3/2026,2026-03-23,,", "before_on", "can be read in two ways"),
        ("B,1,1,2026-03-23 08:00,2026-03-23,,", "before_on", "is a time stamp where a date is wanted"),
        ("B,1,1,2026-03-23,2026-03-02,,", "after_on", "it is before 2026-03-23"),
        ("B,1,1,2026-03-02,2026-03-23,0,", "hours_before", "0 h is no test"),
        ("B,1,1,2026-03-02,2026-03-23,,-24", "hours_after", "-24 h is no test"),
    ],
)
def test_each_slip_names_row_and_column(file: Path, row: str, column: str, reason: str) -> None:
    file.write_text(HEADING + "A,0.96,0.38,2026-03-02,2026-03-23,,\n" + row)
    with pytest.raises(FileRefused) as caught:
        read_tests(file)
    assert (caught.value.line, caught.value.column) == (3, column)
    assert reason in str(caught.value)


def test_the_template_is_a_file_of_tests_and_its_columns_are_told(file: Path) -> None:
    file.write_text(TEMPLATE)
    rows, tests = read_tests(file)
    assert (len(tests), rows.not_read) == (5, ())
    assert all(name in COLUMNS for name in HEADING.strip().split(","))
