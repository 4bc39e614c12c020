"""How many messages of a load are stored: asked seldom and cheaply while it drains, exactly at its end."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import httpx2

from simulators.bench.load import CHANNELS
from simulators.processes import ProgramFailed
from simulators.service import Service

PATIENCE_S = 60.0
"""How long a drain may stand still before it has failed."""
_SHORTEST_S, _LONGEST_S = 0.02, 2.0


class Gauge(Protocol):
    """Counts what is stored since it was made."""

    def stored(self, messages: int) -> int:
        """How many of `messages` are stored with all their channels; exact when it answers `messages`."""

    def close(self) -> None:
        """Close its connection."""


class InfluxGauge:
    """An InfluxDB 1.x server: its own counter of points while the drain runs, a query at the end.

    Source: InfluxDB 1.x, `/debug/vars`, the statistic `shard`: `writePointsOk` by database.
    """

    def __init__(self, port: int, database: str) -> None:
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
        self._database = database
        self._before = self._points()

    def stored(self, messages: int) -> int:
        """See `Gauge`. The counter also has points that are no readings, hence the query."""
        points = self._points() - self._before
        return points if points < messages else min(self._counted(), messages)

    def _points(self) -> int:
        points = 0
        for entry in self._get("/debug/vars").values():
            if not isinstance(entry, dict) or entry.get("name") != "shard":
                continue
            if entry["tags"]["database"] == self._database:
                points += entry["values"]["writePointsOk"]
        return points

    def _counted(self) -> int:
        counts = ", ".join(f"count({channel})" for channel in CHANNELS)
        statement = f"SELECT {counts} FROM readings"  # noqa: S608  names of ours
        answer = self._get("/query", db=self._database, epoch="ms", q=statement)
        series = answer["results"][0].get("series")
        return min(count or 0 for count in series[0]["values"][0][1:]) if series else 0

    def _get(self, path: str, **query: str) -> Any:
        return self._client.get(path, params=query).raise_for_status().json()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class ServiceGauge:
    """Any store, through the service that reads it: `GET /ingest`, less what it had before."""

    def __init__(self, base_url: str) -> None:
        self._service = Service(base_url)
        self._before = self._values()

    def stored(self, messages: int) -> int:
        """See `Gauge`."""
        return min(messages, (self._values() - self._before) // len(CHANNELS))

    def _values(self) -> int:
        return int(self._service.get("/ingest")["readings_stored"])

    def close(self) -> None:
        """Close the connection."""
        self._service.__exit__(None, None, None)


def wait_stored(
    gauge: Gauge, messages: int, *, seen: Callable[[int], None], patience_s: float = PATIENCE_S
) -> None:
    """Return once all are stored. Raises `ProgramFailed` when no more come for `patience_s`.

    `seen` hears how many are stored after every question, and may raise.

    It asks again after half the time that is left at the pace so far: some dozens of questions for a drain of
    any length, and an end seen to about 20 ms.
    """
    began = moved = time.monotonic()
    best = -1
    while True:
        stored = gauge.stored(messages)
        now = time.monotonic()
        seen(stored)
        if stored >= messages:
            return
        if stored > best:
            best, moved = stored, now
        elif now - moved > patience_s:
            raise ProgramFailed(f"lost: {stored:,} of {messages:,} messages are stored, and no more come")
        if stored == 0:
            began = now  # the pace is that of the drain, not of the start before it
        elapsed = now - began
        left_s = (messages - stored) * elapsed / stored if stored > 0 else 0.0
        time.sleep(max(min(left_s / 2, elapsed, _LONGEST_S), _SHORTEST_S))
