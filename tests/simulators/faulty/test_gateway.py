"""The gateway with a real mosquitto: promised means acknowledged, and a dead broker is made up for."""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulators.faulty.gateway import Gateway
from simulators.faulty.link import Link
from simulators.faulty.messages import BAD_EVERY, Sent, message
from simulators.faulty.programs import Broker
from simulators.faulty.publishing import Publishing

pytestmark = pytest.mark.mosquitto
NUMBERS = range(BAD_EVERY // 2)


class Heard:
    """A subscriber with a persistent session, as a collector is one, and what it heard."""

    def __init__(self, port: int) -> None:
        self.messages: queue.Queue[bytes] = queue.Queue()
        self._subscribed = threading.Event()
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="heard", clean_session=False)
        client.on_message = lambda _client, _data, told: self.messages.put(bytes(told.payload))
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.reconnect_delay_set(1, 1)
        client.connect("127.0.0.1", port)
        client.subscribe("kilowitness/#", 1)
        client.loop_start()
        assert self._subscribed.wait(60)
        self.client = client

    def until(self, wanted: set[bytes]) -> Counter[bytes]:
        """What came until all of it had come."""
        came: Counter[bytes] = Counter()
        while wanted - came.keys():
            came[self.messages.get(timeout=60)] += 1
        return came

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(name="broker")
def real_broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture(name="heard")
def subscriber(broker: Broker) -> Iterator[Heard]:
    heard = Heard(broker.port)
    broker.save()
    yield heard
    heard.close()


@pytest.fixture(name="promised")
def promises() -> list[Sent]:
    return []


def payloads(numbers: range) -> set[bytes]:
    """What the messages of these numbers say."""
    return {message(number).payload for number in numbers}


def sent(numbers: range) -> list[Sent]:
    """The messages of these numbers."""
    return [message(number) for number in numbers]


def test_what_is_promised_was_acknowledged_and_arrives(
    broker: Broker, heard: Heard, promised: list[Sent]
) -> None:
    with Gateway(broker.port, broker=broker, promise=promised.append, noise=0.0) as gateway:
        gateway.send(sent(range(1_300)))
    assert [one.payload for one in promised] == [one.payload for one in sent(range(1_300))]
    assert heard.until(payloads(range(1_300))).total() == 1_300
    assert (gateway.sent, gateway.sent_again, gateway.unheard) == (1_300, 0, 0)


def test_devices_repeat_themselves_and_lose_order(broker: Broker, heard: Heard, promised: list[Sent]) -> None:
    with Gateway(broker.port, broker=broker, promise=promised.append, noise=1.0, seed=3) as gateway:
        gateway.send(sent(range(1_500)))
    assert gateway.sent_again == 100
    assert gateway.sent == len(promised) == 1_600
    assert {one.payload for one in promised} == payloads(range(1_500))
    order = [one.time_ms for one in promised]
    assert order != sorted(order)


def test_nothing_is_promised_that_was_not_acknowledged(broker: Broker, promised: list[Sent]) -> None:
    with Link(broker.port) as link:
        heard = Heard(broker.port)
        link.silence()
        with Gateway(link.port, broker=broker, promise=promised.append) as gateway:
            sender = threading.Thread(target=gateway.send, args=(sent(NUMBERS),))
            sender.start()
            link.refuse()
            assert promised == []
            link.restore()
            sender.join(60)
            assert not sender.is_alive()
        assert {one.payload for one in promised} == payloads(NUMBERS)
        heard.until(payloads(NUMBERS))
        heard.close()


def test_a_broken_connection_is_made_again_and_the_rest_sent_again(
    broker: Broker, heard: Heard, promised: list[Sent]
) -> None:
    with Link(broker.port) as link:
        link.break_after(1_000)  # bytes of acknowledgements, four each
        with Gateway(link.port, broker=broker, promise=promised.append, noise=0.0) as gateway:
            gateway.send(sent(range(500)))
        assert link.broken == 1
    assert {one.payload for one in promised} == payloads(range(500))
    assert 0 < gateway.sent_again < 500
    assert heard.until(payloads(range(500))).total() >= 500


def test_what_a_killed_broker_forgot_is_sent_again(
    broker: Broker, heard: Heard, promised: list[Sent]
) -> None:
    with Gateway(broker.port, broker=broker, promise=promised.append, noise=0.0) as gateway:
        heard.close()
        gateway.send(sent(range(300)))
        broker.kill()
        broker.start()
        gateway.settle()
    assert gateway.sent_again >= 300
    again = Heard(broker.port)
    again.until(payloads(range(300)))
    again.close()


def test_what_the_broker_has_saved_twice_is_not_held_any_longer(
    broker: Broker, heard: Heard, promised: list[Sent]
) -> None:
    with Gateway(broker.port, broker=broker, promise=promised.append, noise=0.0) as gateway:
        gateway.send(sent(range(300)))
        broker.save()
        broker.save()
        gateway.send(sent(range(300, 310)))
        broker.kill()
        broker.start()
        gateway.settle()
    assert 10 <= gateway.sent_again < 100


def test_what_nobody_hears_is_not_promised(broker: Broker, promised: list[Sent]) -> None:
    with Gateway(broker.port, broker=broker, promise=promised.append) as gateway:
        sender = threading.Thread(target=gateway.send, args=(sent(NUMBERS),))
        sender.start()
        until(lambda: gateway.unheard >= len(NUMBERS))
        assert promised == []
        heard = Heard(broker.port)
        sender.join(60)
        assert not sender.is_alive()
        heard.until(payloads(NUMBERS))
        heard.close()
    assert {one.payload for one in promised} == payloads(NUMBERS)


def test_publishing_stays_within_what_is_allowed(broker: Broker, heard: Heard, promised: list[Sent]) -> None:
    gateway = Gateway(broker.port, broker=broker, promise=promised.append, noise=0.0)
    publishing = Publishing(gateway, message, 700)
    publishing.start()
    publishing.allow(40)
    until(lambda: publishing.published == 40)
    heard.until(payloads(range(40)))
    publishing.check()
    publishing.allow(700)
    publishing.allow(20)  # is no less than before
    publishing.finish()
    assert publishing.published == len(promised) == 700


def test_what_ends_the_publishing_is_raised_where_it_is_asked_for(broker: Broker) -> None:
    def refuse(_sent: Sent) -> None:
        raise KeyError("the ledger is full")

    heard = Heard(broker.port)
    publishing = Publishing(Gateway(broker.port, broker=broker, promise=refuse), message, 10)
    publishing.start()
    publishing.allow(10)
    publishing.finish()
    heard.close()
    with pytest.raises(KeyError):
        publishing.check()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    waiting = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        waiting.wait(0.01)
    pytest.fail("it did not happen in time")
