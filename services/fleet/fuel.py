"""Fuel per 100 km, between full tanks.

Between two full refuels as much was burnt as was filled in after the first, up to and including the second:
L/100 km = Σ litres ÷ (odometer₂ − odometer₁) × 100. The first full refuel of a vehicle only opens an
interval, since nobody knows what was burnt before it. An interval on which the odometer did not advance tells
nothing and is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.fleet.model import Refuel


@dataclass(frozen=True, slots=True)
class FuelInterval:
    """What was burnt between two full refuels; identified by the vehicle and its two instants."""

    start_at: datetime
    end_at: datetime
    litres: float
    distance_km: float

    @property
    def litres_per_100km(self) -> float:
        """Fuel use [L/100 km]."""
        return self.litres / self.distance_km * 100


def fuel_intervals(refuels: Iterable[Refuel]) -> list[FuelInterval]:
    """The intervals of one vehicle's refuels, in time order, whatever the order given."""
    intervals: list[FuelInterval] = []
    opened: Refuel | None = None
    litres = 0.0
    for refuel in sorted(refuels, key=lambda one: one.at):
        litres += refuel.litres
        if not refuel.full:
            continue
        if opened is not None and refuel.odometer_km > opened.odometer_km:
            distance = refuel.odometer_km - opened.odometer_km
            intervals.append(FuelInterval(opened.at, refuel.at, litres, distance))
        opened, litres = refuel, 0.0
    return intervals


def mean_use(intervals: Sequence[FuelInterval]) -> float | None:
    """Fuel use over several intervals [L/100 km]: all litres over all kilometres; None without any."""
    distance = sum(interval.distance_km for interval in intervals)
    return sum(interval.litres for interval in intervals) / distance * 100 if distance else None


def excessive(litres_per_100km: float | None, archive_l_per_100km: float | None, *, excess: float) -> bool:
    """Whether use is more than the part `excess` above what the vehicle's papers say; False when unknown."""
    if litres_per_100km is None or archive_l_per_100km is None:
        return False
    return litres_per_100km > archive_l_per_100km * (1 + excess)
