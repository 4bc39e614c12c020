"""Replays beside a running pipeline: what the HTTP interface or a page asked for, a little at a time."""

import logging
import threading
from pathlib import Path

from collectors.replay import replay_requested
from collectors.routing import Router
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable
from services.timeseries.store import StoreUnavailable, TimeSeriesStore

log = logging.getLogger(__name__)

_JOIN_S = 0.5


class Replayer:
    """A daemon thread that replays requested letters every `interval_s`; its failures stay in it.

    It opens the letters at `path` for itself, and `router` is its own: the pipeline need not wait for its
    transactions, and decoders that remember what came before must not hear old messages between new ones.
    """

    def __init__(
        self,
        path: Path,
        *,
        router: Router,
        store: TimeSeriesStore,
        interval_s: float,
        stop: threading.Event,
    ) -> None:
        self._path = path
        self._router = router
        self._store = store
        self._interval_s = interval_s
        self._stop = stop
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait a moment for its end, after `stop` is set; a replay cut off here is done again next time."""
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            try:
                self._tick()
            except (StoreUnavailable, DeadLetterUnavailable) as error:
                self._say(str(error))
            except Exception as error:
                if not self._trouble and not self._stop.is_set():
                    log.exception("a replay failed in a way that was not foreseen")
                self._trouble = str(error) or type(error).__name__
            else:
                self._trouble = ""

    def _tick(self) -> None:
        letters = DeadLetters(self._path)
        try:
            tally = replay_requested(letters=letters, router=self._router, store=self._store)
        finally:
            letters.close()
        if tally.removed or tally.kept:
            log.info("replayed dead letters: %d values stored, %d letters done, %d left",
                     tally.stored, tally.removed, tally.kept)  # fmt: skip

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins, not at every attempt."""
        if trouble != self._trouble:
            log.warning("the replay of dead letters waits: %s", trouble)
        self._trouble = trouble
