"""The tables of the fleet: vehicles, slips, refuels, trips computed from positions, and the job's notes.

No position is kept here, and none leaves the time-series store.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Table


class VehicleRow(Table):
    """A vehicle as registered."""

    __tablename__ = "vehicle"

    code: Mapped[str] = mapped_column(primary_key=True)
    plate: Mapped[str]
    institution: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    fuel: Mapped[str]
    archive_l_per_100km: Mapped[float | None]
    address: Mapped[str] = mapped_column(unique=True)


class TripApprovalRow(Table):
    """A slip that allows a vehicle out."""

    __tablename__ = "trip_approval"

    number: Mapped[str] = mapped_column(primary_key=True)
    vehicle: Mapped[str] = mapped_column(ForeignKey("vehicle.code"), index=True)
    start: Mapped[datetime]
    end: Mapped[datetime]
    purpose: Mapped[str]
    approved_by: Mapped[str]


class RefuelRow(Table):
    """A refuel, recorded once and never changed."""

    __tablename__ = "refuel"

    vehicle: Mapped[str] = mapped_column(ForeignKey("vehicle.code"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    litres: Mapped[float]
    full: Mapped[bool]
    odometer_km: Mapped[float]
    cost_yuan: Mapped[Decimal | None]


class TripRow(Table):
    """A trip computed from positions; late positions replace it."""

    __tablename__ = "trip"
    __table_args__ = (Index("ix_trip_start_at", "start_at", "vehicle"),)

    vehicle: Mapped[str] = mapped_column(ForeignKey("vehicle.code"), primary_key=True)
    start_at: Mapped[datetime] = mapped_column(primary_key=True)
    end_at: Mapped[datetime]
    distance_km: Mapped[float]
    start_odometer_km: Mapped[float | None]
    end_odometer_km: Mapped[float | None]
    flagged: Mapped[str]
    approval: Mapped[str | None]


class VehicleTrackRow(Table):
    """How far a vehicle's trips are computed: from which address, since when, days told up to where."""

    __tablename__ = "vehicle_track"

    vehicle: Mapped[str] = mapped_column(ForeignKey("vehicle.code"), primary_key=True)
    address: Mapped[str]
    basis: Mapped[str]
    first_position_at: Mapped[datetime]
    told_until: Mapped[date | None]


class StaleDayRow(Table):
    """A local day of a vehicle whose figures in the time-series store no longer hold."""

    __tablename__ = "fleet_stale_day"

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle: Mapped[str] = mapped_column(ForeignKey("vehicle.code"))
    day: Mapped[date]
