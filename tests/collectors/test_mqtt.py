"""The session with a real mosquitto."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from collectors import connection, inbox
from collectors.broker import broker_address
from collectors.decoders import Reply
from collectors.inbox import Message
from collectors.mqtt import MqttSession
from tests.conftest import free_port, running_mosquitto

pytestmark = pytest.mark.mosquitto


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def session(port: int, name: str, *, most_unacknowledged: int = 20_000) -> Iterator[MqttSession]:
    """A running session that listens to `test/{name}/#`, subscribed when it is handed over."""
    address = broker_address(f"mqtt://127.0.0.1:{port}")
    one = MqttSession(
        address, client_id=name, filters=[f"test/{name}/#"], most_unacknowledged=most_unacknowledged
    )
    with watching(port, f"kilowitness/v1/collectors/{name.lower()}/status") as said:
        one.start()
        try:
            until(lambda: (b"online", False) in said)
            yield one
        finally:
            one.stop()


@contextmanager
def watching(port: int, topic: str) -> Iterator[list[tuple[bytes, bool]]]:
    """(payload, retained) of what is published there, growing."""
    said: list[tuple[bytes, bool]] = []
    subscribed = threading.Event()
    watcher = paho.Client(CallbackAPIVersion.VERSION2)
    watcher.on_message = lambda _client, _data, message: said.append((bytes(message.payload), message.retain))
    watcher.on_subscribe = lambda *_: subscribed.set()
    watcher.connect("127.0.0.1", port)
    watcher.loop_start()
    watcher.subscribe(topic, 1)
    assert subscribed.wait(60)
    try:
        yield said
    finally:
        watcher.disconnect()
        watcher.loop_stop()


def publish(port: int, topic: str, *payloads: bytes, qos: int = 1) -> None:
    """Publish and wait until the broker has all of it."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for info in [client.publish(topic, payload, qos=qos) for payload in payloads]:
        info.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def take(one: MqttSession, count: int) -> list[Message]:
    """Exactly so many messages."""
    taken: list[Message] = []
    deadline = time.monotonic() + 60
    while len(taken) < count:
        assert time.monotonic() < deadline, "they did not come in time"
        taken += one.take(count - len(taken), 0.05)
    return taken


def test_messages_come_in_order_with_their_time(mosquitto_port: int) -> None:
    with session(mosquitto_port, "order") as one:
        before = inbox.now_ms()
        publish(mosquitto_port, "test/order/a", *(b"%d" % n for n in range(300)))
        taken = take(one, 300)
        assert [m.payload for m in taken] == [b"%d" % n for n in range(300)]
        assert {m.topic for m in taken} == {"test/order/a"}
        assert all(m.mid for m in taken)
        assert before <= taken[0].received_ms <= inbox.now_ms()


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
        _take_the_session_over(mosquitto_port, "stale")
        (second,) = take(one, 1)
        assert (second.payload, second.connection > first.connection) == (b"1", True)
        one.acknowledge([first])
    with session(mosquitto_port, "stale") as one:
        (third,) = take(one, 1)
        one.acknowledge([third])
    with session(mosquitto_port, "stale") as one:
        assert one.take(10, 0.5) == []


def _take_the_session_over(port: int, client_id: str) -> None:
    rival = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True
    )
    accepted = threading.Event()
    rival.on_connect = lambda *_: accepted.set()
    rival.connect("127.0.0.1", port)
    rival.loop_start()
    assert accepted.wait(60)
    rival.disconnect()
    rival.loop_stop()


def test_it_tells_whether_it_listens(mosquitto_port: int) -> None:
    topic = "kilowitness/v1/collectors/teller/status"
    with watching(mosquitto_port, topic) as said:
        with session(mosquitto_port, "Teller") as one:
            until(lambda: [payload for payload, _ in said] == [b"online"])
            publish(mosquitto_port, "test/Teller/a", b"1")
            one.acknowledge(take(one, 1))
        until(lambda: [payload for payload, _ in said] == [b"online", b"offline"])
    with watching(mosquitto_port, topic) as said:
        until(lambda: said == [(b"offline", True)])


def test_its_health_is_kept_by_the_broker(mosquitto_port: int) -> None:
    topic = "kilowitness/v1/collectors/healthy/health"
    with session(mosquitto_port, "healthy") as one:
        one.tell({"state": "holding", "reason": "the store is down"})
        with watching(mosquitto_port, topic) as said:
            until(lambda: len(said) == 1)
            assert json.loads(said[0][0]) == {"state": "holding", "reason": "the store is down"}


def test_replies_are_published(mosquitto_port: int) -> None:
    with watching(mosquitto_port, "gateway/1/answer") as said, session(mosquitto_port, "replier") as one:
        one.reply([Reply("gateway/1/answer", b"taken"), Reply("gateway/1/answer", b"and this")])
        until(lambda: said == [(b"taken", False), (b"and this", False)])


def test_the_broker_keeps_what_is_beyond_the_limit(mosquitto_port: int) -> None:
    with session(mosquitto_port, "limit", most_unacknowledged=50) as one:
        publish(mosquitto_port, "test/limit/a", *(b"%d" % n for n in range(130)))
        first = take(one, 50)
        assert one.take(1, 0.3) == []
        one.acknowledge(first[:20])
        assert [m.payload for m in take(one, 20)] == [b"%d" % n for n in range(50, 70)]


