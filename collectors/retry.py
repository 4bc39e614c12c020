"""Trying again until it works: with growing pauses, no sooner than asked, and without nagging."""

import logging
import random
import threading
import time
from collections.abc import Callable

from services.deadletters.letters import DeadLetterUnavailable
from services.timeseries.store import StoreUnavailable

log = logging.getLogger(__name__)

FIRST_S = 0.25
LONGEST_S = 30.0


def pauses(attempt: int, asked_s: float | None, chance: float) -> float:
    """Seconds to wait before attempt `attempt` + 1 (from 1), at most `LONGEST_S`.

    Doubles from `FIRST_S`, spread by `chance` (0 to 1) over its upper half so that collectors do not return
    in step; never earlier than the other side asked.
    """
    pause = min(LONGEST_S, FIRST_S * 2.0 ** min(attempt - 1, 30)) * (0.5 + 0.5 * chance)
    return min(LONGEST_S, max(pause, asked_s or 0.0))


def insist(
    step: Callable[[], None], what: str, *, stop: threading.Event, on_retry: Callable[[], None]
) -> bool:
    """Run `step` until it succeeds; False if `stop` was set before it did.

    A failure nobody foresaw is retried like an unavailable store: what is in hand is not lost, and the log
    says where it came from.
    """
    began = time.monotonic()
    attempt = 0
    while True:
        asked_s = None
        try:
            step()
        except StoreUnavailable as error:
            trouble, asked_s = str(error), error.retry_after_s
        except DeadLetterUnavailable as error:
            trouble = str(error)
        except Exception as error:
            trouble = f"{type(error).__name__}: {error}"
            if attempt == 0:
                log.exception("%s failed in a way that was not foreseen", what)
        else:
            if attempt:
                log.warning("%s is back after %.0f s", what, time.monotonic() - began)
            return True
        attempt += 1
        if attempt == 1:
            log.error("%s is unavailable, holding messages and trying again: %s", what, trouble)
        if stop.wait(pauses(attempt, asked_s, random.random())):  # noqa: S311
            return False
        on_retry()
