"""Publishing at QoS 1 in windows: a bounded number unacknowledged, and none given up silently."""

import ssl
import threading
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

WINDOW = 1000
_CONNECT_S = 30.0
_SILENCE_S = 60.0


class PublishError(Exception):
    """The broker cannot be reached, refuses, or stopped acknowledging; the message is one line."""


class Publisher:
    """An MQTT session that publishes at QoS 1; leaving its block waits for every acknowledgement.

    A lost connection is made again and what was not acknowledged is sent again. `publish` blocks while the
    window is full, and raises `PublishError` when nothing was acknowledged for a minute. `will` is the topic
    and payload that the broker publishes, retained, when the session ends without a goodbye.
    """

    def __init__(
        self,
        mqtt_url: str,
        *,
        client_id: str = "kilowitness-city",
        window: int = WINDOW,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self._url = urlsplit(mqtt_url)
        if self._url.scheme not in {"mqtt", "mqtts"} or not self._url.hostname:
            raise PublishError(f"{mqtt_url!r} is not an address like mqtt://user:pass@host:1883")
        self._room = threading.Semaphore(window)
        self._window = window
        self._connected = threading.Event()
        self._refusal = ""
        self._client = self._make_client(client_id, window)
        if will is not None:
            self._client.will_set(*will, qos=1, retain=True)

    def _make_client(self, client_id: str, window: int) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        if self._url.username:
            client.username_pw_set(unquote(self._url.username), unquote(self._url.password or ""))
        if self._url.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        client.max_inflight_messages_set(window)
        client.reconnect_delay_set(1, 5)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        return client

    def __enter__(self) -> Self:
        host, port = (
            self._url.hostname or "",
            self._url.port or (8883 if self._url.scheme == "mqtts" else 1883),
        )
        self._client.connect_async(host, port, keepalive=60)
        self._client.loop_start()
        if not self._connected.wait(_CONNECT_S) or self._refusal:
            self._stop()
            raise PublishError(f"no session with the broker at {host}:{port} {self._refusal}".rstrip())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.drain()
        finally:
            self._stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message as soon as the window has room."""
        self._take_room()
        self._client.publish(topic, payload, qos=1, retain=retain)

    def drain(self) -> None:
        """Return when every message so far is acknowledged."""
        for _ in range(self._window):
            self._take_room()
        self._room.release(self._window)

    def _take_room(self) -> None:
        if not self._room.acquire(timeout=_SILENCE_S):
            raise PublishError(f"the broker acknowledged nothing for {_SILENCE_S:g} s")

    def _stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, _client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _props: Properties | None
    ) -> None:
        self._refusal = f"({code})" if code.is_failure else ""
        self._connected.set()

    def _on_publish(
        self, _client: Client, _data: Any, _mid: int, _code: ReasonCode, _props: Properties | None
    ) -> None:
        self._room.release()
