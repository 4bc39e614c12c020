"""The figures of a vehicle: over a period for people, by local day and by tank for the time-series store.

A trip counts on the local day on which it begins. A vehicle is available on every working day from the day of
its first position on; the attendance rate is the working days on which it was out ÷ those.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.clock import local_day_start, to_ms
from services.fleet.fuel import FuelInterval, mean_use
from services.fleet.model import FLAGGED, Flag, Trip, Vehicle
from services.timeseries.schema import FLEET_DAY, FLEET_FUEL
from services.timeseries.store import Point
from services.workdays import Workdays


@dataclass(frozen=True, slots=True)
class VehicleFigures:
    """What a vehicle (or a fleet) did; rates and fuel use are None where there is nothing to divide.

    `days_in_use` are vehicle-days with a trip; `working_days` and `working_days_in_use` those on which it was
    available and out. `distance_km` is None when no tracker ever told.
    """

    distance_km: float | None
    trips: int
    days_in_use: int
    working_days: int
    working_days_in_use: int
    fuel: tuple[FuelInterval, ...]
    flagged_trips: int
    calendar_unknown_trips: int

    @property
    def attendance_rate(self) -> float | None:
        """Working days in use ÷ working days available."""
        return self.working_days_in_use / self.working_days if self.working_days else None

    @property
    def litres_per_100km(self) -> float | None:
        """Fuel use between full tanks [L/100 km]."""
        return mean_use(self.fuel)


def vehicle_figures(
    trips: Sequence[Trip],
    fuel: Sequence[FuelInterval],
    available: Sequence[date],
    workdays: Workdays,
    zone: ZoneInfo,
) -> VehicleFigures:
    """The figures of one vehicle; `available` are the days of the period since its first position."""
    out = {trip.start_at.astimezone(zone).date() for trip in trips}
    working = {day for day in available if workdays.is_working_day(day)}
    return VehicleFigures(
        distance_km=sum(trip.distance_km for trip in trips) if available or trips else None,
        trips=len(trips),
        days_in_use=len(out),
        working_days=len(working),
        working_days_in_use=len(working & out),
        fuel=tuple(fuel),
        flagged_trips=sum(trip.flagged in FLAGGED for trip in trips),
        calendar_unknown_trips=sum(trip.flagged is Flag.CALENDAR_UNKNOWN for trip in trips),
    )


def total(vehicles: Collection[VehicleFigures]) -> VehicleFigures:
    """The figures of several vehicles together."""
    distances = [one.distance_km for one in vehicles if one.distance_km is not None]
    return VehicleFigures(
        distance_km=sum(distances) if distances else None,
        trips=sum(one.trips for one in vehicles),
        days_in_use=sum(one.days_in_use for one in vehicles),
        working_days=sum(one.working_days for one in vehicles),
        working_days_in_use=sum(one.working_days_in_use for one in vehicles),
        fuel=tuple(interval for one in vehicles for interval in one.fuel),
        flagged_trips=sum(one.flagged_trips for one in vehicles),
        calendar_unknown_trips=sum(one.calendar_unknown_trips for one in vehicles),
    )


def days_from(first: date, end: date) -> list[date]:
    """Every day of [first, end)."""
    return [first + timedelta(days=n) for n in range((end - first).days)]


def day_points(
    vehicle: Vehicle, trips: Iterable[Trip], days: Iterable[date], workdays: Workdays, zone: ZoneInfo
) -> list[Point]:
    """A `FLEET_DAY` point for each of `days`; `available` is absent where the calendar is unknown."""
    by_day: dict[date, list[Trip]] = defaultdict(list)
    for trip in trips:
        by_day[trip.start_at.astimezone(zone).date()].append(trip)
    points = []
    for day in sorted(days):
        mine = by_day[day]
        fields = {
            "distance_km": sum(trip.distance_km for trip in mine),
            "trips": float(len(mine)),
            "in_use": float(bool(mine)),
            "flagged_trips": float(sum(trip.flagged in FLAGGED for trip in mine)),
        }
        working = workdays.is_working_day(day)
        if working is not None:
            fields["available"] = float(working)
        points.append(Point(FLEET_DAY, _tags(vehicle), to_ms(local_day_start(day, zone)), fields))
    return points


def fuel_points(vehicle: Vehicle, intervals: Iterable[FuelInterval]) -> list[Point]:
    """A `FLEET_FUEL` point for each interval, at the refuel that closes it."""
    return [
        Point(
            FLEET_FUEL,
            _tags(vehicle),
            to_ms(interval.end_at),
            {
                "litres": interval.litres,
                "distance_km": interval.distance_km,
                "litres_per_100km": interval.litres_per_100km,
            },
        )
        for interval in intervals
    ]


def _tags(vehicle: Vehicle) -> tuple[str, str, str]:
    return vehicle.institution, vehicle.code, vehicle.kind.value
