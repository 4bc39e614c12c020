"""The meters of the city: what each measures, how it speaks, and what its register shows at any instant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from simulators.plan import HOUR_MS, CityPlan, Fault, generator
from simulators.weather import Array

Milliseconds = npt.NDArray[np.int64]


class Protocol(StrEnum):
    """The payload a meter's gateway sends."""

    CANONICAL = "canonical"
    ACREL = "acrel json-v2"
    NEURON_VALUES = "neuron, values form"
    NEURON_TAGS = "neuron, tags form"


class Style(StrEnum):
    """How a canonical gateway writes times and numbers."""

    EPOCH = "epoch milliseconds"
    OFFSET = "RFC 3339 with offset"
    ZONELESS = "local time without a zone"
    TEXT = "epoch milliseconds, numbers as text"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a letter of the catalogue stands for."""

    use: str
    role: str
    channel: str
    zh: str
    en: str


KINDS: dict[str, Kind] = {
    "E": Kind("electricity", "main", "energy_kwh", "总进线电表", "main electricity meter"),
    "L": Kind("lighting", "sub", "energy_kwh", "照明回路", "lighting circuit"),
    "H": Kind("hvac", "sub", "energy_kwh", "空调系统", "air conditioning"),
    "S": Kind("sockets", "sub", "energy_kwh", "插座回路", "sockets"),
    "W": Kind("water", "main", "water_m3", "总水表", "main water meter"),
    "G": Kind("gas", "main", "gas_m3", "总燃气表", "main gas meter"),
    "X": Kind("weather", "main", "temperature_c", "气象站", "weather station"),
}

_PROTOCOLS = {
    "gov-e1": Protocol.ACREL,
    "finance-l1": Protocol.ACREL,
    "hospital-h1": Protocol.ACREL,
    "yunshan-h1": Protocol.NEURON_VALUES,
    "library-s1": Protocol.NEURON_TAGS,
}
_CURRENT_RATIOS = {"yunshan-e1": 40.0, "hospital-e1": 60.0, "library-l1": 10.0}
_TEXT = {"hospital-g1", "gov-w1"}
_ZONELESS, _ROLLOVER, _SWAP = "finance-e1", "finance-s1", "gov-h1"


@dataclass(frozen=True, slots=True)
class Swap:
    """A replacement: the old device's last register and the new one's first, as displayed."""

    at_ms: int
    closing: float
    opening: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A metering point. `cumulative` [kWh or m³, primary] has shape (hours + 1,) and starts at 0.

    `address` is how messages name the device, `register` what it shows at the first instant.
    """

    code: str
    institution: str
    kind: Kind
    ordinal: int
    parent: str | None
    protocol: Protocol
    style: Style
    address: str
    ct: float
    digits: int
    register: float
    rated_kw: float | None
    start_ms: int
    cumulative: Array
    swap: Swap | None = None

    def registers(self, times_ms: Milliseconds) -> Array:
        """What the register shows at each instant: two decimals, wrapping at 10^digits."""
        shown = self.register + self.used(times_ms) / self.ct
        if self.swap is not None:
            since = self.used(times_ms) - self.used(np.array([self.swap.at_ms]))
            shown = np.where(times_ms >= self.swap.at_ms, self.swap.opening + since / self.ct, shown)
        return np.asarray(np.round(np.mod(np.round(shown, 2), 10.0**self.digits), 2), dtype=np.float64)

    def used(self, times_ms: Milliseconds) -> Array:
        """True consumption since the first instant."""
        last = len(self.cumulative) - 1
        place = np.clip((times_ms - self.start_ms) / HOUR_MS, 0, last)
        hour = np.minimum(place.astype(np.int64), last - 1)
        before = self.cumulative[hour]
        return np.asarray(before + (place - hour) * (self.cumulative[hour + 1] - before))

    def power_kw(self, times_ms: Milliseconds) -> Array:
        """Mean power of the hour that holds each instant (or the last one), secondary like the register."""
        hours = np.clip((times_ms - self.start_ms) // HOUR_MS, 0, len(self.cumulative) - 2)
        return np.asarray(np.round((self.cumulative[hours + 1] - self.cumulative[hours]) / self.ct, 2))


def install(
    plan: CityPlan, institution: str, letter: str, *, ordinal: int, used: Array, rated_kw: float | None
) -> Meter:
    """The meter of one letter of the catalogue; `used` (hours,) is true consumption within each hour."""
    kind = KINDS[letter]
    code = f"{institution}-{letter.lower()}{ordinal}"
    rng = generator(plan.seed, "meter", code)
    protocol = _PROTOCOLS.get(code, Protocol.CANONICAL)
    cumulative = np.concatenate([[0.0], np.cumsum(used)])
    ct = _CURRENT_RATIOS.get(code, 1.0)
    register, digits = round(float(rng.uniform(500, 60_000)) / ct, 2), 8
    if code == _ROLLOVER and Fault.ROLLOVER in plan.faults:
        digits = 6
        register = round(1e6 - 0.6 * float(cumulative[plan.history_hours]) - 0.5, 2)
    meter = Meter(
        code=code, institution=institution, kind=kind, ordinal=ordinal,
        parent=f"{institution}-e1" if kind.role == "sub" else None,
        protocol=protocol, style=_style(plan, code, rng),
        address=_address(protocol, institution, code, serial=int(rng.integers(10**9, 10**10))),
        ct=ct, digits=digits, register=register, rated_kw=rated_kw, start_ms=plan.start_ms,
        cumulative=cumulative,
    )  # fmt: skip
    return _swapped(plan, meter) if code == _SWAP and Fault.SWAP in plan.faults else meter


def _style(plan: CityPlan, code: str, rng: np.random.Generator) -> Style:
    if code == _ZONELESS and Fault.ZONELESS in plan.faults:
        return Style.ZONELESS
    if code in _TEXT:
        return Style.TEXT
    return Style.OFFSET if rng.random() < 0.2 else Style.EPOCH


def _address(protocol: Protocol, institution: str, code: str, *, serial: int) -> str:
    if protocol is Protocol.ACREL:
        return f"acrel-adw/2020{serial}"
    if protocol in (Protocol.NEURON_VALUES, Protocol.NEURON_TAGS):
        return f"neuron/{institution}-modbus.{code}"
    return f"{institution}/{code}"


def _swapped(plan: CityPlan, meter: Meter) -> Meter:
    """The meter with a new device from half past ten of a morning in the middle of the history."""
    at_ms = plan.start_ms + (24 * (plan.history_days // 2) + 10) * HOUR_MS + HOUR_MS // 2
    closing = float(meter.registers(np.array([at_ms]))[0])
    return replace(meter, swap=Swap(at_ms, closing, 0.0))


def by_code(meters: Sequence[Meter]) -> dict[str, Meter]:
    """The meters under their codes."""
    return {meter.code: meter for meter in meters}
