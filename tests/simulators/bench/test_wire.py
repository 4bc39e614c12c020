"""The benches' own MQTT connection, on a real broker."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import mqtt5
import pytest

from simulators.bench import wire
from simulators.bench.stand import Broker
from simulators.bench.wire import Connection, keep_session
from simulators.processes import ProgramFailed
from tests.simulators.bench.parts import published

pytestmark = pytest.mark.mosquitto


def send(broker: Broker, topic: str, *payloads: bytes) -> None:
    """Publish at QoS 1, one after the other."""
    with Connection(broker.port, "wire-sender") as sender:
        for payload in payloads:
            packet = mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=1)
            sender.send(packet.write())
            [answer] = sender.receive()
            assert isinstance(answer, mqtt5.PubAckPacket)


def test_a_kept_session_waits_with_its_messages_and_a_plain_one_does_not(broker: Broker) -> None:
    keep_session(broker.port, "wire-kept", "wire/+")
    with Connection(broker.port, "wire-plain") as plain:
        plain.subscribe("wire/+")
    send(broker, "wire/a", b"1", b"2")
    with Connection(broker.port, "wire-kept", kept=True) as session:
        assert [packet.payload for packet in published(session, 2)] == [b"1", b"2"]
    with Connection(broker.port, "wire-plain") as session:
        send(broker, "wire/a", b"3")
        session.send(mqtt5.PingReqPacket().write())
        [answer] = session.receive()
        assert isinstance(answer, mqtt5.PingRespPacket)


def test_what_is_not_acknowledged_comes_again(broker: Broker) -> None:
    keep_session(broker.port, "wire-again", "again/+")
    send(broker, "again/a", b"1")
    for _ in range(2):
        with Connection(broker.port, "wire-again", kept=True) as session:
            [packet] = session.receive()
            assert isinstance(packet, mqtt5.PublishPacket)
            assert packet.payload == b"1"


def test_a_message_that_comes_with_the_grant_is_not_lost(broker: Broker) -> None:
    packet = mqtt5.PublishPacket("early/a", b"kept", qos=mqtt5.QoS.AT_LEAST_ONCE, retain=True, packet_id=1)
    with Connection(broker.port, "wire-early") as connection:
        connection.send(packet.write())
        connection.receive()
        connection.subscribe("early/+")
        assert [packet.payload for packet in published(connection, 1)] == [b"kept"]


GRANTED = mqtt5.ConnAckPacket().write()


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """A port at which each thing said is answered with the next of `answers`, in pieces of 100 bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for answer in answers:
                    client.recv(1000)
                    for at in range(0, len(answer), 100):
                        client.sendall(answer[at : at + 100])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


def test_a_packet_in_pieces_is_put_together() -> None:
    long = mqtt5.PublishPacket("t", b"x" * 1000).write()
    with answering(GRANTED + long, b"") as port, Connection(port, "pieces") as connection:
        [packet] = connection.receive()
    assert isinstance(packet, mqtt5.PublishPacket)
    assert packet.payload == b"x" * 1000


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.NOT_AUTHORIZED).write(), "refuses pieces"),
        (b"", "closed the connection"),
        (b"\x00\x00", r"sent b'\\x00\\x00'"),
    ],
)
def test_a_broker_that_does_not_let_it_in_is_told(answer: bytes, reason: str) -> None:
    with answering(answer) as port, pytest.raises(ProgramFailed, match=reason):
        Connection(port, "pieces")


def test_a_broker_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PATIENCE_S", 0.05)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(ProgramFailed, match="said nothing for"),
    ):
        Connection(server.getsockname()[1], "silent")


def test_a_subscription_that_is_refused_is_told() -> None:
    refusal = mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.NOT_AUTHORIZED]).write()
    with (
        answering(GRANTED, refusal) as port,
        pytest.raises(ProgramFailed, match="refuses a subscription to a/b"),
        Connection(port, "refused") as connection,
    ):
        connection.subscribe("a/b")
