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
LONGEST_ASKED_S = 600.0
"""A server that asks for a longer pause is asked again all the same."""


def pauses(attempt: int, asked_s: float | None, chance: float) -> float:
    """Seconds to wait before attempt `attempt` + 1 (from 1), at most `LONGEST_S` unless asked for more.

    Doubles from `FIRST_S`, spread by `chance` (0 to 1) over its upper half so that collectors do not return
    in step; never earlier than the other side asked, unless it asked for more than `LONGEST_ASKED_S`.
    """
    pause = min(LONGEST_S, FIRST_S * 2.0 ** min(attempt - 1, 30)) * (0.5 + 0.5 * chance)
    return max(pause, min(asked_s or 0.0, LONGEST_ASKED_S))


def insist(
    step: Callable[[], None],
    what: str,
    *,
    stop: threading.Event,
    on_retry: Callable[[], None],
    tell: Callable[[str | None], None],
) -> bool:
    """Run `step` until it succeeds; False if `stop` was set before it did.

    `tell` hears of a trouble when it begins, and None when it is over. A failure nobody foresaw is retried
    like an unavailable store: what is in hand is not lost, and the log says where it came from.
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
                tell(None)
            return True
        attempt += 1
        if attempt == 1:
            log.error("%s is unavailable, holding messages and trying again: %s", what, trouble)
            tell(f"{what} is unavailable: {trouble}")
        if stop.wait(pauses(attempt, asked_s, random.random())):  # noqa: S311
            return False
        on_retry()
