"""A collector of a few lines for tests of the harness: takes, keeps in memory, and errs when told to."""

import json
import queue
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from simulators.faulty.ledger import Row
from simulators.faulty.messages import BAD, BAD_EVERY, START_MS, message

BAD_PAYLOADS = {
    (sent.topic, sent.payload): sent for sent in map(message, range(BAD_EVERY * len(BAD))) if sent.bad
}
"""What it cannot take, known by heart: this collector understands nothing."""


class LittleCollector:
    """Has a persistent session, rows in memory, and letters in a file; `forgets` every so many messages."""

    name = "little"
    peak_mib = 12.5

    def __init__(self, port: int, letters: Path, *, forgets: int = 0, acknowledges: bool = True) -> None:
        self._letters = letters
        self._forgets = forgets
        self._acknowledges = acknowledges
        self._count = 0
        self.found: dict[tuple[str, int], dict[str, float]] = {("typed", START_MS): {"lamp_on": 1}}
        self._lock = threading.Lock()
        self._work: queue.Queue[paho.MQTTMessage | None] = queue.Queue()
        with sqlite3.connect(letters) as db:
            db.execute("CREATE TABLE letter (topic TEXT, payload BLOB, UNIQUE (topic, payload))")
        db.close()
        subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=self.name, clean_session=False, manual_ack=True
        )
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = self._subscribe
        self._client.on_message = lambda _client, _data, told: self._take(told)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(60)

    def _subscribe(self, client: paho.Client, *_: object) -> None:
        client.subscribe("kilowitness/#", 1)

    def _take(self, told: paho.MQTTMessage) -> None:
        self._count += 1
        payload = bytes(told.payload)
        if not self._forgets or self._count % self._forgets:
            self._keep(told.topic, payload)
        if self._acknowledges:
            self._client.ack(told.mid, told.qos)

    def _keep(self, topic: str, payload: bytes) -> None:
        bad = BAD_PAYLOADS.get((topic, payload))
        if bad is not None:
            with sqlite3.connect(self._letters) as db:
                db.execute("INSERT OR IGNORE INTO letter VALUES (?, ?)", (topic, payload))
            db.close()
            if bad.stored:
                self._store(bad.meter, bad.time_ms, dict(bad.stored))
            return
        values = json.loads(payload)
        self._store(topic.split("/")[3], values.pop("time"), values)

    def _store(self, meter: str, time_ms: int, values: dict[str, float]) -> None:
        with self._lock:
            self.found[meter, time_ms] = values

    def count(self) -> int:
        """How many rows have a register."""
        with self._lock:
            return sum("energy_kwh" in values for values in self.found.values())

    def rows(self) -> Iterator[Row]:
        """All rows."""
        for (meter, time_ms), values in self.found.items():
            yield meter, time_ms, values

    def measure(self) -> None:
        """Nothing to measure."""

    def wait_until_it_can_stop(self) -> None:
        """It always can."""

    def terminate(self, _seconds: float) -> tuple[int | None, float]:
        """Hang up."""
        self._client.disconnect()
        self._client.loop_stop()
        return 0, 0.0
