"""The simulator's own calendar against the dates of the domain reference."""

from datetime import date

import pytest

from simulators import days


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 4), True),
        (date(2025, 1, 26), True),
        (date(2025, 10, 8), False),
        (date(2026, 1, 2), False),
        (date(2026, 1, 4), True),
        (date(2026, 2, 14), True),
        (date(2026, 9, 20), True),
        (date(2026, 9, 27), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 22), False),
    ],
)
def test_make_up_days_work_and_holidays_do_not(day: date, works: bool) -> None:
    assert days.known_working_day(day) is works
    assert days.is_working_day(day) is works


def test_a_year_without_a_calendar_follows_the_week_and_says_so() -> None:
    friday, saturday = date(2040, 3, 2), date(2040, 3, 3)
    assert days.known_working_day(friday) is None
    assert days.is_working_day(friday)
    assert not days.is_working_day(saturday)
    assert days.unknown_years([date(2026, 12, 31), friday, saturday]) == [2040]
    assert days.unknown_years([date(2026, 1, 1)]) == []


@pytest.mark.parametrize(
    ("reported", "small", "large"),
    [
        (date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 25)),
        (date(2026, 2, 14), date(2026, 2, 24), date(2026, 2, 26)),
        (date(2026, 2, 16), date(2026, 2, 24), date(2026, 2, 26)),
        (date(2026, 4, 30), date(2026, 5, 6), date(2026, 5, 8)),
        (date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 10)),
        (date(2026, 10, 9), date(2026, 10, 10), date(2026, 10, 13)),
        (date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 25)),
    ],
)
def test_due_days_are_those_of_the_reference(reported: date, small: date, large: date) -> None:
    assert days.due_day(reported, 1) == small
    assert days.due_day(reported, 3) == large


def test_a_due_day_beyond_the_calendar_is_unknown() -> None:
    assert days.due_day(date(2039, 12, 30), 1) is None


def test_working_days_of_2026_are_counted() -> None:
    year = days.span(date(2026, 1, 1), 365)
    assert year[-1] == date(2026, 12, 31)
    assert int(days.working(year).sum()) == 248


def test_schools_rest_in_summer_and_winter() -> None:
    assert days.school_holiday(date(2026, 7, 20))
    assert days.school_holiday(date(2026, 2, 1))
    assert not days.school_holiday(date(2026, 9, 1))
    assert not days.school_holiday(date(2026, 5, 20))
