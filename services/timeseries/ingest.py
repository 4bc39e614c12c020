"""How much came in: counts of stored values and totals of the collectors' own health points."""

import threading
from datetime import datetime, timedelta

import numpy as np

from services.clock import Clock, from_ms, to_ms
from services.timeseries.schema import COLLECTOR_HEALTH, POSITIONS, READINGS
from services.timeseries.store import TimeSeriesStore

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


def newest_readings(store: TimeSeriesStore) -> dict[str, datetime]:
    """Every address that ever reported, with the time of its newest reading."""
    return {"/".join(point.tags): from_ms(point.time_ms) for point in store.latest(READINGS)}


def values_stored(store: TimeSeriesStore) -> int:
    """How many values of channels are stored; marks of quality are not values."""
    return sum(count for field, count in store.count(READINGS).items() if field != "quality")


def positions_stored(store: TimeSeriesStore) -> int:
    """How many vehicle positions are stored."""
    return store.count(POSITIONS).get("lat", 0)
