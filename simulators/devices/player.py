"""Devices played live: each on an MQTT session of its own, with its will, in the step of one clock."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.devices.device import Device, Message, Sample
from simulators.publisher import PublishError

_CONNECT_S = 10.0


@dataclass(slots=True)
class Session:
    """One device at its broker. `told` is all it published, in order."""

    device: Device
    client: Client
    sample: Sample
    told: list[Message] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    refusal: str = ""

    def report(self, sample: Sample) -> None:
        """Let the device say what it senses."""
        with self.lock:
            self.sample = sample
            self.publish(self.device.report(sample))

    def insist(self, now_ms: int) -> None:
        """Let the device say again what is overdue."""
        with self.lock:
            self.publish(self.device.overdue(now_ms))

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish in order; the caller holds the lock."""
        for message in messages:
            self.told.append(message)
            self.client.publish(message.topic, message.payload, message.qos, message.retain)

    def cut(self) -> None:
        """Close the socket without a goodbye: the broker publishes the will."""
        self.client.loop_stop()
        connection: Any = self.client.socket()
        connection.close()

    def on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        if code.is_failure:
            self.refusal = str(code)
            self.ready.set()
        elif self.device.listens:
            client.subscribe([(pattern, 0) for pattern in self.device.listens])
        else:
            self._greet()

    def on_subscribe(self, *_: object) -> None:
        self._greet()

    def _greet(self) -> None:
        with self.lock:
            self.publish(self.device.connected(self.sample))
        self.ready.set()

    def on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        heard = Message(message.topic, bytes(message.payload), message.qos)
        with self.lock:
            self.publish(self.device.receive(heard, self.sample))


@contextmanager
def playing(mqtt_url: str, devices: Sequence[Device], sample: Sample) -> Iterator[list[Session]]:
    """Sessions of the devices, connected and announced as of `sample`; at the end they say goodbye.

    Raises `PublishError` when the broker cannot be reached or refuses.
    """
    sessions: list[Session] = []
    try:
        sessions.extend(_connect(mqtt_url, device, sample) for device in devices)
        for session in sessions:
            if not session.ready.wait(_CONNECT_S) or session.refusal:
                raise PublishError(f"no session with the broker {session.refusal}".rstrip())
        yield sessions
    finally:
        for session in sessions:
            session.client.disconnect()
            session.client.loop_stop()


def _connect(mqtt_url: str, device: Device, sample: Sample) -> Session:
    url = urlsplit(mqtt_url)
    if url.scheme not in {"mqtt", "mqtts"} or not url.hostname:
        raise PublishError(f"{mqtt_url!r} is not an address like mqtt://user:pass@host:1883")
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"kilowitness-device-{token_hex(6)}")
    if url.username:
        client.username_pw_set(unquote(url.username), unquote(url.password or ""))
    if url.scheme == "mqtts":
        client.tls_set()
    if device.will is not None:
        will = device.will
        client.will_set(will.topic, will.payload, will.qos, will.retain)
    session = Session(device, client, sample)
    client.on_connect = session.on_connect
    client.on_subscribe = session.on_subscribe
    client.on_message = session.on_message
    try:
        client.connect(url.hostname, url.port or (8883 if url.scheme == "mqtts" else 1883))
    except OSError as error:
        raise PublishError(f"no broker at {url.hostname}: {error}") from None
    client.loop_start()
    return session
