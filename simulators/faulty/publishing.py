"""The gateway at work in a thread of its own, up to where it may go."""

import threading
from collections.abc import Callable

from simulators.faulty.gateway import WINDOW, Gateway
from simulators.faulty.messages import Sent

_STEP_S = 0.1


class Publishing:
    """Publishes the messages of the numbers below `total` in order, never past what is allowed."""

    def __init__(self, gateway: Gateway, message: Callable[[int], Sent], total: int) -> None:
        self._gateway = gateway
        self._message = message
        self._total = total
        self._allowed = 0
        self._changed = threading.Condition()
        self._finishing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="gateway", daemon=True)
        self.published = 0
        """Messages that the broker has taken over."""

    def start(self) -> None:
        """Begin; nothing is allowed yet."""
        self._thread.start()

    def allow(self, upto: int) -> None:
        """Let the messages of the numbers below `upto` be published."""
        with self._changed:
            self._allowed = max(self._allowed, upto)
            self._changed.notify()

    def finish(self) -> None:
        """Publish what is allowed and still missing, make up for a death of the broker, and end."""
        with self._changed:
            self._finishing = True
            self._changed.notify()
        self._thread.join()

    def check(self) -> None:
        """Raise what ended the thread before its time."""
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            with self._gateway as gateway:
                while not self._finishing or self.published < self._allowed:
                    first, end = self.published, min(self.published + WINDOW, self._allowed)
                    if first < end:
                        gateway.send([self._message(number) for number in range(first, end)])
                        self.published = end
                    else:
                        gateway.settle()  # a death of the broker may have come while nothing was to be sent
                        self._wait()
                gateway.settle()
        except BaseException as error:  # noqa: BLE001  the thread that waits raises it
            self._failure = error

    def _wait(self) -> None:
        with self._changed:
            if not self._finishing and self.published >= self._allowed:
                self._changed.wait(_STEP_S)
