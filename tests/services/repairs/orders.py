"""Orders for the tests, in as few words as a test needs."""

from datetime import datetime
from zoneinfo import ZoneInfo

from services.repairs.model import Event, EventKind, Request, Severity, Size, WorkOrder

ZONE = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """An instant of the institutions' zone, from `2026-11-20 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def request(
    at: str, size: Size = Size.SMALL, severity: Severity = Severity.NORMAL, *, number: str = "R1"
) -> Request:
    """A request reported at a local time."""
    return Request(
        number, "cz-sport", "B1-203", "plumbing", size, severity, "tap drips", "Li", None, local(at)
    )


def event(kind: str, at: str, **more: object) -> Event:
    """An event at a local time."""
    return Event(EventKind(kind), local(at), "Wang", **more)  # type: ignore[arg-type]


def order(
    at: str, *events: Event, size: Size = Size.SMALL, severity: Severity = Severity.NORMAL
) -> WorkOrder:
    """An order reported at a local time, with its events."""
    return WorkOrder(request(at, size, severity), events)
