"""The days of a reporting period, and on which of them something runs.

The calendar's answers flow in as flags; counts of days flow out. A day the calendar does not know is neither
a working day nor another one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.mv.accounting import Savings
from services.mv.model import Days


class On(StrEnum):
    """The days on which something runs."""

    EVERY_DAY = "every_day"
    WORKING_DAYS = "working_days"
    OTHER_DAYS = "other_days"

    def includes(self, working: bool | None) -> bool:
        """Whether a day with this flag is one of them."""
        return self is On.EVERY_DAY or working is (self is On.WORKING_DAYS)


@dataclass(frozen=True, slots=True)
class Period:
    """The local days [start, end) with one flag each; `ValueError` when the flags are not as many."""

    start: date
    end: date
    working: tuple[bool | None, ...]

    def __post_init__(self) -> None:
        if len(self.working) != (self.end - self.start).days or not self.working:
            raise ValueError("a period has at least one day and one flag for each of its days")

    def days(self) -> Iterator[tuple[date, bool | None]]:
        """Each day with its flag."""
        for i, working in enumerate(self.working):
            yield self.start + timedelta(days=i), working

    def count(self, on: On) -> int:
        """How many days something runs."""
        if on is On.EVERY_DAY:
            return len(self.working)
        return self.working.count(on is On.WORKING_DAYS)

    @property
    def unknown(self) -> int:
        """How many days the calendar does not know."""
        return sum(working is None for working in self.working)

    @property
    def months(self) -> float:
        """Its length in calendar months; a part of one counts by its share of that month's days."""
        return round(sum(1 / _days_in_month(day) for day, _ in self.days()), 9)


@dataclass(frozen=True, slots=True)
class ReportingDay:
    """A measured day: what it would have used by the baseline, and what it did use [kWh]."""

    day: date
    working: bool | None
    baseline_kwh: float
    actual_kwh: float


def measured_days(savings: Savings, days: Days) -> tuple[ReportingDay, ...]:
    """The days of an accounting whose saving counts, with the flags of the `days` it was made of."""
    return tuple(
        ReportingDay(row.day, working, row.baseline_kwh, row.actual_kwh)
        for row, working in zip(savings.days, days.working, strict=True)
        if row.left_out is None and row.baseline_kwh is not None and row.actual_kwh is not None
    )


def _days_in_month(day: date) -> int:
    first = day.replace(day=1)
    return ((first + timedelta(days=32)).replace(day=1) - first).days
