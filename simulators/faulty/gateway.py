"""The devices' side: publishes at QoS 1 over MQTT 5, and holds on to what the broker may still lose.

A gateway sends in windows, and sends again what was not acknowledged when the connection broke. Mosquitto
acknowledges a message before it has saved it: what it took since its last save dies with it. So this gateway,
like those with a memory of their own, keeps what it sent until the broker has saved, and sends it again to a
broker that died. It also sends again what the broker acknowledged with "no matching subscribers" (MQTT 5,
reason 0x10): such a message is with nobody.
"""

import random
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

import mqtt5

from simulators.faulty.messages import Sent
from simulators.faulty.packets import split

WINDOW = 500
_SILENCE_S = 5.0
_PAUSE_S = 0.05
_PATIENCE_S = 120.0
_MOST_REMEMBERED = 2_000


class GatewayStuck(Exception):
    """The broker took nothing for too long."""


class BrokerLife(Protocol):
    """What a gateway knows of its broker."""

    def deaths(self) -> int:
        """How often it died without saving."""

    def saves(self) -> int:
        """How often it saved all it had."""


class Gateway:
    """A publisher at `port`; `promise` hears of every message that was acknowledged, maybe more than once.

    `noise` is the chance of a window to be out of order, and again that it repeats earlier messages.
    """

    def __init__(
        self,
        port: int,
        *,
        broker: BrokerLife,
        promise: Callable[[Sent], None],
        seed: int = 0,
        noise: float = 0.1,
        client_id: str = "gateway",
    ) -> None:
        self._port = port
        self._broker = broker
        self._promise = promise
        self._random = random.Random(seed)  # noqa: S311
        self._noise = noise
        self._client_id = client_id
        self._socket: socket.socket | None = None
        self._unread = b""
        self._packets: deque[mqtt5.Packet] = deque()
        self._mourned = broker.deaths()
        self._held: deque[tuple[int, Sent]] = deque()
        self._earlier: deque[Sent] = deque(maxlen=_MOST_REMEMBERED)
        self.sent = 0
        self.sent_again = 0
        self.unheard = 0
        """Messages acknowledged although nobody was subscribed to them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, messages: Sequence[Sent]) -> None:
        """Return when the broker has all of them; raises `GatewayStuck` after two minutes."""
        for first in range(0, len(messages), WINDOW):
            window = list(messages[first : first + WINDOW])
            self._deliver(self._noisy(window))
            self._earlier.extend(window)

    def settle(self) -> None:
        """Make up for a death of the broker that was not noticed yet."""
        self._deliver([])

    def _noisy(self, window: list[Sent]) -> list[Sent]:
        if self._random.random() < self._noise:
            self._random.shuffle(window)
        if self._earlier and self._random.random() < self._noise:
            window = window + self._random.choices(self._earlier, k=50)
            self.sent_again += 50
        return window

    def _deliver(self, window: Sequence[Sent]) -> None:
        """Have every message of the window acknowledged, and those that a dead broker forgot."""
        waiting = dict(enumerate(window, 1))
        fresh = True
        deadline = time.monotonic() + _PATIENCE_S
        while waiting or self._mourned != self._broker.deaths():
            try:
                self._connect()
                if self._mourned != self._broker.deaths():
                    self._mourn()
                self._exchange(waiting, again=not fresh)
            except OSError:
                self._hang_up()
            fresh = False
            if waiting or self._mourned != self._broker.deaths():
                if time.monotonic() > deadline:
                    raise GatewayStuck(f"nobody took {len(waiting)} messages for {_PATIENCE_S:g} s") from None
                time.sleep(_PAUSE_S)

    def _exchange(self, waiting: dict[int, Sent], *, again: bool) -> None:
        """Publish what waits and hear its acknowledgements; what is acknowledged waits no longer."""
        if self._socket is None or not waiting:
            return
        packets = [
            mqtt5.PublishPacket(
                sent.topic, sent.payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number, duplicate=again
            ).write()
            for number, sent in waiting.items()
        ]
        self.sent += len(packets)
        self.sent_again += len(packets) if again else 0
        self._socket.sendall(b"".join(packets))
        unanswered = set(waiting)
        while unanswered:
            packet = self._read()
            if isinstance(packet, mqtt5.PubAckPacket) and packet.packet_id in unanswered:
                unanswered.discard(packet.packet_id)
                if packet.reason_code is mqtt5.PubAckReasonCode.NO_MATCHING_SUBSCRIBERS:
                    self.unheard += 1
                else:
                    self._keep(waiting.pop(packet.packet_id))

    def _keep(self, sent: Sent) -> None:
        self._promise(sent)
        saves = self._broker.saves()
        self._held.append((saves, sent))
        # The save that was under way may have begun before this message; the one after it did not.
        while self._held[0][0] <= saves - 2:
            self._held.popleft()

    def _mourn(self) -> None:
        """Send again what the broker may have forgotten when it died."""
        deaths = self._broker.deaths()
        forgotten = [sent for _, sent in self._held]
        for first in range(0, len(forgotten), WINDOW):
            waiting = dict(enumerate(forgotten[first : first + WINDOW], 1))
            self._exchange(waiting, again=True)
            if waiting:
                raise ConnectionAbortedError("nobody listens yet")
        self._mourned = deaths

    def _connect(self) -> None:
        if self._socket is not None:
            return
        self._unread = b""
        self._packets.clear()
        self._socket = socket.create_connection(("127.0.0.1", self._port), _SILENCE_S)
        self._socket.settimeout(_SILENCE_S)
        self._socket.sendall(mqtt5.ConnectPacket(self._client_id, clean_start=True, keep_alive=60).write())
        answer = self._read()
        if not isinstance(answer, mqtt5.ConnAckPacket) or answer.reason_code != 0:
            raise ConnectionRefusedError(f"the broker answers {answer!r}")
        if answer.receive_max < WINDOW:
            raise GatewayStuck(f"the broker lets {answer.receive_max} messages be in flight, not {WINDOW}")

    def _read(self) -> mqtt5.Packet:
        """The next packet; raises OSError when the connection is silent or gone."""
        while not self._packets:
            if self._socket is None:
                raise ConnectionResetError("no connection")
            data = self._socket.recv(65_536)
            if not data:
                raise ConnectionResetError("the broker hung up")
            packets, self._unread = split(self._unread + data)
            self._packets.extend(packets)
        return self._packets.popleft()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
