"""Positions read around what was written, and trips put in the place of those that were there."""

import pytest

from services.clock import to_ms
from services.database import Sessions
from services.fleet.model import Flag, Trip
from services.fleet.rebuild import Tracker, judge_again, merge, rebuild_span, slips_of
from services.fleet.repository import FleetTables, TripFilter
from services.fleet.rules import load_rules
from services.fleet.trips import Limits
from services.fleet.usage import UsageJudge
from services.timeseries.sqlite import SqliteStore
from services.workdays import Workdays
from tests.services.fleet.drives import (
    MINUTE,
    START,
    ZONE,
    at,
    drive,
    instant,
    minutes_of,
    points,
    slip,
    vehicle,
)

DAY = 24 * 60
LIMITS = Limits()
JUDGE = UsageJudge(load_rules(), Workdays(), ZONE)
CAR = vehicle()


def ms(minute: float) -> int:
    """Epoch milliseconds of a number of minutes after the start."""
    return START + round(minute * MINUTE)


@pytest.fixture
def parked(sessions: Sessions) -> Sessions:
    """A database with one vehicle."""
    with sessions.begin() as session:
        FleetTables(session).put_vehicles([CAR])
    return sessions


def rebuild(sessions: Sessions, store: SqliteStore, first: float, last: float) -> list[Trip]:
    """Rebuild around what was written between two minutes; returns all trips, oldest first."""
    around = Tracker(store, CAR.address).around((ms(first), ms(last)), LIMITS)
    assert around is not None
    positions, span = around
    with sessions.begin() as session:
        tables = FleetTables(session)
        slips = slips_of(tables, CAR)
        rebuild_span(tables, CAR, positions, span=span, judge=JUDGE, limits=LIMITS, slips=slips)
    with sessions() as session:
        return FleetTables(session).trips(TripFilter())[::-1]


def test_a_tracker_reads_its_own_positions_alone(store: SqliteStore) -> None:
    store.write(points(drive(0)))
    store.write(points(drive(0), ("cz-sport", "v-002")))
    store.write(points(drive(0), ("cz-school", "v-001")))
    found = Tracker(store, "cz-sport/v-001").read()
    assert found is not None
    assert len(found.times_ms) == 5
    assert found.odometer_km[-1] == 1010
    assert Tracker(store, "cz-sport/v-009").read() is None


def test_what_a_tracker_never_said_is_nan(store: SqliteStore) -> None:
    store.write(points([at(0, 1), at(5, 0)]))
    found = Tracker(store, "cz-sport/v-001").read()
    assert found is not None
    assert (found.lat != found.lat).all()
    assert (found.odometer_km != found.odometer_km).all()


def test_only_the_neighbourhood_is_read(store: SqliteStore) -> None:
    for day in range(-5, 6):
        store.write(points(drive(day * DAY)))
    around = Tracker(store, "cz-sport/v-001").around((ms(0), ms(20)), LIMITS)
    assert around is not None
    positions, span = around
    assert len(positions.times_ms) == 5
    assert span[0] == ms(0)
    assert ms(20) < span[1] <= ms(20) + 6 * 3_600_000 + 1


def test_sight_widens_until_a_boundary_is_found(store: SqliteStore) -> None:
    store.write(points([at(20 * n, 1, float(n)) for n in range(300)]))  # more than four days without a stop
    around = Tracker(store, "cz-sport/v-001").around((ms(3000), ms(3000)), LIMITS)
    assert around is not None
    positions, span = around
    assert len(positions.times_ms) == 300
    assert span[0] == ms(0)


def test_a_touched_span_without_positions_has_no_neighbourhood(store: SqliteStore) -> None:
    assert Tracker(store, "cz-sport/v-001").around((ms(0), ms(20)), LIMITS) is None


def test_near_spans_are_looked_at_as_one() -> None:
    hour = 3_600_000
    assert merge([]) == []
    assert merge([(5, 9), (0, 7)]) == [(0, 9)]
    assert merge([(0, 100), (10, 20)]) == [(0, 100)]
    far = 1000 * hour
    assert merge([(far, far + 1), (0, hour)]) == [(0, hour), (far, far + 1)]


def test_to_rebuild_twice_changes_nothing(parked: Sessions, store: SqliteStore) -> None:
    store.write(points([*drive(0), *drive(60, odometer=1010), *drive(DAY, odometer=1020)]))
    first = rebuild(parked, store, 0, DAY + 20)
    assert len(first) == 3
    assert rebuild(parked, store, 0, DAY + 20) == first
    assert rebuild(parked, store, 60, 60) == first


def test_a_corrected_point_takes_a_trip_away(parked: Sessions, store: SqliteStore) -> None:
    store.write(points([*drive(0, 20), *drive(60, 20, odometer=1010)]))
    assert len(rebuild(parked, store, 0, 80)) == 2
    store.write(points([at(60 + 5 * n, 0) for n in range(5)]))  # the ignition was off after all
    assert [minutes_of(trip) for trip in rebuild(parked, store, 60, 80)] == [(0, 20)]


def test_a_corrected_odometer_changes_the_distance(parked: Sessions, store: SqliteStore) -> None:
    store.write(points(drive(0, 20, 10)))
    assert rebuild(parked, store, 0, 20)[0].distance_km == 10
    store.write(points([at(20, 0, 1014)]))
    assert rebuild(parked, store, 20, 20)[0].distance_km == 14


def test_rebuilt_trips_are_judged_with_the_slips_of_now(parked: Sessions, store: SqliteStore) -> None:
    store.write(points(drive(DAY)))  # a Saturday
    assert rebuild(parked, store, DAY, DAY + 20)[0].flagged is Flag.NON_WORKING_DAY
    with parked.begin() as session:
        FleetTables(session).put_approvals([slip("pc-1", "2026-11-21 08:00", "2026-11-21 12:00")], [])
    found = rebuild(parked, store, DAY, DAY + 20)[0]
    assert (found.flagged, found.approval) == (Flag.NONE, "pc-1")


def test_to_judge_again_tells_only_what_changed(parked: Sessions, store: SqliteStore) -> None:
    store.write(points([*drive(DAY), *drive(DAY + 300, odometer=1010)]))
    rebuild(parked, store, DAY, DAY + 320)
    with parked.begin() as session:
        tables = FleetTables(session)
        tables.put_approvals([slip("pc-1", "2026-11-21 08:00", "2026-11-21 10:00")], [])
        changed = judge_again(tables, CAR, (None, None), judge=JUDGE)
    assert [(minutes_of(trip)[0], trip.flagged) for trip in changed] == [(DAY, Flag.NONE)]
    with parked.begin() as session:
        assert judge_again(FleetTables(session), CAR, (None, None), judge=JUDGE) == []
        late = (instant(DAY + 100), None)
        assert judge_again(FleetTables(session), CAR, late, judge=JUDGE) == []


def test_milliseconds_survive_the_registry(parked: Sessions, store: SqliteStore) -> None:
    odd = [at(0.123 / 60, 1, 0), at(10.456 / 60 + 10, 0, 9)]
    store.write(points(odd))
    (found,) = rebuild(parked, store, 0, 20)
    assert to_ms(found.start_at) == START + 123
    assert to_ms(found.end_at) == START + 10 * MINUTE + 10_456
