"""Meters and readings for tests of rollups."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.metering.model import Meter, MeterPeriod, MeterRole, MeterUse
from services.timeseries.schema import READINGS
from services.timeseries.store import Point, TimeSeriesStore

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 1, 1, tzinfo=SHANGHAI)
T0 = int(START.timestamp() * 1000)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def plain_meter(code: str = "main", **fields: Any) -> Meter:
    """A main electricity meter of the institution `bureau` with one ledger line of 6 digits."""
    told: dict[str, Any] = {
        "institution": "bureau", "building": None, "name_zh": "总表", "name_en": "Main",
        "role": MeterRole.MAIN, "use": MeterUse.ELECTRICITY, "parent": None, "address": f"bureau/{code}",
        "rated_kw": None, "gap_limit_s": 5400,
        "ledger": (MeterPeriod(datetime(2020, 1, 1, tzinfo=UTC), digits=6),),
    }  # fmt: skip
    return Meter(code=code, **{**told, **fields})


def swapped(hours: float, **registers: float) -> tuple[MeterPeriod, ...]:
    """A ledger with a replacement so many hours after the start."""
    first = MeterPeriod(datetime(2020, 1, 1, tzinfo=UTC), digits=6)
    return first, MeterPeriod(START + timedelta(hours=hours), digits=6, **registers)  # type: ignore[arg-type]


def reading(minute: float, *, meter: str = "main", institution: str = "bureau", **fields: float) -> Point:
    """A point of readings so many minutes after the start."""
    return Point(READINGS, (institution, meter), T0 + round(minute * MINUTE_MS), fields)


def write_all(store: TimeSeriesStore, points: Iterable[Point]) -> None:
    """Write points in one batch, or none."""
    batch = list(points)
    if batch:
        store.write(batch)
