"""The weather of the city, hour by hour: temperature, humidity, cloud and the light outdoors.

A seasonal and a daily wave with autocorrelated noise, for a river city of Hubei (30.7° N, 111.3° E).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from simulators.plan import CityPlan, generator

LATITUDE = 30.7
LONGITUDE = 111.3
_ZONE_MERIDIAN = 120.0

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weather:
    """Values at each full hour, the last one included: every array has shape (hours + 1,)."""

    temperature_c: Array
    humidity_pct: Array
    illuminance_lx: Array


def autocorrelated(rng: np.random.Generator, count: int, *, phi: float, sigma: float) -> Array:
    """An AR(1) series of `count` values with lag-1 correlation `phi` and standard deviation `sigma`."""
    shocks = rng.standard_normal(count) * sigma * np.sqrt(1 - phi * phi)
    values = np.empty(count)
    level = 0.0
    for index, shock in enumerate(shocks.tolist()):
        level = phi * level + shock
        values[index] = level
    return values


def solar_elevation_deg(day_of_year: Array, local_hour: Array) -> Array:
    """The sun's elevation [°] from the day of the year (1–366) and the zone's clock hour (0–24).

    Cooper's declination 23.45° · sin(2π(284 + n)/365); the hour angle from mean solar time.
    """
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day_of_year) / 365)
    solar_hour = local_hour + (LONGITUDE - _ZONE_MERIDIAN) / 15
    hour_angle = np.radians(15 * (solar_hour - 12))
    latitude = np.radians(LATITUDE)
    sine = np.sin(latitude) * np.sin(declination)
    sine = sine + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.degrees(np.arcsin(sine)))


def simulate_weather(plan: CityPlan) -> Weather:
    """The weather over the plan's whole time, horizon included."""
    index = np.arange(plan.hours + 1)
    hour = (index % 24).astype(float)
    day = _days_of_year(plan)[index // 24]
    cloud_days = 0.5 + autocorrelated(generator(plan.seed, "cloud"), plan.days + 1, phi=0.45, sigma=0.28)
    cloud = np.clip(np.repeat(cloud_days, 24)[: len(index)], 0.0, 1.0)
    temperature = _temperature(plan, day, hour, cloud)
    rng = generator(plan.seed, "humidity")
    humidity = 72 + 14 * (cloud - 0.5) - 1.1 * (temperature - 17) * np.cos(np.radians(15 * (hour - 5)))
    humidity = humidity + autocorrelated(rng, len(index), phi=0.9, sigma=6)
    sine = np.sin(np.radians(np.maximum(solar_elevation_deg(day, hour), 0.0)))
    light = 112_000 * sine**1.2 * (1 - 0.78 * cloud**1.6)
    light = light * np.exp(0.06 * generator(plan.seed, "light").standard_normal(len(index)))
    return Weather(np.round(temperature, 1), np.round(np.clip(humidity, 12, 100), 1), np.round(light, 0))


def _days_of_year(plan: CityPlan) -> Array:
    first = plan.start.toordinal()
    return np.array([float(date.fromordinal(first + n).timetuple().tm_yday) for n in range(plan.days + 1)])


def _temperature(plan: CityPlan, day: Array, hour: Array, cloud: Array) -> Array:
    season = 17.0 - 11.8 * np.cos(2 * np.pi * (day - 20) / 365.25)
    swing = (4.6 - 2.6 * cloud) * np.cos(np.radians(15 * (hour - 15)))
    slow = autocorrelated(generator(plan.seed, "warm spells"), plan.days + 2, phi=0.72, sigma=2.8)
    at = np.arange(len(hour)) / 24
    spells = np.interp(at, np.arange(plan.days + 2), slow)
    fast = autocorrelated(generator(plan.seed, "gusts"), len(hour), phi=0.85, sigma=0.5)
    return np.asarray(season + swing + spells + fast)
