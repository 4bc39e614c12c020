"""The rows of a verification: ingest, energy, vehicles and repairs, truth beside product.

Pure functions of the truth ledger and the product's answers (the JSON of its HTTP interface).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from simulators.rows import Row, exact, near
from simulators.truth import RepairTruth, Truth

ENERGY_TOLERANCE = 0.005
DISTANCE_TOLERANCE = 0.02
FUEL_TOLERANCE = 0.03
RESPONSE_TOLERANCE_MIN = 1.0

_QUANTITIES = ("electricity_kwh", "lighting_kwh", "hvac_kwh", "sockets_kwh", "water_m3", "gas_m3")


def ingest_rows(truth: Truth, ingest: Mapping[str, Any]) -> Iterator[Row]:
    """Everything sent is stored once, and everything bad is in the dead letter."""
    stored_once = "each distinct value is stored exactly once"
    yield exact("values stored", sum(truth.values.values()), ingest["readings_stored"], stored_once)
    yield exact("positions stored", truth.positions, ingest["positions_stored"], "each position once")
    yield exact("dead letters", sum(truth.dead_letters.values()), ingest["rejected"], "one a bad message")
    yield exact("unregistered meters", truth.unregistered, ingest["unregistered"], "stored, and listed")


def energy_rows(truth: Truth, items: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """Electricity of each institution, and the city's total of every quantity."""
    product = {item["institution"]: item for item in items}
    reason = f"{ENERGY_TOLERANCE:.1%}: registers are rounded, edges interpolated"
    for place in truth.energy:
        found = product.get(place.institution, {}).get("electricity_kwh")
        yield near(
            f"electricity {place.institution} kWh", place.electricity_kwh, found, ENERGY_TOLERANCE, reason
        )
    for quantity in _QUANTITIES:
        true = [value for place in truth.energy if (value := getattr(place, quantity)) is not None]
        found = [item[quantity] for item in product.values() if item.get(quantity) is not None]
        total = sum(found) if len(found) == len(true) else None
        yield near(f"city {quantity}", sum(true), total, ENERGY_TOLERANCE, reason)


def fleet_rows(truth: Truth, summary: Mapping[str, Any]) -> Iterator[Row]:
    """Trips and flags equal, vehicle by vehicle; distance and fuel near."""
    product = {item["vehicle"]: item for item in summary["items"]}
    pairs = [(true, product.get(true.vehicle, {})) for true in truth.vehicles]
    trips = sum(item.get("trips") or 0 for item in product.values())
    yield exact("trips", sum(true.trips for true in truth.vehicles), trips, "ignition on to off, ≥ 0.2 km")
    unequal = sum(item.get("trips", 0) != true.trips for true, item in pairs)
    yield exact("vehicles with another trip count", 0, unequal, "each vehicle for itself")
    distance = sum(item.get("distance_km") or 0.0 for item in product.values())
    true_distance = sum(true.distance_km for true in truth.vehicles)
    reason = f"{DISTANCE_TOLERANCE:.0%}: points lie minutes apart"
    yield near("distance km", true_distance, distance, DISTANCE_TOLERANCE, reason)
    flagged = sum(item.get("flagged_trips") or 0 for item in product.values())
    true_flagged = sum(true.flagged_trips for true in truth.vehicles)
    yield exact("trips flagged", true_flagged, flagged, "outside hours or on a day off, without a slip")
    fuel = [
        (true.litres_per_100km, item["litres_per_100km"])
        for true, item in pairs
        if true.litres_per_100km is not None and item.get("litres_per_100km") is not None
    ]
    if fuel:
        true_mean, mean = (sum(column) / len(fuel) for column in zip(*fuel, strict=True))
        reason = f"{FUEL_TOLERANCE:.0%}: only between full tanks"
        yield near("L/100 km, mean of vehicles", true_mean, mean, FUEL_TOLERANCE, reason)


def repair_rows(truth: RepairTruth, summary: Mapping[str, Any], *, today: date) -> Iterator[Row]:
    """Counts equal by the rules of both clocks; the median response within a minute."""
    by_rule = "working days after the day of the report"
    for name in ("reported", "responded", "completed", "completed_on_time", "due_unknown", "rated", "open"):
        reason = by_rule if name in {"completed_on_time", "due_unknown"} else "each order once"
        yield exact(f"repairs {name}", getattr(truth, name), summary[name], reason)
    overdue = sum(due < today for due in truth.open_due)
    yield Row(
        quantity="repairs overdue_open",
        truth=overdue,
        product=summary["overdue_open"],
        tolerance=float(sum(due == today for due in truth.open_due)),
        reason="those due today may be either",
    )
    judged = truth.completed_on_time + truth.completed_late + overdue
    yield Row(
        quantity="repairs on_time_rate",
        truth=truth.completed_on_time / judged if judged else 0.0,
        product=summary["on_time_rate"],
        tolerance=0.002,
        reason="overdue open orders count",
    )
    yield Row(
        quantity="repairs satisfaction_rate",
        truth=truth.satisfied / truth.rated if truth.rated else 0.0,
        product=summary["satisfaction_rate"],
        tolerance=0.0005,
        reason="satisfied and fairly satisfied of those rated",
    )
    yield Row(
        quantity="repairs response p50 min",
        truth=truth.response_minutes_p50,
        product=summary["response_minutes_p50"],
        tolerance=RESPONSE_TOLERANCE_MIN,
        reason="a minute: percentiles may be computed otherwise",
    )
