"""The collector's one loop: take what arrived, understand it, store it, then acknowledge and answer it.

While one batch is being stored the next one is understood, never more: what follows waits at the broker.

Every message has one of three fates. *Stored*: its readings are in the store. *Rejected*: what could not be
taken is in the dead letter, the rest stored. *Waiting*: store or dead letter cannot be written; the same
batch is tried again and nothing of it is acknowledged, so that it outlives this process at the broker.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Protocol

from collectors.batch import Batch
from collectors.clocks import Clocks
from collectors.decoders import Reply
from collectors.inbox import Message, now_ms
from collectors.retry import insist
from collectors.routing import Router
from collectors.times import ARRIVAL_TIME, rfc3339
from services.deadletters.letters import DeadLetters, Letter
from services.timeseries.schema import COLLECTOR_HEALTH, READINGS
from services.timeseries.store import Point, PointsRejected, TimeSeriesStore

log = logging.getLogger(__name__)

MOST_POINTS = 20_000
"""Points after which a batch is written even if more messages wait: it bounds memory, not throughput."""
_IDLE_S = 1.0
_TOLD = ("messages", "readings", "rejected", "retried")


class Source(Protocol):
    """Where messages come from; `mqtt.MqttSession` is one."""

    def take(self, most: int, timeout_s: float) -> list[Message]:
        """The next messages, in order; none after `timeout_s` of silence."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """These are safe."""

    def reply(self, replies: Sequence[Reply]) -> None:
        """Tell devices what they expect to hear."""

    def tell(self, health: Mapping[str, str]) -> None:
        """Let those who watch over this collector know how it is."""

    def pending(self) -> int:
        """How many wait to be taken."""


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
        self._store = store
        self._deadletters = deadletters
        self._collector = collector
        self._most_messages = batch_messages
        self._stop = stop
        self._health_interval_ms = health_interval_s * 1000
        self._clock_ms = clock_ms
        self._counts: Counter[str] = Counter()
        self._last_reject = ""
        self._clocks = Clocks(clock_ms())
        self._told_ms = clock_ms()

    def run(self) -> None:
        """Work until `stop` is set; a batch that could not be stored by then stays at the broker."""
        if not self._insist(self._store.prepare, "the store"):
            return
        earlier: Future[bool] | None = None
        for batch in self._batches():
            if earlier is not None and not earlier.result():
                return
            earlier = _beside(partial(self._settle, batch))
        if earlier is None or earlier.result():
            self._settle(Batch(), tell=True)

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

    def _settle(self, batch: Batch, *, tell: bool = False) -> bool:
        """Store, keep the rejects, acknowledge; now and then tell the counts. False if the stop was first."""
        self._counts.update(batch.counts)
        points = batch.points()
        told: Counter[str] = Counter()
        if tell or self._clock_ms() - self._told_ms >= self._health_interval_ms:
            told.update(self._counts)
            points += [self._health(), *self._clocks.points(self._told_ms)]
        if points and not self._insist(lambda: self._write(points, batch), "the store"):
            return False
        letters = batch.letters()
        if letters and not self._insist(lambda: self._deadletters.add(letters), "the dead letter file"):
            return False
        self._source.acknowledge(batch.messages)
        if replies := batch.replies():
            self._source.reply(replies)
        self._report(letters, told)
        return True

    def _insist(self, step: Callable[[], None], what: str) -> bool:
        return insist(step, what, stop=self._stop, on_retry=self._count_retry, tell=self._tell)

    def _write(self, points: Sequence[Point], batch: Batch) -> None:
        try:
            self._store.write(points)
        except PointsRejected as error:
            self._counts["rejected"] += batch.refuse(error.rejected)

    def _tell(self, trouble: str | None) -> None:
        """Say at once, where the store cannot, whether this collector holds messages back, and why."""
        state = {"state": "storing"} if trouble is None else {"state": "holding", "reason": trouble}
        self._source.tell({**state, "since": rfc3339(self._clock_ms())})

    def _count_retry(self) -> None:
        self._counts["retried"] += 1

    def _health(self) -> Point:
        """What was done since the last such point, at an instant no earlier point has."""
        self._told_ms = max(self._clock_ms(), self._told_ms + 1)
        fields = {name: float(self._counts[name]) for name in _TOLD}
        fields["pending"] = float(self._source.pending())
        return Point(COLLECTOR_HEALTH, (self._collector,), self._told_ms, fields)

    def _report(self, letters: Sequence[Letter], told: Counter[str]) -> None:
        """Forget the counts that are stored; say what was rejected, once for all of them."""
        if letters:
            self._last_reject = f"{letters[-1].rejects[-1].reason} ({letters[-1].topic})"
        self._counts.subtract(told)
        if told["rejected"]:
            log.warning("%d items rejected, the last: %s; see `kilowitness deadletter list`",
                        told["rejected"], self._last_reject)  # fmt: skip


def _beside(step: Callable[[], bool]) -> Future[bool]:
    """Run a step in a thread that the end of the program does not wait for: a store may hang."""
    outcome: Future[bool] = Future()

    def run() -> None:
        try:
            outcome.set_result(step())
        except BaseException as error:  # noqa: BLE001  raised where the outcome is asked for
            outcome.set_exception(error)

    threading.Thread(target=run, name="settle", daemon=True).start()
    return outcome
