"""Messages that deserve the dead letter, each with exactly one bad item, and a meter that nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulators import encoders
from simulators.meters import Meter, Protocol
from simulators.plan import CityPlan

UNKNOWN_ADDRESS = "gov/basement-7"
"""A device that sends good readings and stands in no registry."""

_YEAR_1970_MS = 86_400_000
_YEAR_2999_MS = 32_472_144_000_000
"""In the future of every clock, whatever day the history ends."""


@dataclass(frozen=True, slots=True)
class BadMessage:
    """What is wrong, and the message: `kind` is the ledger's word for it."""

    kind: str
    topic: str
    payload: bytes


def bad_messages(plan: CityPlan, meters: Sequence[Meter]) -> list[BadMessage]:
    """One message of each kind for each of two meters, and an impossible speed."""
    plain = [
        meter
        for meter in meters
        if meter.protocol is Protocol.CANONICAL and meter.kind.channel == "energy_kwh"
    ][:2]
    return [message for meter in plain for message in _of_meter(plan, meter)] + [_impossible_speed(plan)]


def readings_topic(address: str) -> str:
    """The canonical topic of a device."""
    return f"kilowitness/v1/{address}/readings"


def _of_meter(plan: CityPlan, meter: Meter) -> list[BadMessage]:
    topic = readings_topic(meter.address)
    noon = plan.start_ms + 12 * 3_600_000 + 1_234
    mixed = [_good(meter, plan.start_ms), {"time": noon, "energy_kwh": "??"}]
    institution, code = meter.address.split("/")
    bad: list[tuple[str, str, bytes]] = [
        ("not JSON", topic, b'{"time": 1767225600000, "energy_kwh": 12.5'),
        ("not an object", topic, b"42"),
        ("not UTF-8", topic, b'{"time": 1767225600000, "energy_\xff": 1}'),
        ("unit in the value", topic, encoders.document({"time": noon, "energy_kwh": "12.5 MWh"})),
        ("NaN as text", topic, encoders.document({"time": noon, "energy_kwh": "NaN"})),
        ("NaN bare", topic, b'{"time": 1767225600000, "energy_kwh": NaN}'),
        ("too large", topic, encoders.document({"time": noon, "energy_kwh": 1e300})),
        ("negative register", topic, encoders.document({"time": noon, "energy_kwh": -4.0})),
        ("1970", topic, encoders.document({"time": _YEAR_1970_MS, "energy_kwh": 12.5})),
        ("2999", topic, encoders.document({"time": _YEAR_2999_MS, "energy_kwh": 12.5})),
        ("unreadable time", topic, encoders.document({"time": "yesterday", "energy_kwh": 12.5})),
        ("unknown channel", topic, encoders.document({"time": noon, "energy_mwh": 12.5})),
        ("one bad item of two", topic, encoders.document(mixed)),
        ("topic outside the contract", f"kilowitness/v1/{institution.upper()}/{code}!/readings", b"{}"),
    ]
    return [BadMessage(*row) for row in bad]


def _good(meter: Meter, time_ms: int) -> dict[str, float]:
    return {"time": time_ms, "energy_kwh": float(meter.registers(np.array([time_ms]))[0])}


def _impossible_speed(plan: CityPlan) -> BadMessage:
    item = {"time": plan.start_ms, "speed_kmh": 9_999}
    return BadMessage("impossible speed", "kilowitness/v1/gov/v-001/positions", encoders.document(item))
