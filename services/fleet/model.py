"""An official vehicle, the slips that allow it out, its refuels and its trips."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class VehicleKind(StrEnum):
    """机要通信, 应急保障, 执法执勤, 特种专业技术, 其他: the kinds of the national rules of 2017."""

    CONFIDENTIAL = "confidential"
    EMERGENCY = "emergency"
    LAW_ENFORCEMENT = "law_enforcement"
    SPECIAL = "special"
    OTHER = "other"


class Fuel(StrEnum):
    """What drives a vehicle."""

    PETROL = "petrol"
    DIESEL = "diesel"
    ELECTRIC = "electric"


class Flag(StrEnum):
    """What is to be asked about a trip: nothing, why then, or first of all which calendar its day follows."""

    NONE = "none"
    OUTSIDE_HOURS = "outside_hours"
    NON_WORKING_DAY = "non_working_day"
    CALENDAR_UNKNOWN = "calendar_unknown"


FLAGGED = frozenset({Flag.OUTSIDE_HOURS, Flag.NON_WORKING_DAY})
"""The flags that count as use outside the rules."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle; `address` is `institution/vehicle` as its tracker reports, `archive_l_per_100km` what its
    papers say it burns."""

    code: str
    plate: str
    institution: str
    kind: VehicleKind
    fuel: Fuel
    archive_l_per_100km: float | None
    address: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A slip that allows a vehicle out from `start` until `end`."""

    number: str
    vehicle: str
    start: datetime
    end: datetime
    purpose: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Refuel:
    """Litres filled in; `full` when the tank was filled to the brim."""

    vehicle: str
    at: datetime
    litres: float
    full: bool
    odometer_km: float
    cost_yuan: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Trip:
    """A vehicle's way from ignition on to ignition off; `approval` is the slip that it overlaps, if any."""

    vehicle: str
    start_at: datetime
    end_at: datetime
    distance_km: float
    start_odometer_km: float | None
    end_odometer_km: float | None
    flagged: Flag = Flag.NONE
    approval: str | None = None
