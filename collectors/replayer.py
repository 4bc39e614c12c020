"""Replays beside a running pipeline: what the HTTP interface or a page asked for, a little at a time."""

import logging
import threading

from collectors.replay import replay_requested
from collectors.routing import Router
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable
from services.timeseries.store import StoreUnavailable, TimeSeriesStore

log = logging.getLogger(__name__)

_JOIN_S = 1.0


class Replayer:
    """A daemon thread that replays requested letters every `interval_s`; its failures stay in it.

    `letters` and `router` are its own: the pipeline need not wait for its transactions, and decoders that
    remember what came before must not hear old messages between new ones.
    """

    def __init__(
        self,
        *,
        letters: DeadLetters,
        router: Router,
        store: TimeSeriesStore,
        interval_s: float,
    ) -> None:
        self._letters = letters
        self._router = router
        self._store = store
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, before the store is closed; what is under way at most loses the letters' settlement."""
        self._stop.set()
        self._thread.join(_JOIN_S)
        if not self._thread.is_alive():
            self._letters.close()

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            try:
                self._tick()
            except (StoreUnavailable, DeadLetterUnavailable) as error:
                self._say(str(error))
            except Exception as error:
                if not self._trouble:
                    log.exception("a replay failed in a way that was not foreseen")
                self._trouble = str(error) or type(error).__name__
            else:
                self._trouble = ""

    def _tick(self) -> None:
        tally = replay_requested(letters=self._letters, router=self._router, store=self._store)
        if tally.removed or tally.left:
            log.info("replayed dead letters: %d values stored, %d letters done, %d reasons left",
                     tally.stored, tally.removed, tally.left.total())  # fmt: skip

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins, not at every attempt."""
        if trouble != self._trouble:
            log.warning("the replay of dead letters waits: %s", trouble)
        self._trouble = trouble
