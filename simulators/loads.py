"""What a building uses, hour by hour: lamps, air conditioning, sockets, the rest, water and gas.

Pure functions of the plan, the place and the weather. Every array has shape (hours,) and holds consumption
within the hour [kWh or m³]; electricity of the building is the sum of its parts.
"""

from dataclasses import dataclass
from datetime import date
from functools import reduce

import numpy as np

from simulators import days
from simulators.lamps import outdoor_kwh
from simulators.places import Place
from simulators.plan import CityPlan, generator
from simulators.weather import Array, Weather, autocorrelated

_DIM_LX = 9_000.0
"""Light outdoors at which half of the daylit lamps are off."""

_DAYLIT = 0.4
"""Share of the lamps that stand near a window."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How people fill a building: shape (24,) each, 0–1, for working and other days; and its intensities."""

    working: tuple[float, ...]
    other: tuple[float, ...]
    lighting_w_m2: float = 9.0
    sockets_w_m2: float = 7.0
    server_w_m2: float = 0.9
    cooling_w_m2_k: float = 2.6
    heating_w_m2_k: float = 1.5
    school_terms: bool = False


def _day(text: str) -> tuple[float, ...]:
    """A day as 24 digits, each a tenth of full use (`9` is full)."""
    return tuple(int(digit) / 9 for digit in text)


