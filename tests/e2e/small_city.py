"""A small city for the dashboards: two institutions, sixteen months of lighting, ten weeks of all else.

It goes in as a real one does: the registry, contracts, repairs and vehicles over HTTP, the measurements as
the points a collector writes. All that dashboards show is then computed by the product's own jobs.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi.testclient import TestClient

from services.clock import local_day_start, to_ms
from services.timeseries.schema import COLLECTOR_HEALTH, DEVICE_STATUS, POSITIONS, READINGS
from services.timeseries.store import Point

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=ZONE).astimezone(UTC)
TODAY = date(2026, 11, 20)
LIGHTING_SINCE = date(2025, 7, 25)
RETROFIT = date(2026, 8, 31)
OTHERS_SINCE = date(2026, 9, 11)
INSTITUTIONS = ("finance-bureau", "no.1-school")
HOUR = timedelta(hours=1)
CHANNELS = {"water": "water_m3", "gas": "gas_m3"}
KW = {"electricity": 60.0, "lighting": 12.0, "hvac": 20.0, "sockets": 9.0, "water": 0.8, "gas": 2.5}


def registry() -> dict[str, Any]:
    """The document of `PUT /registry`."""
    valid_from = local_day_start(LIGHTING_SINCE, ZONE).isoformat()
    meters = [
        {
            "code": f"{code}-{use}", "institution": code, "name_zh": use, "name_en": use, "use": use,
            "role": "main" if use in {"electricity", "water", "gas"} else "sub",
            "ledger": [{"valid_from": valid_from}],
        }
        for code in INSTITUTIONS
        for use in KW
    ]  # fmt: skip
    institutions = [
        {
            "code": code, "name_zh": code, "name_en": code, "kind": "state_organ",
            "county": f"county-{number}", "floor_area_m2": 5000.0 * (number + 1),
            "head_count": 120 * (number + 1),
        }
        for number, code in enumerate(INSTITUTIONS)
    ]  # fmt: skip
    return {"institutions": institutions, "buildings": [], "meters": meters}


def contract() -> dict[str, Any]:
    """The body of `PUT /contracts/led-1`."""
    return {
        "name_zh": "照明改造", "name_en": "LED retrofit", "institution": INSTITUTIONS[0],
        "esco_zh": "节能服务公司", "esco_en": "ESCO", "kind": "shared",
        "meters": [f"{INSTITUTIONS[0]}-lighting"],
        "signed_on": "2026-07-01", "accepted_on": RETROFIT.isoformat(), "term_years": 5,
        "baseline_start": "2025-08-01", "baseline_end": "2026-07-31",
        "price_yuan_per_kwh": "0.735686", "price_source": "contract",
        "latitude": 30.9, "longitude": 113.9,
        "terms": {"esco_share_by_year": ["0.80", "0.70"]},
    }  # fmt: skip


def readings() -> Iterator[Point]:
    """Hourly registers of every meter, lighting from sixteen months ago with a retrofit in between."""
    for code in INSTITUTIONS:
        for use in KW:
            yield from _register(code, use, LIGHTING_SINCE if use == "lighting" else OTHERS_SINCE)


def _register(code: str, use: str, since: date) -> Iterator[Point]:
    instant, register = local_day_start(since, ZONE), 1000.0
    while instant <= NOW:
        fields = {CHANNELS.get(use, "energy_kwh"): round(register, 3)}
        yield Point(READINGS, (code, f"{code}-{use}"), to_ms(instant), fields)
        register += _load(use, instant.astimezone(ZONE))
        instant += HOUR


def _load(use: str, local: datetime) -> float:
    working = local.weekday() < 5
    busy = 1.0 if working and 8 <= local.hour < 18 else 0.25
    factor = 0.4 if use == "lighting" and local.date() > RETROFIT else 1.0
    daylight = 1 + 0.3 * math.cos(2 * math.pi * (local.timetuple().tm_yday + 10) / 365)
    wobble = 1 + 0.05 * math.sin(local.toordinal() * 12.9898)
    return KW[use] * busy * factor * wobble * (daylight if use == "lighting" else 1.0)


def positions() -> Iterator[Point]:
    """Two cars out every day for an hour, on Saturdays too, with fixes every five minutes."""
    for number, code in enumerate(INSTITUTIONS):
        odometer = 20_000.0
        for back in range(28, 0, -1):
            begin = local_day_start(TODAY - timedelta(days=back), ZONE) + 9 * HOUR
            for minutes in range(0, 61, 5):
                fields = {
                    "lat": 30.9 + minutes / 1000, "lon": 113.9, "speed_kmh": 40.0, "odometer_km": odometer,
                    "ignition": float(minutes < 60),
                }  # fmt: skip
                at = to_ms(begin + timedelta(minutes=minutes))
                yield Point(POSITIONS, (code, f"car-{number}"), at, fields)
                odometer += 40 / 12 if minutes < 60 else 0.0


def vehicles() -> list[dict[str, Any]]:
    """The body of `PUT /vehicles`."""
    return [
        {
            "code": f"car-{number}", "plate": f"鄂K-{number}0001", "institution": code, "kind": kind,
            "fuel": "petrol",
        }
        for number, (code, kind) in enumerate(zip(INSTITUTIONS, ("emergency", "other"), strict=True))
    ]  # fmt: skip


def refuels() -> list[dict[str, Any]]:
    """Full tanks ten days apart: 400 km on 34 litres."""
    return [
        {
            "vehicle": f"car-{number}", "litres": 34.0, "full": True,
            "odometer_km": 20_000.0 + 40 * (28 - back),
            "at": (local_day_start(TODAY - timedelta(days=back), ZONE) + 8 * HOUR).isoformat(),
        }
        for number in range(len(INSTITUTIONS))
        for back in (25, 15, 5)
    ]  # fmt: skip


def repairs() -> list[dict[str, Any]]:
    """An order a day and institution: most answered and done in time, one late, one lying there."""
    return [
        {
            "institution": code, "location": "203", "category": "lighting", "size": "small",
            "description": "dark", "reporter": "Li", "number": f"{code}-{back}",
            "reported_at": at.isoformat(), "events": _events(at, back),
        }
        for code in INSTITUTIONS
        for back in range(27, 1, -1)
        for at in [local_day_start(TODAY - timedelta(days=back), ZONE) + 10 * HOUR]
    ]  # fmt: skip


def _events(at: datetime, back: int) -> list[dict[str, Any]]:
    if back == 20:
        return []
    done = at + (timedelta(days=9) if back == 15 else 5 * HOUR)
    return [
        {"kind": "respond", "at": (at + timedelta(minutes=5 + back)).isoformat(), "by": "Wang"},
        {"kind": "complete", "at": done.isoformat(), "by": "Wang"},
        {"kind": "rate", "at": (done + HOUR).isoformat(), "by": "Li", "rating": 4 if back % 5 else 2},
    ]


def operations() -> Iterator[Point]:
    """What a collector tells of itself each minute, and the gateways it heard."""
    for minute in range(7 * 60, -1, -1):
        fields = {"messages": 12.0, "readings": 36.0, "rejected": float(minute == 50), "retried": 0.0}
        at = to_ms(NOW - timedelta(minutes=minute))
        yield Point(COLLECTOR_HEALTH, ("collector-1",), at, fields | {"pending": float(minute % 3)})
    for number, code in enumerate(INSTITUTIONS):
        yield Point(DEVICE_STATUS, (code, "gateway-1"), to_ms(NOW - timedelta(days=9)), {"online": number})


def register(client: TestClient) -> None:
    """Tell the service all there is to know."""
    for method, path, body in (
        ("PUT", "/registry", registry()),
        ("PUT", "/contracts/led-1", contract()),
        ("PUT", "/vehicles", vehicles()),
        ("POST", "/refuels", refuels()),
        ("POST", "/work-orders/import", repairs()),
    ):
        answer = client.request(method, f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