def test_what_the_broker_kept_from_before_is_marked_and_comes_once(mosquitto_port: int) -> None:
    keeper = paho.Client(CallbackAPIVersion.VERSION2)
    keeper.connect("127.0.0.1", mosquitto_port)
    keeper.loop_start()
    keeper.publish("test/kept/a", b"old", qos=1, retain=True).wait_for_publish(60)
    with session(mosquitto_port, "kept") as one:
        (old,) = take(one, 1)
        assert (old.payload, old.retained) == (b"old", True)
        keeper.publish("test/kept/a", b"new", qos=1, retain=True).wait_for_publish(60)
        (new,) = take(one, 1)
        assert (new.payload, new.retained) == (b"new", False)
        one.acknowledge([old, new])
    with session(mosquitto_port, "kept") as one:
        assert one.take(10, 0.5) == []
    keeper.disconnect()
    keeper.loop_stop()


def test_collectors_of_a_group_share_and_inherit(mosquitto_port: int) -> None:
    address = broker_address(f"mqtt://127.0.0.1:{mosquitto_port}")
    with watching(mosquitto_port, "kilowitness/v1/collectors/+/status") as said:
        pair = [
            MqttSession(address, client_id=f"share-{n}", filters=["$share/g/test/share/#"]) for n in (1, 2)
        ]
        for one in pair:
            one.start()
        until(lambda: said.count((b"online", False)) == 2)
        publish(mosquitto_port, "test/share/a", *(b"%d" % n for n in range(100)))
        until(lambda: pair[0].pending() + pair[1].pending() == 100)
        mine = take(pair[0], pair[0].pending())
        theirs = take(pair[1], pair[1].pending())
        assert min(len(mine), len(theirs)) > 20
        assert sorted(int(m.payload) for m in (*mine, *theirs)) == list(range(100))
        pair[0].acknowledge(mine)
        pair[1].acknowledge(theirs)
        pair[0].stop()
        until(lambda: (b"offline", False) in said)
        publish(mosquitto_port, "test/share/a", *(b"%d" % n for n in range(10)))
        pair[1].stop()


def test_joining_a_group_ends_the_subscription_of_ones_own(mosquitto_port: int) -> None:
    with session(mosquitto_port, "joiner"):
        pass
    address = broker_address(f"mqtt://127.0.0.1:{mosquitto_port}")
    one = MqttSession(address, client_id="joiner", filters=["$share/h/test/joiner/#"])
    with watching(mosquitto_port, "kilowitness/v1/collectors/joiner/status") as said:
        one.start()
        until(lambda: (b"online", False) in said)
    publish(mosquitto_port, "test/joiner/a", b"once")
    assert [m.payload for m in take(one, 1)] == [b"once"]
    assert one.take(10, 0.3) == []
    one.stop()


def test_a_flood_is_held_back(mosquitto_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_QUEUED", 10)
    monkeypatch.setattr(connection, "READ_BYTES", 100)
    with session(mosquitto_port, "flood") as one:
        publish(mosquitto_port, "test/flood/a", *(b"%d" % n for n in range(200)))
        until(lambda: one.pending() >= 10)
        taken: list[Message] = []
        while len(taken) < 200:
            assert one.pending() < 20
            taken += one.take(10, 5)
        assert [m.payload for m in taken] == [b"%d" % n for n in range(200)]


def test_large_payloads_are_held_back_by_their_bytes(
    mosquitto_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_QUEUED_BYTES", 3_000_000)
    with session(mosquitto_port, "large") as one:
        publish(mosquitto_port, "test/large/a", *(bytes([n]) * 1_000_000 for n in range(9)))
        until(lambda: one.pending() >= 3)
        taken: list[int] = []
        while len(taken) < 9:
            assert one.pending() <= 4
            taken += [m.payload[0] for m in one.take(1, 5)]
        assert taken == list(range(9))


def test_a_held_back_session_still_stops(mosquitto_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_QUEUED", 2)
    with session(mosquitto_port, "held") as one:
        publish(mosquitto_port, "test/held/a", *(b"x" for _ in range(20)))
        until(lambda: one.pending() >= 2)
        began = time.monotonic()
        one.stop()
        assert time.monotonic() - began < 5


def test_messages_at_quality_of_service_0_are_taken_too(mosquitto_port: int) -> None:
    with session(mosquitto_port, "zero") as one:
        publish(mosquitto_port, "test/zero/a", b"1", qos=0)
        (taken,) = take(one, 1)
        assert taken.mid == 0
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
                until(lambda: one.connected())
                publish(port, "test/late", b"%d" % round_number)
                taken = take(one, 1)
                if round_number == 2 and taken[0].payload == b"1":  # its acknowledgement met no broker
                    one.acknowledge(taken)
                    taken = take(one, 1)
                assert taken[0].payload == b"%d" % round_number
                one.acknowledge(taken)
            until(lambda: not one.connected())
    finally:
        one.stop()
    assert sum("was lost" in record.getMessage() for record in caplog.records) == 2
