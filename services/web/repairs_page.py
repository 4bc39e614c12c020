"""The repair pages' view models: the board by state, one order and what may follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.metering.model import Institution
from services.repairs.figures import Figures
from services.repairs.model import OPEN, EventKind, Severity, Size, Status
from services.repairs.promises import Promise
from services.repairs.repository import Filter
from services.repairs.service import Repairs
from services.repairs.sla import Judged, Verdict
from services.web.i18n import Texts

SUMMARY_DAYS = 30
MOST_CARDS = 25
MOST_DONE = 8
_COLUMNS: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("reported", (Status.REPORTED,)),
    ("responded", (Status.RESPONDED,)),
    ("paused", (Status.PAUSED,)),
    ("done", (Status.COMPLETED, Status.RATED)),
)
_ACTIONS: Mapping[Status, tuple[EventKind, ...]] = {
    Status.REPORTED: (EventKind.RESPOND,),
    Status.RESPONDED: (EventKind.COMPLETE, EventKind.PAUSE),
    Status.PAUSED: (EventKind.RESUME, EventKind.COMPLETE),
    Status.COMPLETED: (EventKind.RATE,),
}
_TITLE_LENGTH = 42


@dataclass(frozen=True, slots=True)
class Card:
    """An order as the board shows it; `title` is the beginning of its description."""

    number: str
    title: str
    institution: str
    location: str
    category: str
    size: Size
    severity: Severity
    status: Status
    reported_at: datetime
    due_at: datetime | None
    completed_at: datetime | None
    overdue: bool
    response_overdue: bool
    late: bool
    rating: int | None

    @property
    def done(self) -> bool:
        """Whether the work is finished."""
        return self.completed_at is not None


@dataclass(frozen=True, slots=True)
class Column:
    """One state of the board: how many orders are in it, and those shown."""

    key: str
    count: int
    orders: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The board, its filter, all that is open, and the figures of the reports of the last `days` days."""

    columns: tuple[Column, ...]
    open: int
    overdue: int
    figures: Figures
    days: int
    institutions: tuple[tuple[str, str], ...]
    institution: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """A line of an order's history; its first is the report."""

    kind: str
    at: datetime
    by: str
    reason: str | None = None
    size: Size | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order: what was asked, what both clocks say, what happened, what may happen next."""

    card: Card
    description: str
    reporter: str
    contact: str | None
    size_now: Size
    response_due_at: datetime
    response: Verdict
    response_minutes: float | None
    completion: Verdict
    completion_net: Verdict
    due_at_net: datetime | None
    history: tuple[Step, ...]
    actions: tuple[EventKind, ...]
    pause_reasons: tuple[str, ...]


def options(institutions: Iterable[Institution], t: Texts) -> tuple[tuple[str, str], ...]:
    """Institutions as (code, name) to choose from, in the order of their names."""
    return tuple(sorted(((one.code, t.name(one)) for one in institutions), key=lambda one: one[1]))


def board(
    repairs: Repairs, institutions: Sequence[Institution], t: Texts, *, today: date, institution: str | None
) -> Board:
    """The open orders and those finished lately, of one institution or all."""
    names = {one.code: t.name(one) for one in institutions}
    since = today - timedelta(days=SUMMARY_DAYS - 1)
    columns = tuple(_column(repairs, key, statuses, names, since, institution) for key, statuses in _COLUMNS)
    figures = repairs.summary(since, today + timedelta(days=1), institution)
    waiting = open_orders(repairs, institution)
    return Board(
        columns, waiting.open, waiting.overdue, figures, SUMMARY_DAYS, options(institutions, t), institution
    )


@dataclass(frozen=True, slots=True)
class OpenOrders:
    """How many orders are open, whenever they were reported, and how many of them are past their due date."""

    open: int
    overdue: int


def open_orders(repairs: Repairs, institution: str | None = None) -> OpenOrders:
    """The open orders of one institution or all."""
    found = repairs.select(Filter(institution=institution, statuses=OPEN))
    return OpenOrders(len(found), sum(order.completion is Verdict.OVERDUE for order in found))


def _column(
    repairs: Repairs, key: str, statuses: Sequence[Status], names: Mapping[str, str], since: date,
    institution: str | None,
) -> Column:  # fmt: skip
    start = repairs.days(since, None).start if key == "done" else None
    found = repairs.select(Filter(institution=institution, statuses=statuses, start=start))
    cards = [card(order, names) for order in found]
    if key != "done":
        cards.sort(key=lambda one: (not (one.overdue or one.response_overdue), one.reported_at))
    return Column(key, len(cards), tuple(cards[: MOST_DONE if key == "done" else MOST_CARDS]))


def card(judged: Judged, names: Mapping[str, str]) -> Card:
    """An order as a card; an institution without a name shows its code."""
    request, state = judged.order.request, judged.state
    line = request.description.strip().splitlines()[0]
    return Card(
        number=request.number,
        title=line if len(line) <= _TITLE_LENGTH else f"{line[: _TITLE_LENGTH - 1]}…",
        institution=names.get(request.institution, request.institution),
        location=request.location,
        category=request.category,
        size=request.size,
        severity=request.severity,
        status=state.status,
        reported_at=request.reported_at,
        due_at=judged.due_at,
        completed_at=state.completed_at,
        overdue=judged.completion is Verdict.OVERDUE,
        response_overdue=judged.response is Verdict.OVERDUE,
        late=judged.completion is Verdict.LATE,
        rating=state.rating,
    )


def order_view(
    judged: Judged, names: Mapping[str, str], promise: Promise, *, show_contact: bool
) -> OrderView:
    """One order for its own page; the reporter's telephone is for the desk."""
    request = judged.order.request
    events = (
        Step(event.kind, event.at, event.by, event.reason, event.size, event.rating)
        for event in judged.order.events
    )
    return OrderView(
        card=card(judged, names),
        description=request.description,
        reporter=request.reporter,
        contact=request.contact if show_contact else None,
        size_now=judged.state.size,
        response_due_at=judged.response_due_at,
        response=judged.response,
        response_minutes=judged.response_minutes,
        completion=judged.completion,
        completion_net=judged.completion_net,
        due_at_net=judged.due_at_net,
        history=(Step("report", request.reported_at, request.reporter), *events),
        actions=_ACTIONS.get(judged.state.status, ()),
        pause_reasons=tuple(promise.pause_reasons),
    )
