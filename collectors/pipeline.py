"""The collector's one loop: take what arrived, understand it, and have it settled.

Every message has one of three fates. *Stored*: its readings are in the store. *Rejected*: what could not be
taken is in the dead letter, the rest stored. *Waiting*: store or dead letter cannot be written; the same
batch is tried again and nothing of it is acknowledged, so that it outlives this process at the broker.

While two batches are being settled a third is understood, never more: what follows waits at the broker.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

from collectors.batch import Batch
from collectors.clocks import Clocks
from collectors.health import Health
from collectors.inbox import now_ms
from collectors.routing import Router
from collectors.settling import Settler
from collectors.source import Source
from collectors.times import ARRIVAL_TIME
from services.deadletters.letters import DeadLetters
from services.timeseries.schema import READINGS
from services.timeseries.store import Point, TimeSeriesStore

MOST_POINTS = 20_000
"""Points after which a batch is settled even if more messages wait: it bounds memory, not throughput."""
_AT_ONCE = 2
_IDLE_S = 1.0


class Pipeline:
    """Moves messages from `source` into `store` until `stop` is set."""

    def __init__(
        self,
        *,
        source: Source,
        router: Router,
        store: TimeSeriesStore,
        deadletters: DeadLetters,
        collector: str,
        batch_messages: int,
        stop: threading.Event,
        health_interval_s: float = 10.0,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._source = source
        self._router = router
        self._most_messages = batch_messages
        self._stop = stop
        self._clocks = Clocks(clock_ms())
        self._settler = Settler(
            source=source,
            store=store,
            deadletters=deadletters,
            health=Health(
                collector,
                interval_ms=health_interval_s * 1000,
                clock_ms=clock_ms,
                pending=source.pending,
            ),
            clocks=self._clocks,
            clock_ms=clock_ms,
            stop=stop,
        )

    def run(self) -> None:
        """Work until `stop` is set; a batch that could not be stored by then stays at the broker."""
        if not self._settler.prepare():
            return
        under_way: deque[tuple[Batch, Future[bool]]] = deque()
        for batch in self._batches():
            while len(under_way) >= _AT_ONCE or any(batch.meets(other) for other, _ in under_way):
                if not under_way.popleft()[1].result():
                    return
            before = under_way[-1][1] if under_way else None
            under_way.append((batch, self._settler.settle_beside(batch, before)))
        if all(outcome.result() for _, outcome in under_way):
            self._settler.settle(Batch(), last=True)

    def _batches(self) -> Iterator[Batch]:
        """What arrived, understood; an empty batch after a silence."""
        while not self._stop.is_set():
            batch = Batch()
            for message in self._source.take(self._most_messages, _IDLE_S):
                understood = self._router.understand(
                    message.topic, message.payload, message.received_ms, message.retained
                )
                batch.add(message, understood)
                if not message.retained:
                    self._note_clocks(understood.points, message.received_ms)
                if len(batch) >= MOST_POINTS:
                    yield batch
                    if self._stop.is_set():
                        return
                    batch = Batch()
            yield batch

    def _note_clocks(self, points: Sequence[Point], received_ms: int) -> None:
        for point in points:
            quality = point.fields.get("quality")
            if point.measurement is READINGS and (quality is None or not int(quality) & ARRIVAL_TIME):
                self._clocks.note(point.tags, point.time_ms, received_ms)
