"""The fleet over HTTP: answers, errors that name the item and the field, pages, and nothing about places."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.fleet.routes import router
from services.http import install_problem_details, writer_guard
from services.metering.repository import Registry
from services.workdays import Workdays
from tests.services.fleet.conftest import Yard
from tests.services.fleet.drives import ZONE, drive

Json = dict[str, Any]
DAY = 24 * 60
VEHICLE: Json = {
    "code": "v-001",
    "plate": "鄂Z00001",
    "institution": "cz-sport",
    "kind": "confidential",
    "fuel": "petrol",
    "archive_l_per_100km": 8.0,
}
SLIP: Json = {
    "number": "pc-1",
    "vehicle": "v-001",
    "start": "2026-11-21T08:30:00+08:00",
    "end": "2026-11-21T10:00:00+08:00",
    "purpose": "公文交换",
    "approved_by": "赵",
}
REFUEL: Json = {
    "vehicle": "v-001",
    "at": "2026-11-09T12:00:00+08:00",
    "litres": 52.4,
    "full": True,
    "odometer_km": 10612,
    "cost_yuan": "399.29",
}


@pytest.fixture
def client(yard: Yard, registry: Registry) -> TestClient:
    app = FastAPI()
    install_problem_details(app)
    routes = router(
        sessions=yard.sessions,
        registry=registry,
        workdays=Workdays(),
        clock=yard.now,
        zone=ZONE,
        guard=writer_guard(SecretStr("word")),
    )
    app.include_router(routes)
    return TestClient(app, headers={"Authorization": "Bearer word"})


def test_from_registration_to_the_summary(client: TestClient, yard: Yard) -> None:
    assert client.put("/vehicles", json=[VEHICLE]).json() == {"vehicles": 1}
    yard.hear([*drive(0, km=10), *drive(DAY, km=5, odometer=1010)])
    yard.run()
    earlier = REFUEL | {"at": "2026-11-01T12:00:00+08:00", "odometer_km": 10000, "cost_yuan": None}
    assert client.post("/refuels", json=[earlier, REFUEL]).json() == {"refuels": 2, "known": 0}
    assert client.post("/refuels", json=[REFUEL]).json() == {"refuels": 0, "known": 1}
    query = {"start": "2026-11-01", "end": "2026-12-01"}
    summary = client.get("/fleet/summary", params=query).json()
    (item,) = summary["items"]
    assert item.pop("litres_per_100km") == pytest.approx(8.56, abs=0.005)
    assert item == {
        "vehicle": "v-001", "plate": "鄂Z00001", "institution": "cz-sport", "kind": "confidential",
        "distance_km": 15, "trips": 2, "days_in_use": 2, "working_days": 1, "attendance_rate": 1,
        "flagged_trips": 1, "calendar_unknown_trips": 0, "archive_l_per_100km": 8, "fuel_excessive": False,
    }  # fmt: skip
    assert summary["total"]["flagged_trips"] == 1
    assert client.put("/trip-approvals", json=[SLIP]).json() == {"approvals": 1, "judged_again": 1}
    assert client.get("/fleet/summary", params=query).json()["total"]["flagged_trips"] == 0
    newest = client.get("/trips").json()["items"][0]
    assert newest == {
        "vehicle": "v-001", "start_at": "2026-11-21T09:00:00+08:00", "end_at": "2026-11-21T09:20:00+08:00",
        "distance_km": 5, "start_odometer_km": 1010, "end_odometer_km": 1015,
        "flagged": "none", "approval": "pc-1",
    }  # fmt: skip


def test_vehicles_are_listed_with_the_address_of_their_tracker(client: TestClient) -> None:
    other = VEHICLE | {"code": "v-002", "address": "cz-sport/box-2", "fuel": "electric"}
    del other["archive_l_per_100km"]
    client.put("/vehicles", json=[other, VEHICLE]).raise_for_status()
    items = client.get("/vehicles").json()["items"]
    assert items[0] == VEHICLE | {"address": "cz-sport/v-001"}
    assert (items[1]["address"], items[1]["archive_l_per_100km"]) == ("cz-sport/box-2", None)


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/vehicles"), ("PUT", "/trip-approvals"), ("POST", "/refuels")]
)
def test_a_writer_needs_the_token(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path, json=[], headers={"Authorization": ""}).status_code == 401


@pytest.mark.parametrize(
    ("path", "good", "change", "pointer"),
    [
        ("/vehicles", VEHICLE, {"kind": "taxi"}, "body/1/kind"),
        ("/vehicles", VEHICLE, {"code": "V 1"}, "body/1/code"),
        ("/vehicles", VEHICLE, {"archive_l_per_100km": -1}, "body/1/archive_l_per_100km"),
        ("/vehicles", VEHICLE, {"address": "nowhere"}, "body/1/address"),
        ("/vehicles", VEHICLE, {"colour": "red"}, "body/1/colour"),
        ("/vehicles", VEHICLE, {"institution": "nowhere", "code": "v-2"}, "body/1/institution"),
        ("/vehicles", VEHICLE, {"code": "v-2", "address": "cz-sport/v-001"}, "body/0/address"),
        ("/trip-approvals", SLIP, {"end": SLIP["start"]}, "body/1: Value error, end: is after start"),
        ("/trip-approvals", SLIP, {"end": "2028-01-01T00:00:00Z"}, "body/1: Value error, end: more than a"),
        ("/trip-approvals", SLIP, {"start": "2026-11-21T08:30:00"}, "body/1/start"),
        ("/trip-approvals", SLIP, {"number": "pc-2", "vehicle": "v-9"}, "body/1/vehicle"),
        ("/refuels", REFUEL, {"litres": 0}, "body/1/litres"),
        ("/refuels", REFUEL, {"litres": "NaN"}, "body/1/litres"),
        ("/refuels", REFUEL, {"odometer_km": -1}, "body/1/odometer_km"),
        ("/refuels", REFUEL, {"cost_yuan": "1.234"}, "body/1/cost_yuan"),
        ("/refuels", REFUEL, {"vehicle": "v-9"}, "body/1/vehicle"),
    ],
)
def test_a_wrong_item_is_named_and_nothing_is_taken(
    client: TestClient, path: str, good: Json, change: Json, pointer: str
) -> None:
    if path != "/vehicles":
        client.put("/vehicles", json=[VEHICLE]).raise_for_status()
    send = client.post if path == "/refuels" else client.put
    answer = send(path, json=[good, good | change])
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(pointer)
    assert len(client.get("/vehicles").json()["items"]) == (path != "/vehicles")


def test_another_refuel_at_the_same_instant_is_a_conflict(client: TestClient) -> None:
    client.put("/vehicles", json=[VEHICLE]).raise_for_status()
    answer = client.post("/refuels", json=[REFUEL, REFUEL | {"litres": 1}])
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("body/1: another refuel of v-001")


def test_pages_hold_every_trip_once(client: TestClient, yard: Yard) -> None:
    client.put("/vehicles", json=[VEHICLE, VEHICLE | {"code": "v-002"}]).raise_for_status()
    for code in ("v-001", "v-002"):
        yard.hear([row for n in range(3) for row in drive(60 * n, odometer=1000 + 10 * n)], code)
    yard.run()
    seen: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        query = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/trips", params=query).json()
        seen += [(trip["start_at"], trip["vehicle"]) for trip in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 6
    assert seen == sorted(set(seen), reverse=True)
    assert len(client.get("/trips", params={"vehicle": "v-002"}).json()["items"]) == 3
    assert client.get("/trips", params={"end": "2026-11-20"}).json()["items"] == []
    assert client.get("/trips", params={"cursor": "nonsense"}).status_code == 400
    assert client.get("/trips", params={"start": "someday"}).status_code == 422


def test_no_answer_tells_where_a_vehicle_was(client: TestClient, yard: Yard) -> None:
    client.put("/vehicles", json=[VEHICLE]).raise_for_status()
    yard.hear(drive(0))
    yard.run()
    for path in ("/vehicles", "/trips", "/fleet/summary"):
        text = client.get(path).text
        assert "30.7" not in text
        assert "111.3" not in text
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    members = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert not members & {"lat", "lon", "latitude", "longitude", "positions", "track"}
