"""What Grafana does to a query before InfluxDB sees it: ranges, intervals, macros and variables."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MAX_DATA_POINTS = 1000
ROUND_INTERVALS_S = (60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class TimeRange:
    """From and to, aware."""

    start: datetime
    end: datetime

    @classmethod
    def relative(cls, since: str, now: datetime) -> "TimeRange":
        """`now-30d`, `now-1y`, `now/d`, `now/M`, or a panel's own `7d`, in the dashboard's zone."""
        local = now.astimezone(ZONE)
        if found := re.fullmatch(r"now/([dM])", since):
            day = local.replace(hour=0, minute=0, second=0, microsecond=0)
            return cls(day if found[1] == "d" else day.replace(day=1), now)
        found = re.fullmatch(r"(?:now-)?(\d+)([hdwy])", since)
        assert found, since
        if found[2] == "y":
            return cls(local.replace(year=local.year - int(found[1])), now)
        return cls(local - int(found[1]) * UNITS[found[2]], now)

    def interval_s(self, at_least: str | None) -> int:
        """The bucket for `$__interval`, not below the panel's minimum."""
        least = {None: 1, "1m": 60}[at_least]
        wanted = max((self.end - self.start).total_seconds() / MAX_DATA_POINTS, least)
        return next(seconds for seconds in ROUND_INTERVALS_S if seconds >= wanted)


def expand(query: str, span: TimeRange, *, minimum: str | None, chosen: dict[str, list[str]]) -> str:
    """The text sent to InfluxDB. `chosen` holds each variable's values; none chosen is the choice All."""
    for name, values in chosen.items():
        query = query.replace(f"${{{name}:regex}}", regex(values))
    start, end = (round(t.astimezone(UTC).timestamp() * 1000) for t in (span.start, span.end))
    seconds = span.interval_s(minimum)
    query = query.replace("$timeFilter", f"time >= {start}ms and time <= {end}ms")
    query = query.replace("$__interval_ms", str(seconds * 1000)).replace("$__interval", f"{seconds}s")
    assert "$" not in query.replace("$/", ""), query
    return query


def regex(values: list[str]) -> str:
    """Grafana's `:regex` format: one value, or an alternative, escaped; All is the variable's own `.*`."""
    if not values:
        return ".*"
    escaped = [re.sub(r"[-/\\^$*+?.()|\[\]{}]", lambda found: "\\" + found[0], value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def panels_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """The panels that draw something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]
