"""Vehicles: trips that are trips, slips that cover, fuel that adds up."""

from collections import Counter

import numpy as np
import pytest

from simulators.city import City
from simulators.fleet import TRIP_MIN_KM
from simulators.outings import outside_working_hours


def test_the_fleet_has_every_kind_and_fuel(whole_city: City) -> None:
    kinds = Counter(vehicle.kind for vehicle in whole_city.vehicles)
    assert set(kinds) == {"confidential", "emergency", "law_enforcement", "special", "other"}
    assert {vehicle.fuel for vehicle in whole_city.vehicles} == {"petrol", "diesel", "electric"}
    assert len({vehicle.plate for vehicle in whole_city.vehicles}) == 40
    assert len({vehicle.code for vehicle in whole_city.vehicles}) == 40


def test_the_volume_of_positions_is_bounded(whole_city: City) -> None:
    assert 100_000 < sum(len(vehicle.track.times_ms) for vehicle in whole_city.vehicles) <= 300_000


def test_a_trip_moves_and_an_idle_engine_is_none(small_city: City) -> None:
    for vehicle in small_city.vehicles:
        outings = int(vehicle.track.outing.max()) + 1
        assert 0 < len(vehicle.trips) <= outings
        assert all(trip.distance_km >= TRIP_MIN_KM for trip in vehicle.trips)


def test_trip_distances_are_what_the_odometer_counted(small_city: City) -> None:
    for vehicle in small_city.vehicles:
        odometer = vehicle.track.odometer_km
        assert sum(trip.distance_km for trip in vehicle.trips) == pytest.approx(odometer[-1] - odometer[0])


def test_flagged_is_outside_hours_and_no_slip_overlaps(whole_city: City) -> None:
    """Recomputed from the slips, with half an hour of tolerance: the truth does not hang on it."""
    margin = 30 * 60_000
    seen = Counter[bool]()
    for vehicle in whole_city.vehicles:
        for trip in vehicle.trips:
            covered = any(
                slip.start_ms - margin < trip.end_ms and trip.start_ms < slip.end_ms + margin
                for slip in vehicle.approvals
            )
            outside = outside_working_hours(trip.start_ms, trip.end_ms)
            assert trip.flagged == (outside and not covered)
            seen[trip.flagged] += 1
    assert 0.005 < seen[True] / seen[False] < 0.05


def test_slips_have_numbers_of_their_own(whole_city: City) -> None:
    numbers = [slip.number for vehicle in whole_city.vehicles for slip in vehicle.approvals]
    assert len(set(numbers)) == len(numbers)


def test_the_tank_never_runs_dry_and_never_overflows(whole_city: City) -> None:
    for vehicle in whole_city.vehicles:
        fuel = vehicle.track.fuel_l
        if vehicle.fuel == "electric":
            assert np.isnan(fuel).all()
            assert vehicle.refuels == ()
            assert vehicle.archive_l_per_100km is None
        else:
            assert fuel.min() > 0
            assert fuel.max() <= 55


def test_refuels_lie_between_trips_and_are_mostly_full(whole_city: City) -> None:
    every = [(vehicle, refuel) for vehicle in whole_city.vehicles for refuel in vehicle.refuels]
    full = sum(refuel.full for _, refuel in every) / len(every)
    assert 0.7 < full < 0.9
    for vehicle, refuel in every:
        assert not any(trip.start_ms <= refuel.at_ms <= trip.end_ms for trip in vehicle.trips)
        assert float(refuel.cost_yuan) == pytest.approx(refuel.litres * 7.45, rel=0.05)


def test_litres_between_full_tanks_are_those_burnt(whole_city: City) -> None:
    for vehicle in whole_city.vehicles:
        full = [number for number, refuel in enumerate(vehicle.refuels) if refuel.full]
        if len(full) < 5:
            continue
        first, last = vehicle.refuels[full[0]], vehicle.refuels[full[-1]]
        litres = sum(refuel.litres for refuel in vehicle.refuels[full[0] + 1 : full[-1] + 1])
        between = [first.at_ms < trip.start_ms < last.at_ms for trip in vehicle.trips]
        assert litres == pytest.approx(vehicle.burnt_l[between].sum(), rel=0.002)
        per_100km = 100 * litres / (last.odometer_km - first.odometer_km)
        assert vehicle.archive_l_per_100km is not None
        assert per_100km == pytest.approx(vehicle.archive_l_per_100km, rel=0.06)
