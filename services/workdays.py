"""The Chinese working calendar: statutory holidays and make-up working days, year by year.

Days come from the `chinesecalendar` package (the State Council's yearly notices) and from override files in
the layout of holiday-cn (`{"year": 2027, "papers": [...], "days": [{"name", "date", "isOffDay"}]}`). A year
that neither covers is unknown: every answer about it is None, never a guess from the day of the week.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import chinese_calendar

_SEARCH_DAYS = 60


class CalendarFileError(ValueError):
    """An override file cannot be read; the message names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Workdays:
    """Answers whether a local calendar day is a working day.

    `overrides` maps days to "is a working day"; `override_years` are the years those files cover whole, in
    which every day not listed follows the week (Monday to Friday work).
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    override_years: frozenset[int] = frozenset()
    version: str = f"chinesecalendar {version('chinesecalendar')}"

    def is_working_day(self, day: date) -> bool | None:
        """True or False where the calendar of the day's year is known, else None."""
        if day in self.overrides:
            return self.overrides[day]
        if day.year in self.override_years:
            return day.weekday() < 5
        return _package_says(day)

    def nth_working_day_after(self, day: date, n: int) -> date | None:
        """The n-th working day strictly after `day` (Civil Code art. 201: the first day is not counted).

        None when a day on the way falls in a year without a calendar. `n` is at least 1.
        """
        if n < 1:
            raise ValueError("n counts from 1")
        for _ in range(_SEARCH_DAYS + 2 * n):
            day += timedelta(days=1)
            working = self.is_working_day(day)
            if working is None:
                return None
            n -= working
            if n == 0:
                return day
        return None

    def knows(self, year: int) -> bool:
        """Whether the calendar of a year is loaded."""
        return self.is_working_day(date(year, 1, 1)) is not None


@lru_cache(maxsize=8192)
def _package_says(day: date) -> bool | None:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def load_workdays(folder: Path | None) -> Workdays:
    """The calendar with every `*.json` override of `folder`, or the built-in one when it is None.

    Raises `CalendarFileError` naming the file that cannot be read.
    """
    if folder is None:
        return Workdays()
    return with_overrides(sorted(folder.glob("*.json")))


def with_overrides(files: Iterable[Path]) -> Workdays:
    """The calendar with the given holiday-cn files laid over the built-in years."""
    overrides: dict[date, bool] = {}
    years: set[int] = set()
    names: list[str] = []
    for file in files:
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            days = {date.fromisoformat(row["date"]): not row["isOffDay"] for row in document["days"]}
            year = int(document["year"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CalendarFileError(f"{file}: not a holiday-cn calendar ({error})") from error
        if not days:
            continue  # the publisher's placeholder for a year whose notice is not out
        overrides.update(days)
        years.add(year)
        names.append(file.name)
    label = " + ".join([Workdays().version, *names])
    return Workdays(overrides, frozenset(years), label)
