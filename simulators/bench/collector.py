"""The product's collector as a contestant: a process of its own that the bench only watches from outside."""

from contextlib import closing

import mqtt5

from simulators.bench.contestants import Drain, Stand, drain_by
from simulators.bench.load import Load
from simulators.bench.wire import Connection

STATUS = "kilowitness/v1/collectors/{id}/status"


class Collector:
    """`kilowitness collect` with its settings as they come, but for the addresses of broker and store."""

    name = "collector"

    def __init__(self, stand: Stand, client_id: str = "bench-collector") -> None:
        self._stand = stand
        self._id = client_id
        stand.programs.environment |= {
            "KILOWITNESS_MQTT_URL": stand.broker.url,
            "KILOWITNESS_STORE_URL": stand.store.url,
            "KILOWITNESS_COLLECTOR_ID": client_id,
        }

    def subscribe(self) -> None:
        """It subscribes by itself: run it until it says that it listens."""
        with Connection(self._stand.broker.port, f"{self._id}-watcher") as watcher:
            watcher.subscribe(STATUS.format(id=self._id))
            self._stand.programs.python(self.name, "collectors")
            while not any(
                isinstance(packet, mqtt5.PublishPacket) and packet.payload == b"online"
                for packet in watcher.receive()
            ):
                self._stand.programs.check()
        self._stand.programs.stop(self.name)

    def drain(self, load: Load) -> Drain:
        """From its connection until the store has every reading."""
        programs = self._stand.programs
        with closing(self._stand.store.gauge(programs)) as gauge:
            return drain_by(
                self._stand, self.name, self._id, load,
                start=lambda: programs.python(self.name, "collectors"), gauge=gauge,
            )  # fmt: skip
