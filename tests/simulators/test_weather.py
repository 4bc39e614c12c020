"""The weather: plausible for its place, the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest

from simulators.city import City
from simulators.plan import generator
from simulators.weather import autocorrelated, simulate_weather, solar_elevation_deg
from tests.simulators.conftest import SMALL


def test_there_is_a_value_at_every_hour_and_at_the_last_instant(small_city: City) -> None:
    weather = small_city.weather
    for column in (weather.temperature_c, weather.humidity_pct, weather.illuminance_lx):
        assert column.shape == (SMALL.hours + 1,)
        assert np.isfinite(column).all()


def test_summers_are_hot_and_winters_are_cold(whole_city: City) -> None:
    plan, temperature = whole_city.plan, whole_city.weather.temperature_c
    months = np.array(
        [(np.datetime64(plan.start) + n).astype(object).month for n in range(plan.days)], dtype=int
    ).repeat(24)
    july, january = temperature[:-1][months == 7], temperature[:-1][months == 1]
    assert 25 < july.mean() < 31
    assert 2 < january.mean() < 8
    assert temperature.min() > -15
    assert temperature.max() < 45


def test_humidity_and_light_stay_within_what_instruments_show(whole_city: City) -> None:
    weather = whole_city.weather
    assert weather.humidity_pct.min() >= 0
    assert weather.humidity_pct.max() <= 100
    assert weather.illuminance_lx.min() == 0
    assert weather.illuminance_lx.max() < 160_000


def test_nights_are_dark_and_noons_are_light(small_city: City) -> None:
    light = small_city.weather.illuminance_lx[:-1].reshape(-1, 24)
    assert light[:, [0, 1, 2, 3, 22, 23]].max() == 0
    assert light[:, 12].min() > 3_000
    assert light[:, 12].mean() > light[:, 8].mean()


@pytest.mark.parametrize(("day", "noon_deg"), [(172.0, 82.7), (355.0, 35.9), (80.0, 59.0)])
def test_the_noon_sun_stands_as_high_as_its_latitude_says(day: float, noon_deg: float) -> None:
    solar_noon = 12 + (120 - 111.3) / 15
    height = solar_elevation_deg(np.array([day]), np.array([solar_noon]))
    assert height[0] == pytest.approx(noon_deg, abs=0.6)


def test_noise_has_the_correlation_it_claims() -> None:
    series = autocorrelated(generator(7, "test"), 60_000, phi=0.6, sigma=2.0)
    assert series.std() == pytest.approx(2.0, rel=0.05)
    assert np.corrcoef(series[:-1], series[1:])[0, 1] == pytest.approx(0.6, abs=0.02)


def test_the_seed_decides_and_the_horizon_does_not() -> None:
    weather = simulate_weather(SMALL)
    same = simulate_weather(replace(SMALL, horizon_days=20))
    other = simulate_weather(replace(SMALL, seed=2))
    history = slice(0, SMALL.history_hours + 1)
    assert np.array_equal(weather.temperature_c[history], same.temperature_c[history])
    assert np.array_equal(weather.illuminance_lx[history], same.illuminance_lx[history])
    assert not np.array_equal(weather.temperature_c, other.temperature_c)
