"""Messages on their way from the session's thread to the pipeline's: bounded, in order, in batches."""

import threading
import time
from collections import deque
from collections.abc import Sequence

import msgspec

MOST_QUEUED = 131_072
"""Messages held before the socket is no longer read: twice what a broker may have unacknowledged, so that
only a flood of QoS 0 messages can stop the reading."""
MOST_QUEUED_BYTES = 64 * 1024 * 1024
LINGER_S = 0.05
"""How long a batch waits for company at most."""
_PAUSE_S = 0.003
"""The pause in arrivals after which a batch goes at once: a broker that allows 100 messages in flight sends
no more until they are acknowledged."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message as it arrived; `connection` numbers the connection that delivered it.

    `mid` is what to acknowledge it by, 0 at QoS 0. `retained`: the broker kept it since nobody knows when.
    """

    topic: str
    payload: bytes
    received_ms: int
    mid: int
    connection: int
    retained: bool = False


def now_ms() -> int:
    """The machine's clock in epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Inbox:
    """Filled by one thread and emptied by another."""

    def __init__(self) -> None:
        self._queue: deque[Message] = deque()
        self._arrived = threading.Event()
        self._bytes_in = self._bytes_out = 0

    def put(self, messages: Sequence[Message]) -> None:
        """Lay messages behind those that wait."""
        self._queue.extend(messages)
        self._bytes_in += sum([len(message.payload) for message in messages])
        if not self._arrived.is_set():
            self._arrived.set()

    def has_room(self) -> bool:
        """Whether more may be laid in."""
        return len(self._queue) < MOST_QUEUED and self._bytes_in - self._bytes_out < MOST_QUEUED_BYTES

    def __len__(self) -> int:
        """How many wait to be taken."""
        return len(self._queue)

    def wake(self) -> None:
        """Let a waiting `take` return."""
        self._arrived.set()

    def take(self, most: int, timeout_s: float) -> list[Message]:
        """The next messages in order, at most `most`; none if nothing arrived for `timeout_s`."""
        if not self._queue:
            self._arrived.clear()
            if not self._queue and not self._arrived.wait(timeout_s):
                return []
        self._linger(most)
        pop = self._queue.popleft
        messages = [pop() for _ in range(min(most, len(self._queue)))]
        self._bytes_out += sum([len(message.payload) for message in messages])
        return messages

    def _linger(self, most: int) -> None:
        deadline = time.monotonic() + LINGER_S
        waiting = len(self._queue)
        while waiting < most and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
            before, waiting = waiting, len(self._queue)
            if waiting == before:
                return
