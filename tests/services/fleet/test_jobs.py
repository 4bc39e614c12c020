"""The job on real stores: trips follow positions in any order, figures follow trips, slips and time."""

import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.clock import from_ms, to_ms
from services.database import Table, open_database, session_factory
from services.fleet.model import Flag, Refuel, Trip
from services.timeseries.schema import FLEET_DAY, FLEET_FUEL, POSITIONS
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point, StoreUnavailable
from services.workdays import Workdays
from tests.services.fleet.conftest import Yard
from tests.services.fleet.drives import MINUTE, ZONE, Row, at, drive, local, minutes_of, slip, vehicle

DAY = 24 * 60
"""Minutes."""
DUMMY = "2026-11-20 09:00"


def days(yard: Yard, code: str = "v-001") -> dict[date, dict[str, float]]:
    """The stored figures of a vehicle by local day."""
    found = {}
    for series in yard.store.read(FLEET_DAY, {"vehicle": code}):
        for place, ms in enumerate(series.times_ms):
            values = {name: float(column[place]) for name, column in series.fields.items()}
            told = {name: value for name, value in values.items() if not np.isnan(value)}
            found[from_ms(int(ms)).astimezone(ZONE).date()] = told
    return found


def test_positions_become_trips_and_figures_of_every_day_since_the_first(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear([*drive(0, 20, 10), *drive(60, 20, 8, odometer=1010)])
    yard.run()
    assert [minutes_of(trip) for trip in yard.trips()] == [(0, 20), (60, 80)]
    assert days(yard) == {
        date(2026, 11, 20): {
            "distance_km": 18, "trips": 2, "in_use": 1, "available": 1, "flagged_trips": 0
        },
        date(2026, 11, 21): {
            "distance_km": 0, "trips": 0, "in_use": 0, "available": 0, "flagged_trips": 0
        },
        date(2026, 11, 22): {
            "distance_km": 0, "trips": 0, "in_use": 0, "available": 0, "flagged_trips": 0
        },
    }  # fmt: skip


def test_a_run_without_news_writes_nothing(yard: Yard, written: list[Point]) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(0))
    yard.run()
    written.clear()
    yard.run()
    assert written == []
    yard.at = local("2026-11-23 00:30")
    yard.run()
    assert [from_ms(point.time_ms) for point in written] == [local("2026-11-23 00:00")]


def test_a_late_batch_changes_only_the_trips_and_days_it_touches(yard: Yard, written: list[Point]) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear([*drive(0), *drive(DAY, odometer=1050), *drive(2 * DAY, odometer=1100)])
    yard.run()
    written.clear()
    late = drive(DAY + 60, 20, 5, odometer=1060)
    yard.hear(late)
    count = len(written)
    yard.run()
    assert [minutes_of(trip)[0] for trip in yard.trips()] == [0, DAY, DAY + 60, 2 * DAY]
    told = {from_ms(point.time_ms).astimezone(ZONE).date() for point in written[count:]}
    assert told == {date(2026, 11, 21)}
    assert days(yard)[date(2026, 11, 21)]["trips"] == 2