RHYTHMS: dict[str, Rhythm] = {
    "office": Rhythm(_day("000000125899677899742110"), _day("000000001111111111100000")),
    "hospital": Rhythm(_day("333333468999899998765443"), _day("333333457788788877765443"),
                       lighting_w_m2=6.5, sockets_w_m2=5.0, server_w_m2=1.4, cooling_w_m2_k=2.0),
    "library": Rhythm(_day("000000013788778888862000"), _day("000000013899889999973000"),
                      lighting_w_m2=8.5, sockets_w_m2=4.5),
    "school": Rhythm(_day("000000378998578987887200"), _day("000000122222222222211000"),
                     lighting_w_m2=8.0, sockets_w_m2=4.0, server_w_m2=0.6, cooling_w_m2_k=1.8,
                     school_terms=True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loads:
    """A building's consumption by part; `lighting` is a row a circuit."""

    lighting: tuple[Array, ...]
    hvac: Array
    sockets: Array
    outdoor: Array
    rest: Array
    water: Array
    gas: Array

    @property
    def electricity(self) -> Array:
        """All electricity of the building: the sum of its parts."""
        return reduce(np.add, self.lighting) + self.hvac + self.sockets + self.outdoor + self.rest


def simulate_loads(plan: CityPlan, place: Place, weather: Weather) -> Loads:
    """The loads of `place` over the plan's whole time, as without any retrofit."""
    rhythm = RHYTHMS[place.profile]
    presence, occupied = _presence(plan, place, rhythm)
    circuits = max(1, place.meters.count("L"))
    dark = darkness(_hour_means(weather.illuminance_lx))
    lamps = lamps_kw(plan, place) / circuits
    need = presence * (1 - _DAYLIT + _DAYLIT * dark) + 0.02
    lighting = tuple(lamps * need * _jitter(plan, place, f"light {n}", 0.05) for n in range(circuits))
    area_kw = place.floor_area_m2 / 1000
    sockets = area_kw * rhythm.sockets_w_m2 * (0.08 + 0.8 * presence) * _jitter(plan, place, "sockets", 0.06)
    server = area_kw * rhythm.server_w_m2 * _jitter(plan, place, "server", 0.02)
    lifts = area_kw * 1.6 * (0.05 + presence) * _jitter(plan, place, "lifts", 0.1)
    temperature = _hour_means(weather.temperature_c)
    return Loads(
        lighting=lighting,
        hvac=_hvac(place, rhythm, temperature, presence)
        * _thrift(plan, place, "hvac")
        * _jitter(plan, place, "hvac", 0.08),
        sockets=sockets * _thrift(plan, place, "sockets"),
        outdoor=outdoor_kwh(plan, place),
        rest=server + lifts,
        water=_water(plan, place, presence, occupied),
        gas=_gas(plan, place, temperature, presence),
    )


def lamps_kw(plan: CityPlan, place: Place) -> float:
    """The installed lighting of all circuits of `place` before any retrofit [kW]."""
    w_m2 = RHYTHMS[place.profile].lighting_w_m2 * _thrift(plan, place, "lamps")
    return place.floor_area_m2 * w_m2 / 1000


def darkness(illuminance_lx: Array) -> Array:
    """How much of the daylit lamps' light is wanted, 0 (bright day) – 1 (night)."""
    return np.asarray(1 / (1 + (illuminance_lx / _DIM_LX) ** 1.5))


def _presence(plan: CityPlan, place: Place, rhythm: Rhythm) -> tuple[Array, Array]:
    """The use of the building by hour, and by day; occupancy wanders from day to day, autocorrelated."""
    calendar = days.span(plan.start, plan.days)
    at_work = days.working(calendar)
    table = np.where(at_work[:, None], np.array(rhythm.working), np.array(rhythm.other))
    rng = generator(plan.seed, "occupancy", place.code)
    occupied = np.clip(1 + autocorrelated(rng, plan.days, phi=0.5, sigma=0.035), 0.8, 1.2)
    if rhythm.school_terms:
        occupied = occupied * _terms(calendar)
    return (table * occupied[:, None]).ravel(), occupied * at_work


def _terms(calendar: list[date]) -> Array:
    return np.array([0.18 if days.school_holiday(day) else 1.0 for day in calendar])


def _hvac(place: Place, rhythm: Rhythm, temperature_c: Array, presence: Array) -> Array:
    """Cooling above 25.5 °C and heating below 10.5 °C while people are there, with a set-back at night."""
    cooling = rhythm.cooling_w_m2_k * np.clip(temperature_c - 23.0, 0, 12) * (temperature_c > 25.5)
    heating = rhythm.heating_w_m2_k * np.clip(14.0 - temperature_c, 0, 14) * (temperature_c < 10.5)
    return np.asarray(place.floor_area_m2 / 1000 * (0.15 + (cooling + heating) * (0.04 + 0.85 * presence)))


def _water(plan: CityPlan, place: Place, presence: Array, occupied: Array) -> Array:
    by_hour = presence.reshape(-1, 24)
    share = by_hour / by_hour.sum(axis=1, keepdims=True)
    litres = place.head_count * (12 + 66 * occupied)[:, None] * share + 0.3 * place.head_count / 24
    return np.asarray(litres.ravel() / 1000 * _jitter(plan, place, "water", 0.1))


def _gas(plan: CityPlan, place: Place, temperature_c: Array, presence: Array) -> Array:
    cooking = np.zeros(24)
    cooking[[6, 7, 10, 11, 12, 16, 17]] = (0.3, 0.5, 1.0, 1.0, 0.4, 0.6, 0.6)
    canteen = np.tile(cooking, plan.days) * np.minimum(presence, 1.0) * 0.035 * place.head_count
    boiler = np.clip(10 - temperature_c, 0, None) * (0.1 + presence) * place.floor_area_m2 * 4e-5
    return np.asarray((canteen + boiler) * _jitter(plan, place, "gas", 0.1))


def _thrift(plan: CityPlan, place: Place, part: str) -> float:
    """How one building differs from the next of its kind."""
    return float(generator(plan.seed, place.code, "thrift", part).uniform(0.7, 1.1))


def _jitter(plan: CityPlan, place: Place, name: str, sigma: float) -> Array:
    """Hourly noise around 1."""
    draws = generator(plan.seed, place.code, name).standard_normal(plan.hours)
    return np.asarray(np.clip(1 + sigma * draws, 0.5, 1.5))


def _hour_means(at_hours: Array) -> Array:
    """Means within each hour from values at its two ends."""
    return (at_hours[:-1] + at_hours[1:]) / 2
