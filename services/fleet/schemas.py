"""The fleet as HTTP speaks of it: when and how far vehicles went, never where."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.fleet.figures import VehicleFigures
from services.fleet.model import Approval, Flag, Fuel, Refuel, Trip, Vehicle, VehicleKind
from services.metering.schemas import Address, Code

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VehicleIn(_Entry):
    """A vehicle; `address` is how its tracker reports, by default `{institution}/{code}`."""

    code: Code
    plate: Line
    institution: Code
    kind: VehicleKind
    fuel: Fuel
    archive_l_per_100km: Annotated[Positive, Field(le=200)] | None = None
    address: Address | None = None

    def vehicle(self) -> Vehicle:
        """The vehicle with its address filled in."""
        address = self.address or f"{self.institution}/{self.code}"
        return Vehicle(**self.model_dump(exclude={"address"}), address=address)


class ApprovalIn(_Entry):
    """A slip that allows a vehicle out from `start` until `end`."""

    number: Number
    vehicle: Code
    start: AwareDatetime
    end: AwareDatetime
    purpose: Line
    approved_by: Line

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.start < self.end:
            raise ValueError("end: is after start")
        if self.end - self.start > timedelta(days=366):
            raise ValueError("end: more than a year after start")
        return self

    def approval(self) -> Approval:
        """The slip."""
        return Approval(**self.model_dump())


class RefuelIn(_Entry):
    """Litres filled in, `full` to the brim; `cost_yuan` is a string with at most two decimals."""

    vehicle: Code
    at: AwareDatetime
    litres: Annotated[Positive, Field(le=2000)]
    full: bool
    odometer_km: Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
    cost_yuan: Money | None = None

    def refuel(self) -> Refuel:
        """The refuel."""
        return Refuel(**self.model_dump())


class VehiclesPut(BaseModel):
    """How many vehicles were added or replaced."""

    vehicles: int


class ApprovalsPut(BaseModel):
    """How many slips were added or changed, and how many trips are seen differently because of them."""

    approvals: int
    judged_again: int


class RefuelsAdded(BaseModel):
    """How many refuels were new, and how many were known already."""

    refuels: int
    known: int


class VehicleOut(BaseModel):
    """A vehicle as registered."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    plate: str
    institution: str
    kind: VehicleKind
    fuel: Fuel
    archive_l_per_100km: float | None
    address: str


class VehiclesOut(BaseModel):
    """Every vehicle."""

    items: list[VehicleOut]


class TripOut(BaseModel):
    """A trip; instants carry the institutions' offset."""

    vehicle: str
    start_at: datetime
    end_at: datetime
    distance_km: float
    start_odometer_km: float | None
    end_odometer_km: float | None
    flagged: Flag = Field(description="calendar_unknown: not held against anyone until the calendar is there")
    approval: str | None = Field(description="the number of the slip that it overlaps")


class FiguresOut(BaseModel):
    """Figures of a vehicle or of all; null where there is nothing to divide or no tracker ever told."""

    distance_km: float | None
    trips: int
    days_in_use: int
    working_days: int
    attendance_rate: float | None
    litres_per_100km: float | None
    flagged_trips: int
    calendar_unknown_trips: int


class VehicleFiguresOut(FiguresOut):
    """Figures of one vehicle."""

    vehicle: str
    plate: str
    institution: str
    kind: VehicleKind
    archive_l_per_100km: float | None
    fuel_excessive: bool = Field(description="burns more than its papers say, beyond the tolerated part")


class FleetSummaryOut(BaseModel):
    """Figures of the local days from `start` until before `end` (null: no bound), by vehicle and in total."""

    start: date | None
    end: date | None
    items: list[VehicleFiguresOut]
    total: FiguresOut


def trip_out(trip: Trip, zone: ZoneInfo) -> TripOut:
    """A trip as the list shows it."""
    return TripOut(
        vehicle=trip.vehicle,
        start_at=trip.start_at.astimezone(zone),
        end_at=trip.end_at.astimezone(zone),
        distance_km=trip.distance_km,
        start_odometer_km=trip.start_odometer_km,
        end_odometer_km=trip.end_odometer_km,
        flagged=trip.flagged,
        approval=trip.approval,
    )


def figures_out(figures: VehicleFigures) -> FiguresOut:
    """Figures as the summary shows them."""
    return FiguresOut(
        distance_km=None if figures.distance_km is None else round(figures.distance_km, 3),
        trips=figures.trips,
        days_in_use=figures.days_in_use,
        working_days=figures.working_days,
        attendance_rate=figures.attendance_rate,
        litres_per_100km=figures.litres_per_100km,
        flagged_trips=figures.flagged_trips,
        calendar_unknown_trips=figures.calendar_unknown_trips,
    )


def vehicle_figures_out(vehicle: Vehicle, figures: VehicleFigures, *, excessive: bool) -> VehicleFiguresOut:
    """A vehicle's line of the summary."""
    return VehicleFiguresOut(
        **figures_out(figures).model_dump(),
        vehicle=vehicle.code,
        plate=vehicle.plate,
        institution=vehicle.institution,
        kind=vehicle.kind,
        archive_l_per_100km=vehicle.archive_l_per_100km,
        fuel_excessive=excessive,
    )
