"""The session with the broker: messages in, acknowledgements out once their readings are stored.

The session is persistent and every message is acknowledged by hand, so what was not acknowledged stays at the
broker, whatever happens here. paho's thread only appends to a queue; the pipeline's thread takes from it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collectors.broker import BrokerAddress

log = logging.getLogger(__name__)

MOST_QUEUED = 65_536
"""Messages held before the socket is no longer read: one more than a broker may have in flight at QoS 1, so
that only a flood of QoS 0 messages can stop the reading (and with it the keep-alive)."""
MOST_QUEUED_BYTES = 128 * 1024 * 1024
LINGER_S = 0.05
"""How long a batch waits for company at most."""
_PAUSE_S = 0.003
"""The pause in arrivals after which a batch goes at once: a broker that allows 100 messages in flight sends
no more until they are acknowledged."""
_KEEPALIVE_S = 60
_STOP_S = 1.5
_RECONNECT_MOST_S = 30


class Message(msgspec.Struct, frozen=True):
    """A message as it arrived; `connection` numbers the connection that delivered it."""

    topic: str
    payload: bytes
    received_ms: int
    mid: int
    qos: int
    connection: int


def now_ms() -> int:
    """The machine's clock in epoch milliseconds."""
    return time.time_ns() // 1_000_000


class MqttSession:
    """A persistent MQTT 3.1.1 session that subscribes to `filters` at QoS 1.

    It tells, retained, at `kilowitness/v1/collectors/{client_id}/status` whether it listens: `online` once it
    is subscribed, `offline` at its end or by its will.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        filters: Sequence[str],
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._address = address
        self._filters = filters
        self._clock_ms = clock_ms
        self._queue: deque[Message] = deque()
        self._arrived = threading.Event()
        self._stopping = False
        self._bytes_in = self._bytes_out = 0
        self._connection = 0
        self._connection_lock = threading.Lock()
        self._trouble = ""
        self._status_topic = f"kilowitness/v1/collectors/{client_id.lower()}/status"
        self._client = self._make_client(client_id)

    def _make_client(self, client_id: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if self._address.username is not None:
            client.username_pw_set(self._address.username, self._address.password)
        if self._address.tls is not None:
            client.tls_set_context(self._address.tls)
        client.will_set(self._status_topic, b"offline", qos=1, retain=True)
        client.reconnect_delay_set(1, _RECONNECT_MOST_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def start(self) -> None:
        """Connect in the background, again and again until it succeeds."""
        self._client.connect_async(self._address.host, self._address.port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Send the acknowledgements that wait and disconnect.

        The network thread may hang in a connection attempt; it is a daemon and not waited for any longer.
        """
        self._stopping = True
        self._client.publish(self._status_topic, b"offline", qos=1, retain=True)
        self._client.disconnect()
        ending = threading.Thread(target=self._client.loop_stop, daemon=True)
        ending.start()
        ending.join(_STOP_S)

    def pending(self) -> int:
        """Messages that arrived and were not taken yet."""
        return len(self._queue)

    def take(self, most: int, timeout_s: float) -> list[Message]:
        """The next messages in order, at most `most`; none if nothing arrived for `timeout_s`."""
        if not self._queue:
            self._arrived.clear()
            if not self._queue and not self._arrived.wait(timeout_s):
                return []
        self._linger(most)
        messages = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
        self._bytes_out += sum(len(message.payload) for message in messages)
        return messages

    def _linger(self, most: int) -> None:
        deadline = time.monotonic() + LINGER_S
        waiting = len(self._queue)
        while waiting < most and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
            before, waiting = waiting, len(self._queue)
            if waiting == before:
                return

    def wake(self) -> None:
        """Let a waiting `take` return."""
        self._arrived.set()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker, in order of arrival, that these are safe.

        Those of an earlier connection are passed over: the broker delivers them again, maybe under other
        numbers.
        """
        with self._connection_lock:
            for message in messages:
                if message.qos and message.connection == self._connection:
                    self._client.ack(message.mid, message.qos)

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        while (
            len(self._queue) >= MOST_QUEUED or self._bytes_in - self._bytes_out >= MOST_QUEUED_BYTES
        ) and not self._stopping:
            time.sleep(0.02)
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "(a topic that is not UTF-8)"
        payload = bytes(message.payload)
        self._bytes_in += len(payload)
        self._queue.append(
            Message(topic, payload, self._clock_ms(), message.mid, message.qos, self._connection)
        )
        if not self._arrived.is_set():
            self._arrived.set()

    def _on_connect(
        self,
        client: Client,
        userdata: Any,
        flags: ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._say(f"the broker refuses this collector: {code}; look at KILOWITNESS_MQTT_URL")
            return
        self._trouble = ""
        session = "its messages waited" if flags.session_present else "a new session"
        log.info("connected to %s (%s)", self._address, session)
        client.subscribe([(pattern, 1) for pattern in self._filters])

    def _on_connect_fail(self, client: Client, userdata: Any) -> None:
        self._say(f"no broker answers at {self._address}; trying again")

    def _on_disconnect(
        self,
        client: Client,
        userdata: Any,
        flags: DisconnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        with self._connection_lock:
            self._connection += 1
        if not self._stopping and not self._trouble:
            self._say(f"the connection to {self._address} was lost: {code}; trying again")

    def _on_subscribe(
        self, client: Client, userdata: Any, mid: int, codes: list[ReasonCode], properties: Properties | None
    ) -> None:
        refused = [pattern for pattern, code in zip(self._filters, codes, strict=False) if code.is_failure]
        if refused:
            log.error("the broker refuses subscriptions to %s", ", ".join(refused))
        else:
            log.info("subscribed to %d topic filters", len(codes))
            client.publish(self._status_topic, b"online", qos=1, retain=True)

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins, not at every attempt."""
        if trouble != self._trouble and not self._stopping:
            log.error("%s", trouble)
        self._trouble = trouble
