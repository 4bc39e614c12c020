"""The collector's session as the demo sees it: it has begun, and in the end it is forgotten."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from simulators.processes import wait_until

_SUBSCRIBED_S = 60.0


def wait_for_status(mqtt_url: str, topic: str, *, check: Callable[[], None]) -> None:
    """Return once the retained status at `topic` is `online`; `check` may raise meanwhile.

    Raises `ProgramFailed` after a minute. Before that, what is published might have no subscriber.
    """
    online = threading.Event()
    client = _client(mqtt_url, "kilowitness-demo")

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        if message.payload == b"online":
            online.set()

    client.on_message = on_message
    client.subscribe(topic, 1)
    client.loop_start()
    try:
        wait_until(online.is_set, what="the collector's subscription", seconds=_SUBSCRIBED_S, check=check)
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def end_session(mqtt_url: str, client_id: str) -> Iterator[None]:
    """On leaving, make a broker that outlives the demo forget the persistent session of `client_id`."""
    try:
        yield
    finally:
        connected = threading.Event()
        try:
            client = _client(mqtt_url, client_id)
        except OSError:
            return  # a broker that is gone has forgotten already
        client.on_connect = lambda *_: connected.set()
        client.loop_start()
        connected.wait(5)
        client.disconnect()
        client.loop_stop()


def _client(mqtt_url: str, client_id: str) -> Client:
    """A client with a clean session, connecting; raises OSError when no broker answers."""
    url = urlsplit(mqtt_url)
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
    if url.username:
        client.username_pw_set(unquote(url.username), unquote(url.password or ""))
    if url.scheme == "mqtts":
        client.tls_set()
    client.connect(url.hostname or "", url.port or (8883 if url.scheme == "mqtts" else 1883))
    return client
