"""What a collector did, counted by its threads and told now and then as a point of its health."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from services.timeseries.schema import COLLECTOR_HEALTH
from services.timeseries.store import Point

_COUNTED = ("messages", "readings", "rejected", "retried")


class Health:
    """Counts since the last point. Safe to use from several threads.

    `interval_ms`: how often a point is due; `pending` tells how many messages wait to be taken.
    """

    def __init__(
        self, collector: str, *, interval_ms: float, clock_ms: Callable[[], int], pending: Callable[[], int]
    ) -> None:
        self._collector = collector
        self._interval_ms = interval_ms
        self._clock_ms = clock_ms
        self._pending = pending
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told_ms = clock_ms()

    def count(self, done: Mapping[str, int]) -> None:
        """Add to what was done."""
        with self._lock:
            self._counts.update(done)

    def point(self, *, now: bool = False) -> Point | None:
        """The point that is due, or that is wanted `now`, at an instant no earlier one has; else None.

        Its counts are told by it alone: whoever takes it stores it.
        """
        with self._lock:
            if not now and self._clock_ms() - self._told_ms < self._interval_ms:
                return None
            self._told_ms = max(self._clock_ms(), self._told_ms + 1)
            fields = {name: float(self._counts[name]) for name in _COUNTED}
            self._counts.clear()
        fields["pending"] = float(self._pending())
        return Point(COLLECTOR_HEALTH, (self._collector,), self._told_ms, fields)
