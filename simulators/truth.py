"""The truth ledger: what the city really used, saved, drove and repaired, for `verify` alone to read.

Energy comes from the loads, not from registers. A gap takes readings away, not consumption: the registers on
both sides of it still tell the total, so totals are those of the whole window. A day of a metered contract
circuit whose course a gap hides is listed as left out and not counted in `savings_kwh`; so is a day of a year
without a working calendar.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np

from simulators import days
from simulators.city import City
from simulators.contract_truth import (
    AdjustmentTruth,
    LampTruth,
    RateTruth,
    SavingsTruth,
    StepTruth,
    adjustment_truths,
    lamp_truths,
    rate_truths,
    savings_truth,
    step_truths,
)
from simulators.faults import FaultPlan, plan_faults
from simulators.fleet import Vehicle
from simulators.history import UNKNOWN_HOURS, channels_at, sent_hours
from simulators.malformed import bad_messages
from simulators.places import Place
from simulators.plan import CityPlan, Fault
from simulators.repairs import WORKING_DAYS, Order
from simulators.weather import Array

DEFAULT_PATH = Path("var/truth.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyTruth:
    """Consumption of an institution over the history; None where no meter measures it."""

    institution: str
    electricity_kwh: float
    lighting_kwh: float | None
    hvac_kwh: float | None
    sockets_kwh: float | None
    water_m3: float | None
    gas_m3: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleTruth:
    """Trips of the history by the product's own definition, and fuel truly burnt."""

    vehicle: str
    trips: int
    distance_km: float
    flagged_trips: int
    litres_per_100km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairTruth:
    """Counts by the rules of the two clocks; `open_due` lists the due days of orders still open."""

    reported: int
    responded: int
    response_minutes_p50: float
    completed: int
    completed_on_time: int
    completed_late: int
    due_unknown: int
    open: int
    open_due: list[date]
    rated: int
    satisfied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The whole ledger. `values` counts distinct (device, channel, time) by channel; all must be stored."""

    seed: int
    start: date
    until: date
    values: dict[str, int]
    positions: int
    dead_letters: dict[str, int]
    unregistered: int
    energy: list[EnergyTruth]
    savings: list[SavingsTruth]
    lamps: list[LampTruth]
    rates: list[RateTruth]
    adjustments: list[AdjustmentTruth]
    steps: list[StepTruth]
    vehicles: list[VehicleTruth]
    repairs: RepairTruth


def ledger(city: City) -> Truth:
    """The truth about the history of `city`."""
    plan = city.plan
    faults = plan_faults(plan, city.meters, city.contracts)
    bad = bad_messages(plan, city.meters) if Fault.MALFORMED in plan.faults else []
    return Truth(
        seed=plan.seed,
        start=plan.start,
        until=plan.until,
        values=_values(city, faults),
        positions=sum(int((v.track.times_ms < plan.until_ms).sum()) for v in city.vehicles),
        dead_letters=dict(Counter(message.kind for message in bad)),
        unregistered=int(Fault.UNKNOWN_METER in plan.faults),
        energy=[_energy(city, place) for place in city.places],
        savings=[savings_truth(city, contract, faults) for contract in city.contracts],
        lamps=lamp_truths(city),
        rates=rate_truths(city),
        adjustments=adjustment_truths(city, faults),
        steps=step_truths(city),
        vehicles=[_vehicle(plan, vehicle) for vehicle in city.vehicles],
        repairs=repair_truth(city.orders),
    )


def write_truth(truth: Truth, path: Path = DEFAULT_PATH) -> None:
    """Write the ledger as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1))


def read_truth(path: Path = DEFAULT_PATH) -> Truth:
    """Read a ledger back. Raises OSError, or ValueError when it is not one."""
    return msgspec.json.decode(path.read_bytes(), type=Truth)


def repair_truth(orders: Sequence[Order]) -> RepairTruth:
    """The figures of the orders: response by the wall clock, completion by working days (pauses ignored)."""
    dues = [(order, days.due_day(_day(order.reported_ms), WORKING_DAYS[order.size])) for order in orders]
    responded = [(at - order.reported_ms) / 60_000 for order in orders if (at := order.at("respond"))]
    done = [(at, due) for order, due in dues if (at := order.at("complete"))]
    cancelled = sum(order.at("cancel") is not None for order in orders)
    still_open = [due for order, due in dues if not order.at("complete") and not order.at("cancel")]
    ratings = [
        int(dict(event.detail)["rating"])
        for order in orders
        for event in order.events
        if event.kind == "rate"
    ]
    return RepairTruth(
        reported=len(orders),
        responded=len(responded),
        response_minutes_p50=round(float(np.median(responded)), 3) if responded else 0.0,
        completed=len(done),
        completed_on_time=sum(due is not None and _day(at) <= due for at, due in done),
        completed_late=sum(due is not None and _day(at) > due for at, due in done),
        due_unknown=sum(due is None for order, due in dues if not order.at("cancel")),
        open=len(orders) - len(done) - cancelled,
        open_due=sorted(due for due in still_open if due is not None),
        rated=len(ratings),
        satisfied=sum(rating >= 3 for rating in ratings),
    )


def _values(city: City, faults: FaultPlan) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for meter in city.meters:
        times = sent_hours(city, faults.missing.get(meter.code))
        for channel in channels_at(city, meter, times[:1]):
            counts[channel] += len(times)
    if Fault.UNKNOWN_METER in city.plan.faults:
        counts["energy_kwh"] += UNKNOWN_HOURS
    return dict(sorted(counts.items()))


def _energy(city: City, place: Place) -> EnergyTruth:
    used, hours = city.used[place.code], city.plan.history_hours

    def total(letter: str, *parts: Array) -> float | None:
        return round(float(sum(part[:hours].sum() for part in parts)), 2) if letter in place.meters else None

    return EnergyTruth(
        institution=place.code,
        electricity_kwh=round(float(used.electricity[:hours].sum()), 2),
        lighting_kwh=total("L", *used.lighting),
        hvac_kwh=total("H", used.hvac),
        sockets_kwh=total("S", used.sockets),
        water_m3=total("W", used.water),
        gas_m3=total("G", used.gas),
    )


def _vehicle(plan: CityPlan, vehicle: Vehicle) -> VehicleTruth:
    trips = [trip for trip in vehicle.trips if trip.start_ms < plan.until_ms]
    distance = sum(trip.distance_km for trip in trips)
    burnt = float(vehicle.burnt_l[: len(trips)].sum())
    return VehicleTruth(
        vehicle=vehicle.code,
        trips=len(trips),
        distance_km=round(distance, 2),
        flagged_trips=sum(trip.flagged for trip in trips),
        litres_per_100km=round(100 * burnt / distance, 3) if burnt and distance else None,
    )


def _day(ms: int) -> date:
    return date(1970, 1, 1) + timedelta(days=(ms // 3_600_000 + 8) // 24)
