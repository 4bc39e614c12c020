"""A work order: what was asked for, the events that happened to it, and the state they add up to.

Events are only ever appended; `order_state` is the one place that says what an order's state is and which
event may follow which.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Size(StrEnum):
    """How large a repair is; each has its own promise in working days."""

    SMALL = "small"
    LARGE = "large"


class Severity(StrEnum):
    """How soon someone has to answer."""

    NORMAL = "normal"
    URGENT = "urgent"


class EventKind(StrEnum):
    """What can happen to an order after its report."""

    RESPOND = "respond"
    PAUSE = "pause"
    RESUME = "resume"
    RESIZE = "resize"
    COMPLETE = "complete"
    RATE = "rate"
    CANCEL = "cancel"


class Status(StrEnum):
    """Where an order stands."""

    REPORTED = "reported"
    RESPONDED = "responded"
    PAUSED = "paused"
    COMPLETED = "completed"
    RATED = "rated"
    CANCELLED = "cancelled"


OPEN = frozenset({Status.REPORTED, Status.RESPONDED, Status.PAUSED})

_MAY_FOLLOW: dict[Status, frozenset[EventKind]] = {
    Status.REPORTED: frozenset({EventKind.RESPOND, EventKind.RESIZE, EventKind.CANCEL}),
    Status.RESPONDED: frozenset({EventKind.PAUSE, EventKind.RESIZE, EventKind.COMPLETE, EventKind.CANCEL}),
    Status.PAUSED: frozenset({EventKind.RESUME, EventKind.RESIZE, EventKind.COMPLETE, EventKind.CANCEL}),
    Status.COMPLETED: frozenset({EventKind.RATE}),
    Status.RATED: frozenset(),
    Status.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Request:
    """A repair as reported. `size` and `severity` are those of the report: the promise is judged by them."""

    number: str
    institution: str
    location: str
    category: str
    size: Size
    severity: Severity
    description: str
    reporter: str
    contact: str | None
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `rating` is 4 satisfied, 3 fairly satisfied, 2 fair, 1 not satisfied."""

    kind: EventKind
    at: datetime
    by: str
    reason: str | None = None
    size: Size | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nothing could be done, for `reason`; `end` is None while it lasts."""

    start: datetime
    end: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the events of an order add up to; `size` is the size as last changed, kept for the record."""

    status: Status
    size: Size
    last_at: datetime
    responded_at: datetime | None = None
    completed_at: datetime | None = None
    rating: int | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def open(self) -> bool:
        """Whether work is still to be done."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """A request with its events, in the order in which they were recorded."""

    request: Request
    events: tuple[Event, ...]

    @property
    def state(self) -> OrderState:
        """The state that the events add up to."""
        return order_state(self.request, self.events)


class EventRefused(ValueError):
    """An event cannot follow what happened before; `index` is its place, `member` the field to blame."""

    def __init__(self, index: int, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}")
        self.index = index
        self.member = member
        self.reason = reason


def order_state(request: Request, events: Sequence[Event]) -> OrderState:
    """Fold the events of `request` into its state.

    The first response stops the response clock; a completion ends a pause that still lasts. Raises
    `EventRefused` for an event out of turn or earlier than the one before it.
    """
    state = OrderState(Status.REPORTED, request.size, request.reported_at)
    for index, event in enumerate(events):
        if event.at < state.last_at:
            raise EventRefused(index, "at", f"earlier than what came before it, {state.last_at.isoformat()}")
        if event.kind not in _MAY_FOLLOW[state.status]:
            raise EventRefused(index, "kind", f"{event.kind} cannot follow, the order is {state.status}")
        state = replace(_after(state, event), last_at=event.at)
    return state


def _after(state: OrderState, event: Event) -> OrderState:
    match event.kind:
        case EventKind.RESPOND:
            return replace(state, status=Status.RESPONDED, responded_at=event.at)
        case EventKind.PAUSE:
            pause = Pause(event.at, None, event.reason or "")
            return replace(state, status=Status.PAUSED, pauses=(*state.pauses, pause))
        case EventKind.RESUME:
            return replace(state, status=Status.RESPONDED, pauses=_ended(state.pauses, event.at))
        case EventKind.RESIZE:
            return replace(state, size=event.size or state.size)
        case EventKind.COMPLETE:
            pauses = _ended(state.pauses, event.at)
            return replace(state, status=Status.COMPLETED, completed_at=event.at, pauses=pauses)
        case EventKind.RATE:
            return replace(state, status=Status.RATED, rating=event.rating)
        case EventKind.CANCEL:
            return replace(state, status=Status.CANCELLED, pauses=_ended(state.pauses, event.at))


def _ended(pauses: tuple[Pause, ...], at: datetime) -> tuple[Pause, ...]:
    return tuple(replace(pause, end=at) if pause.end is None else pause for pause in pauses)
