"""What devices write as time → UTC epoch milliseconds, with a mark for everything that had to be assumed."""

import math
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.metering.model import Quality

GOOD = int(Quality.GOOD)
ARRIVAL_TIME = int(Quality.ARRIVAL_TIME)
ZONE_ASSUMED = int(Quality.ZONE_ASSUMED)

EARLIEST_MS = 946_684_800_000
"""2000-01-01T00:00:00Z: before it no such meter was read; a clock that lost its battery starts in 1970."""

AHEAD_MS = 10 * 60 * 1000
"""How far a device's clock may run ahead of ours: worse than any quartz drifts between two synchronisations,
and less than one quarter-hour, the shortest demand interval."""

_LOOSE = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ Tt]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*([Zz]|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_YEAR_9999_MS = 253_402_300_799_999
_COMPACT_LENGTHS = (14, 17)


class UnreadableTime(ValueError):
    """No instant can be read from it; the message is the reason."""


def read_time(raw: object, received_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """The instant [UTC epoch ms] that `raw` names, and its quality bits.

    `raw` is a string (RFC 3339, a local time without offset, epoch milliseconds in digits, or
    YYYYMMDDhhmmss[SSS] local), a number of epoch milliseconds, or None for the time of arrival.
    Raises `UnreadableTime`.
    """
    if type(raw) is str:
        if len(raw) >= 16:
            try:
                instant = datetime.fromisoformat(raw)
            except ValueError:
                return _read_text(raw, zone)
            if instant.tzinfo is not None:
                return round(instant.timestamp() * 1000), GOOD
        return _read_text(raw, zone)
    if type(raw) is int:
        return raw, GOOD
    if type(raw) is float and math.isfinite(raw):
        return round(raw), GOOD
    if raw is None:
        return received_ms, ARRIVAL_TIME
    raise UnreadableTime(f"unreadable-time: {shown(raw)} is neither a time nor epoch milliseconds")


def _read_text(raw: str, zone: ZoneInfo) -> tuple[int, int]:
    """The forms beside RFC 3339 that gateways, spreadsheets and people write."""
    text = raw.strip()
    try:
        if text.isascii() and text.isdigit():
            if len(text) in _COMPACT_LENGTHS:
                return _in_zone(datetime.strptime(text[:14], "%Y%m%d%H%M%S"), zone, text[14:])  # noqa: DTZ007
            if len(text) <= _COMPACT_LENGTHS[-1]:
                return int(text), GOOD
        elif match := _LOOSE.fullmatch(text):
            *parts, fraction, offset = match.groups()
            local = datetime(*(int(part or 0) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001
            if offset is None:
                return _in_zone(local, zone, fraction or "")
            moment = datetime.fromisoformat(f"{local.isoformat()}{offset.upper()}")
            return round(moment.timestamp()) * 1000 + _fraction_ms(fraction or ""), GOOD
    except (ValueError, OverflowError) as error:
        raise UnreadableTime(f"unreadable-time: {shown(raw)}: {error}") from None
    raise UnreadableTime(f"unreadable-time: {shown(raw)} is not RFC 3339")


def _in_zone(local: datetime, zone: ZoneInfo, fraction: str) -> tuple[int, int]:
    """A local time without offset, taken in the institution's zone."""
    return round(local.replace(tzinfo=zone).timestamp()) * 1000 + _fraction_ms(fraction), ZONE_ASSUMED


def _fraction_ms(digits: str) -> int:
    return int((digits + "000")[:3])


def time_fault(time_ms: int, raw: object, received_ms: int) -> str | None:
    """Why an instant cannot be that of a reading that arrived at `received_ms`, or None."""
    if EARLIEST_MS <= time_ms <= received_ms + AHEAD_MS:
        return None
    if isinstance(raw, (int, float)) or (isinstance(raw, str) and raw.strip().isdigit()):
        for unit, wrong in (("seconds", time_ms * 1000), ("microseconds", time_ms // 1000),
                            ("nanoseconds", time_ms // 1_000_000)):  # fmt: skip
            if EARLIEST_MS <= wrong <= received_ms + AHEAD_MS:
                code = "time-before-2000" if time_ms < EARLIEST_MS else "time-in-future"
                return f"{code}: {time_ms} looks like {unit}; send milliseconds"
    if time_ms < EARLIEST_MS:
        return f"time-before-2000: {rfc3339(time_ms)}"
    if time_ms > _YEAR_9999_MS:
        return "time-in-future: after the year 9999"
    return f"time-in-future: {rfc3339(time_ms)} is {_span(time_ms - received_ms)} after arrival"


def rfc3339(time_ms: int) -> str:
    """An instant as people read it, in UTC; one outside the calendar as its number."""
    try:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{shown(time_ms)} ms"
    return moment.isoformat(timespec="milliseconds" if time_ms % 1000 else "seconds").replace("+00:00", "Z")


def _span(span_ms: int) -> str:
    for unit, length_ms in (("days", 86_400_000), ("hours", 3_600_000)):
        if span_ms >= 2 * length_ms:
            return f"{span_ms // length_ms} {unit}"
    return f"{span_ms // 60_000} minutes"


def shown(value: object) -> str:
    """A value as a reason quotes it: short, whatever a device sent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else "a number of more than 18 digits"
    if isinstance(value, (str, float)):
        text = repr(value)
        return text if len(text) <= 40 else f"{text[:37]}…{text[0]}"
    return "a list" if isinstance(value, list) else "an object"
