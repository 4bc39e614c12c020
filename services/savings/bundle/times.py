"""Instants as a bundle's tables spell them: local times to the millisecond, with their offset."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import from_ms
from services.metering.spans import Integers

_DAY_MS = 86_400_000
_OFFSET = len("2025-06-01T00:00:00.000")
"""Where the offset of a spelled time begins."""


def spelled_times(times_ms: Integers, zone: ZoneInfo) -> list[str]:
    """As `datetime.isoformat` spells them; a zone is asked twice a day, and more where clocks change."""
    if not len(times_ms):
        return []
    days, of_day = np.unique(times_ms // _DAY_MS, return_inverse=True)
    begins = [_local(day * _DAY_MS, zone) for day in days.tolist()]
    ends = [_local((day + 1) * _DAY_MS - 1, zone) for day in days.tolist()]
    steady = [one.utcoffset() == other.utcoffset() for one, other in zip(begins, ends, strict=True)]
    suffixes = [_spelled(one)[_OFFSET:] for one in begins]
    shifts = [(one.utcoffset() or timedelta()) // timedelta(milliseconds=1) for one in begins]
    local = np.datetime_as_string((times_ms + np.array(shifts)[of_day]).astype("datetime64[ms]"))
    rows = zip(times_ms.tolist(), local.tolist(), of_day.tolist(), strict=True)
    return [f"{time}{suffixes[day]}" if steady[day] else _spelled(_local(ms, zone)) for ms, time, day in rows]


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return from_ms(ms).astimezone(zone)


def _spelled(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")
