"""The session with the broker: messages in, acknowledgements out once their readings are stored.

The session is persistent and every message is acknowledged by hand, so what was not acknowledged stays at the
broker, whatever happens here. The session's thread only reads the socket and appends to a queue; the pipeline
takes from it. The broker sends at most `most_unacknowledged` messages ahead (MQTT 5, Receive Maximum).
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import mqtt5
import msgspec
from mqtt5 import ConnAckReasonCode, DisconnectReasonCode, QoS, RetainHandling

from collectors.broker import BrokerAddress
from collectors.connection import Connection, ConnectionClosed
from collectors.decoders import Reply
from collectors.inbox import Inbox, Message, now_ms
from collectors.retry import pauses

log = logging.getLogger(__name__)

_KEEPALIVE_S = 20
_STOP_S = 1.0
_FOREVER_S = 0xFFFF_FFFF
_REFUSALS = {
    132: "it does not speak MQTT 5",
    134: "Bad user name or password",
    135: "Not authorized",
}


class MqttSession:
    """A persistent MQTT 5 session that subscribes to `filters` at QoS 1.

    It tells, retained, at `kilowitness/v1/collectors/{client_id}/status` whether it listens: `online` once it
    is subscribed, `offline` at its end or by its will. One that is not `lasting` is forgotten by the broker
    when it ends, and says nothing of itself.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        client_id: str,
        filters: Sequence[str],
        most_unacknowledged: int = 20_000,
        lasting: bool = True,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._address = address
        self._client_id = client_id
        self._filters = filters
        self._most_unacknowledged = min(most_unacknowledged, 65_535)
        self._lasting = lasting
        self._clock_ms = clock_ms
        self._inbox = Inbox()
        self._stop = threading.Event()
        self._number = 0
        self._open: Connection | None = None
        self._lock = threading.Lock()
        self._trouble = ""
        self._topic = f"kilowitness/v1/collectors/{client_id.lower()}"
        self._health = b""
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        """Connect in the background, again and again until it succeeds."""
        self._thread.start()

    def stop(self) -> None:
        """Send the acknowledgements that wait, say goodbye and disconnect.

        The thread may hang in a connection attempt; it is a daemon and not waited for any longer.
        """
        self._stop.set()
        with self._lock:
            if self._open is not None:
                self._open.wake()
        self._thread.join(_STOP_S + 0.5)

    def pending(self) -> int:
        """Messages that arrived and were not taken yet."""
        return len(self._inbox)

    def take(self, most: int, timeout_s: float) -> list[Message]:
        """The next messages in order, at most `most`; none if nothing arrived for `timeout_s`."""
        return self._inbox.take(most, timeout_s)

    def wake(self) -> None:
        """Let a waiting `take` return."""
        self._inbox.wake()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker, in order of arrival, that these are safe.

        Those of an earlier connection are passed over: the broker delivers them again, maybe under other
        numbers.
        """
        with self._lock:
            number, connection = self._number, self._open
            if connection is not None:
                connection.send(
                    [mqtt5.PubAckPacket(m.mid) for m in messages if m.mid and m.connection == number]
                )

    def reply(self, replies: Sequence[Reply]) -> None:
        """Publish at QoS 0; what cannot be sent now is not sent: the device will ask again."""
        with self._lock:
            if self._open is not None:
                self._open.send([mqtt5.PublishPacket(reply.topic, reply.payload) for reply in replies])

    def tell(self, health: Mapping[str, str]) -> None:
        """Publish, retained, at `kilowitness/v1/collectors/{client_id}/health` how this collector is."""
        with self._lock:
            self._health = msgspec.json.encode(health)
            if self._open is not None:
                self._open.send([self._retained("health", self._health)])

    def connected(self) -> bool:
        """Whether the broker has accepted this session."""
        return self._open is not None

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            try:
                connection = Connection(self._address)
            except ConnectionClosed:
                self._say(f"no broker answers at {self._address}; trying again")
            else:
                attempt = 0 if self._converse(connection) else attempt
            attempt += 1
            self._stop.wait(pauses(attempt, None, random.random()))  # noqa: S311

    def _converse(self, connection: Connection) -> bool:
        """Listen until the connection ends; True if the broker had accepted the session."""
        accepted = False
        try:
            accepted = self._greet(connection)
            if accepted:
                self._listen(connection)
        except ConnectionClosed as error:
            if not accepted:
                self._say(f"no broker answers at {self._address}: {error}; trying again")
            elif not self._trouble:
                self._say(f"the connection to {self._address} was lost: {error}; trying again")
        except Exception:
            log.exception("the session with %s failed in a way that was not foreseen", self._address)
        finally:
            with self._lock:
                self._open = None
                self._number += 1
            connection.close()
        return accepted

    def _greet(self, connection: Connection) -> bool:
        password = self._address.password
        will = mqtt5.Will(f"{self._topic}/status", payload=b"offline", qos=QoS.AT_LEAST_ONCE, retain=True)
        connect = mqtt5.ConnectPacket(
            self._client_id,
            username=self._address.username,
            password=None if password is None else password.encode(),
            clean_start=not self._lasting,
            keep_alive=_KEEPALIVE_S,
            session_expiry_interval=_FOREVER_S if self._lasting else 0,
            receive_max=self._most_unacknowledged,
            will=will if self._lasting else None,
        )
        connection.send([connect])
        deadline = time.monotonic() + 10
        early: list[mqtt5.Packet] = []
        while not early and time.monotonic() < deadline and not self._stop.is_set():
            early += connection.receive(0.2)
        if not early:
            raise ConnectionClosed("it gives no MQTT 5 answer")
        answer, *rest = early
        if not isinstance(answer, mqtt5.ConnAckPacket):
            raise ConnectionClosed("what answers there is not an MQTT 5 broker")
        if answer.reason_code != ConnAckReasonCode.SUCCESS:
            said = _REFUSALS.get(answer.reason_code.value) or answer.reason_code.name
            self._say(f"the broker refuses this collector: {said}; look at KILOWITNESS_MQTT_URL")
            return False
        self._trouble = ""
        log.info("connected to %s (%s)", self._address,
                 "its messages waited" if answer.session_present else "a new session")  # fmt: skip
        with self._lock:
            self._open = connection
        self._subscribe(connection)
        self._hear(connection, rest)
        return True

    def _subscribe(self, connection: Connection) -> None:
        filters = [
            mqtt5.TopicFilter(
                pattern,
                max_qos=QoS.AT_LEAST_ONCE,
                retain_as_published=False,
                retain_handling=RetainHandling.SEND_IF_SUBSCRIPTION_NOT_EXISTS,
            )
            for pattern in self._filters
        ]
        unshared = [f.split("/", 2)[2] for f in self._filters if f.startswith("$share/")]
        if unshared:
            connection.send([mqtt5.UnsubscribePacket(2, unshared)])
        connection.send([mqtt5.SubscribePacket(1, filters)])

    def _listen(self, connection: Connection) -> None:
        while not self._stop.is_set():
            reading = self._inbox.has_room()
            self._hear(connection, connection.receive(1.0 if reading else 0.02, reading=reading))
            self._keep_alive(connection, reading=reading)
        connection.send([*self._status(b"offline"), mqtt5.DisconnectPacket()])
        connection.flush(_STOP_S)

    def _hear(self, connection: Connection, packets: Sequence[mqtt5.Packet]) -> None:
        now, number = self._clock_ms(), self._number
        messages = []
        for packet in packets:
            if type(packet) is mqtt5.PublishPacket:
                messages.append(
                    Message(packet.topic, packet.payload, now, packet.packet_id or 0, number, packet.retain)
                )
            else:
                self._hear_other(connection, packet)
        if messages:
            self._inbox.put(messages)

    def _hear_other(self, connection: Connection, packet: mqtt5.Packet) -> None:
        if isinstance(packet, mqtt5.SubAckPacket):
            refused = [
                pattern
                for pattern, code in zip(self._filters, packet.reason_codes, strict=False)
                if code.value >= 128
            ]
            if refused:
                log.error("the broker refuses subscriptions to %s", ", ".join(refused))
            else:
                log.info("subscribed to %d topic filters", len(self._filters))
                connection.send(self._status(b"online"))
                if self._health:
                    connection.send([self._retained("health", self._health)])
        elif isinstance(packet, mqtt5.DisconnectPacket):
            if packet.reason_code == DisconnectReasonCode.SESSION_TAKEN_OVER:
                self._say(
                    f"another collector took the session {self._client_id!r}: give each its own "
                    "KILOWITNESS_COLLECTOR_ID"
                )
            raise ConnectionClosed(packet.reason_code.name)

    def _keep_alive(self, connection: Connection, *, reading: bool) -> None:
        """Ping a silent broker; give up one that does not answer, unless it was not listened to."""
        now = time.monotonic()
        if not reading:
            connection.heard_s = now
        if now - connection.heard_s > 1.5 * _KEEPALIVE_S:
            raise ConnectionClosed("the broker fell silent")
        if now - connection.spoke_s > _KEEPALIVE_S / 2:
            connection.send([mqtt5.PingReqPacket()])

    def _status(self, word: bytes) -> list[mqtt5.PublishPacket]:
        return [self._retained("status", word)] if self._lasting else []

    def _retained(self, leaf: str, payload: bytes) -> mqtt5.PublishPacket:
        return mqtt5.PublishPacket(
            f"{self._topic}/{leaf}", payload, qos=QoS.AT_LEAST_ONCE, retain=True, packet_id=65_535
        )

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins, not at every attempt."""
        if trouble != self._trouble and not self._stop.is_set():
            log.error("%s", trouble)
        self._trouble = trouble
