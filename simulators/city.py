"""The simulated city: institutions, loads, meters, contracts, vehicles and repairs, from one plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from simulators.contracts import Contract, remaining_share, sign_contracts
from simulators.fleet import Vehicle, drive
from simulators.loads import Loads, lamps_kw, simulate_loads
from simulators.meters import Meter, install
from simulators.places import BUREAU, MUNICIPAL, PLACES, Place
from simulators.plan import CityPlan, generator
from simulators.repairs import Order, report_repairs
from simulators.weather import LATITUDE, LONGITUDE, Array, Weather, simulate_weather


@dataclass(frozen=True, slots=True)
class City:
    """Everything that is true of the city, the horizon included."""

    plan: CityPlan
    weather: Weather
    places: tuple[Place, ...]
    loads: Mapping[str, Loads]
    contracts: tuple[Contract, ...]
    meters: tuple[Meter, ...]
    vehicles: tuple[Vehicle, ...]
    orders: tuple[Order, ...]

    def location(self, place: Place) -> tuple[float, float]:
        """Latitude and longitude of a place (WGS-84)."""
        return locate(self.plan, place)

    def lighting(self, place: Place) -> tuple[Array, ...]:
        """What the lighting circuits of a place really used within each hour, retrofits included."""
        return _lighting(self.plan, self.loads[place.code], self._contract(place))

    def electricity(self, place: Place) -> Array:
        """What a place used in all, within each hour: the sum of its parts."""
        loads = self.loads[place.code]
        return reduce(np.add, self.lighting(place)) + loads.hvac + loads.sockets + loads.rest

    def _contract(self, place: Place) -> Contract | None:
        return next((contract for contract in self.contracts if contract.place is place), None)


def build_city(plan: CityPlan) -> City:
    """Make the city of `plan`; the same plan gives the same city, and a longer horizon the same history."""
    weather = simulate_weather(plan)
    places = PLACES[: plan.institutions]
    loads = {place.code: simulate_loads(plan, place, weather) for place in places}
    contracts = sign_contracts(plan)
    signed = {contract.place.code: contract for contract in contracts}
    meters = [
        meter for place in places for meter in _meters(plan, place, loads[place.code], signed.get(place.code))
    ]
    homes = [(place.code, *locate(plan, place)) for place in places]
    return City(
        plan, weather, places, loads, contracts, tuple(meters), drive(plan, homes),
        report_repairs(plan, places),
    )  # fmt: skip


def locate(plan: CityPlan, place: Place) -> tuple[float, float]:
    """Latitude and longitude of a place: municipal units near the centre, counties around it."""
    if place.code == BUREAU:
        return LATITUDE, LONGITUDE
    reach = 0.05 if place.county == MUNICIPAL else 0.35
    north, east = generator(plan.seed, "location", place.code).uniform(-reach, reach, 2)
    return round(LATITUDE + float(north), 5), round(LONGITUDE + float(east), 5)


def _lighting(plan: CityPlan, loads: Loads, contract: Contract | None) -> tuple[Array, ...]:
    if contract is None:
        return loads.lighting
    share = remaining_share(plan, contract)
    return tuple(circuit * share for circuit in loads.lighting)


def _meters(plan: CityPlan, place: Place, loads: Loads, contract: Contract | None) -> list[Meter]:
    lighting = _lighting(plan, loads, contract)
    parts: dict[str, tuple[Array, ...]] = {
        "E": (reduce(np.add, lighting) + loads.hvac + loads.sockets + loads.rest,),
        "L": lighting,
        "H": (loads.hvac,),
        "S": (loads.sockets,),
        "W": (loads.water,),
        "G": (loads.gas,),
        "X": (np.zeros(plan.hours),),
    }
    rated = {"L": lamps_kw(plan, place) / len(lighting), "E": place.floor_area_m2 * 0.08}
    return [
        install(
            plan, place.code, letter, ordinal=ordinal + 1, used=parts[letter][ordinal],
            rated_kw=round(rated[letter], 1) if letter in rated else None,
        )
        for letter in dict.fromkeys(place.meters)
        for ordinal in range(place.meters.count(letter))
    ]  # fmt: skip
