"""Positions, trips and vehicles for the tests, in as few words as a test needs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import from_ms, to_ms
from services.fleet.model import Approval, Fuel, Trip, Vehicle, VehicleKind
from services.fleet.trips import Positions
from services.timeseries.schema import POSITIONS
from services.timeseries.store import Point

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = 60_000
START = to_ms(datetime(2026, 11, 20, 9, tzinfo=ZONE))
NAMES = ("lat", "lon", "speed_kmh", "ignition", "odometer_km")

Row = tuple[float, Mapping[str, float]]
"""Minutes after 09:00 of 2026-11-20, and what the tracker says."""


def local(text: str) -> datetime:
    """An instant of the institutions' zone, from `2026-11-20 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def at(minute: float, ignition: float | None = 1, odometer: float | None = None, **more: float) -> Row:
    """What a tracker says a number of minutes after the start."""
    said = dict(more)
    if ignition is not None:
        said["ignition"] = ignition
    if odometer is not None:
        said["odometer_km"] = odometer
    return minute, said


def drive(start: float, minutes: int = 20, km: float = 10, *, odometer: float = 1000) -> list[Row]:
    """A plain trip with a point every five minutes and the ignition off at its end."""
    count = minutes // 5
    return [
        at(start + 5 * n, float(n < count), odometer + km * n / count, lat=30.7, lon=111.3)
        for n in range(count + 1)
    ]


def positions(rows: Iterable[Row]) -> Positions:
    """Rows as columns, in time order."""
    ordered = sorted(rows, key=lambda row: row[0])
    times = np.array([START + round(minute * MINUTE) for minute, _ in ordered], dtype=np.int64)
    columns = (np.array([said.get(name, np.nan) for _, said in ordered], dtype=np.float64) for name in NAMES)
    return Positions(times, *columns)


def points(rows: Iterable[Row], address: tuple[str, str] = ("cz-sport", "v-001")) -> list[Point]:
    """Rows as a collector writes them."""
    return [Point(POSITIONS, address, START + round(minute * MINUTE), said) for minute, said in rows]


def minutes_of(trip: Trip) -> tuple[float, float]:
    """When a trip began and ended, in minutes after the start."""
    return (to_ms(trip.start_at) - START) / MINUTE, (to_ms(trip.end_at) - START) / MINUTE


def vehicle(code: str = "v-001", kind: VehicleKind = VehicleKind.OTHER, **more: object) -> Vehicle:
    """A petrol car."""
    fields: dict[str, object] = {
        "plate": "鄂Z00001", "institution": "cz-sport", "fuel": Fuel.PETROL,
        "archive_l_per_100km": 8.0, "address": f"cz-sport/{code}",
    }  # fmt: skip
    return Vehicle(code=code, kind=kind, **(fields | more))  # type: ignore[arg-type]


def trip(start: str, end: str, km: float = 10, code: str = "v-001") -> Trip:
    """A trip between two local times."""
    return Trip(code, local(start), local(end), km, None, None)


def slip(number: str, start: str, end: str, code: str = "v-001") -> Approval:
    """A slip between two local times."""
    return Approval(number, code, local(start), local(end), "inspection", "Zhao")


def instant(minute: float) -> datetime:
    """The instant a number of minutes after the start."""
    return from_ms(START + round(minute * MINUTE))
