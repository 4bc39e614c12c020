"""The simulated city: institutions, loads, meters, contracts, vehicles and repairs, from one plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulators.changes import Change, extra_kwh, happen
from simulators.contracts import Contract, Method, remaining_share, sign_contracts
from simulators.fleet import Vehicle, drive
from simulators.loads import Loads, lamps_kw, simulate_loads
from simulators.meters import Meter, install
from simulators.places import BUREAU, MUNICIPAL, PLACES, Place
from simulators.plan import CityPlan, generator
from simulators.repairs import Order, report_repairs
from simulators.weather import LATITUDE, LONGITUDE, Array, Weather, simulate_weather


@dataclass(frozen=True, slots=True)
class City:
    """Everything that is true of the city, the horizon included.

    `loads` are as without any retrofit or change, `used` what was really used; both by institution.
    """

    plan: CityPlan
    weather: Weather
    places: tuple[Place, ...]
    loads: Mapping[str, Loads]
    used: Mapping[str, Loads]
    contracts: tuple[Contract, ...]
    changes: tuple[Change, ...]
    meters: tuple[Meter, ...]
    vehicles: tuple[Vehicle, ...]
    orders: tuple[Order, ...]

    def location(self, place: Place) -> tuple[float, float]:
        """Latitude and longitude of a place (WGS-84)."""
        return locate(self.plan, place)


def build_city(plan: CityPlan) -> City:
    """Make the city of `plan`; the same plan gives the same city, and a longer horizon the same history."""
    weather = simulate_weather(plan)
    places = PLACES[: plan.institutions]
    loads = {place.code: simulate_loads(plan, place, weather) for place in places}
    contracts = sign_contracts(plan)
    changes = happen(plan, contracts)
    used = _used(plan, loads, contracts, changes)
    meters = [meter for place in places for meter in _meters(plan, place, used[place.code])]
    homes = [(place.code, *locate(plan, place)) for place in places]
    return City(
        plan, weather, places, loads, used, contracts, changes, tuple(meters), drive(plan, homes),
        report_repairs(plan, places),
    )  # fmt: skip


def locate(plan: CityPlan, place: Place) -> tuple[float, float]:
    """Latitude and longitude of a place: municipal units near the centre, counties around it."""
    if place.code == BUREAU:
        return LATITUDE, LONGITUDE
    reach = 0.05 if place.county == MUNICIPAL else 0.35
    north, east = generator(plan.seed, "location", place.code).uniform(-reach, reach, 2)
    return round(LATITUDE + float(north), 5), round(LONGITUDE + float(east), 5)


def under_contract(contract: Contract, loads: Loads) -> tuple[Array, ...]:
    """The part of a place's loads that the contract retrofits, a row a circuit."""
    if contract.method is Method.WEATHER:
        return (loads.hvac,)
    return (loads.outdoor,) if contract.method is Method.LAMPS else loads.lighting


def _used(
    plan: CityPlan, loads: Mapping[str, Loads], contracts: Sequence[Contract], changes: Sequence[Change]
) -> dict[str, Loads]:
    """The loads with every retrofit and every change in them; a change hangs on the first circuit."""
    used = dict(loads)
    for contract in contracts:
        before, share = used[contract.place.code], remaining_share(plan, contract)
        match contract.method:
            case Method.WEATHER:
                after = replace(before, hvac=before.hvac * share)
            case Method.LAMPS:
                after = replace(before, outdoor=before.outdoor * share)
            case _:
                after = replace(before, lighting=tuple(circuit * share for circuit in before.lighting))
        used[contract.place.code] = after
    for change in changes:
        before = used[change.place]
        first, *others = before.lighting
        used[change.place] = replace(before, lighting=(first + extra_kwh(plan, change), *others))
    return used


def _meters(plan: CityPlan, place: Place, used: Loads) -> list[Meter]:
    parts: dict[str, tuple[Array, ...]] = {
        "E": (used.electricity,),
        "L": used.lighting,
        "H": (used.hvac,),
        "S": (used.sockets,),
        "W": (used.water,),
        "G": (used.gas,),
        "X": (np.zeros(plan.hours),),
    }
    rated = {"L": lamps_kw(plan, place) / len(used.lighting), "E": place.floor_area_m2 * 0.08}
    return [
        install(
            plan, place.code, letter, ordinal=ordinal + 1, used=parts[letter][ordinal],
            rated_kw=round(rated[letter], 1) if letter in rated else None,
        )
        for letter in dict.fromkeys(place.meters)
        for ordinal in range(place.meters.count(letter))
    ]  # fmt: skip
