"""The quarantine over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.clock import fixed_clock
from services.database import Table, open_database, session_factory
from services.http import install_problem_details, writer_guard
from services.metering.quarantine import Quarantine
from services.metering.quarantine_routes import router
from services.metering.repository import Registry
from tests.services.metering.documents import document, institution, meter
from tests.services.metering.test_quarantine import FALL, NOW, RISE, SPIKE

BEARER = {"Authorization": "Bearer let-me-in"}
CASE = "/quarantine/m:energy_kwh:1000"
REASON = {"by": "王敏", "reason": "现场核对"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    sessions = session_factory(engine)
    Registry(sessions).apply(document(institutions=[institution("a")], meters=[meter("m", "a")]))
    quarantine = Quarantine(sessions, fixed_clock(NOW))
    quarantine.round().settle("m", "energy_kwh", [FALL, RISE, SPIKE])
    app = FastAPI()
    install_problem_details(app)
    guard = writer_guard(SecretStr("let-me-in"))
    app.include_router(router(quarantine=quarantine, zone=ZoneInfo("Asia/Shanghai"), guard=guard))
    with TestClient(app) as client:
        yield client
    engine.dispose()


def decide(client: TestClient, path: str = CASE, **told: Any) -> Any:
    return client.post(f"{path}/decision", json={"decision": "accept", **REASON, **told}, headers=BEARER)


def test_a_case_shows_what_a_person_needs_to_decide(client: TestClient) -> None:
    shown = client.get(CASE).json()
    assert shown.pop("version")
    assert shown == {
        "id": "m:energy_kwh:1000", "meter": "m", "channel": "energy_kwh", "unit": "kWh", "state": "open",
        "at": "1970-01-01T08:00:01+08:00", "from": "1970-01-01T08:00:01+08:00",
        "to": "1970-01-01T08:00:02+08:00", "before": 500.0, "after": 0.2, "difference": -499.8,
        "reading": None, "figures": {"fell": 499.8, "top": 900_000.0}, "choices": {"reset": 0.2},
        "reason": "step-back: the register fell by 499.8; one that passes its last digit would stand above "
        "900000",
        "found_at": "2026-11-22T12:00:00+08:00", "decisions": [],
    }  # fmt: skip


def test_cases_are_listed_by_meter_and_state_page_by_page(client: TestClient) -> None:
    whole = [row["id"] for row in client.get("/quarantine").json()["items"]]
    assert whole == [f"m:energy_kwh:{place}" for place in ("8500:reading", 5000, 1000)]
    first = client.get("/quarantine?limit=2").json()
    second = client.get("/quarantine", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in (*first["items"], *second["items"])] == whole
    assert second["next_cursor"] is None
    decide(client)
    for query, found in (
        ({"state": "open"}, whole[:2]), ({"state": "accepted"}, whole[2:]), ({"state": "rejected"}, []),
        ({"meter": "n"}, []), ({"meter": "m", "state": "accepted"}, whole[2:]),
    ):  # fmt: skip
        assert [row["id"] for row in client.get("/quarantine", params=query).json()["items"]] == found


def test_a_decision_is_answered_with_the_case_as_it_stands(client: TestClient) -> None:
    answer = decide(client)
    assert answer.status_code == 200
    assert answer.json()["state"] == "accepted"
    assert answer.json()["decisions"] == [
        {"decision": "accept", "counts_as": "reset", "amount": 0.2, **REASON, "in_force": True,
         "decided_at": "2026-11-22T12:00:00+08:00"},
    ]  # fmt: skip
    again = decide(client, decision="reject").json()
    assert [one["decision"] for one in again["decisions"]] == ["accept", "reject"]
    assert [one["in_force"] for one in again["decisions"]] == [False, True]
    assert client.get(CASE).json() == again


def test_only_a_writer_may_decide(client: TestClient) -> None:
    answer = client.post(f"{CASE}/decision", json={"decision": "accept", **REASON})
    assert answer.status_code == 401
    assert client.get(CASE).json()["decisions"] == []


@pytest.mark.parametrize(
    "told",
    [
        {"by": " "}, {"reason": ""}, {"reason": "x" * 501}, {"decision": "maybe"}, {"counts_as": "discard"},
        {"other": 1},
    ],
)  # fmt: skip
def test_a_decision_without_its_words_is_a_problem(client: TestClient, told: dict[str, Any]) -> None:
    assert decide(client, **told).status_code == 422


@pytest.mark.parametrize("told", [{"counts_as": "count"}, {"version": "old"}])
def test_a_decision_that_does_not_fit_is_a_conflict(client: TestClient, told: dict[str, Any]) -> None:
    answer = decide(client, **told)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("case", ["m:energy_kwh:7", "x", "m:energy_kwh:x"])
def test_what_is_not_there_is_said(client: TestClient, case: str) -> None:
    assert client.get(f"/quarantine/{case}").status_code == 404
    assert decide(client, f"/quarantine/{case}").status_code == 404


@pytest.mark.parametrize(("query", "status"), [("cursor=_w", 400), ("cursor=eA", 400), ("state=x", 422)])
def test_a_wrong_query_is_a_problem(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/quarantine?{query}").status_code == status
