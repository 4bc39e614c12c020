"""What the city tells the service over HTTP: registry, contracts, vehicles, slips, refuels, repair orders."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from simulators import contracts
from simulators.changes import Change, adjustment_document, approvals
from simulators.city import City
from simulators.contracts import Contract, Method
from simulators.fleet import Vehicle
from simulators.lamps import FIXTURES, fixture_tests, inventory
from simulators.meters import Meter
from simulators.places import Place
from simulators.plan import local_text
from simulators.repairs import Order
from simulators.service import Service

_LEDGER_BEGINS = "2020-01-01T00:00:00+08:00"
_ROWS_A_REQUEST = 400
_RETROFITS = {
    Method.WEATHER: ("空调系统", "air-conditioning"),
    Method.LAMPS: ("室外照明", "outdoor lighting"),
}


def register_city(
    city: City, base_url: str, *, token: str | None = None, patience_s: float = 60.0
) -> dict[str, int]:
    """Register everything of the city; returns how many of each. Safe to repeat.

    Waits `patience_s` for a service that starts. Raises `ServiceRefused` with one line when it refuses.
    """
    with Service(base_url, token=token, patience_s=patience_s) as service:
        service.put("/registry", registry_document(city))
        for contract in city.contracts:
            service.put(f"/contracts/{contract.code}", contract_document(city, contract))
        agreed = [_agree(service, city, change) for change in city.changes if change.adjustment]
        service.put("/vehicles", [vehicle_document(vehicle) for vehicle in city.vehicles])
        slips, refuels, orders = slip_documents(city), refuel_documents(city), order_documents(city)
        for part in _parts(slips):
            service.put("/trip-approvals", part)
        for part in _parts(refuels):
            service.post("/refuels", part)
        for part in _parts(orders):
            service.post("/work-orders/import", part)
    return {
        "institutions": len(city.places), "meters": len(city.meters), "contracts": len(city.contracts),
        "adjustments": len(agreed),
        "vehicles": len(city.vehicles), "trip approvals": len(slips), "refuels": len(refuels),
        "work orders": len(orders),
    }  # fmt: skip


def _agree(service: Service, city: City, change: Change) -> Any:
    """Put a change into words, which both sides approve as they stand."""
    contract = next(contract for contract in city.contracts if contract.code == change.contract)
    path = f"/contracts/{change.contract}/adjustments/{change.adjustment}"
    worded = service.put(path, adjustment_document(change))
    for approval in approvals(contract):
        seen = {**approval, "content_sha256": worded["content_sha256"]}
        worded = service.post(f"{path}/approve", seen)
    return worded


def registry_document(city: City) -> dict[str, Any]:
    """Institutions, one building each, and meters with their ledgers."""
    return {
        "institutions": [_institution(city, place) for place in city.places],
        "buildings": [
            {"code": f"{place.code}-b1", "institution": place.code, "name_zh": f"{place.name_zh}主楼",
             "name_en": f"{place.name_en}, main building", "floor_area_m2": place.floor_area_m2}
            for place in city.places
        ],
        "meters": [_meter(city, meter) for meter in city.meters],
    }  # fmt: skip


def contract_document(city: City, contract: Contract) -> dict[str, Any]:
    """A contract as its parties signed it."""
    latitude, longitude = city.location(contract.place)
    zh, en = _RETROFITS.get(contract.method, ("照明", "lighting"))
    return {
        "name_zh": f"{contract.place.name_zh}{zh}节能改造项目",
        "name_en": f"{contract.place.name_en} {en} retrofit",
        "institution": contract.place.code,
        "esco_zh": contract.esco_zh, "esco_en": contract.esco_en,
        "kind": contract.kind, "meters": list(contract.meters),
        "signed_on": (contract.installation_start - timedelta(days=45)).isoformat(),
        "accepted_on": contract.accepted_on.isoformat(),
        "term_years": contract.term_years,
        "baseline_start": contract.baseline_start.isoformat(),
        "baseline_end": contract.baseline_end.isoformat(),
        "price_yuan_per_kwh": contracts.PRICE_YUAN_PER_KWH, "price_source": contracts.PRICE_SOURCE,
        "latitude": latitude, "longitude": longitude,
        "minimum_completeness": "0.95", "terms": contracts.terms(contract), **_measurement(city, contract),
    }  # fmt: skip


def vehicle_document(vehicle: Vehicle) -> dict[str, Any]:
    """A vehicle as the fleet office knows it."""
    return {
        "code": vehicle.code, "plate": vehicle.plate, "institution": vehicle.institution,
        "kind": vehicle.kind, "fuel": vehicle.fuel, "archive_l_per_100km": vehicle.archive_l_per_100km,
    }  # fmt: skip


def slip_documents(city: City) -> list[dict[str, Any]]:
    """Every approval slip, those of the coming days included."""
    return [
        {"number": slip.number, "vehicle": vehicle.code, "start": local_text(slip.start_ms),
         "end": local_text(slip.end_ms), "purpose": slip.purpose, "approved_by": "车辆管理科"}
        for vehicle in city.vehicles
        for slip in vehicle.approvals
    ]  # fmt: skip


def refuel_documents(city: City) -> list[dict[str, Any]]:
    """The refuels of the history."""
    return [
        {"vehicle": vehicle.code, "at": local_text(refuel.at_ms), "litres": refuel.litres,
         "full": refuel.full, "odometer_km": refuel.odometer_km, "cost_yuan": refuel.cost_yuan}
        for vehicle in city.vehicles
        for refuel in vehicle.refuels
        if refuel.at_ms < city.plan.until_ms
    ]  # fmt: skip


def order_documents(city: City) -> list[dict[str, Any]]:
    """The repair orders of the history with all that happened to them."""
    return [_order(order) for order in city.orders]


def _measurement(city: City, contract: Contract) -> dict[str, Any]:
    """How the saving is measured, where it is not by a regression of days; what is asked of its ±."""
    match contract.method:
        case Method.DAYS:
            return {}
        case Method.WEATHER:
            measurement: dict[str, Any] = {"by": "regression", "weather": contract.weather}
            limits = {"uncertainty_share": contracts.LARGEST_UNCERTAINTY_SHARE}
            return {"measurement": measurement, "limits": limits}
        case Method.LAMPS:
            measurement = {"by": "lamps", "groups": inventory(city.plan, contract.place)}
        case Method.RATE:
            before, after = contract.baseline_end - timedelta(days=6), contract.accepted_on
            tests = fixture_tests(city.plan, contract.place, before=before, after=after)
            measurement = {"by": "saving_rate", "tests": tests, "population": FIXTURES}
    return {"measurement": measurement}


def _institution(city: City, place: Place) -> dict[str, Any]:
    latitude, longitude = city.location(place)
    return {
        "code": place.code, "name_zh": place.name_zh, "name_en": place.name_en, "kind": place.kind,
        "county": place.county, "parent": place.parent, "floor_area_m2": place.floor_area_m2,
        "head_count": place.head_count, "latitude": latitude, "longitude": longitude,
    }  # fmt: skip


def _meter(city: City, meter: Meter) -> dict[str, Any]:
    place = next(place for place in city.places if place.code == meter.institution)
    lines = [{"valid_from": _LEDGER_BEGINS, **_ratio(meter)}]
    if meter.swap is not None:
        swapped = {"closing": meter.swap.closing, "opening": meter.swap.opening}
        lines.append({"valid_from": local_text(meter.swap.at_ms), **_ratio(meter), **swapped})
    number = str(meter.ordinal) if meter.kind.use == "lighting" else ""
    return {
        "code": meter.code, "institution": meter.institution, "building": f"{meter.institution}-b1",
        "name_zh": f"{place.name_zh}{meter.kind.zh}{number}",
        "name_en": f"{place.name_en}, {meter.kind.en} {number}".rstrip(),
        "role": meter.kind.role, "use": meter.kind.use, "parent": meter.parent, "address": meter.address,
        "rated_kw": meter.rated_kw, "ledger": lines,
    }  # fmt: skip


def _ratio(meter: Meter) -> dict[str, Any]:
    ratio = {"ct": meter.ct, "pt": 1.0, "already_primary": False} if meter.ct != 1 else {}
    return {**ratio, "digits": meter.digits}


def _order(order: Order) -> dict[str, Any]:
    return {
        "number": order.number, "institution": order.institution, "location": order.location,
        "category": order.category, "size": order.size, "severity": order.severity,
        "description": order.description, "reporter": order.reporter,
        "reported_at": local_text(order.reported_ms),
        "events": [
            {"kind": event.kind, "at": local_text(event.at_ms), "by": event.by, **dict(event.detail)}
            for event in order.events
        ],
    }  # fmt: skip


def _parts(rows: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    return [rows[first : first + _ROWS_A_REQUEST] for first in range(0, len(rows), _ROWS_A_REQUEST)]
