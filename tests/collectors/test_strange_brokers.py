"""The session with brokers that say what a good one never would: scripted answers on a real socket."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import mqtt5
import pytest

from collectors.broker import broker_address
from collectors.connection import ILL_FORMED_TOPIC
from collectors.mqtt import MqttSession
from tests.collectors.test_mqtt import take, until

WELCOME = mqtt5.ConnAckPacket().write()
SUBSCRIBED = mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write()


class Script:
    """A listener that answers every connection with the same chunks, and keeps what it hears."""

    def __init__(self, chunks: Sequence[bytes], *, close: bool = False) -> None:
        self.heard: list[bytes] = []
        self.connections = 0
        self._chunks, self._close = chunks, close
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(peer)
            try:
                self.heard.append(peer.recv(65_536))
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for chunk in self._chunks:
                    peer.sendall(chunk)
            except OSError:
                continue  # the session was faster to leave
            if self._close:
                peer.close()
            else:
                threading.Thread(target=self._hear, args=(peer,), daemon=True).start()

    def _hear(self, peer: socket.socket) -> None:
        try:
            while data := peer.recv(65_536):
                self.heard.append(data)
        except OSError:
            return

    def close(self) -> None:
        """End the listener and its connections."""
        self._listener.shutdown(socket.SHUT_RDWR)  # which ends a waiting accept
        self._thread.join(20)
        for one in (self._listener, *self._open):
            one.close()

    def acknowledged(self) -> list[int]:
        """Packet ids of the PUBACKs it heard."""
        ids, rest = [], memoryview(b"".join(self.heard))
        while rest:
            packet, length = mqtt5.read(rest)
            rest = rest[length:]
            if isinstance(packet, mqtt5.PubAckPacket):
                ids.append(packet.packet_id)
        return ids


@contextmanager
def facing(*chunks: bytes, close: bool = False) -> Iterator[tuple[Script, MqttSession]]:
    """A session that talks to a script."""
    script = Script(chunks, close=close)
    session = MqttSession(broker_address(f"mqtt://127.0.0.1:{script.port}"), client_id="c-1", filters=["a/#"])
    session.start()
    try:
        yield script, session
    finally:
        session.stop()
        script.close()


def test_a_packet_in_single_bytes_is_put_together() -> None:
    publication = mqtt5.PublishPacket("a/b", b"whole", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=7).write()
    stream = WELCOME + SUBSCRIBED + publication
    with facing(*(stream[n : n + 1] for n in range(len(stream)))) as (script, session):
        (message,) = take(session, 1)
        assert (message.topic, message.payload, message.mid) == ("a/b", b"whole", 7)
        session.acknowledge([message])
        until(lambda: script.acknowledged() == [7])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the codec panics
@pytest.mark.parametrize(
    ("topic", "properties"),
    [
        (b"a/\xff\xfe", b""),
        (b"a/b", b"\x03\x00\x02\xff\xfe"),
    ],
)
def test_text_that_is_not_utf_8_is_taken_and_acknowledged_all_the_same(
    topic: bytes, properties: bytes
) -> None:
    body = (
        len(topic).to_bytes(2, "big") + topic + b"\x00\x09" + bytes([len(properties)]) + properties + b"x y"
    )
    bad = b"\x32" + bytes([len(body)]) + body
    good = mqtt5.PublishPacket("a/b", b"good", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=10).write()
    with facing(WELCOME + SUBSCRIBED + bad + good) as (script, session):
        first, second = take(session, 2)
        assert (first.topic, first.payload, first.mid) == (ILL_FORMED_TOPIC, b"x y", 9)
        assert second.payload == b"good"
        session.acknowledge([first, second])
        until(lambda: script.acknowledged() == [9, 10])


def test_what_is_not_mqtt_is_said_so_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    with facing(b"\x00\x00\x00\x00") as (script, session):
        until(lambda: "is not MQTT 5" in caplog.text)
        until(lambda: script.connections >= 2)
        assert not session.connected()
    assert sum("MQTT" in record.getMessage() for record in caplog.records) == 1


def test_an_answer_that_is_no_connack(caplog: pytest.LogCaptureFixture) -> None:
    with facing(mqtt5.PingRespPacket().write()):
        until(lambda: "what answers there is not an MQTT 5 broker" in caplog.text)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (mqtt5.ConnAckReasonCode.NOT_AUTHORIZED, "Not authorized"),
        (mqtt5.ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION, "it does not speak MQTT 5"),
        (mqtt5.ConnAckReasonCode.SERVER_BUSY, "SERVER_BUSY"),
    ],
)
def test_a_refusal_names_its_reason(
    code: mqtt5.ConnAckReasonCode, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with facing(mqtt5.ConnAckPacket(reason_code=code).write()) as (script, _):
        until(lambda: f"the broker refuses this collector: {said}" in caplog.text)
        until(lambda: script.connections >= 2)


def test_a_refused_subscription_is_told(caplog: pytest.LogCaptureFixture) -> None:
    refused = mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.NOT_AUTHORIZED]).write()
    with facing(WELCOME + refused):
        until(lambda: "the broker refuses subscriptions to a/#" in caplog.text)


def test_a_session_taken_over_names_the_setting(caplog: pytest.LogCaptureFixture) -> None:
    taken = mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER).write()
    with facing(WELCOME + SUBSCRIBED + taken):
        until(lambda: "another collector took the session 'c-1'" in caplog.text)
    assert "KILOWITNESS_COLLECTOR_ID" in caplog.text


def test_a_broker_that_hangs_up_is_tried_again_without_nagging(caplog: pytest.LogCaptureFixture) -> None:
    with facing(WELCOME + SUBSCRIBED, close=True) as (script, _):
        until(lambda: script.connections >= 3)
    assert sum(record.levelname == "ERROR" for record in caplog.records) <= script.connections
