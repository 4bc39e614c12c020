"""The working calendar against the days of the State Council's notices."""

import json
from datetime import date
from pathlib import Path

import pytest

from services.workdays import CalendarFileError, Workdays, load_workdays, with_overrides

WORK = ["2024-02-04", "2024-02-18", "2024-02-09", "2024-05-11", "2025-01-26", "2025-02-08", "2026-01-04"]
WORK += ["2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10", "2026-11-23"]
OFF = ["2025-10-08", "2026-01-02", "2026-02-23", "2026-09-27", "2026-11-22"]


@pytest.mark.parametrize(
    ("day", "working"), [(d, True) for d in WORK] + [(d, False) for d in OFF], ids=lambda v: str(v)
)
def test_holidays_and_make_up_days_are_known(day: str, working: bool) -> None:
    assert Workdays().is_working_day(date.fromisoformat(day)) is working


@pytest.mark.parametrize(("year", "days"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_a_year_has_its_number_of_working_days(year: int, days: int) -> None:
    calendar = Workdays()
    start = date(year, 1, 1).toordinal()
    end = date(year + 1, 1, 1).toordinal()
    assert sum(calendar.is_working_day(date.fromordinal(d)) is True for d in range(start, end)) == days


def test_a_year_without_a_calendar_is_unknown() -> None:
    calendar = Workdays()
    assert calendar.is_working_day(date(2090, 6, 1)) is None
    assert not calendar.knows(2090)
    assert calendar.knows(2026)


@pytest.mark.parametrize(
    ("day", "n", "due"),
    [
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 3, "2026-02-25"),
        ("2026-02-16", 1, "2026-02-24"),
        ("2026-04-30", 3, "2026-05-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-11-20", 1, "2026-11-23"),
    ],
)
def test_the_nth_working_day_is_counted_from_the_next_day(day: str, n: int, due: str) -> None:
    assert Workdays().nth_working_day_after(date.fromisoformat(day), n) == date.fromisoformat(due)


def test_counting_into_an_unknown_year_gives_no_date(tmp_path: Path) -> None:
    known_to_the_end_of_2089 = with_overrides([_year(tmp_path, 2089, {"2089-01-01": True})])
    assert known_to_the_end_of_2089.nth_working_day_after(date(2089, 12, 30), 3) is None


def test_counting_starts_at_one() -> None:
    with pytest.raises(ValueError, match="counts from 1"):
        Workdays().nth_working_day_after(date(2026, 1, 5), 0)


def _year(folder: Path, year: int, days: dict[str, bool]) -> Path:
    rows = [{"name": "x", "date": day, "isOffDay": off} for day, off in days.items()]
    file = folder / f"{year}.json"
    file.write_text(json.dumps({"year": year, "papers": [], "days": rows}))
    return file


def test_an_override_file_adds_a_year(tmp_path: Path) -> None:
    _year(tmp_path, 2090, {"2090-06-05": True, "2090-06-10": False})
    calendar = load_workdays(tmp_path)
    assert calendar.is_working_day(date(2090, 6, 5)) is False  # a Monday made a holiday
    assert calendar.is_working_day(date(2090, 6, 10)) is True  # a Saturday made a working day
    assert calendar.is_working_day(date(2090, 6, 6)) is True
    assert calendar.is_working_day(date(2090, 6, 11)) is False
    assert calendar.version.endswith("+ 2090.json")


def test_a_placeholder_year_stays_unknown(tmp_path: Path) -> None:
    _year(tmp_path, 2090, {})
    assert load_workdays(tmp_path).is_working_day(date(2090, 6, 5)) is None


def test_no_folder_means_the_built_in_years() -> None:
    assert load_workdays(None) == Workdays()


@pytest.mark.parametrize("text", ["{", "[]", '{"year": 2090}', '{"year": 2090, "days": [{"date": "x"}]}'])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "2090.json").write_text(text)
    with pytest.raises(CalendarFileError, match=r"2090\.json: not a holiday-cn calendar"):
        load_workdays(tmp_path)
