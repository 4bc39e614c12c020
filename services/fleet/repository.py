"""The fleet in the registry's database, as one transaction sees it: rows in, values out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, tuple_, update
from sqlalchemy.orm import Session

from services.fleet.model import Approval, Flag, Fuel, Refuel, Trip, Vehicle, VehicleKind
from services.fleet.tables import (
    RefuelRow,
    StaleDayRow,
    TripApprovalRow,
    TripRow,
    VehicleRow,
    VehicleTrackRow,
)

_CHUNK = 500
"""Most values in one IN list: databases limit the variables of a statement."""

_ADD_TRIP = insert(TripRow).execution_options(render_nulls=True)
_ADD_REFUEL = insert(RefuelRow).execution_options(render_nulls=True)
"""With NULLs written out, rows with and without a value go to the database together."""
_REJUDGE = (
    update(TripRow.__table__)  # type: ignore[arg-type]
    .where(TripRow.vehicle == bindparam("of"), TripRow.start_at == bindparam("begun"))
    .values(flagged=bindparam("flag"), approval=bindparam("slip"))
)


@dataclass(frozen=True, slots=True)
class Track:
    """How far a vehicle's trips are computed.

    They come from the positions of `address`, judged on `basis`; the figures of local days before
    `told_until` are in the time-series store (None: of no day).
    """

    vehicle: str
    address: str
    basis: str
    first_position_at: datetime
    told_until: date | None


@dataclass(frozen=True, slots=True)
class Stale:
    """Days of a vehicle to be told again, and the rows that say so."""

    rows: tuple[int, ...]
    days: frozenset[date]


@dataclass(frozen=True, slots=True)
class TripFilter:
    """Which trips: of `vehicle`, beginning in [`start`, `end`), older than `before`; None does not narrow."""

    vehicle: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    before: tuple[datetime, str] | None = None
    limit: int | None = None


class FleetTables:
    """What the fleet's tables hold."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def vehicles(self) -> dict[str, Vehicle]:
        """Every vehicle, by code."""
        rows = self._session.scalars(select(VehicleRow).order_by(VehicleRow.code))
        return {row.code: _vehicle(row) for row in rows}

    def put_vehicles(self, vehicles: Iterable[Vehicle]) -> None:
        """Add or replace vehicles by code."""
        for vehicle in vehicles:
            self._session.merge(VehicleRow(**_values(vehicle)))

    def approvals(self, vehicle: str | None = None) -> dict[str, list[Approval]]:
        """Slips by vehicle."""
        query = select(TripApprovalRow)
        if vehicle is not None:
            query = query.where(TripApprovalRow.vehicle == vehicle)
        found: dict[str, list[Approval]] = defaultdict(list)
        for row in self._session.scalars(query):
            found[row.vehicle].append(_approval(row))
        return found

    def approvals_numbered(self, numbers: Sequence[str]) -> dict[str, Approval]:
        """The slips with these numbers, by number."""
        found: dict[str, Approval] = {}
        for first in range(0, len(numbers), _CHUNK):
            chosen = TripApprovalRow.number.in_(numbers[first : first + _CHUNK])
            rows = self._session.scalars(select(TripApprovalRow).where(chosen))
            found |= {row.number: _approval(row) for row in rows}
        return found

    def put_approvals(self, fresh: Sequence[Approval], changed: Sequence[Approval]) -> None:
        """Add new slips and replace changed ones, by number."""
        if fresh:
            self._session.execute(insert(TripApprovalRow), [_values(slip) for slip in fresh])
        if changed:
            self._session.execute(update(TripApprovalRow), [_values(slip) for slip in changed])

    def refuels(self, vehicle: str | None = None) -> dict[str, list[Refuel]]:
        """Refuels by vehicle."""
        query = select(RefuelRow)
        if vehicle is not None:
            query = query.where(RefuelRow.vehicle == vehicle)
        found: dict[str, list[Refuel]] = defaultdict(list)
        for row in self._session.scalars(query):
            found[row.vehicle].append(
                Refuel(row.vehicle, row.at, row.litres, row.full, row.odometer_km, row.cost_yuan)
            )
        return found

    def add_refuels(self, refuels: Sequence[Refuel]) -> None:
        """Record new refuels."""
        if refuels:
            self._session.execute(_ADD_REFUEL, [_values(refuel) for refuel in refuels])

    def trips(self, which: TripFilter) -> list[Trip]:
        """Trips, newest first."""
        query = select(TripRow.__table__).order_by(TripRow.start_at.desc(), TripRow.vehicle.desc())
        if which.vehicle is not None:
            query = query.where(TripRow.vehicle == which.vehicle)
        if which.start is not None:
            query = query.where(TripRow.start_at >= which.start)
        if which.end is not None:
            query = query.where(TripRow.start_at < which.end)
        if which.before is not None:
            query = query.where(tuple_(TripRow.start_at, TripRow.vehicle) < which.before)
        return [_trip(*row) for row in self._session.execute(query.limit(which.limit))]

    def replace_trips(
        self, vehicle: str, span: tuple[datetime, datetime | None], trips: Sequence[Trip]
    ) -> None:
        """Put `trips` in the place of those of `vehicle` that begin in the span [start, end)."""
        start, end = span
        removal = delete(TripRow).where(TripRow.vehicle == vehicle, TripRow.start_at >= start)
        self._session.execute(removal if end is None else removal.where(TripRow.start_at < end))
        if trips:
            self._session.execute(_ADD_TRIP, [_values(trip) for trip in trips])

    def rejudge(self, trips: Sequence[Trip]) -> None:
        """Write the flag and the slip of those trips that are still there: the job may have replaced some."""
        if trips:
            self._session.execute(
                _REJUDGE,
                [
                    {"of": trip.vehicle, "begun": trip.start_at, "flag": trip.flagged, "slip": trip.approval}
                    for trip in trips
                ],
            )

    def tracks(self) -> dict[str, Track]:
        """How far each vehicle's trips are computed."""
        return {
            row.vehicle: Track(row.vehicle, row.address, row.basis, row.first_position_at, row.told_until)
            for row in self._session.scalars(select(VehicleTrackRow))
        }

    def put_track(self, track: Track) -> None:
        """Add or replace a vehicle's track."""
        self._session.merge(VehicleTrackRow(**_values(track)))

    def stale(self) -> dict[str, Stale]:
        """The days to be told again, by vehicle."""
        rows: dict[str, list[StaleDayRow]] = defaultdict(list)
        for row in self._session.scalars(select(StaleDayRow)):
            rows[row.vehicle].append(row)
        return {
            vehicle: Stale(tuple(row.id for row in mine), frozenset(row.day for row in mine))
            for vehicle, mine in rows.items()
        }

    def mark_stale(self, days: Collection[tuple[str, date]]) -> None:
        """Note that days of vehicles are to be told again."""
        if days:
            rows = [{"vehicle": vehicle, "day": day} for vehicle, day in sorted(days)]
            self._session.execute(insert(StaleDayRow), rows)

    def unmark_stale(self, rows: Sequence[int]) -> None:
        """Forget notes that were followed."""
        for first in range(0, len(rows), _CHUNK):
            chosen = StaleDayRow.id.in_(rows[first : first + _CHUNK])
            self._session.execute(delete(StaleDayRow).where(chosen))


def _values(entry: Vehicle | Approval | Refuel | Trip | Track) -> dict[str, Any]:
    return {field.name: getattr(entry, field.name) for field in fields(entry)}


def _vehicle(row: VehicleRow) -> Vehicle:
    return Vehicle(
        code=row.code,
        plate=row.plate,
        institution=row.institution,
        kind=VehicleKind(row.kind),
        fuel=Fuel(row.fuel),
        archive_l_per_100km=row.archive_l_per_100km,
        address=row.address,
    )


def _approval(row: TripApprovalRow) -> Approval:
    return Approval(row.number, row.vehicle, row.start, row.end, row.purpose, row.approved_by)


def _trip(
    vehicle: str, start_at: datetime, end_at: datetime, distance_km: float,
    start_odometer_km: float | None, end_odometer_km: float | None, flagged: str, approval: str | None,
) -> Trip:  # fmt: skip
    return Trip(
        vehicle, start_at, end_at, distance_km,
        start_odometer_km, end_odometer_km, Flag(flagged), approval,
    )  # fmt: skip
