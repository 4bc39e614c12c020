"""A subscriber of a real broker for tests: what arrived, in order."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion


@dataclass
class Listener:
    """The messages of a subscription so far, as (topic, payload, QoS)."""

    heard: list[tuple[str, bytes, int]] = field(default_factory=list)

    def wait_for(self, count: int, seconds: float = 60) -> list[tuple[str, bytes, int]]:
        """Return once so many messages were heard; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while len(self.heard) < count:
            assert time.monotonic() < deadline, f"heard {len(self.heard)} of {count}"
            time.sleep(0.01)
        return self.heard


@contextmanager
def listening(port: int, topic: str) -> Iterator[Listener]:
    """A QoS 1 subscription of `topic` that stands when the block begins."""
    listener, subscribed = Listener(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"listener-{uuid4().hex}")

    def hear(_client: Client, _data: object, message: MQTTMessage) -> None:
        listener.heard.append((message.topic, bytes(message.payload), message.qos))

    client.on_message = hear
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe(topic, 1)
    assert subscribed.wait(60)
    try:
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()
