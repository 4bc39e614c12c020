"""What is drained: messages of three channels, each with its own meter and time; how it is published."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import mqtt5

from simulators.bench.wire import Connection

CHANNELS = ("energy_kwh", "power_kw", "voltage_v")
FILTER = "kilowitness/v1/+/+/readings"
WINDOW = 500
"""Messages sent in one piece; at most two such pieces are unacknowledged."""
_METERS_A_HOUSE = 100


@dataclass(frozen=True, slots=True)
class Load:
    """`messages` of `meters` that report in turn, once a second each; the last of them at `until_ms`.

    `name` begins the codes of its institutions, so that no two loads say anything of the same meter.
    """

    messages: int
    meters: int
    name: str
    until_ms: int

    @property
    def readings(self) -> int:
        """How many values there are to store."""
        return self.messages * len(CHANNELS)

    def address(self, meter: int) -> tuple[str, str]:
        """Institution and code of a meter."""
        return f"{self.name}-{meter // _METERS_A_HOUSE:04d}", f"m{meter:06d}"

    def message(self, number: int) -> tuple[str, bytes]:
        """Topic and payload of a message: the canonical form, time as RFC 3339 with offset."""
        turn, meter = divmod(number, self.meters)
        last = (self.messages - 1) // self.meters
        at = datetime.fromtimestamp(self.until_ms // 1000 + turn - last, UTC).isoformat()
        institution, code = self.address(meter)
        payload = (
            f'{{"time": "{at}", "energy_kwh": {1000 + meter % 7000 + turn / 1000:.3f}, '
            f'"power_kw": {3 + number % 57 / 100:.2f}, "voltage_v": {226 + number % 83 / 10:.1f}}}'
        )
        return f"kilowitness/v1/{institution}/{code}/readings", payload.encode()


def new_load(messages: int, meters: int, name: str, *, clock: Callable[[], float] = time.time) -> Load:
    """A load that ends now."""
    return Load(messages, meters, name, int(clock()) * 1000)


def publish(port: int, load: Load) -> None:
    """Publish all of it at QoS 1; returns when the broker has acknowledged the last."""
    with Connection(port, f"{load.name}-publisher") as connection:
        unacknowledged = 0
        for first in range(0, load.messages, WINDOW):
            numbers = range(first, min(first + WINDOW, load.messages))
            connection.send(b"".join(_packet(load, number) for number in numbers))
            unacknowledged += len(numbers)
            while unacknowledged > WINDOW:
                unacknowledged -= _acknowledged(connection)
        while unacknowledged:
            unacknowledged -= _acknowledged(connection)


def _packet(load: Load, number: int) -> bytes:
    topic, payload = load.message(number)
    packet_id = number % 60_000 + 1
    return mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id).write()


def _acknowledged(connection: Connection) -> int:
    return sum(isinstance(packet, mqtt5.PubAckPacket) for packet in connection.receive())
