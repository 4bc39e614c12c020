"""The words of metering: Reading, Interval, the marks on them, and the dated ledger of a meter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag, StrEnum


class Quality(IntFlag):
    """Marks on a reading or an interval; 0 is a plain good value. Values are stored: never renumber."""

    GOOD = 0
    ARRIVAL_TIME = 1
    """The message carried no time: the time is that of arrival."""
    ZONE_ASSUMED = 2
    """The time carried no offset: the institution's zone was assumed."""
    GAP = 4
    """Readings were missing for longer than the meter's limit."""
    QUARANTINED = 8
    """Something was set aside: a reading both neighbours contradict, or a span that proves no consumption."""
    ROLLOVER = 16
    """The register passed its last digit."""
    REPLACED = 32
    """The meter was replaced within the interval."""
    IMPORTED = 64
    """The reading came from a file, not from the meter."""
    DECIDED = 128
    """A person decided about what had been set aside: accepted, it counts; rejected, it stays a gap."""


class MeterRole(StrEnum):
    """Where a meter stands: a main meter and its sub-meters are never summed together."""

    MAIN = "main"
    SUB = "sub"
    CHECK = "check"
    VIRTUAL = "virtual"


class MeterUse(StrEnum):
    """What a meter's energy is used for (categories and items of the national monitoring guide)."""

    ELECTRICITY = "electricity"
    LIGHTING = "lighting"
    HVAC = "hvac"
    SOCKETS = "sockets"
    POWER = "power"
    SPECIAL = "special"
    WATER = "water"
    GAS = "gas"
    HEAT = "heat"
    WEATHER = "weather"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value as reported: `address` is the device as the message names it, `institution/meter`."""

    institution: str
    meter: str
    channel: str
    time_ms: int
    value: float
    quality: Quality = Quality.GOOD


@dataclass(frozen=True, slots=True)
class Interval:
    """Consumption between two instants.

    `measured` [the channel's unit] is what the registers prove; `estimated` is the share of a gap's known
    total laid evenly over it; `coverage` (0–1) is the part of the time that is measured. With coverage 0
    nothing is measured: that is not zero consumption. Savings count what is estimated only on days whose
    coverage reaches the contract's limit.
    """

    start_ms: int
    end_ms: int
    measured: float
    estimated: float
    coverage: float
    quality: Quality


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """How a device reports one channel: reported × `scale` is what it displays, in `unit` (None: the
    channel's own). `digits`, `closing` and `opening` are the channel's own where it has its own face.
    """

    scale: float = 1.0
    unit: str | None = None
    digits: int | None = None
    closing: float | None = None
    opening: float | None = None


@dataclass(frozen=True, slots=True)
class MeterPeriod:
    """One line of a meter's ledger, valid from an instant until the next line's.

    `ct` and `pt` multiply what a device reports of the secondary side (registers, power, current, voltage)
    unless `already_primary`; the main register holds `digits` whole digits and wraps at 10^digits; at a
    replacement `closing` is the old device's last register and `opening` the new one's first, both as
    displayed. `rated_kw` is the circuit's rated power from then on, None that of the meter. `channels` says
    of single channels what differs.
    """

    valid_from: datetime
    ct: float = 1.0
    pt: float = 1.0
    already_primary: bool = True
    digits: int = 8
    closing: float | None = None
    opening: float | None = None
    rated_kw: float | None = None
    channels: Mapping[str, ChannelTerms] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """What a register difference is multiplied with to be primary energy."""
        return 1.0 if self.already_primary else self.ct * self.pt


@dataclass(frozen=True, slots=True)
class Institution:
    """A public institution, or a county bureau that groups them (`parent` is a code)."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    county: str
    parent: str | None
    floor_area_m2: float | None
    head_count: int | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Meter:
    """A metering point with its dated ledger (oldest line first, at least one).

    `address` is `institution/meter` as messages name the device; `gap_limit_s` is the longest silence between
    two readings that still counts as continuous; `time_zone` (IANA) is that of the device's clock where it
    sends times without offset, None the installation's.
    """

    code: str
    institution: str
    building: str | None
    name_zh: str
    name_en: str
    role: MeterRole
    use: MeterUse
    parent: str | None
    address: str
    rated_kw: float | None
    gap_limit_s: int
    ledger: tuple[MeterPeriod, ...]
    time_zone: str | None = None


def counted(meters: Iterable[Meter], role: MeterRole, use: MeterUse) -> list[Meter]:
    """The meters of a role and use that add up: none whose parent is among them and counts its use."""
    found = {meter.code: meter for meter in meters if meter.role is role and meter.use is use}
    return [meter for meter in found.values() if meter.parent not in found]
