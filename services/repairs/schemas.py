"""Work orders as HTTP speaks of them."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.repairs.model import Event, EventKind, Severity, Size, Status
from services.repairs.sla import Judged, Verdict

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]

StatusFilter = Literal[
    "open", "reported", "responded", "paused", "completed", "rated", "cancelled"
]  # "open" stands for the first three after it


class EventIn(BaseModel):
    """Something that happened to an order; `at` is now when absent."""

    model_config = ConfigDict(extra="forbid")

    kind: EventKind
    at: AwareDatetime | None = None
    by: Line
    reason: Line | None = Field(
        None,
        description="needed by pause: parts, no_access, outage_approval or weather move the net due date",
    )
    size: Size | None = Field(None, description="the new size, with resize only")
    rating: Annotated[int, Field(strict=True, ge=1, le=4)] | None = Field(
        None, description="with rate only: 4 satisfied, 3 fairly satisfied, 2 fair, 1 not satisfied"
    )

    @model_validator(mode="after")
    def _fields_of_the_kind(self) -> Self:
        if self.kind is EventKind.PAUSE and self.reason is None:
            raise ValueError("reason: a pause needs one")
        if (self.kind is EventKind.RESIZE) != (self.size is not None):
            raise ValueError("size: needed by resize, and by it alone")
        if (self.kind is EventKind.RATE) != (self.rating is not None):
            raise ValueError("rating: needed by rate, and by it alone")
        return self


class PastEventIn(EventIn):
    """An event of an import, which says when it was."""

    at: AwareDatetime


class OrderIn(BaseModel):
    """A repair to report; `reported_at` is now when absent."""

    model_config = ConfigDict(extra="forbid")

    institution: Code
    location: Line
    category: Line
    size: Size
    severity: Severity = Severity.NORMAL
    description: Text
    reporter: Line
    contact: Line | None = None
    reported_at: AwareDatetime | None = None


class PastOrderIn(OrderIn):
    """An order of an import with its events, oldest first."""

    number: Code | None = None
    reported_at: AwareDatetime
    events: list[PastEventIn] = Field(default_factory=list, max_length=200)


class ImportedOut(BaseModel):
    """How many orders of an import were new, how many gained events, how many were known already."""

    imported: int
    extended: int
    unchanged: int


class PauseOut(BaseModel):
    """A time in which nothing could be done."""

    start: datetime
    end: datetime | None
    reason: str


class OrderOut(BaseModel):
    """An order and what both clocks say about it; instants carry the institutions' offset."""

    number: str
    institution: str
    location: str
    category: str
    size: Size = Field(description="as reported: the promise is judged by it")
    size_now: Size = Field(description="as last changed")
    severity: Severity
    description: str
    reporter: str
    reported_at: datetime
    status: Status
    responded_at: datetime | None
    response_due_at: datetime
    response_minutes: float | None
    response: Verdict
    completed_at: datetime | None
    due_at: datetime | None = Field(description="gross: pauses ignored; null when a year has no calendar")
    due_at_net: datetime | None = Field(description="moved by the working days of approved pauses")
    completion: Verdict
    completion_net: Verdict
    rating: int | None
    pauses: list[PauseOut]


class EventOut(BaseModel):
    """An event as recorded."""

    kind: EventKind
    at: datetime
    by: str
    reason: str | None
    size: Size | None
    rating: int | None


class OrderDetailOut(OrderOut):
    """An order with its contact and every event."""

    contact: str | None = Field(description="the reporter's telephone, for those with the writer's token")
    events: list[EventOut]


class SummaryOut(BaseModel):
    """The figures of the orders reported from `start` until before `end` (null: unbounded)."""

    model_config = ConfigDict(from_attributes=True)

    start: date | None
    end: date | None
    reported: int
    cancelled: int
    responded: int
    response_minutes_p50: float | None
    response_minutes_p90: float | None
    response_on_time: int
    response_on_time_rate: float | None
    completed: int
    completed_on_time: int
    completed_on_time_net: int
    overdue_open: int
    due_unknown: int
    open: int
    on_time_rate: float | None
    on_time_rate_net: float | None
    rated: int
    satisfied: int
    satisfaction_rate: float | None


def order_out(judged: Judged, zone: ZoneInfo) -> OrderOut:
    """An order as the list shows it."""
    return OrderOut.model_validate(_members(judged, zone))


def order_detail_out(judged: Judged, zone: ZoneInfo) -> OrderDetailOut:
    """An order as its own page shows it."""
    events = [_event_members(event, zone) for event in judged.order.events]
    contact = judged.order.request.contact
    return OrderDetailOut.model_validate(_members(judged, zone) | {"contact": contact, "events": events})


def _members(judged: Judged, zone: ZoneInfo) -> dict[str, object]:
    request, state = judged.order.request, judged.state
    members: dict[str, object] = {
        name: getattr(request, name)
        for name in (
            "number", "institution", "location", "category", "size", "severity", "description", "reporter"
        )
    }  # fmt: skip
    pauses = [
        {"start": _local(pause.start, zone), "end": _local(pause.end, zone), "reason": pause.reason}
        for pause in state.pauses
    ]
    return members | {
        "size_now": state.size,
        "reported_at": _local(request.reported_at, zone),
        "status": state.status,
        "responded_at": _local(state.responded_at, zone),
        "response_due_at": _local(judged.response_due_at, zone),
        "response_minutes": judged.response_minutes,
        "response": judged.response,
        "completed_at": _local(state.completed_at, zone),
        "due_at": _local(judged.due_at, zone),
        "due_at_net": _local(judged.due_at_net, zone),
        "completion": judged.completion,
        "completion_net": judged.completion_net,
        "rating": state.rating,
        "pauses": pauses,
    }


def _event_members(event: Event, zone: ZoneInfo) -> dict[str, object]:
    return {
        "kind": event.kind, "at": _local(event.at, zone), "by": event.by,
        "reason": event.reason, "size": event.size, "rating": event.rating,
    }  # fmt: skip


def _local(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if instant is None else instant.astimezone(zone)
