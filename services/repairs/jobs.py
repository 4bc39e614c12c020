"""The job that writes each day's repair figures to the time-series store.

A point's day is the local day of the report, its size the size at the report. A run recomputes the days of
orders that changed since the last one and of orders still open (these become overdue by time alone), and
every day when the calendar or the promises changed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.clock import Clock, local_day_bounds, to_ms
from services.database import Sessions
from services.repairs.figures import figures
from services.repairs.promises import Promises, load_promises
from services.repairs.repository import Filter, WorkOrders
from services.repairs.sla import Judge, Judged
from services.scheduling import Job
from services.timeseries.schema import REPAIRS_DAY
from services.timeseries.store import Point, TimeSeriesStore
from services.workdays import Workdays

OVERLAP = timedelta(minutes=10)
"""How long before its last run a job looks again: for writes that were under way at that time."""


NEAR = timedelta(days=7)
"""Days no further apart are read together; for an order left open long the time since is not read again."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """When the job last ran, and by which calendar and promises."""

    ran_at: datetime
    basis: str

    @classmethod
    def parse(cls, text: str | None) -> "_Cursor | None":
        if text is None:
            return None
        instant, _, basis = text.partition("|")
        return cls(datetime.fromisoformat(instant), basis)

    def __str__(self) -> str:
        return f"{self.ran_at.isoformat()}|{self.basis}"


def job(
    *,
    sessions: Sessions,
    store: TimeSeriesStore,
    workdays: Workdays,
    clock: Clock,
    zone: ZoneInfo,
    promises: Promises | None = None,
) -> Job:
    """The job "repairs"; `promises` are the built-in ones unless given."""
    rules = promises or load_promises()

    def run(cursor: str | None) -> str:
        now = clock()
        last, here = _Cursor.parse(cursor), _Cursor(now, f"{workdays.version}|{rules.version}")
        since = None if last is None or last.basis != here.basis else last.ran_at - OVERLAP
        with sessions() as session:
            orders = WorkOrders(session)
            days = {at.astimezone(zone).date() for at in orders.report_instants(since)}
            found = [order for span in _spans(days, zone) for order in orders.select(span)]
        judge = Judge(rules, workdays, zone, now)
        store.write(day_points([judge(order) for order in found], days, zone))
        return str(here)

    return Job("repairs", run)


def day_points(orders: Sequence[Judged], days: set[date], zone: ZoneInfo) -> list[Point]:
    """One `REPAIRS_DAY` point for each of `days`, institution and size that has orders."""
    groups: dict[tuple[date, str, str], list[Judged]] = defaultdict(list)
    for judged in orders:
        request = judged.order.request
        day = request.reported_at.astimezone(zone).date()
        if day in days:
            groups[day, request.institution, request.size.value].append(judged)
    return [
        Point(REPAIRS_DAY, (institution, size), to_ms(local_day_bounds(day, zone)[0]), _fields(group))
        for (day, institution, size), group in groups.items()
    ]


def _fields(group: Sequence[Judged]) -> dict[str, float]:
    day = figures(group)
    values = {name: getattr(day, name) for name in REPAIRS_DAY.fields}
    return {name: float(value) for name, value in values.items() if value is not None}


def _spans(days: set[date], zone: ZoneInfo) -> Iterator[Filter]:
    """Filters of the orders of all `days`, which leave out what lies far between them."""
    ordered = sorted(days)
    breaks = [i for i, (one, next_one) in enumerate(pairwise(ordered), 1) if next_one - one > NEAR]
    for begin, end in pairwise([0, *breaks, len(ordered)]):
        if begin < end:
            first, last = ordered[begin], ordered[end - 1]
            yield Filter(start=local_day_bounds(first, zone)[0], end=local_day_bounds(last, zone)[1])
