"""The fleet job against a real InfluxDB: it finds and tells there what it does in the embedded store."""

from datetime import date

import pytest

from services.clock import from_ms
from services.database import Sessions
from services.fleet.jobs import job
from services.fleet.model import Refuel
from services.fleet.repository import TripFilter
from services.timeseries.connect import open_store
from services.timeseries.schema import FLEET_DAY, FLEET_FUEL
from services.workdays import Workdays
from tests.services.fleet.conftest import Yard
from tests.services.fleet.drives import ZONE, drive, local, minutes_of, points, vehicle

DAY = 24 * 60


@pytest.mark.influxd
def test_trips_and_figures_on_a_real_influxdb(sessions: Sessions, yard: Yard, influxd_port: int) -> None:
    store = open_store(f"influxdb://127.0.0.1:{influxd_port}/fleet_job")
    store.prepare()
    yard.fleet.put_vehicles([vehicle()])
    tanks = [
        Refuel("v-001", local("2026-11-01 12:00"), 40, True, 10_000),
        Refuel("v-001", local("2026-11-09 12:00"), 52.4, True, 10_612),
    ]
    yard.fleet.add_refuels(tanks)
    fleet = job(sessions=sessions, store=store, workdays=Workdays(), clock=yard.now, zone=ZONE)
    store.write(points([*drive(0, km=10), *drive(DAY, km=5, odometer=1010)]))
    cursor = fleet.run(None)
    store.write(points(drive(120, km=4, odometer=1010)))  # a late batch
    cursor = fleet.run(cursor)
    fleet.run(cursor)
    found = yard.fleet.trips(TripFilter())[::-1]
    assert [(minutes_of(trip)[0], trip.distance_km) for trip in found] == [(0, 10), (120, 4), (DAY, 5)]
    (days,) = store.read(FLEET_DAY)
    assert days.tags == {"institution": "cz-sport", "vehicle": "v-001", "kind": "other"}
    told = {
        from_ms(int(ms)).astimezone(ZONE).date(): (distance, trips, flagged)
        for ms, distance, trips, flagged in zip(
            days.times_ms,
            *(days.fields[name].tolist() for name in ("distance_km", "trips", "flagged_trips")),
            strict=True,
        )
    }
    assert told == {
        date(2026, 11, 20): (14, 2, 0),
        date(2026, 11, 21): (5, 1, 1),
        date(2026, 11, 22): (0, 0, 0),
    }
    (fuel,) = store.read(FLEET_FUEL)
    assert fuel.fields["litres_per_100km"].tolist() == [pytest.approx(8.562, abs=0.001)]
    store.close()
