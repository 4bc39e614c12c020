"""The loads: where they come from, what drives them, what they come to."""

from dataclasses import replace

import numpy as np
import pytest

from simulators import days
from simulators.city import City
from simulators.loads import Loads, darkness, lamps_kw, simulate_loads
from simulators.places import PLACES, Place
from simulators.weather import Array, simulate_weather
from tests.simulators.conftest import SMALL

OFFICE = next(place for place in PLACES if place.code == "finance")
SCHOOL = next(place for place in PLACES if place.code == "school-1")


def parts(loads: Loads) -> list[Array]:
    return [*loads.lighting, loads.hvac, loads.sockets, loads.outdoor, loads.rest, loads.water, loads.gas]


def test_every_part_has_a_value_an_hour_and_none_is_negative(small_city: City) -> None:
    for loads in small_city.loads.values():
        for part in parts(loads):
            assert part.shape == (SMALL.hours,)
            assert part.min() >= 0


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_yearly_use_is_that_of_a_building_of_its_kind(whole_city: City, place: Place) -> None:
    hours = 365 * 24
    kwh_per_m2 = whole_city.used[place.code].electricity[:hours].sum() / place.floor_area_m2
    assert 35 < kwh_per_m2 < 125
    m3_per_head = whole_city.loads[place.code].water[:hours].sum() / place.head_count
    assert 12 < m3_per_head < 28


def test_offices_light_up_on_working_days(whole_city: City) -> None:
    works = days.working(days.span(whole_city.plan.start, whole_city.plan.days))
    daily = whole_city.loads["finance"].lighting[0].reshape(-1, 24).sum(axis=1)
    assert daily[works].mean() > 3 * daily[~works].mean()


def test_lighting_follows_daylight(whole_city: City) -> None:
    """At the same working hour, dark days need more light than bright ones."""
    plan = whole_city.plan
    works = days.working(days.span(plan.start, plan.days))
    at_nine = whole_city.loads["finance"].lighting[0].reshape(-1, 24)[works, 9]
    light = whole_city.weather.illuminance_lx[:-1].reshape(-1, 24)[works, 9]
    dull, bright = light < np.quantile(light, 0.25), light > np.quantile(light, 0.75)
    assert at_nine[dull].mean() > 1.05 * at_nine[bright].mean()


def test_air_conditioning_follows_temperature(whole_city: City) -> None:
    hvac = whole_city.loads["finance"].hvac
    temperature = whole_city.weather.temperature_c
    between = (temperature[:-1] + temperature[1:]) / 2
    mild = (between > 12) & (between < 25)
    assert hvac[between > 30].mean() > 5 * hvac[mild].mean()
    assert hvac[between < 5].mean() > 3 * hvac[mild].mean()


def test_schools_rest_in_the_holidays() -> None:
    plan = replace(SMALL, months=12)
    loads = simulate_loads(plan, SCHOOL, simulate_weather(plan))
    calendar = days.span(plan.start, plan.days)
    daily = loads.sockets.reshape(-1, 24).sum(axis=1)
    off = np.array([days.school_holiday(day) and days.is_working_day(day) for day in calendar])
    on = np.array([not days.school_holiday(day) and days.is_working_day(day) for day in calendar])
    assert daily[off].mean() < 0.5 * daily[on].mean()


def test_darkness_runs_from_night_to_bright_day() -> None:
    dark = darkness(np.array([0.0, 9_000.0, 100_000.0]))
    assert dark[0] == 1
    assert dark[1] == pytest.approx(0.5)
    assert dark[2] < 0.05


def test_a_working_hour_uses_at_most_the_lamps_there_are(whole_city: City) -> None:
    """Occupancy and noise may exceed the mean by some tenths, not more."""
    for place in PLACES:
        peak = max(circuit.max() for circuit in whole_city.loads[place.code].lighting)
        circuits = len(whole_city.loads[place.code].lighting)
        assert peak < 1.4 * lamps_kw(whole_city.plan, place) / circuits


def test_day_to_day_noise_is_a_few_per_cent(whole_city: City) -> None:
    """Honest uncertainty: neighbouring working days of a month differ, by little."""
    works = days.working(days.span(whole_city.plan.start, whole_city.plan.days))
    daily = whole_city.loads["finance"].lighting[0].reshape(-1, 24).sum(axis=1)[works]
    ratios = daily[1:] / daily[:-1]
    assert 0.01 < ratios.std() < 0.12


def test_the_same_seed_gives_the_same_loads_whatever_the_horizon() -> None:
    longer = replace(SMALL, horizon_days=25)
    first = simulate_loads(SMALL, OFFICE, simulate_weather(SMALL))
    second = simulate_loads(longer, OFFICE, simulate_weather(longer))
    other = simulate_loads(replace(SMALL, seed=3), OFFICE, simulate_weather(SMALL))
    for one, two, three in zip(parts(first), parts(second), parts(other), strict=True):
        assert np.array_equal(one[: SMALL.history_hours], two[: SMALL.history_hours])
        assert not (one.any() and np.array_equal(one, three))
