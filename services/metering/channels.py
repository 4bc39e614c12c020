"""The channels a meter can report: name, unit, and whether the value is a register or a gauge.

A register only grows and its differences are consumption; a gauge is an instantaneous value. The names are
the keys of the canonical payload and the fields of the readings measurement.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a channel's values are turned into intervals."""

    REGISTER = "register"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Channel:
    """One quantity of a meter. `low` and `high` are physical limits outside which a value is rejected."""

    name: str
    kind: Kind
    unit: str
    low: float
    high: float


_LARGEST_REGISTER = 1e12

CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel("energy_kwh", Kind.REGISTER, "kWh", 0.0, _LARGEST_REGISTER),
        Channel("energy_export_kwh", Kind.REGISTER, "kWh", 0.0, _LARGEST_REGISTER),
        Channel("water_m3", Kind.REGISTER, "m³", 0.0, _LARGEST_REGISTER),
        Channel("gas_m3", Kind.REGISTER, "m³", 0.0, _LARGEST_REGISTER),
        Channel("heat_gj", Kind.REGISTER, "GJ", 0.0, _LARGEST_REGISTER),
        Channel("power_kw", Kind.GAUGE, "kW", -1e6, 1e6),
        Channel("voltage_v", Kind.GAUGE, "V", 0.0, 1e6),
        Channel("current_a", Kind.GAUGE, "A", -1e6, 1e6),
        Channel("power_factor", Kind.GAUGE, "", -1.0, 1.0),
        Channel("temperature_c", Kind.GAUGE, "°C", -90.0, 150.0),
        Channel("humidity_pct", Kind.GAUGE, "%", 0.0, 100.0),
        Channel("illuminance_lx", Kind.GAUGE, "lx", 0.0, 300_000.0),
        Channel("lamp_on", Kind.GAUGE, "", 0.0, 1.0),
    )
}

REGISTERS = tuple(c.name for c in CHANNELS.values() if c.kind is Kind.REGISTER)
