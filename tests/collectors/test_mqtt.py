"""The session with a real mosquitto."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from collectors import mqtt
from collectors.broker import broker_address
from collectors.mqtt import Message, MqttSession
from tests.conftest import free_port, running_mosquitto

pytestmark = pytest.mark.mosquitto


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def session(port: int, name: str) -> Iterator[MqttSession]:
    """A running session that listens to `test/{name}/#`."""
    address = broker_address(f"mqtt://127.0.0.1:{port}")
    one = MqttSession(address, client_id=name, filters=[f"test/{name}/#"])
    subscribed = threading.Event()
    real = one._client.on_subscribe

    def on_subscribe(*words: object) -> None:
        assert real is not None
        real(*words)  # type: ignore[arg-type]
        subscribed.set()

    one._client.on_subscribe = on_subscribe
    one.start()
    try:
        assert subscribed.wait(20)
        yield one
    finally:
        one.stop()


def publish(port: int, topic: str, *payloads: bytes, qos: int = 1) -> None:
    """Publish and wait until the broker has all of it."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for info in [client.publish(topic, payload, qos=qos) for payload in payloads]:
        info.wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


def take(one: MqttSession, count: int) -> list[Message]:
    """Exactly so many messages."""
    taken: list[Message] = []
    deadline = time.monotonic() + 20
    while len(taken) < count:
        assert time.monotonic() < deadline, "they did not come in time"
        taken += one.take(count - len(taken), 0.05)
    return taken


def test_messages_come_in_order_with_their_time(mosquitto_port: int) -> None:
    with session(mosquitto_port, "order") as one:
        before = mqtt.now_ms()
        publish(mosquitto_port, "test/order/a", *(b"%d" % n for n in range(300)))
        taken = take(one, 300)
        assert [m.payload for m in taken] == [b"%d" % n for n in range(300)]
        assert {(m.topic, m.qos) for m in taken} == {("test/order/a", 1)}
        assert before <= taken[0].received_ms <= mqtt.now_ms()


def test_silence_gives_nothing_after_the_timeout(mosquitto_port: int) -> None:
    with session(mosquitto_port, "silence") as one:
        began = time.monotonic()
        assert one.take(10, 0.1) == []
        assert time.monotonic() - began < 5


def test_wake_ends_the_waiting(mosquitto_port: int) -> None:
    with session(mosquitto_port, "wake") as one:
        threading.Timer(0.1, one.wake).start()
        began = time.monotonic()
        assert one.take(10, 30) == []
        assert time.monotonic() - began < 10


def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(mosquitto_port: int) -> None:
    with session(mosquitto_port, "again") as one:
        publish(mosquitto_port, "test/again/a", b"1", b"2", b"3")
        taken = take(one, 3)
        one.acknowledge(taken[:2])
    with session(mosquitto_port, "again") as one:
        (again,) = take(one, 1)
        assert again.payload == b"3"
        one.acknowledge([again])
    with session(mosquitto_port, "again") as one:
        assert one.take(10, 0.5) == []


def test_messages_wait_while_the_collector_is_away(mosquitto_port: int) -> None:
    with session(mosquitto_port, "away"):
        pass
    publish(mosquitto_port, "test/away/a", b"1", b"2")
    with session(mosquitto_port, "away") as one:
        assert [m.payload for m in take(one, 2)] == [b"1", b"2"]


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(mosquitto_port: int) -> None:
    with session(mosquitto_port, "stale") as one:
        publish(mosquitto_port, "test/stale/a", b"1")
        (first,) = take(one, 1)
        rival = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="stale", clean_session=False, manual_ack=True
        )
        rival.connect("127.0.0.1", mosquitto_port)
        rival.loop_start()
        until(lambda: one._connection > first.connection)
        rival.disconnect()
        rival.loop_stop()
        (second,) = take(one, 1)
        assert (second.payload, second.connection > first.connection) == (b"1", True)
        one.acknowledge([first])
    with session(mosquitto_port, "stale") as one:
        (third,) = take(one, 1)
        one.acknowledge([third])
    with session(mosquitto_port, "stale") as one:
        assert one.take(10, 0.5) == []


def test_it_tells_whether_it_listens(mosquitto_port: int) -> None:
    said: list[tuple[bytes, bool]] = []
    watcher = paho.Client(CallbackAPIVersion.VERSION2)
    watcher.on_message = lambda _client, _data, message: said.append((bytes(message.payload), message.retain))
    watcher.connect("127.0.0.1", mosquitto_port)
    watcher.loop_start()
    with session(mosquitto_port, "Teller") as one:
        watcher.subscribe("kilowitness/v1/collectors/teller/status", 1)
        until(lambda: [payload for payload, _ in said] == [b"online"])
        publish(mosquitto_port, "test/Teller/a", b"1")
        one.acknowledge(take(one, 1))
    until(lambda: [payload for payload, _ in said] == [b"online", b"offline"])
    said.clear()
    watcher.subscribe("kilowitness/v1/collectors/teller/status", 1)
    until(lambda: said == [(b"offline", True)])
    watcher.disconnect()
    watcher.loop_stop()


def test_a_flood_is_held_back(mosquitto_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "MOST_QUEUED", 10)
    with session(mosquitto_port, "flood") as one:
        publish(mosquitto_port, "test/flood/a", *(b"%d" % n for n in range(200)))
        until(lambda: one.pending() == 10)
        assert one.take(10, 0) != []
        taken = 10
        while taken < 200:
            assert one.pending() <= 10
            taken += len(one.take(10, 5))
        assert taken == 200


def test_large_payloads_are_held_back_by_their_bytes(
    mosquitto_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "MOST_QUEUED_BYTES", 3_000_000)
    with session(mosquitto_port, "large") as one:
        publish(mosquitto_port, "test/large/a", *(bytes([n]) * 1_000_000 for n in range(9)))
        until(lambda: one.pending() == 3)
        assert [m.payload[0] for n in range(9) for m in one.take(1, 5)] == list(range(9))


def test_a_held_back_session_still_stops(mosquitto_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "MOST_QUEUED", 2)
    with session(mosquitto_port, "held") as one:
        publish(mosquitto_port, "test/held/a", *(b"x" for _ in range(20)))
        until(lambda: one.pending() == 2)
        began = time.monotonic()
        one.stop()
        assert time.monotonic() - began < 5


def test_messages_at_quality_of_service_0_are_taken_too(mosquitto_port: int) -> None:
    with session(mosquitto_port, "zero") as one:
        publish(mosquitto_port, "test/zero/a", b"1", qos=0)
        (taken,) = take(one, 1)
        assert taken.qos == 0
        one.acknowledge([taken])


def test_a_broker_that_comes_late_or_goes_away_is_found_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    one = MqttSession(broker_address(f"mqtt://127.0.0.1:{port}"), client_id="late", filters=["test/late"])
    one.start()
    try:
        until(lambda: "no broker answers" in caplog.text)
        for round_number in (1, 2):
            with running_mosquitto(tmp_path / "broker", port):
                until(lambda: one._client.is_connected())
                publish(port, "test/late", b"%d" % round_number)
                (taken,) = take(one, 1)
                assert taken.payload == b"%d" % round_number
                one.acknowledge([taken])
                until(lambda: not one._client.want_write())
            until(lambda: not one._client.is_connected())
    finally:
        one.stop()
    assert sum("was lost" in record.getMessage() for record in caplog.records) == 2
