"""One suite for both registry databases: the same story told over HTTP, and the same answers from each."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.app import Parts, create_app
from services.clock import from_ms
from services.metering.model import MeterPeriod
from services.savings.settlement.repository import Settlements
from services.scheduling import Job, JobState, run_cycle
from tests.contract.story import CUSTODY, FRESH, NUMBERS, ORDERS, SWAPPED, VEHICLES, Answer, tell
from tests.services.metering.documents import document, institution, meter
from tests.services.web.city import build_city

AT_ONCE = 8


def told(folder: Path, **settings: Any) -> tuple[Parts, list[Answer]]:
    """The city on a database with the story told, and what was answered."""
    parts = build_city(folder, **settings)
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        return parts, tell(parts, client)


@pytest.mark.postgres
def test_both_databases_give_the_same_answers(tmp_path: Path, postgres_url: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    on_sqlite, expected = told(tmp_path / "a")
    on_postgres, answers = told(tmp_path / "b", database_url=postgres_url)
    try:
        for ours, theirs in zip(answers, expected, strict=True):
            assert ours == theirs
        assert [answer for answer in expected if answer[1] >= 500] == []
        _nothing_was_vacuous(expected)
        _settlements_agree(on_sqlite, on_postgres)
    finally:
        on_sqlite.close()
        on_postgres.close()


def _nothing_was_vacuous(answers: Sequence[Answer]) -> None:
    found: dict[str, list[Any]] = {}
    for asked, _, body in answers:
        found.setdefault(asked.partition("&cursor=")[0], []).extend(body.get("items", [body]))
    assert [one["code"] for one in found["GET /vehicles"]] == ["v-10", "v-9", "v.1", "v10", "v_1"]
    orders = [one["number"] for one in found["GET /work-orders?limit=2"]]
    assert orders[1:] == sorted(NUMBERS, reverse=True)
    assert len(found["GET /trips?limit=2"]) == 6
    assert [one["state"] for one in found["GET /contracts/emc-01/settlements"]] == ["superseded", "draft"]
    statuses = [status for asked, status, _ in answers if asked == "POST /contracts/emc-01/settlements"]
    assert statuses == [201, 200, 409]


def _settlements_agree(ours: Parts, theirs: Parts) -> None:
    one, other = (Settlements(parts.sessions).of_contract("emc-01") for parts in (ours, theirs))
    assert one == other
    for version, twin in zip(one, other, strict=True):
        assert str(version.esco_fee_yuan) == str(twin.esco_fee_yuan)
    assert isinstance(one[-1].difference_yuan, Decimal)
    assert one[-1].difference_yuan > 0


def test_a_ledger_comes_back_to_the_microsecond(parts: Parts, client: TestClient) -> None:
    entry = {**SWAPPED, "institution": "office", "building": None}
    entries = {"institutions": [institution("office")], "meters": [entry]}
    assert client.put("/api/v1/registry", json=entries).status_code == 200
    found = parts.registry.meter(str(SWAPPED["code"]))
    assert found is not None
    first, second = found.ledger
    assert first == MeterPeriod(from_ms(1_787_155_200_000), 40.0, 1.0, False, 6, None, None)
    assert second.valid_from.isoformat() == "2026-10-01T01:30:15.250000+00:00"
    assert (second.ct, second.closing, second.opening) == (60.0, 999.9, 0.1)


def test_a_registry_document_is_applied_whole_or_not_at_all(parts: Parts, client: TestClient) -> None:
    entries = {"institutions": [institution("office")], "meters": [meter("m", "office", parent="nobody")]}
    assert client.put("/api/v1/registry", json=entries).status_code == 422
    assert parts.registry.institutions() == []


def test_the_order_inside_a_registry_document_does_not_matter(parts: Parts, client: TestClient) -> None:
    tree = [institution("leaf", parent="branch"), institution("branch", parent="root"), institution("root")]
    meters = [meter("sub", "leaf", role="sub", parent="main"), meter("main", "leaf")]
    assert client.put("/api/v1/registry", json={"institutions": tree, "meters": meters}).status_code == 200
    assert [one.code for one in parts.registry.institutions()] == ["branch", "leaf", "root"]
    assert [one.parent for one in parts.registry.meters()] == [None, "main"]


def test_jobs_go_on_where_they_stopped(parts: Parts) -> None:
    seen: list[str | None] = []

    def run(cursor: str | None) -> str:
        seen.append(cursor)
        if cursor == "2":
            raise LookupError("轨迹 lost")
        return str(len(seen))

    ends = [run_cycle([Job("count", run)], parts.sessions, parts.clock) for _ in range(3)]
    assert (ends, seen) == ([True, True, False], [None, "1", "2"])
    with parts.sessions() as session:
        state = session.get(JobState, "count")
    assert state is not None
    assert (state.cursor, state.ran_at, state.error) == ("2", parts.clock(), "LookupError: 轨迹 lost")


def at_once(client: TestClient, method: str, path: str, bodies: Sequence[Any]) -> list[int]:
    """The statuses of requests sent at the same moment."""
    with ThreadPoolExecutor(len(bodies)) as threads:
        sent = [threads.submit(client.request, method, f"/api/v1{path}", json=body) for body in bodies]
        return sorted(answer.result().status_code for answer in sent)


def test_reports_at_the_same_moment_all_get_a_number(parts: Parts, client: TestClient) -> None:
    parts.registry.apply(document(institutions=[institution("school")]))
    order = {name: ORDERS[0][name] for name in FRESH} | {"institution": "school"}
    assert at_once(client, "POST", "/work-orders", [order] * AT_ONCE) == [201] * AT_ONCE
    items = client.get("/api/v1/work-orders").json()["items"]
    assert {one["number"][-4:] for one in items} == {f"{n:04}" for n in range(1, AT_ONCE + 1)}


def test_registering_at_the_same_moment_cannot_contradict(parts: Parts, client: TestClient) -> None:
    parts.registry.apply(document(institutions=[institution("office")]))
    twins = [{"meters": [meter(f"m-{n}", "office", address="office/same")]} for n in range(AT_ONCE)]
    assert at_once(client, "PUT", "/registry", twins) == [200] + [422] * (AT_ONCE - 1)
    assert len(parts.registry.meters()) == 1


def test_the_same_entry_at_the_same_moment_is_put_once(parts: Parts, client: TestClient) -> None:
    same = {"institutions": [institution("office")], "meters": [meter("m", "office")]}
    assert at_once(client, "PUT", "/registry", [same] * AT_ONCE) == [200] * AT_ONCE
    statuses = at_once(client, "PUT", "/vehicles", [[VEHICLES[0] | {"institution": "office"}]] * AT_ONCE)
    assert {200} <= set(statuses) <= {200, 409}
    assert len(client.get("/api/v1/vehicles").json()["items"]) == 1
    contract = CUSTODY | {"institution": "office", "meters": ["m"]}
    statuses = at_once(client, "PUT", "/contracts/emc", [contract] * AT_ONCE)
    assert {200} <= set(statuses) <= {200, 409}
