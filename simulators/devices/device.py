"""What every simulated device is: samples of the world in, the messages the real device would send out.

A message carries what its vendor's document makes it mean, so that whatever reads it can be judged.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")

READINGS = "readings"
POSITIONS = "positions"
DEVICE_STATUS = "device_status"


@dataclass(frozen=True, slots=True)
class Sample:
    """The world at one instant, as far as any device here senses it; `time_ms` is UTC."""

    time_ms: int
    energy_kwh: float = 12345.67
    energy_export_kwh: float = 0.5
    power_kw: float = 3.21
    voltage_v: float = 228.4
    current_a: float = 4.685
    power_factor: float = 0.95
    water_m3: float = 321.09
    lat: float = 31.123456
    lon: float = 112.654321
    speed_kmh: float = 45.6
    ignition: bool = True
    odometer_km: float = 45678.9
    fuel_l: float = 33.4


@dataclass(frozen=True, slots=True)
class Meaning:
    """One device at one instant, that of arrival without `time_ms`. `device`: institution and device."""

    measurement: str
    device: tuple[str, str]
    time_ms: int | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Message:
    """What is published, and what a correct collector makes of it: nothing, where `means` is empty."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    means: tuple[Meaning, ...] = ()


class Device:
    """One device. `will` is what the broker publishes when it falls silent; it subscribes to `listens`."""

    will: Message | None = None
    listens: tuple[str, ...] = ()

    def connected(self, sample: Sample) -> Sequence[Message]:
        """What it says on connecting."""
        return ()

    def report(self, sample: Sample) -> Sequence[Message]:
        """What it says of a sample."""
        raise NotImplementedError

    def receive(self, message: Message, sample: Sample) -> Sequence[Message]:
        """How it answers what came on a topic it listens to."""
        return ()

    def overdue(self, now_ms: int) -> Sequence[Message]:
        """What it says again because nobody answered."""
        return ()


def readings(device: tuple[str, str], time_ms: int | None, **values: float) -> tuple[Meaning, ...]:
    """The meaning of one meter's message."""
    return (Meaning(READINGS, device, time_ms, values),)


def online(device: tuple[str, str], *, yes: bool) -> tuple[Meaning, ...]:
    """The meaning of a status topic or a will: known at its arrival."""
    return (Meaning(DEVICE_STATUS, device, None, {"online": float(yes)}),)


def document(value: object) -> bytes:
    """JSON without spaces, as small devices write it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def local(time_ms: int, form: str) -> str:
    """The instant on a clock in China, in a form of `strftime`."""
    return datetime.fromtimestamp(time_ms / 1000, CHINA).strftime(form)


def whole_second(time_ms: int) -> int:
    """The instant as a clock that shows seconds knows it."""
    return time_ms // 1000 * 1000
