"""The figures of a vehicle and of a fleet, where there is something to divide and where there is not."""

from dataclasses import replace
from datetime import date

import pytest

from services.clock import from_ms
from services.fleet.figures import day_points, days_from, fuel_points, total, vehicle_figures
from services.fleet.fuel import FuelInterval
from services.fleet.model import Flag, Trip
from services.timeseries.schema import FLEET_DAY, FLEET_FUEL
from services.workdays import Workdays
from tests.services.fleet.drives import ZONE, local, trip, vehicle

WORKDAYS = Workdays()
TRIPS = [
    trip("2026-11-19 09:00", "2026-11-19 10:00", 10),
    trip("2026-11-19 14:00", "2026-11-19 15:00", 5),
    replace(trip("2026-11-20 23:50", "2026-11-21 00:20", 7), flagged=Flag.OUTSIDE_HOURS),
    replace(trip("2026-11-21 09:00", "2026-11-21 10:00", 1), flagged=Flag.NON_WORKING_DAY),
]
WEEK = days_from(date(2026, 11, 16), date(2026, 11, 23))
FUEL = FuelInterval(local("2026-11-01 12:00"), local("2026-11-09 12:00"), 52.4, 612)


def test_the_figures_of_a_week() -> None:
    found = vehicle_figures(TRIPS, [FUEL], WEEK, WORKDAYS, ZONE)
    assert (found.distance_km, found.trips, found.days_in_use, found.flagged_trips) == (23, 4, 3, 2)
    assert (found.working_days, found.working_days_in_use) == (5, 2)
    assert found.attendance_rate == 0.4
    assert found.litres_per_100km == pytest.approx(8.56, abs=0.005)


def test_a_vehicle_nobody_heard_of_has_no_distance_and_no_rate() -> None:
    found = vehicle_figures([], [], [], WORKDAYS, ZONE)
    assert found.distance_km is None
    assert found.attendance_rate is None
    assert found.litres_per_100km is None


def test_a_vehicle_that_stood_still_went_no_kilometre() -> None:
    assert vehicle_figures([], [], WEEK, WORKDAYS, ZONE).distance_km == 0


def test_days_of_a_year_without_a_calendar_are_no_working_days() -> None:
    days = days_from(date(2027, 1, 4), date(2027, 1, 9))
    unknown = replace(trip("2027-01-05 09:00", "2027-01-05 10:00"), flagged=Flag.CALENDAR_UNKNOWN)
    found = vehicle_figures([unknown], [], days, WORKDAYS, ZONE)
    assert (found.working_days, found.attendance_rate) == (0, None)
    assert (found.flagged_trips, found.calendar_unknown_trips) == (0, 1)


def test_the_total_divides_sums_and_leaves_the_unheard_out() -> None:
    one = vehicle_figures(TRIPS, [FUEL], WEEK, WORKDAYS, ZONE)
    thirsty = replace(FUEL, litres=100.0, distance_km=400.0)
    other = vehicle_figures(TRIPS[:1], [thirsty], WEEK, WORKDAYS, ZONE)
    silent = vehicle_figures([], [], [], WORKDAYS, ZONE)
    found = total([one, other, silent])
    assert (found.distance_km, found.trips, found.days_in_use) == (33, 5, 4)
    assert found.attendance_rate == 3 / 10
    assert found.litres_per_100km == pytest.approx((52.4 + 100) / (612 + 400) * 100)
    assert total([]).distance_km is None
    assert total([silent]).distance_km is None


def test_points_by_local_day() -> None:
    found = day_points(vehicle(), TRIPS, WEEK[3:6], WORKDAYS, ZONE)
    assert [point.measurement for point in found] == [FLEET_DAY] * 3
    assert [from_ms(point.time_ms) for point in found] == [
        local(f"2026-11-{day} 00:00") for day in (19, 20, 21)
    ]
    assert found[0].tags == ("cz-sport", "v-001", "other")
    assert found[0].fields == {
        "distance_km": 15, "trips": 2, "in_use": 1, "flagged_trips": 0, "available": 1
    }  # fmt: skip
    assert found[1].fields["flagged_trips"] == 1  # the day on which it begins
    assert found[2].fields["available"] == 0
    assert set(FLEET_DAY.fields) == set(found[0].fields)


def test_a_day_of_an_unknown_year_says_nothing_about_availability() -> None:
    no_trips: list[Trip] = []
    (point,) = day_points(vehicle(), no_trips, [date(2027, 1, 4)], WORKDAYS, ZONE)
    assert "available" not in point.fields


def test_points_of_full_tanks() -> None:
    (point,) = fuel_points(vehicle(), [FUEL])
    assert from_ms(point.time_ms) == local("2026-11-09 12:00")
    assert set(point.fields) == set(FLEET_FUEL.fields)
    assert point.fields["litres"] == 52.4


def test_days_from_leaves_out_the_end() -> None:
    assert days_from(date(2026, 11, 20), date(2026, 11, 22)) == [date(2026, 11, 20), date(2026, 11, 21)]
    assert days_from(date(2026, 11, 22), date(2026, 11, 20)) == []
