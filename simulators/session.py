"""The collector's session as the demo sees it: it has begun, and in the end it is forgotten."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from simulators.processes import ProgramFailed, wait_until

_SUBSCRIBED_S = 60.0


def wait_for_status(mqtt_url: str, topic: str, *, check: Callable[[], None]) -> None:
    """Return once the retained status at `topic` is `online`; `check` may raise meanwhile.

    Before that, what is published might have no subscriber. Raises `ProgramFailed` after a minute, and at
    once when no broker answers or when it refuses.
    """
    online = threading.Event()
    refusals: list[str] = []
    client = _client(mqtt_url, "kilowitness-demo")

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        if message.payload == b"online":
            online.set()

    def on_connect(
        _client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        if code.is_failure:
            refusals.append(str(code))
        else:
            client.subscribe(topic, 1)

    def check_all() -> None:
        check()
        if refusals:
            raise ProgramFailed(f"the broker refuses: {refusals[0]}; see KILOWITNESS_MQTT_URL")

    client.on_message = on_message
    client.on_connect = on_connect
    client.loop_start()
    try:
        wait_until(online.is_set, what="the collector's subscription", seconds=_SUBSCRIBED_S, check=check_all)
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def end_session(mqtt_url: str, client_id: str) -> Iterator[None]:
    """On leaving, make a broker that outlives the demo forget the persistent session of `client_id`."""
    try:
        yield
    finally:
        with suppress(ProgramFailed):  # a broker that is gone has forgotten already
            _forget(mqtt_url, client_id)


def _forget(mqtt_url: str, client_id: str) -> None:
    connected = threading.Event()
    client = _client(mqtt_url, client_id)
    client.on_connect = lambda *_: connected.set()
    client.loop_start()
    connected.wait(5)
    client.disconnect()
    client.loop_stop()


def _client(mqtt_url: str, client_id: str) -> Client:
    """A client with a clean session, connecting; raises `ProgramFailed` when no broker answers."""
    url = urlsplit(mqtt_url)
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
    if url.username:
        client.username_pw_set(unquote(url.username), unquote(url.password or ""))
    if url.scheme == "mqtts":
        client.tls_set()
    try:
        client.connect(url.hostname or "", url.port or (8883 if url.scheme == "mqtts" else 1883))
    except (OSError, ValueError) as error:
        raise ProgramFailed(f"no broker at {url.hostname}: {error}; see KILOWITNESS_MQTT_URL") from None
    return client
