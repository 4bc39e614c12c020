"""What can be done with repairs: report, tell what happened, import the past, look, and add up."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from services.clock import Clock, local_day_start
from services.database import Sessions, write_alone
from services.repairs.figures import Figures, figures
from services.repairs.model import Event, EventRefused, Request, WorkOrder
from services.repairs.promises import Promises
from services.repairs.repository import Filter, WorkOrders
from services.repairs.sla import Judge, Judged
from services.workdays import Workdays

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = timedelta(days=1)
"""How far ahead of our own clock a caller's may be."""


class OrderRefused(ValueError):
    """An order cannot be taken; `index` is its place in the call, `member` the path of the field to blame."""

    def __init__(self, index: int, member: str, reason: str) -> None:
        super().__init__(f"{index}/{member}: {reason}")
        self.index = index
        self.member = member
        self.reason = reason


class Collision(Exception):
    """Someone else wrote to the same order at the same moment; look again and decide anew."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in orders."""

    imported: int
    extended: int
    unchanged: int


class Repairs:
    """The repair service; `institutions` names the institutions that the registry knows."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        institutions: Callable[[], Collection[str]],
        workdays: Workdays,
        promises: Promises,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._sessions = sessions
        self._institutions = institutions
        self._workdays = workdays
        self._promises = promises
        self._clock = clock
        self._zone = zone

    def judge(self) -> Judge:
        """What reads an order's clocks at this instant."""
        return Judge(self._promises, self._workdays, self._zone, self._clock())

    def report(self, request: Request) -> Judged:
        """Take a new order; an empty number is filled with the next of its local day.

        Raises `OrderRefused`.
        """
        return self.judge()(self._take([WorkOrder(request, ())])[1][0])

    def take(self, orders: Sequence[WorkOrder]) -> Imported:
        """Import orders with their past, all or none.

        An order whose number is known gains the events it did not have yet, so that an import can be
        repeated; what was reported stays as it is. Orders without a number are always new. Raises
        `OrderRefused` or `Collision`.
        """
        try:
            return self._take(orders)[0]
        except IntegrityError as error:
            raise Collision("an order of this import was written by another call") from error

    def append(self, number: str, event: Event) -> Judged | None:
        """Append an event to an order, None when there is none. Raises `EventRefused` or `Collision`."""
        now = self._clock()
        if event.at > now + LATEST:
            raise EventRefused(0, "at", "in the future")
        try:
            with self._sessions.begin() as session:
                orders = WorkOrders(session)
                found = orders.select(Filter(numbers=[number]))
                if not found:
                    return None
                order = replace(found[0], events=(*found[0].events, event))
                orders.extend(order, len(found[0].events), now)
        except IntegrityError as error:
            raise Collision(f"{number} was changed at the same moment") from error
        return self.judge()(order)

    def order(self, number: str) -> Judged | None:
        """One order, None when there is none."""
        found = self.select(Filter(numbers=[number]))
        return found[0] if found else None

    def select(self, which: Filter) -> list[Judged]:
        """Orders, newest report first, judged at this instant."""
        with self._sessions() as session:
            orders = WorkOrders(session).select(which)
        return list(map(self.judge(), orders))

    def summary(self, start: date | None, end: date | None, institution: str | None = None) -> Figures:
        """The figures of the orders reported on the local days [`start`, `end`)."""
        return figures(self.select(replace(self.days(start, end), institution=institution)))

    def days(self, start: date | None, end: date | None) -> Filter:
        """The filter of the orders reported on the local days [`start`, `end`)."""
        first, last = (None if day is None else local_day_start(day, self._zone) for day in (start, end))
        return Filter(start=first, end=last)

    def _take(self, orders: Sequence[WorkOrder]) -> tuple[Imported, list[WorkOrder]]:
        now = self._clock()
        self._check(orders, now)
        with self._sessions.begin() as session:
            write_alone(session.connection())  # reports of one moment get numbers of their own
            table = WorkOrders(session)
            numbers = {order.request.number for order in orders if order.request.number}
            known = {order.request.number: order for order in table.select(Filter(numbers=numbers))}
            fresh = [order for order in orders if order.request.number not in known]
            extended = 0
            for index, order in enumerate(orders):
                if order.request.number in known:
                    extended += _extend(table, known[order.request.number], order, index=index, now=now)
            fresh = list(self._numbered(table, fresh))
            table.add(fresh, now)
        return Imported(len(fresh), extended, len(orders) - len(fresh) - extended), fresh

    def _check(self, orders: Sequence[WorkOrder], now: datetime) -> None:
        institutions = self._institutions()
        seen: set[str] = set()
        for index, order in enumerate(orders):
            request = order.request
            if request.institution not in institutions:
                raise OrderRefused(index, "institution", f"the registry has no {request.institution!r}")
            if request.number in seen:
                raise OrderRefused(index, "number", f"{request.number} occurs twice")
            seen |= {request.number} - {""}
            _check_events(index, order, now)

    def _numbered(self, table: WorkOrders, orders: Sequence[WorkOrder]) -> Iterator[WorkOrder]:
        """Give each order without a number the next `RYYYYMMDD-NNNN` of its local day."""
        last: dict[str, int] = {}
        taken = {order.request.number for order in orders}
        for order in orders:
            if order.request.number:
                yield order
                continue
            prefix = f"R{order.request.reported_at.astimezone(self._zone):%Y%m%d}-"
            if prefix not in last:
                used = [*table.numbers_like(prefix), *(n for n in taken if n.startswith(prefix))]
                tails = (number.removeprefix(prefix) for number in used)
                last[prefix] = max((int(tail) for tail in tails if tail.isdecimal()), default=0)
            last[prefix] += 1
            yield replace(order, request=replace(order.request, number=f"{prefix}{last[prefix]:04d}"))


def _check_events(index: int, order: WorkOrder, now: datetime) -> None:
    if not EARLIEST <= order.request.reported_at <= now + LATEST:
        raise OrderRefused(index, "reported_at", "before 2000 or in the future")
    for place, event in enumerate(order.events):
        if event.at > now + LATEST:
            raise OrderRefused(index, f"events/{place}/at", "in the future")
    try:
        _ = order.state
    except EventRefused as error:
        raise OrderRefused(index, f"events/{error.index}/{error.member}", error.reason) from error


def _extend(table: WorkOrders, known: WorkOrder, order: WorkOrder, *, index: int, now: datetime) -> bool:
    had = {(event.kind, event.at) for event in known.events}
    news = tuple(event for event in order.events if (event.kind, event.at) not in had)
    if not news:
        return False
    merged = replace(known, events=known.events + news)
    try:
        table.extend(merged, len(known.events), now)
    except EventRefused as error:
        place = order.events.index(merged.events[error.index])
        raise OrderRefused(index, f"events/{place}/{error.member}", error.reason) from error
    return True
