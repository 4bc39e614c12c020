"""How much came in: counts of stored values and totals of the collectors' own health points."""

import threading
from collections.abc import Collection
from datetime import datetime, timedelta

import numpy as np

from services.clock import Clock, from_ms, to_ms
from services.timeseries.schema import COLLECTOR_HEALTH, POSITIONS, READINGS
from services.timeseries.store import TimeSeriesStore

_AT_ONCE = 50
"""Addresses asked for at once: what names them has to fit an HTTP server's limit of a request line."""

_RECENT = timedelta(minutes=5)
_SETTLED = timedelta(days=1)
"""Health points older than this no longer change: their sums are kept, not read again."""


class HealthTotals:
    """Sums over all time of the deltas that collectors report. Safe to use from several threads."""

    def __init__(self, store: TimeSeriesStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._until_ms: int | None = None
        self._settled = {"messages": 0, "rejected": 0}

    def now(self) -> dict[str, int]:
        """`messages` and `rejected` since ever."""
        with self._lock:
            horizon_ms = to_ms(self._clock() - _SETTLED)
            if self._until_ms is None or horizon_ms > self._until_ms:
                self._settled = self._plus(self._settled, self._until_ms, horizon_ms)
                self._until_ms = horizon_ms
            return self._plus(self._settled, self._until_ms, None)

    def _plus(self, sums: dict[str, int], start_ms: int | None, end_ms: int | None) -> dict[str, int]:
        found = self._store.read(COLLECTOR_HEALTH, start_ms=start_ms, end_ms=end_ms, fields=tuple(sums))
        return {
            field: total + round(sum(float(np.nansum(series.fields[field])) for series in found))
            for field, total in sums.items()
        }


def newest_reading(store: TimeSeriesStore, now: datetime) -> datetime | None:
    """The instant of the newest reading of any device.

    Every device is asked for its newest only where the last minutes have none: in a large city that is slow.
    """
    recent = store.read(READINGS, start_ms=to_ms(now - _RECENT))
    times = [int(series.times_ms[-1]) for series in recent] or [one.time_ms for one in store.latest(READINGS)]
    return from_ms(max(times)) if times else None


def strangers(store: TimeSeriesStore, known: Collection[str]) -> dict[str, datetime]:
    """Every address that ever reported and is not `known`, with the time of its newest reading.

    Only they are asked for it. One whose readings are kept no longer is left out.
    """
    found = sorted(tags for tags in store.tag_sets(READINGS) if "/".join(tags) not in known)
    newest: dict[str, datetime] = {}
    for first in range(0, len(found), _AT_ONCE):
        some = frozenset(found[first : first + _AT_ONCE])
        where = {tag: frozenset(tags[i] for tags in some) for i, tag in enumerate(READINGS.tags)}
        for point in store.latest(READINGS, where):
            if point.tags in some:
                newest["/".join(point.tags)] = from_ms(point.time_ms)
    return newest


def values_stored(store: TimeSeriesStore) -> int:
    """How many values of channels are stored; marks of quality are not values."""
    return sum(count for field, count in store.count(READINGS).items() if field != "quality")


def positions_stored(store: TimeSeriesStore) -> int:
    """How many vehicle positions are stored."""
    return store.count(POSITIONS).get("lat", 0)
