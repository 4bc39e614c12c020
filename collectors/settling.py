"""Settling a batch: store its points, keep its rejects, and only then acknowledge and answer its messages."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from collectors.batch import Batch
from collectors.clocks import Clocks
from collectors.health import Health
from collectors.retry import insist
from collectors.source import Source
from collectors.times import rfc3339
from services.deadletters.letters import DeadLetters, Letter
from services.timeseries.store import Point, PointsRejected, TimeSeriesStore

log = logging.getLogger(__name__)


class Settler:
    """Settles batches of `source` into `store` until `stop` is set."""

    def __init__(
        self,
        *,
        source: Source,
        store: TimeSeriesStore,
        deadletters: DeadLetters,
        health: Health,
        clocks: Clocks,
        clock_ms: Callable[[], int],
        stop: threading.Event,
    ) -> None:
        self._source = source
        self._store = store
        self._deadletters = deadletters
        self._health = health
        self._clocks = clocks
        self._clock_ms = clock_ms
        self._stop = stop
        self._last_reject = ""

    def prepare(self) -> bool:
        """Wait for the store; False if the stop was first."""
        return self._insist(self._store.prepare, "the store")

    def settle(self, batch: Batch, before: Future[bool] | None = None, *, last: bool = False) -> bool:
        """Settle a batch, acknowledged after the one `before`; False if the stop was first.

        The `last` one tells the collector's health whether that is due or not.
        """
        self._health.count(batch.counts)
        points = batch.points()
        if (health := self._health.point(now=last)) is not None:
            points += [health, *self._clocks.points(health.time_ms)]
        if points and not self._insist(lambda: self._write(points, batch), "the store"):
            return False
        letters = batch.letters()
        if letters and not self._insist(lambda: self._deadletters.add(letters), "the dead letter file"):
            return False
        if before is not None and not before.result():
            return False
        self._source.acknowledge(batch.messages)
        if replies := batch.replies():
            self._source.reply(replies)
        self._report(letters, health)
        return True

    def _report(self, letters: Sequence[Letter], health: Point | None) -> None:
        """Say what was rejected, once for all of it since the last point of health."""
        if letters:
            self._last_reject = f"{letters[-1].rejects[-1].reason} ({letters[-1].topic})"
        if health is not None and health.fields["rejected"]:
            log.warning("%d items rejected, the last: %s; see `kilowitness deadletter list`",
                        health.fields["rejected"], self._last_reject)  # fmt: skip

    def settle_beside(self, batch: Batch, before: Future[bool] | None) -> Future[bool]:
        """Settle in a thread that the end of the program does not wait for: a store may hang."""
        outcome: Future[bool] = Future()

        def run() -> None:
            try:
                outcome.set_result(self.settle(batch, before))
            except BaseException as error:  # noqa: BLE001  raised where the outcome is asked for
                outcome.set_exception(error)

        threading.Thread(target=run, name="settle", daemon=True).start()
        return outcome

    def _insist(self, step: Callable[[], None], what: str) -> bool:
        return insist(
            step,
            what,
            stop=self._stop,
            on_retry=lambda: self._health.count({"retried": 1}),
            tell=self._tell,
        )

    def _write(self, points: Sequence[Point], batch: Batch) -> None:
        try:
            self._store.write(points)
        except PointsRejected as error:
            self._health.count({"rejected": batch.refuse(error.rejected)})

    def _tell(self, trouble: str | None) -> None:
        """Say at once, where the store cannot, whether this collector holds messages back, and why."""
        state = {"state": "storing"} if trouble is None else {"state": "holding", "reason": trouble}
        self._source.tell({**state, "since": rfc3339(self._clock_ms())})
