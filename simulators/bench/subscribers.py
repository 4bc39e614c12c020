"""One subscriber a client library: it counts, acknowledges by hand in batches, and tells what that cost.

`python -m simulators.bench.subscribers LIBRARY PORT CLIENT_ID MESSAGES` resumes a session and prints one JSON
object: the messages, seconds from the connection to the last acknowledgement, CPU seconds in that time, peak
memory. Of the libraries only mqtt5 comes with the product; the others are measured where they are installed.
"""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import mqtt5

from simulators.bench.usage import peak_mib
from simulators.bench.wire import KEPT_S, Connection

BATCH = 2000
"""Messages acknowledged together, as the collector does."""
LIMIT_S = 30.0
"""A library that is not done by then is measured by what it did until then."""


class Tally:
    """Counts the messages of a session; `take` answers with what to acknowledge now, mostly nothing."""

    def __init__(self, messages: int) -> None:
        self.taken = 0
        self._messages = messages
        self._waiting: list[Any] = []

    def take(self, message: Any) -> list[Any]:
        """Count one; every `BATCH` of them and the last are returned to be acknowledged, in order."""
        self._waiting.append(message)
        self.taken += 1
        if len(self._waiting) < BATCH and not self.complete:
            return []
        due, self._waiting = self._waiting, []
        return due

    @property
    def complete(self) -> bool:
        """All were counted."""
        return self.taken >= self._messages


def by_mqtt5(port: int, client_id: str, tally: Tally) -> None:
    """The codec over a blocking socket."""
    acknowledgement = mqtt5.PubAckPacket
    with Connection(port, client_id, kept=True) as connection:
        while not tally.complete:
            for packet in connection.receive():
                if type(packet) is mqtt5.PublishPacket and packet.packet_id is not None:
                    due = tally.take(packet.packet_id)
                    if due:
                        connection.send(b"".join([acknowledgement(number).write() for number in due]))


def by_paho(port: int, client_id: str, tally: Tally) -> None:
    """paho-mqtt with `manual_ack`, its network loop in this thread."""
    paho = import_module("paho.mqtt.client")

    def receive(client: Any, _user: object, message: Any) -> None:
        for number in tally.take(message.mid):
            client.ack(number, 1)
        if tally.complete:
            client.disconnect()

    client = paho.Client(
        import_module("paho.mqtt.enums").CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=False,
        manual_ack=True,
    )
    client.on_message = receive
    client.connect("127.0.0.1", port)
    client.loop_forever()


def by_gmqtt(port: int, client_id: str, tally: Tally) -> None:
    """gmqtt with its PUBACK put off: its handler is replaced, for it has no acknowledgement by hand."""
    gmqtt = import_module("gmqtt")
    handler = import_module("gmqtt.mqtt.handler").MqttPackageHandler

    async def run() -> None:
        client = gmqtt.Client(client_id, clean_session=False, session_expiry_interval=KEPT_S)
        ended = asyncio.Event()

        def receive(self: Any, number: int, _payload: bytes, _topic: str, _properties: object) -> None:
            for due in tally.take(number):
                self._send_puback(due)
            if tally.complete:
                ended.set()

        handler._handle_qos_1_publish_packet = receive  # noqa: SLF001
        await client.connect("127.0.0.1", port)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), LIMIT_S)
        await client.disconnect()

    asyncio.run(run())


def by_awscrt(port: int, client_id: str, tally: Tally) -> None:
    """awscrt's MQTT 5 client: acknowledgements are taken over in its callback and given later."""
    crt, api = import_module("awscrt.io"), import_module("awscrt.mqtt5")
    ended = threading.Event()

    def receive(data: Any) -> None:
        for handle in tally.take(data.acquire_publish_acknowledgement_control()):
            client.invoke_publish_acknowledgement(handle)
        if tally.complete:
            ended.set()

    group = crt.EventLoopGroup(1)
    client = api.Client(
        api.ClientOptions(
            host_name="127.0.0.1",
            port=port,
            bootstrap=crt.ClientBootstrap(group, crt.DefaultHostResolver(group)),
            session_behavior=api.ClientSessionBehaviorType.REJOIN_ALWAYS,
            connect_options=api.ConnectPacket(
                client_id=client_id, session_expiry_interval_sec=KEPT_S, receive_maximum=65_535
            ),
            on_publish_callback_fn=receive,
        )
    )
    client.start()
    ended.wait(LIMIT_S)
    client.stop()


LIBRARIES: dict[str, tuple[tuple[str, ...], Callable[[int, str, Tally], None]]] = {
    "mqtt5": (("mqtt5",), by_mqtt5),
    "paho-mqtt": (("paho.mqtt.client", "paho.mqtt.enums"), by_paho),
    "gmqtt": (("gmqtt", "gmqtt.mqtt.handler"), by_gmqtt),
    "awscrt": (("awscrt.io", "awscrt.mqtt5"), by_awscrt),
}
"""Library → its modules, imported before the clock starts, and its subscriber."""


def installed(library: str) -> bool:
    """Whether it can be measured here."""
    return find_spec(LIBRARIES[library][0][0].partition(".")[0]) is not None


def main(arguments: list[str]) -> int:
    """Drain, and print what it cost."""
    library, port, client_id, messages = arguments
    modules, subscriber = LIBRARIES[library]
    for module in modules:
        import_module(module)
    tally = Tally(int(messages))
    began, cpu = time.perf_counter(), time.process_time()
    subscriber(int(port), client_id, tally)
    figures = {
        "messages": tally.taken,
        "seconds": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu,
        "peak_mib": peak_mib(os.getpid()),
    }
    print(json.dumps(figures))  # noqa: T201
    return 0 if tally.taken else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
