"""Work orders in the registry's database: rows in, `WorkOrder` values out, in few queries however many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from services.repairs.model import OPEN, Event, EventKind, Request, Severity, Size, Status, WorkOrder
from services.repairs.tables import WorkOrderEventRow, WorkOrderRow

_CHUNK = 500
"""Most values in one IN list: databases limit the variables of a statement."""

_ADD_ORDER = insert(WorkOrderRow).execution_options(render_nulls=True)
_ADD_EVENT = insert(WorkOrderEventRow).execution_options(render_nulls=True)
"""With NULLs written out, rows with and without a value go to the database together."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders; None does not narrow. Reports in [`start`, `end`); `after` is the last order shown."""

    numbers: Collection[str] | None = None
    institution: str | None = None
    statuses: Collection[Status] | None = None
    start: datetime | None = None
    end: datetime | None = None
    after: tuple[datetime, str] | None = None
    limit: int | None = None


class WorkOrders:
    """The work orders as one transaction sees them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, orders: Sequence[WorkOrder], recorded_at: datetime) -> None:
        """Write new orders with their events; their numbers must be free."""
        if not orders:
            return
        rows = [
            asdict(order.request) | {"status": order.state.status, "changed_at": recorded_at}
            for order in orders
        ]
        self._session.execute(_ADD_ORDER, rows)
        events = [row for order in orders for row in _event_rows(order, 0, recorded_at)]
        if events:
            self._session.execute(_ADD_EVENT, events)

    def extend(self, order: WorkOrder, recorded: int, recorded_at: datetime) -> None:
        """Append the events of `order` from the `recorded`-th on.

        Two writers at once collide on the key (`IntegrityError`), so that none overwrites the other.
        """
        self._session.execute(_ADD_EVENT, list(_event_rows(order, recorded, recorded_at)))
        self._session.execute(
            update(WorkOrderRow)
            .where(WorkOrderRow.number == order.request.number)
            .values(status=order.state.status, changed_at=recorded_at)
        )

    def select(self, which: Filter) -> list[WorkOrder]:
        """The orders, newest report first."""
        query = select(WorkOrderRow).order_by(WorkOrderRow.reported_at.desc(), WorkOrderRow.number.desc())
        query = query.where(*_conditions(which)).limit(which.limit)
        if which.numbers is None:
            rows = list(self._session.scalars(query))
        else:
            rows = [
                row
                for numbers in _chunks(sorted(which.numbers))
                for row in self._session.scalars(query.where(WorkOrderRow.number.in_(numbers)))
            ]
        events = self._events([row.number for row in rows])
        return [WorkOrder(_request(row), tuple(events[row.number])) for row in rows]

    def numbers_like(self, prefix: str) -> list[str]:
        """Every number in use that begins with `prefix`."""
        query = select(WorkOrderRow.number).where(WorkOrderRow.number.startswith(prefix, autoescape=True))
        return list(self._session.scalars(query))

    def report_instants(self, changed_since: datetime | None) -> list[datetime]:
        """When the orders were reported that changed since (all when None), or that are open."""
        query = select(WorkOrderRow.reported_at)
        if changed_since is not None:
            moved = WorkOrderRow.changed_at >= changed_since
            query = query.where(or_(moved, WorkOrderRow.status.in_(OPEN)))
        return list(self._session.scalars(query))

    def _events(self, numbers: Sequence[str]) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        query = select(WorkOrderEventRow).order_by(WorkOrderEventRow.number, WorkOrderEventRow.sequence)
        for chunk in _chunks(numbers):
            for row in self._session.scalars(query.where(WorkOrderEventRow.number.in_(chunk))):
                size = None if row.size is None else Size(row.size)
                event = Event(EventKind(row.kind), row.at, row.by, row.reason, size, row.rating)
                found[row.number].append(event)
        return found


def _conditions(which: Filter) -> Iterator[ColumnElement[bool]]:
    if which.institution is not None:
        yield WorkOrderRow.institution == which.institution
    if which.statuses is not None:
        yield WorkOrderRow.status.in_(which.statuses)
    if which.start is not None:
        yield WorkOrderRow.reported_at >= which.start
    if which.end is not None:
        yield WorkOrderRow.reported_at < which.end
    if which.after is not None:
        at, number = which.after
        same = and_(WorkOrderRow.reported_at == at, WorkOrderRow.number < number)
        yield or_(WorkOrderRow.reported_at < at, same)


def _request(row: WorkOrderRow) -> Request:
    return Request(
        number=row.number,
        institution=row.institution,
        location=row.location,
        category=row.category,
        size=Size(row.size),
        severity=Severity(row.severity),
        description=row.description,
        reporter=row.reporter,
        contact=row.contact,
        reported_at=row.reported_at,
    )


def _event_rows(order: WorkOrder, recorded: int, recorded_at: datetime) -> Iterator[dict[str, object]]:
    for sequence, event in enumerate(order.events[recorded:], start=recorded + 1):
        row = {"number": order.request.number, "sequence": sequence, "recorded_at": recorded_at}
        yield row | asdict(event)


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
