"""The two clocks of a repair, and what they say about an order.

The response clock runs by the wall, day and night, from the report to the first response. The completion
clock counts working days: due is close of business of the n-th working day strictly after the local calendar
day of the report (Civil Code art. 201 and 203), make-up days included. When the calendar of a year on the way
is not known the due date is not known either, and nothing is called on time or late.

Gross is the promise as given, pauses ignored. Net moves the due date by the whole working days of pauses for
an approved reason. Both are judged by the size at the report: a later change of size is kept on the record
but moves no date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.repairs.model import OrderState, Pause, Request, Severity, Size, Status, WorkOrder
from services.repairs.promises import Promise, Promises
from services.workdays import Workdays


class Verdict(StrEnum):
    """What a clock says: done in time or not, or not done and overdue or still running, or unknown."""

    ON_TIME = "on_time"
    LATE = "late"
    OVERDUE = "overdue"
    RUNNING = "running"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Judged:
    """An order with its state and what both clocks say; `response_minutes` is None while nobody responded."""

    order: WorkOrder
    state: OrderState
    response_due_at: datetime
    response_minutes: float | None
    response: Verdict
    due_at: datetime | None
    due_at_net: datetime | None
    completion: Verdict
    completion_net: Verdict


@dataclass(frozen=True, slots=True)
class Judge:
    """Reads both clocks of an order: by these promises, this calendar, in this zone, at the instant `now`."""

    promises: Promises
    workdays: Workdays
    zone: ZoneInfo
    now: datetime

    def __call__(self, order: WorkOrder) -> Judged:
        """Judge one order by the promise in force on the local day of its report."""
        request, state = order.request, order.state
        promise = self.promises.on(request.reported_at.astimezone(self.zone).date())
        response_due_at = response_due(request.reported_at, request.severity, promise)
        due_at = completion_due(request.reported_at, request.size, promise, self.workdays, zone=self.zone)
        due_at_net = self._net(due_at, state.pauses, promise)
        return Judged(
            order=order,
            state=state,
            response_due_at=response_due_at,
            response_minutes=_minutes(request, state),
            response=verdict(state, state.responded_at, response_due_at, now=self.now),
            due_at=due_at,
            due_at_net=due_at_net,
            completion=verdict(state, state.completed_at, due_at, now=self.now),
            completion_net=verdict(state, state.completed_at, due_at_net, now=self.now),
        )

    def _net(self, due_at: datetime | None, pauses: Sequence[Pause], promise: Promise) -> datetime | None:
        approved = [pause for pause in pauses if promise.approves(pause.reason)]
        if due_at is None or not approved:
            return due_at
        return net_due(due_at, approved, self.workdays, zone=self.zone, now=self.now)


def response_due(reported_at: datetime, severity: Severity, promise: Promise) -> datetime:
    """The instant by which someone has to respond: `reported_at` and the promised minutes [24×7]."""
    return reported_at + timedelta(minutes=promise.response_minutes[severity])


def completion_due(
    reported_at: datetime, size: Size, promise: Promise, workdays: Workdays, *, zone: ZoneInfo
) -> datetime | None:
    """Close of business of the n-th working day after the local day of the report; None when unknown."""
    day = workdays.nth_working_day_after(reported_at.astimezone(zone).date(), promise.working_days[size])
    return None if day is None else _close(day, promise.close_of_business, zone)


def net_due(
    due_at: datetime, pauses: Sequence[Pause], workdays: Workdays, *, zone: ZoneInfo, now: datetime
) -> datetime | None:
    """`due_at` moved by the whole working days of each pause, oldest first; None when a day is unknown.

    A pause takes the working days after the local day on which it begins, up to and with the one on which it
    ends (art. 201 again); one that lasts still ends `now`. One that begins after the due date moves none.
    """
    for pause in pauses:
        if pause.start > due_at:
            break
        days = _working_days(pause, workdays, zone=zone, now=now)
        if days is None:
            return None
        if days:
            local = due_at.astimezone(zone)
            moved = workdays.nth_working_day_after(local.date(), days)
            if moved is None:
                return None
            due_at = _close(moved, local.time(), zone)
    return due_at


def verdict(
    state: OrderState, done_at: datetime | None, due_at: datetime | None, *, now: datetime
) -> Verdict:
    """What a clock says that stopped at `done_at` (None: it runs) and is due at `due_at` (None: unknown)."""
    if done_at is None and state.status is Status.CANCELLED:
        return Verdict.CANCELLED
    if due_at is None:
        return Verdict.UNKNOWN
    if done_at is not None:
        return Verdict.ON_TIME if done_at <= due_at else Verdict.LATE
    return Verdict.OVERDUE if now > due_at else Verdict.RUNNING


def _working_days(pause: Pause, workdays: Workdays, *, zone: ZoneInfo, now: datetime) -> int | None:
    day = pause.start.astimezone(zone).date()
    last = max(pause.end or now, pause.start).astimezone(zone).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        working = workdays.is_working_day(day)
        if working is None:
            return None
        count += working
    return count


def _close(day: date, close: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, close, zone)


def _minutes(request: Request, state: OrderState) -> float | None:
    if state.responded_at is None:
        return None
    return (state.responded_at - request.reported_at).total_seconds() / 60
