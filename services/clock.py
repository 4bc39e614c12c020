"""Time comes from here: an injected source of UTC instants, so that tests and replays own the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""


def system_clock() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


def fixed_clock(instant: datetime) -> Clock:
    """A clock that stands still at `instant` (aware)."""
    moment = instant.astimezone(UTC)
    return lambda: moment


def local_day_start(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the local calendar day `day` begins in `zone`."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def local_day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start (included) and end (excluded) of a local calendar day, as UTC instants."""
    return local_day_start(day, zone), local_day_start(day + timedelta(days=1), zone)


def to_ms(instant: datetime) -> int:
    """Epoch milliseconds of an aware instant."""
    return round(instant.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The UTC instant of epoch milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
