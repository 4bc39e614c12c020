"""Units a device may display a channel in, and what one of each is in the channel's own unit.

Conversions are exact by definition (SI prefixes; 1 kWh = 3.6 MJ).
"""

from services.metering.channels import CHANNELS

_TIMES: dict[str, dict[str, float]] = {
    "kWh": {"kWh": 1.0, "Wh": 1e-3, "MWh": 1e3, "GWh": 1e6, "MJ": 1 / 3.6, "GJ": 1000 / 3.6},
    "GJ": {"GJ": 1.0, "MJ": 1e-3, "kWh": 0.0036, "MWh": 3.6},
    "m³": {"m³": 1.0, "m3": 1.0, "L": 1e-3},
    "kW": {"kW": 1.0, "W": 1e-3, "MW": 1e3},
    "V": {"V": 1.0, "mV": 1e-3, "kV": 1e3},
    "A": {"A": 1.0, "mA": 1e-3, "kA": 1e3},
    "°C": {"°C": 1.0},
    "%": {"%": 1.0, "1": 100.0},
    "lx": {"lx": 1.0, "klx": 1e3},
    "": {"1": 1.0, "%": 0.01},
}


def units_of(channel: str) -> tuple[str, ...]:
    """The units that the channel's values can be converted from, its own first."""
    return tuple(_TIMES[CHANNELS[channel].unit])


def in_own_unit(channel: str, unit: str | None) -> float:
    """What one `unit` is in the channel's own unit; None is that unit itself. Raises KeyError for another."""
    return 1.0 if unit is None else _TIMES[CHANNELS[channel].unit][unit]
