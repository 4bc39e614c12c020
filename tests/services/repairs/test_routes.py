"""Repairs over HTTP: answers, errors that name the item and the field, pages, and speed of an import."""

import time
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.database import Sessions
from services.http import install_problem_details, writer_guard
from services.metering.repository import Registry
from services.repairs.routes import router
from services.workdays import Workdays
from tests.services.repairs.conftest import Hands
from tests.services.repairs.orders import ZONE, local

Json = dict[str, Any]
REPORT: Json = {
    "institution": "cz-sport",
    "location": "B1-203",
    "category": "plumbing",
    "size": "small",
    "severity": "normal",
    "description": "水龙头漏水",
    "reporter": "李",
    "contact": "0717-1",
}


@pytest.fixture
def client(sessions: Sessions, registry: Registry, clock: Hands) -> TestClient:
    app = FastAPI()
    install_problem_details(app)
    routes = router(
        sessions=sessions,
        registry=registry,
        workdays=Workdays(),
        clock=clock,
        zone=ZONE,
        guard=writer_guard(SecretStr("word")),
    )
    app.include_router(routes)
    return TestClient(app, headers={"Authorization": "Bearer word"})


def past(number: str | None, at: str = "2026-11-20T09:00:00+08:00", **more: object) -> Json:
    return REPORT | {"reported_at": at, "events": []} | ({"number": number} if number else {}) | more


def test_from_report_to_rating(client: TestClient, clock: Hands) -> None:
    answer = client.post("/work-orders", json=REPORT)
    assert answer.status_code == 201
    order = answer.json()
    assert order["number"] == "R20261122-0001"
    assert order["reported_at"] == "2026-11-22T08:00:00+08:00"
    assert order["response_due_at"] == "2026-11-22T08:30:00+08:00"
    assert order["due_at"] == order["due_at_net"] == "2026-11-23T17:30:00+08:00"
    assert (order["status"], order["completion"]) == ("reported", "running")
    for kind, minutes, more in (
        ("respond", 10, {}),
        ("pause", 20, {"reason": "parts"}),
        ("resume", 30, {}),
        ("complete", 40, {}),
        ("rate", 50, {"rating": 4}),
    ):
        clock.at = local("2026-11-22 08:00") + timedelta(minutes=minutes)
        answer = client.post("/work-orders/R20261122-0001/events", json={"kind": kind, "by": "王", **more})
        assert answer.status_code == 201
    done = client.get("/work-orders/R20261122-0001").json()
    assert done == answer.json()
    assert (done["status"], done["rating"], done["response_minutes"]) == ("rated", 4, 10)
    assert done["completion"] == done["completion_net"] == "on_time"
    assert done["contact"] == "0717-1"
    assert [one["kind"] for one in done["events"]] == ["respond", "pause", "resume", "complete", "rate"]
    assert done["pauses"] == [
        {"start": "2026-11-22T08:20:00+08:00", "end": "2026-11-22T08:30:00+08:00", "reason": "parts"}
    ]


@pytest.mark.parametrize("path", ["/work-orders", "/work-orders/import", "/work-orders/R1/events"])
def test_a_writer_needs_the_token(client: TestClient, path: str) -> None:
    assert client.post(path, json={}, headers={"Authorization": ""}).status_code == 401


def test_the_reporters_telephone_is_for_writers(client: TestClient) -> None:
    number = client.post("/work-orders", json=REPORT).json()["number"]
    shown = client.get(f"/work-orders/{number}", headers={"Authorization": ""}).json()
    assert shown == client.get(f"/work-orders/{number}").json() | {"contact": None}


def test_an_order_nobody_knows_is_not_found(client: TestClient) -> None:
    for answer in (
        client.get("/work-orders/R1"),
        client.post("/work-orders/R1/events", json={"kind": "respond", "by": "王"}),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"] == "number: there is no work order 'R1'"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"size": "huge"}, "body/size"),
        ({"severity": None}, "body/severity"),
        ({"location": "  "}, "body/location"),
        ({"institution": "nowhere"}, "body/institution"),
        ({"reported_at": "2026-11-22T08:00:00"}, "body/reported_at"),
        ({"reported_at": "0001-01-01T00:00:00+08:00"}, "body/reported_at"),
        ({"reported_at": "9999-12-31T23:00:00-08:00"}, "body/reported_at"),
        ({"description": "x" * 5000}, "body/description"),
        ({"colour": "red"}, "body/colour"),
    ],
)
def test_a_wrong_report_names_the_field(client: TestClient, change: Json, pointer: str) -> None:
    answer = client.post("/work-orders", json=REPORT | change)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(pointer)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("event", "status", "words"),
    [
        ({"kind": "explode"}, 422, "body/kind"),
        ({"kind": "pause"}, 422, "reason: a pause needs one"),
        ({"kind": "rate"}, 422, "rating: needed by rate"),
        ({"kind": "rate", "rating": 5}, 422, "body/rating"),
        ({"kind": "rate", "rating": "4"}, 422, "body/rating"),
        ({"kind": "respond", "rating": 4}, 422, "rating: needed by rate, and by it alone"),
        ({"kind": "resize"}, 422, "size: needed by resize"),
        ({"kind": "complete"}, 409, "body/kind: complete cannot follow, the order is reported"),
        ({"kind": "respond", "at": "2026-11-22T07:59:00+08:00"}, 409, "body/at: earlier"),
        ({"kind": "respond", "at": "2026-12-22T07:59:00+08:00"}, 409, "body/at: in the future"),
    ],
)
def test_a_wrong_event_says_why(client: TestClient, event: Json, status: int, words: str) -> None:
    client.post("/work-orders", json=REPORT)
    answer = client.post("/work-orders/R20261122-0001/events", json={"by": "王", **event})
    assert answer.status_code == status
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"size": "huge"}, "body/1/size"),
        ({"institution": "nowhere"}, "body/1/institution"),
        ({"events": [{"kind": "respond", "by": "王"}]}, "body/1/events/0/at"),
        (
            {"events": [{"kind": "complete", "by": "王", "at": "2026-11-20T10:00:00+08:00"}]},
            "body/1/events/0/kind",
        ),
        ({"number": "no blanks"}, "body/1/number"),
    ],
)
def test_a_wrong_import_names_the_item_and_the_field(client: TestClient, change: Json, pointer: str) -> None:
    answer = client.post("/work-orders/import", json=[past("A1"), past("A2") | change])
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(pointer)
    assert client.get("/work-orders").json()["items"] == []


