"""A small story that a client tells a service over HTTP, and everything it is answered on the way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from services.app import Parts, build_jobs
from services.clock import to_ms
from services.scheduling import run_cycle
from services.timeseries.schema import POSITIONS
from services.timeseries.store import Point
from tests.services.web.city import CONTRACT, HOUR, METERS, NOW, ZONE

Json = Any
Answer = tuple[str, int, Json]

VEHICLES = [
    {"code": code, "plate": f"鄂E·{number}", "institution": "school", "kind": kind, "fuel": fuel,
     "archive_l_per_100km": 8.5 if fuel == "petrol" else None}
    for number, (code, kind, fuel) in enumerate([
        ("v-9", "emergency", "petrol"), ("v10", "special", "petrol"), ("v.1", "other", "electric"),
        ("v_1", "law_enforcement", "diesel"), ("v-10", "confidential", "petrol"),
    ])
]  # fmt: skip
LEDGER = [
    {"valid_from": "2026-08-20T00:00:00+08:00", "ct": 40, "pt": 1, "already_primary": False, "digits": 6},
    {"valid_from": "2026-10-01T09:30:15.250000+08:00", "ct": 60, "closing": 999.9, "opening": 0.1},
]
LINES = ["'; DROP TABLE work_order; --", '100 % \\ "quoted" _', "三楼走廊灯不亮", "ÄÖ ß é", "Z", "a"]
NUMBERS = ["a.1", "Wo_3", "WO-2", "wo-1", "wo1", "Z"]
ORDERS = [
    {"institution": "library" if number.startswith("w") else "school", "location": line, "size": "small",
     "category": "照明", "description": line, "reporter": "李", "number": number,
     "reported_at": "2026-11-16T09:00:00+08:00", "events": [
         {"kind": "respond", "at": "2026-11-16T09:12:30.125+08:00", "by": "王"},
         {"kind": "pause", "at": "2026-11-16T10:00:00+08:00", "by": "王", "reason": "parts"},
         {"kind": "resume", "at": "2026-11-17T08:00:00+00:00", "by": "王"},
     ][: index % 4]}
    for index, (number, line) in enumerate(zip(NUMBERS, LINES, strict=True))
]  # fmt: skip
FRESH = ("institution", "location", "size", "category", "description", "reporter")
CUSTODY = {
    "name_zh": "图书馆托管", "name_en": "Library custody", "institution": "library", "esco_zh": "托",
    "esco_en": "T", "kind": "custody", "meters": ["library-lighting"], "signed_on": "2026-09-01",
    "accepted_on": "2026-09-30", "term_years": 3, "baseline_start": "2026-08-21",
    "baseline_end": "2026-09-20", "price_yuan_per_kwh": "0.7000", "price_source": "§ 5",
    "terms": {"custody_fee_yuan_per_year": "36500.10", "baseline_cost_yuan_per_year": "40000.000"},
}  # fmt: skip
REFUELS = [
    {"vehicle": "v-9", "at": f"2026-11-{day:02}T18:00:00+08:00", "litres": 31.5, "full": True,
     "odometer_km": 1000.0 + day, "cost_yuan": "243.10" if day > 5 else None}
    for day in (5, 12, 19)
]  # fmt: skip
SLIP = {
    "number": "S-1", "vehicle": "v-9", "start": "2026-11-20T08:00:00+08:00",
    "end": "2026-11-20T12:00:00+08:00", "purpose": "会议", "approved_by": "赵",
}  # fmt: skip
SWAPPED = {**METERS[0], "code": "library-old", "institution": "library", "ledger": LEDGER, "rated_kw": 12.5}
WRITTEN: list[tuple[str, str, Json]] = [
    ("PUT", "/registry", {"meters": [{**SWAPPED, "parent": "library_new"},
                                     {**SWAPPED, "code": "library_new", "building": "b.1"}],
                          "buildings": [{"code": "b.1", "institution": "library", "name_zh": "楼",
                                         "name_en": "B", "floor_area_m2": 0.1}]}),
    ("PUT", "/registry", {"meters": [{**SWAPPED, "ledger": LEDGER[:1], "address": "library/other"}]}),
    ("PUT", "/registry", {"meters": [{**SWAPPED, "code": "lost", "parent": "nobody"}]}),
    ("PUT", "/registry", {"meters": [{**SWAPPED, "code": "twin", "address": "library/other"}]}),
    ("PUT", "/contracts/emc_custody", CUSTODY),
    ("PUT", "/contracts/emc.lost", {**CUSTODY, "institution": "nobody"}),
    ("PUT", "/vehicles", VEHICLES),
    ("PUT", "/vehicles", [{**VEHICLES[0], "plate": "鄂E·新"}]),
    ("PUT", "/vehicles", [{**VEHICLES[0], "code": "twin", "address": "school/v10"}]),
    ("PUT", "/trip-approvals", [SLIP]),
    ("PUT", "/trip-approvals", [{**SLIP, "purpose": "检查"}, {**SLIP, "number": "s-1"}]),
    ("POST", "/refuels", REFUELS),
    ("POST", "/refuels", REFUELS[:1]),
    ("POST", "/refuels", [{**REFUELS[0], "litres": 1}]),
    ("POST", "/work-orders/import", ORDERS),
    ("POST", "/work-orders/import", ORDERS),
    ("POST", "/work-orders/import", [{**ORDERS[0], "institution": "nobody"}]),
    ("POST", "/work-orders", {name: ORDERS[2][name] for name in FRESH}),
    ("POST", "/work-orders/WO-2/events", {"kind": "complete", "by": "王"}),
    ("POST", "/work-orders/WO-2/events", {"kind": "rate", "by": "李", "rating": 4}),
    ("POST", "/work-orders/WO-2/events", {"kind": "respond", "by": "王"}),
    ("POST", "/work-orders/wo-2/events", {"kind": "complete", "by": "王"}),
]  # fmt: skip
REPRICED = {name: value for name, value in CONTRACT.items() if name != "code"} | {"price_yuan_per_kwh": "0.8"}
OCTOBER = "/contracts/emc-01/settlements/2026-10"
SAID = {"version": 2, "by": "李"}
DOUBT = SAID | {"role": "esco", "reason": "灯具新增", "lines": [{"yuan": "1.50"}]}
SETTLED: list[tuple[str, str, Json]] = [
    ("PUT", "/contracts/emc-01", REPRICED),
    ("POST", "/contracts/emc-01/settlements", {"month": "2026-10"}),
    ("POST", "/contracts/emc-01/settlements", {"month": "2026-10"}),
    ("POST", "/contracts/emc_custody/settlements", {"month": "2026-10"}),
    ("POST", "/contracts/emc-01/settlements", {"month": "2026-11"}),
    ("POST", f"{OCTOBER}/dispute", DOUBT),
    ("POST", f"{OCTOBER}/dispute", DOUBT),
    ("POST", f"{OCTOBER}/confirm", SAID | {"role": "client"}),
    ("POST", f"{OCTOBER}/pay", SAID | {"role": "client"}),
    ("POST", f"{OCTOBER}/correct", SAID | {"role": "bureau", "reason": "复核"}),
]
PERIOD = "start=2026-11-01&end=2026-11-22"
READ = [
    "/institutions", "/meters", "/meters?institution=library", "/meters?use=lighting", "/meters/unregistered",
    f"/energy?{PERIOD}", "/contracts", "/contracts?limit=1", "/contracts/emc-01", "/contracts/emc_custody",
    "/contracts/emc-01/savings", "/contracts/emc-01/settlements", "/contracts/emc_custody/settlements",
    "/contracts/emc-01/settlements/2026-10/export", "/contracts/emc-01/settlements/2026-10/export?version=1",
    "/contracts/emc-01/settlements/2026-10/export?version=9", f"{OCTOBER}/history",
    "/contracts/emc-01/settlements?limit=1", "/settlements?limit=1", "/settlements?state=disputed&limit=9",
    "/work-orders?limit=2",
    "/work-orders?limit=3&status=open", "/work-orders?institution=library", "/work-orders/wo-1",
    "/work-orders/wo_1", "/repairs/summary", "/repairs/summary?start=2026-11-16&end=2026-11-17", "/vehicles",
    "/trips?limit=2", "/trips?vehicle=v10", f"/fleet/summary?{PERIOD}", "/jobs", "/ingest",
]  # fmt: skip


def drives() -> Iterator[Point]:
    """Three vehicles leave at the same instant, on a working day and on a Saturday."""
    for code in ("v-9", "v10", "v_1"):
        for days in (1, 2):
            for minute in range(0, 65, 5):
                at = NOW - timedelta(days=days) + timedelta(minutes=minute)
                odometer_km = 1100.0 - 30 * days + minute / 5
                said = {"lat": 30.7, "lon": 111.3, "ignition": float(minute < 60), "odometer_km": odometer_km}
                yield Point(
                    POSITIONS,
                    ("school", code),
                    to_ms(at),
                    said | {"odometer_km": 1100.0 - 30 * days + minute / 5},
                )


def tell(parts: Parts, client: TestClient) -> list[Answer]:
    """The story on a built city, told once; every question and its answer."""
    answers = [_ask(client, *request) for request in WRITTEN]
    parts.store.write(list(drives()))
    assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
    answers += [_ask(client, *request) for request in SETTLED]
    late = NOW.astimezone(ZONE) - HOUR
    answers.append(_ask(client, "POST", "/refuels", [{**REFUELS[0], "at": late.isoformat()}]))
    return answers + [answer for path in READ for answer in _pages(client, path)]


def _ask(client: TestClient, method: str, path: str, body: Json = None) -> Answer:
    answer = client.request(method, f"/api/v1{path}", json=body)
    return f"{method} {path}", answer.status_code, answer.json()


def _pages(client: TestClient, path: str) -> Iterator[Answer]:
    """The answer, and every page after it."""
    cursor = None
    while True:
        found = _ask(client, "GET", path if cursor is None else f"{path}&cursor={cursor}")
        yield found
        cursor = found[2].get("next_cursor")
        if cursor is None:
            return
