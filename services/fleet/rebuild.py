"""From stored positions to stored trips: exactly the trips that written positions can have changed.

The time-series store says which span of a tracker's positions was written. Around that span the nearest
points between which no trip can run on are sought; the trips between them are deleted and found again. To do
it twice changes nothing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.clock import from_ms
from services.fleet.model import Trip, Vehicle
from services.fleet.repository import FleetTables, TripFilter
from services.fleet.trips import Journey, Limits, Positions, find_journeys, window
from services.fleet.usage import Slips, UsageJudge
from services.timeseries.schema import POSITIONS
from services.timeseries.store import Series, TimeSeriesStore

Span = tuple[int, int]

_FIELDS = ("lat", "lon", "speed_kmh", "ignition", "odometer_km")
_SIGHT_MS = round(timedelta(hours=6) / timedelta(milliseconds=1))
_NEAR_MS = round(timedelta(days=10) / timedelta(milliseconds=1))
"""Spans this near are rebuilt as one: a car that stood over a holiday costs no second look."""


class Tracker:
    """Reads the positions of one vehicle."""

    def __init__(self, store: TimeSeriesStore, address: str) -> None:
        institution, _, device = address.partition("/")
        self._store = store
        self._where = {"institution": institution, "vehicle": device}

    def read(self, start_ms: int | None = None, end_ms: int | None = None) -> Positions | None:
        """The positions in [start, end), None when there are none."""
        found = self._store.read(POSITIONS, self._where, start_ms=start_ms, end_ms=end_ms, fields=_FIELDS)
        return _positions(found[0]) if found else None

    def around(self, touched: Span, limits: Limits) -> tuple[Positions, Span] | None:
        """Positions around a touched span, and the span whose trips it can have changed."""
        sight = _SIGHT_MS
        while True:
            read = touched[0] - sight, touched[1] + 1 + sight
            positions = self.read(*read)
            if positions is None:
                return None
            found = window(positions, touched, read, limits)
            if found is not None:
                return positions.within(*found), found
            sight *= 4  # a vehicle that never stopped for so long


def merge(spans: Iterable[Span]) -> list[Span]:
    """The spans (first, last) in order, those that overlap or lie near each other as one."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first - merged[-1][1] <= _NEAR_MS:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def rebuild_span(
    tables: FleetTables,
    vehicle: Vehicle,
    positions: Positions,
    *,
    span: tuple[int, int | None],
    judge: UsageJudge,
    limits: Limits,
    slips: Slips,
) -> None:
    """Put the trips of `positions` in the place of those of `vehicle` that begin in `span` [start, end)."""
    journeys = find_journeys(positions, limits)
    trips = [judge(_trip(vehicle, journey), vehicle, slips) for journey in journeys]
    start, end = span
    tables.replace_trips(vehicle.code, (from_ms(start), None if end is None else from_ms(end)), trips)


def slips_of(tables: FleetTables, vehicle: Vehicle) -> Slips:
    """The slips of a vehicle as they are now."""
    return Slips(tables.approvals(vehicle.code)[vehicle.code])


def judge_again(
    tables: FleetTables,
    vehicle: Vehicle,
    span: tuple[datetime | None, datetime | None],
    *,
    judge: UsageJudge,
) -> list[Trip]:
    """Judge the trips of `vehicle` that begin in `span` by the slips of now; returns those that changed."""
    slips = slips_of(tables, vehicle)
    trips = tables.trips(TripFilter(vehicle=vehicle.code, start=span[0], end=span[1]))
    changed = [judged for trip in trips if (judged := judge(trip, vehicle, slips)) != trip]
    tables.rejudge(changed)
    return changed


def _trip(vehicle: Vehicle, journey: Journey) -> Trip:
    return Trip(
        vehicle=vehicle.code,
        start_at=from_ms(journey.start_ms),
        end_at=from_ms(journey.end_ms),
        distance_km=journey.distance_km,
        start_odometer_km=journey.start_odometer_km,
        end_odometer_km=journey.end_odometer_km,
    )


def _positions(series: Series) -> Positions:
    return Positions(series.times_ms, *(series.fields[name] for name in _FIELDS))