def test_pages_hold_every_order_once(client: TestClient) -> None:
    same = [past(f"A{n}") for n in range(5)]
    other = [past(f"B{n}", at=f"2026-11-19T0{n}:00:00+08:00", institution="cz-school") for n in range(4)]
    client.post("/work-orders/import", json=same + other).raise_for_status()
    numbers: list[str] = []
    cursor: str | None = None
    while True:
        query: dict[str, str] = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/work-orders", params=query).json()
        numbers += [order["number"] for order in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert numbers == ["A4", "A3", "A2", "A1", "A0", "B3", "B2", "B1", "B0"]
    assert client.get("/work-orders", params={"cursor": "nonsense"}).status_code == 400
    assert "contact" not in client.get("/work-orders").json()["items"][0]


def test_the_list_is_narrowed_by_status_and_institution(client: TestClient) -> None:
    respond = {"kind": "respond", "by": "王", "at": "2026-11-20T09:05:00+08:00"}
    cancel = {"kind": "cancel", "by": "李", "at": "2026-11-20T09:06:00+08:00"}
    orders = [past("A1"), past("A2", events=[respond]), past("A3", events=[respond, cancel])]
    client.post("/work-orders/import", json=[*orders, past("B1", institution="cz-school")])

    def numbers(**query: str) -> list[str]:
        return sorted(order["number"] for order in client.get("/work-orders", params=query).json()["items"])

    assert numbers(status="open") == ["A1", "A2", "B1"]
    assert numbers(status="responded") == ["A2"]
    assert numbers(status="cancelled") == ["A3"]
    assert numbers(institution="cz-school", status="open") == ["B1"]
    assert client.get("/work-orders", params={"status": "lost"}).status_code == 422


def test_a_large_import_is_quick_repeatable_and_summed_up(client: TestClient) -> None:
    start = local("2025-06-01 09:00")
    orders = []
    for n in range(1200):
        at = start + timedelta(hours=10 * n)
        events = [
            {"kind": "respond", "by": "王", "at": (at + timedelta(minutes=5 + n % 40)).isoformat()},
            {"kind": "complete", "by": "王", "at": (at + timedelta(hours=3)).isoformat()},
            {"kind": "rate", "by": "李", "rating": 1 + n % 4, "at": (at + timedelta(hours=4)).isoformat()},
        ]
        orders.append(past(f"W{n:05}", at=at.isoformat(), events=events))
    began = time.perf_counter()
    answer = client.post("/work-orders/import", json=orders)
    seconds = time.perf_counter() - began
    assert answer.json() == {"imported": 1200, "extended": 0, "unchanged": 0}
    assert seconds < 3
    again = client.post("/work-orders/import", json=orders)
    assert again.json() == {"imported": 0, "extended": 0, "unchanged": 1200}
    summary = client.get("/repairs/summary").json()
    assert (summary["reported"], summary["completed"], summary["rated"]) == (1200, 1200, 1200)
    assert summary["satisfaction_rate"] == 0.5
    assert summary["response_minutes_p50"] == pytest.approx(24.5)
    assert summary["response_on_time_rate"] == pytest.approx(26 / 40)
    assert summary["on_time_rate"] == 1
    assert summary["due_unknown"] == 0


def test_the_summary_takes_local_days_and_refuses_others(client: TestClient) -> None:
    client.post("/work-orders/import", json=[past("A1"), past("A2", at="2026-11-19T23:59:00+08:00")])
    found = client.get("/repairs/summary", params={"start": "2026-11-20", "end": "2026-11-21"}).json()
    assert (found["start"], found["end"], found["reported"]) == ("2026-11-20", "2026-11-21", 1)
    assert client.get("/repairs/summary", params={"start": "yesterday"}).status_code == 422
    assert client.get("/repairs/summary", params={"start": "0001-01-01"}).status_code == 422
    empty = client.get("/repairs/summary", params={"start": "2026-11-21"}).json()
    assert empty["reported"] == 0
    assert empty["on_time_rate"] is None


def test_the_rules_are_told_where_the_figures_are(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert "judged by the size at the report" in " ".join(paths["/work-orders"]["get"]["description"].split())
    assert "overdue open" in paths["/repairs/summary"]["get"]["description"]
