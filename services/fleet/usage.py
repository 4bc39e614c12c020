"""Whether a trip was in order: in working hours of a working day, or with a slip.

Make-up days are working days, public holidays are not. In a year without a calendar nothing is held against
anyone: the trip is marked as such until the calendar is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import to_ms
from services.fleet.model import Approval, Flag, Trip, Vehicle
from services.fleet.rules import Rulebook, UseRules
from services.workdays import Workdays


class Slips:
    """The slips of one vehicle, quick to search."""

    def __init__(self, approvals: Sequence[Approval]) -> None:
        self._approvals = sorted(approvals, key=lambda slip: (slip.start, slip.number))
        self._starts = np.array([to_ms(slip.start) for slip in self._approvals], dtype=np.int64)
        self._ends = np.array([to_ms(slip.end) for slip in self._approvals], dtype=np.int64)

    def covering(self, start: datetime, end: datetime, tolerance: timedelta) -> str | None:
        """The number of the first slip that overlaps [start, end], give or take `tolerance`; else None."""
        late, early = to_ms(end + tolerance), to_ms(start - tolerance)
        found = np.flatnonzero((self._starts <= late) & (self._ends >= early))
        return self._approvals[found[0]].number if len(found) else None


@dataclass(frozen=True, slots=True)
class UsageJudge:
    """Judges trips by these rules, this calendar, in this zone."""

    rules: Rulebook
    workdays: Workdays
    zone: ZoneInfo

    @property
    def basis(self) -> str:
        """Changes whenever trips have to be judged anew."""
        return f"{self.workdays.version} {self.rules.version}"

    def __call__(self, trip: Trip, vehicle: Vehicle, slips: Slips) -> Trip:
        """The trip with its flag and the number of its slip."""
        rules = self.rules.on(trip.start_at.astimezone(self.zone).date())
        approval = slips.covering(trip.start_at, trip.end_at, rules.tolerance)
        free = approval is not None or vehicle.kind in rules.exempt_kinds
        flag = Flag.NONE if free else self._flag(trip, rules)
        return replace(trip, flagged=flag, approval=approval)

    def _flag(self, trip: Trip, rules: UseRules) -> Flag:
        start, end = trip.start_at.astimezone(self.zone), trip.end_at.astimezone(self.zone)
        found = set()
        day = start.date()
        while day <= end.date():
            first = start.time() if day == start.date() else time.min
            last = end.time() if day == end.date() else time.max
            found.add(self._flag_of_day(day, (first, last), rules))
            day += timedelta(days=1)
        graver_first = (Flag.NON_WORKING_DAY, Flag.OUTSIDE_HOURS, Flag.CALENDAR_UNKNOWN)
        return next((flag for flag in graver_first if flag in found), Flag.NONE)

    def _flag_of_day(self, day: date, span: tuple[time, time], rules: UseRules) -> Flag:
        working = self.workdays.is_working_day(day)
        if working is None:
            return Flag.CALENDAR_UNKNOWN
        if not working:
            return Flag.NON_WORKING_DAY
        inside = rules.hours_start <= span[0] and span[1] <= rules.hours_end
        return Flag.NONE if inside else Flag.OUTSIDE_HOURS
