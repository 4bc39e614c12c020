from datetime import date
from pathlib import Path

import pytest

from services.mv.command.closures import Closure, elsewhere, kinds_of, read_closures
from services.mv.command.refusals import FileRefused
from tests.services.mv.circuits import WORKDAYS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "closures.csv"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("start\n2026-05-01\n", "line 1: needs the columns end; the heading has start"),
        ("start,end\n2026-05-01,soon\n", "line 2, column end: 'soon' is not a local date"),
        ("start,end\n2026-05-02,2026-05-01\n", "line 2, column end: it is before 2026-05-02"),
        (
            "start,end,days\n2026-05-01,2026-05-01,sundays\n",
            "line 2, column days: 'sundays' is none of all, working",
        ),
        (
            "start,end,kind\n2026-05-01,2026-05-01,base\n",
            "line 2, column kind: base is the engine's own word",
        ),
        (
            "start,end,kind\n2026-05-01,2026-05-01,heating\n",
            "line 2, column kind: heating is the engine's own word",
        ),
    ],
)
def test_bad_closures_are_named_with_their_line(file: Path, text: str, reason: str) -> None:
    file.write_text(text)
    with pytest.raises(FileRefused, match=reason):
        read_closures(file)


def test_closures_name_kinds_of_days(file: Path) -> None:
    file.write_text(
        "start,end,kind,days\n2026-07-01,2026-08-31,vacation,all\n2026-05-11,2026-05-17,exams,working\n"
        "2026-08-20,2026-08-20,,\n"
    )
    closures, record = read_closures(file)
    assert record.ok
    assert closures[0] == Closure(date(2026, 7, 1), date(2026, 8, 31), "vacation", True)
    days = [date(2026, 5, 15), date(2026, 5, 16), date(2026, 7, 4), date(2026, 8, 20), date(2026, 9, 1)]
    kinds = kinds_of(days, closures, WORKDAYS.is_working_day)
    assert kinds == ("exams", None, "vacation", "closure", None)
    assert kinds_of(days, (), WORKDAYS.is_working_day) is None


def test_a_misspelt_column_of_closures_is_named(file: Path) -> None:
    file.write_text("start,end,day\n2026-07-01,2026-08-31,working\n")
    closures, record = read_closures(file)
    assert closures[0].every_day
    assert (record.what, record.figure, record.source) == ("closures_columns_not_read", 1, "day")


def test_closures_of_another_year_are_told() -> None:
    one, other = (Closure(date(year, 7, 1), date(year, 8, 31), "vacation", True) for year in (2025, 2015))
    spans = ((date(2025, 1, 1), date(2025, 7, 1)), (date(2026, 1, 1), date(2026, 3, 1)))
    record = elsewhere([one, other], *spans)
    assert (record.what, record.figure, record.ok) == ("closures_elsewhere", 1, False)
    assert elsewhere([one], *spans).ok