def test_a_late_point_can_join_and_part_trips(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear([at(0, 1, 0), at(20, 1, 10), at(60, 1, 20), at(80, 0, 30)])
    yard.run()
    assert [minutes_of(trip) for trip in yard.trips()] == [(0, 20), (60, 80)]
    yard.hear([at(40, 1, 15)])
    yard.run()
    assert [minutes_of(trip) for trip in yard.trips()] == [(0, 80)]
    yard.hear([at(30, 0, 12)])
    yard.run()
    assert [minutes_of(trip) for trip in yard.trips()] == [(0, 30), (40, 80)]


def test_positions_before_the_first_bring_their_days(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(2 * DAY))
    yard.run()
    assert min(days(yard)) == date(2026, 11, 22)
    yard.hear(drive(-3 * DAY))
    yard.run()
    assert len(days(yard)) == 6
    assert days(yard)[date(2026, 11, 17)]["trips"] == 1
    assert days(yard)[date(2026, 11, 18)] == {
        "distance_km": 0, "trips": 0, "in_use": 0, "available": 1, "flagged_trips": 0
    }  # fmt: skip


def test_positions_wait_for_their_vehicle(yard: Yard) -> None:
    yard.hear(drive(0))
    yard.run()
    yard.fleet.put_vehicles([vehicle()])
    assert yard.trips() == []
    yard.run()
    assert len(yard.trips()) == 1
    assert len(days(yard)) == 3


def test_a_new_tracker_goes_on_where_the_old_one_ended(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(0))
    yard.run()
    yard.fleet.put_vehicles([vehicle(address="cz-sport/box-2")])
    yard.run()
    assert len(yard.trips()) == 1
    yard.hear(drive(DAY), code="box-2")
    yard.run()
    assert [minutes_of(trip)[0] for trip in yard.trips()] == [0, DAY]
    assert len(days(yard)) == 3


def test_a_vehicle_that_never_stops_is_followed_to_its_last_boundary(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    long_way = [at(20 * n, 1, float(n)) for n in range(200)]  # nearly three days
    yard.hear(long_way[:199])
    yard.run()
    yard.hear(long_way[199:])
    yard.run()
    assert [minutes_of(trip) for trip in yard.trips()] == [(0, 20 * 199)]


def test_a_slip_that_arrives_late_is_told_to_the_store(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(DAY))  # a Saturday
    yard.run()
    assert yard.trips()[0].flagged is Flag.NON_WORKING_DAY
    assert days(yard)[date(2026, 11, 21)]["flagged_trips"] == 1
    changed, judged_again = yard.fleet.put_approvals([slip("pc-1", "2026-11-21 08:30", "2026-11-21 10:00")])
    assert (changed, judged_again) == (1, 1)
    assert (yard.trips()[0].flagged, yard.trips()[0].approval) == (Flag.NONE, "pc-1")
    yard.run()
    assert days(yard)[date(2026, 11, 21)]["flagged_trips"] == 0


def test_slips_of_days_to_come_write_no_days_to_come(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(0))
    yard.fleet.put_approvals(
        [
            slip("pc-1", "2026-12-01 08:00", "2026-12-02 08:00"),
            slip("pc-2", "2026-01-01 08:00", "2026-01-01 09:00"),
        ]
    )
    yard.run()
    yard.run()
    assert sorted(days(yard)) == [date(2026, 11, day) for day in (20, 21, 22)]


def test_a_calendar_that_is_loaded_later_judges_what_waited(yard: Yard) -> None:
    yard.at = local("2027-01-10 08:00")
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(50 * DAY))  # 2027-01-09, a Saturday
    yard.run()
    assert yard.trips()[0].flagged is Flag.CALENDAR_UNKNOWN
    assert "available" not in days(yard)[date(2027, 1, 9)]
    assert days(yard)[date(2027, 1, 9)]["flagged_trips"] == 0
    yard.run(Workdays({date(2027, 1, 1): False}, frozenset({2027}), "with 2027"))
    assert yard.trips()[0].flagged is Flag.NON_WORKING_DAY
    assert days(yard)[date(2027, 1, 9)]["available"] == 0
    assert days(yard)[date(2027, 1, 9)]["flagged_trips"] == 1


def test_a_full_tank_is_told_at_the_refuel_that_closes_the_interval(yard: Yard) -> None:
    yard.fleet.put_vehicles([vehicle()])
    rows = [
        Refuel("v-001", local("2026-11-01 12:00"), 40, True, 10_000),
        Refuel("v-001", local("2026-11-09 12:00"), 52.4, True, 10_612),
    ]
    assert yard.fleet.add_refuels(rows[1:]) == (1, 0)
    yard.run()
    assert yard.store.read(FLEET_FUEL) == []
    assert yard.fleet.add_refuels(rows[:1]) == (1, 0)
    yard.run()
    (series,) = yard.store.read(FLEET_FUEL)
    assert series.tags == {"institution": "cz-sport", "vehicle": "v-001", "kind": "other"}
    assert from_ms(int(series.times_ms[0])) == local("2026-11-09 12:00")
    assert series.fields["litres_per_100km"][0] == pytest.approx(8.56, abs=0.005)


def test_what_the_store_did_not_take_is_told_by_the_next_run(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard.fleet.put_vehicles([vehicle()])
    yard.hear(drive(DAY))
    yard.fleet.put_approvals([slip("pc-1", "2026-11-21 08:30", "2026-11-21 10:00")])

    def down(_store: SqliteStore, _points: object) -> None:
        raise StoreUnavailable("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "write", down)
        with pytest.raises(StoreUnavailable):
            yard.run()
    assert days(yard) == {}
    yard.hear(drive(-DAY))
    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "write", down)
        with pytest.raises(StoreUnavailable):
            yard.run()
    yard.run()
    assert sorted(days(yard)) == [date(2026, 11, day) for day in (19, 20, 21, 22)]
    assert days(yard)[date(2026, 11, 21)]["flagged_trips"] == 0


ROWS = st.lists(
    st.builds(
        at,
        st.integers(0, 400),
        st.sampled_from([0.0, 1.0, 1.0, None]),
        st.none(),
        speed_kmh=st.sampled_from([0.0, 40.0]),
        lat=st.floats(30, 30.05),
        lon=st.just(111.0),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[0],
)


def trips_of(folder: Path, batches: list[list[Row]]) -> list[Trip]:
    """The trips that the job has found after each batch in turn."""
    engine = open_database(f"sqlite:///{folder}/registry.db")
    Table.metadata.create_all(engine)
    store = SqliteStore(folder / "readings.db")
    store.prepare()
    yard = Yard(session_factory(engine), store)
    yard.fleet.put_vehicles([vehicle()])
    for batch in batches:
        yard.hear(batch)
        yard.run()
    found = yard.trips()
    store.close()
    engine.dispose()
    return found


@given(rows=ROWS, data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_in_any_order_end_in_the_same_trips(
    rows: list[Row], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    other = data.draw(st.integers(cut, len(rows)))
    batches = [part for part in (shuffled[:cut], shuffled[cut:other], shuffled[other:]) if part]
    whole = trips_of(tmp_path_factory.mktemp("whole"), [rows])
    assert trips_of(tmp_path_factory.mktemp("parts"), batches) == whole


def test_the_first_run_over_a_large_history_is_quick(yard: Yard) -> None:
    """10 vehicles over 18 months: 75,000 positions, 7,500 trips, half of them with a slip."""
    codes = [f"v-{n:03}" for n in range(1, 11)]
    yard.fleet.put_vehicles([vehicle(code) for code in codes])
    begin = local("2025-05-20 09:00")
    starts = [begin + timedelta(minutes=1050 * n) for n in range(750)]
    for code in codes:
        yard.store.write([point for n, start in enumerate(starts) for point in _ten_points(code, start, n)])
    around = timedelta(minutes=20)
    slips = [
        replace(slip(f"pc-{code}-{n}", DUMMY, DUMMY, code), start=start - around, end=start + 3 * around)
        for code in codes
        for n, start in enumerate(starts[::2])
    ]
    assert yard.fleet.put_approvals(slips) == (len(slips), 0)
    began = time.process_time()
    yard.run()
    assert time.process_time() - began < 3
    found = yard.trips("v-010")
    assert len(found) == 750
    assert sum(trip.approval is not None for trip in found) == 375
    assert sum(day["trips"] for day in days(yard, "v-010").values()) == 750


def _ten_points(code: str, start: datetime, number: int) -> list[Point]:
    said = [{"ignition": float(n < 9), "odometer_km": 10.0 * number + n} for n in range(10)]
    return [
        Point(POSITIONS, ("cz-sport", code), to_ms(start) + n * 4 * MINUTE, fields)
        for n, fields in enumerate(said)
    ]
