"""The fleet's tables: values go there and back, spans are replaced exactly, notes are kept until followed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from services.database import Sessions
from services.fleet.model import Flag, Fuel, Refuel, Trip, VehicleKind
from services.fleet.repository import FleetTables, Track, TripFilter
from tests.services.fleet.drives import local, slip, trip, vehicle

NIGHT = trip("2026-11-19 23:30", "2026-11-20 00:30", 30)
MORNING = trip("2026-11-20 09:00", "2026-11-20 10:00", 12)
NOON = replace(
    trip("2026-11-20 12:00", "2026-11-20 13:00", 5),
    start_odometer_km=100.5,
    end_odometer_km=105.5,
    flagged=Flag.OUTSIDE_HOURS,
    approval="pc-1",
)


@pytest.fixture
def parked(sessions: Sessions) -> Sessions:
    """A database with two vehicles and three trips of the first."""
    with sessions.begin() as session:
        tables = FleetTables(session)
        tables.put_vehicles([vehicle(), vehicle("v-002", VehicleKind.EMERGENCY, fuel=Fuel.DIESEL)])
        session.flush()
        tables.replace_trips("v-001", (local("2026-01-01 00:00"), None), [NIGHT, MORNING, NOON])
    return sessions


def trips(sessions: Sessions, which: TripFilter | None = None) -> list[Trip]:
    """Trips, newest first."""
    with sessions() as session:
        return FleetTables(session).trips(which or TripFilter())


def test_vehicles_go_there_and_back(parked: Sessions) -> None:
    with parked() as session:
        found = FleetTables(session).vehicles()
    assert list(found) == ["v-001", "v-002"]
    assert found["v-002"] == vehicle("v-002", VehicleKind.EMERGENCY, fuel=Fuel.DIESEL)


def test_two_vehicles_never_share_an_address(parked: Sessions) -> None:
    with pytest.raises(IntegrityError), parked.begin() as session:
        FleetTables(session).put_vehicles([vehicle("v-003", address="cz-sport/v-001")])


def test_trips_go_there_and_back_newest_first(parked: Sessions) -> None:
    assert trips(parked) == [NOON, MORNING, NIGHT]


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (TripFilter(vehicle="v-002"), []),
        (TripFilter(start=local("2026-11-20 09:00")), [NOON, MORNING]),
        (TripFilter(end=local("2026-11-20 09:00")), [NIGHT]),
        (TripFilter(before=(local("2026-11-20 12:00"), "v-001")), [MORNING, NIGHT]),
        (TripFilter(before=(local("2026-11-20 12:00"), "v-002")), [NOON, MORNING, NIGHT]),
        (TripFilter(limit=1), [NOON]),
    ],
)
def test_trips_are_narrowed(parked: Sessions, which: TripFilter, expected: list[Trip]) -> None:
    assert trips(parked, which) == expected


def test_only_trips_that_begin_in_the_span_are_replaced(parked: Sessions) -> None:
    new = trip("2026-11-20 09:30", "2026-11-20 10:00", 3)
    with parked.begin() as session:
        FleetTables(session).replace_trips("v-001", (MORNING.start_at, NOON.start_at), [new])
    assert trips(parked) == [NOON, new, NIGHT]
    with parked.begin() as session:
        FleetTables(session).replace_trips("v-002", (local("2026-01-01 00:00"), None), [])
    assert len(trips(parked)) == 3
    with parked.begin() as session:
        FleetTables(session).replace_trips("v-001", (new.start_at, None), [])
    assert trips(parked) == [NIGHT]


def test_a_judgement_is_written_to_the_trip_alone(parked: Sessions) -> None:
    judged = replace(MORNING, flagged=Flag.NON_WORKING_DAY, approval="pc-9")
    with parked.begin() as session:
        FleetTables(session).rejudge([judged])
    assert trips(parked) == [NOON, judged, NIGHT]


def test_a_trip_that_was_replaced_meanwhile_is_not_judged(parked: Sessions) -> None:
    gone = replace(MORNING, start_at=MORNING.start_at + timedelta(minutes=1), flagged=Flag.OUTSIDE_HOURS)
    with parked.begin() as session:
        FleetTables(session).rejudge([gone, replace(MORNING, approval="pc-2")])
    assert trips(parked) == [NOON, replace(MORNING, approval="pc-2"), NIGHT]


def test_slips_are_found_by_vehicle_and_by_number(parked: Sessions) -> None:
    one = slip("pc-1", "2026-11-20 08:00", "2026-11-20 12:00")
    two = slip("pc-2", "2026-11-20 08:00", "2026-11-20 12:00", "v-002")
    with parked.begin() as session:
        FleetTables(session).put_approvals([one, two], [])
    longer = replace(one, end=one.end + timedelta(hours=1))
    with parked.begin() as session:
        FleetTables(session).put_approvals([], [longer])
    with parked() as session:
        tables = FleetTables(session)
        assert tables.approvals() == {"v-001": [longer], "v-002": [two]}
        assert tables.approvals("v-002") == {"v-002": [two]}
        many = ["pc-2", *(f"none-{n}" for n in range(1200)), "pc-1"]
        assert tables.approvals_numbered(many) == {"pc-1": longer, "pc-2": two}
        assert tables.approvals_numbered([]) == {}


def test_refuels_keep_their_money_to_the_cent(parked: Sessions) -> None:
    dear = Refuel("v-001", local("2026-11-01 12:00"), 40.25, True, 10_000.1, Decimal("306.70"))
    free = Refuel("v-001", local("2026-11-02 12:00"), 10, False, 10_100, None)
    with parked.begin() as session:
        FleetTables(session).add_refuels([free, dear])
    with parked() as session:
        found = FleetTables(session).refuels("v-001")["v-001"]
    assert sorted(found, key=lambda one: one.at) == [dear, free]
    assert str(dear.cost_yuan) == "306.70"


def test_a_refuel_of_the_same_instant_is_refused_by_the_key(parked: Sessions) -> None:
    one = Refuel("v-001", local("2026-11-01 12:00"), 40, True, 10_000)
    with parked.begin() as session:
        FleetTables(session).add_refuels([one])
    with pytest.raises(IntegrityError), parked.begin() as session:
        FleetTables(session).add_refuels([replace(one, litres=41)])


def test_the_track_of_a_vehicle_is_replaced(parked: Sessions) -> None:
    track = Track("v-001", "cz-sport/v-001", "calendar", local("2026-11-19 23:30"), None)
    told = replace(track, told_until=date(2026, 11, 23))
    for each in (track, told):
        with parked.begin() as session:
            FleetTables(session).put_track(each)
    with parked() as session:
        assert FleetTables(session).tracks() == {"v-001": told}


def test_notes_stay_until_they_are_followed(parked: Sessions) -> None:
    first, second = date(2026, 11, 20), date(2026, 11, 21)
    with parked.begin() as session:
        FleetTables(session).mark_stale({("v-001", first), ("v-001", second), ("v-002", first)})
    with parked() as session:
        before = FleetTables(session).stale()
    assert before["v-001"].days == {first, second}
    with parked.begin() as session:  # noted again while the job was at work
        FleetTables(session).mark_stale({("v-001", first)})
    with parked.begin() as session:
        FleetTables(session).unmark_stale(before["v-001"].rows)
    with parked() as session:
        after = FleetTables(session).stale()
    assert after["v-001"].days == {first}
    assert after["v-002"] == before["v-002"]
    with parked.begin() as session:
        tables = FleetTables(session)
        tables.unmark_stale([*after["v-001"].rows, *after["v-002"].rows])
        tables.unmark_stale([])
        tables.mark_stale(set())
        assert tables.stale() == {}
