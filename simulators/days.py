"""The simulator's own working calendar: when people are at work, and when a repair is due.

Days come from the `chinesecalendar` package (the State Council's notices, make-up days included). For a year
it does not know, people in the simulation work Monday to Friday, while a due date in such a year is unknown.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
import numpy as np
import numpy.typing as npt


@lru_cache(maxsize=8192)
def known_working_day(day: date) -> bool | None:
    """Whether the calendar calls `day` a working day; None in a year without a calendar."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def is_working_day(day: date) -> bool:
    """Whether people work on `day`, by the calendar or, without one, by the week."""
    known = known_working_day(day)
    return day.weekday() < 5 if known is None else known


def unknown_years(days: Iterable[date]) -> list[int]:
    """The years among `days` that have no calendar, in order."""
    return sorted({day.year for day in days if known_working_day(day) is None})


def span(first: date, count: int) -> list[date]:
    """`count` consecutive days from `first` on."""
    return [first + timedelta(days=offset) for offset in range(count)]


def working(days: Iterable[date]) -> npt.NDArray[np.bool_]:
    """Whether each of the days is a working day, shape (days,)."""
    return np.array([is_working_day(day) for day in days], dtype=bool)


def school_holiday(day: date) -> bool:
    """Summer and winter holidays of the city's schools."""
    stamp = (day.month, day.day)
    return (7, 6) <= stamp <= (8, 31) or (1, 22) <= stamp <= (2, 20)


def due_day(reported: date, working_days: int) -> date | None:
    """The day at whose close of business a repair is due: the n-th working day after the day of the report.

    Civil Code art. 201: the day of the report is not counted. None when the calendar ends on the way.
    """
    day = reported
    while working_days:
        day += timedelta(days=1)
        known = known_working_day(day)
        if known is None:
            return None
        working_days -= known
    return day
