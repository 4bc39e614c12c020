"""The whole service in one process: what is mounted, who may write, what it says when a part is away."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from services.app import Parts, build_jobs, create_app
from services.scheduling import run_cycle
from services.settings import SettingsError
from tests.services.installation import parts_in, without_store

READS = {
    "/institutions", "/meters", "/meters/unregistered", "/intervals", "/energy", "/ingest",
    "/ingest/messages", "/jobs", "/contracts", "/contracts/{code}", "/contracts/{code}/savings",
    "/contracts/{code}/settlements", "/contracts/{code}/settlements/{month}/export", "/work-orders",
    "/contracts/{code}/settlements/{month}/history", "/settlements",
    "/contracts/{code}/settlements/{month}/bundle", "/contracts/{code}/payments", "/issuer-key",
    "/contracts/{code}/adjustments", "/contracts/{code}/adjustments/{adjustment}", "/contracts/{code}/steps",
    "/work-orders/{number}", "/repairs/summary", "/vehicles", "/trips", "/fleet/summary",
    "/quarantine", "/quarantine/{case}", "/meters/clocks",
    "/dead-letters", "/dead-letters/summary", "/dead-letters/{number}", "/dead-letters/{number}/payload",
}  # fmt: skip
WRITES = {
    ("put", "/registry"), ("put", "/contracts/{code}"), ("post", "/contracts/{code}/settlements"),
    ("post", "/work-orders"), ("post", "/work-orders/{number}/events"), ("post", "/work-orders/import"),
    ("post", "/quarantine/{case}/decision"), ("put", "/contracts/{code}/adjustments/{adjustment}"),
    ("post", "/contracts/{code}/adjustments/{adjustment}/approve"),
    *(("post", f"/contracts/{{code}}/settlements/{{month}}/{step}")
      for step in ("release", "confirm", "dispute", "resolve", "issue", "pay", "correct")),
    ("put", "/vehicles"), ("put", "/trip-approvals"), ("post", "/refuels"),
    ("post", "/dead-letters/replay"), ("post", "/dead-letters/drop"), ("delete", "/dead-letters/{number}"),
}  # fmt: skip
PERIOD = {"start": "2026-11-01", "end": "2026-11-22"}


@pytest.fixture
def interface(client: TestClient) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = client.get("/openapi.json").json()["paths"]
    return paths


def test_every_route_of_the_interface_is_mounted_and_no_other(interface: dict[str, dict[str, Any]]) -> None:
    mounted = {(method, path) for path, methods in interface.items() for method in methods}
    api = {(method, path.removeprefix("/api/v1")) for method, path in mounted if path.startswith("/api/v1/")}
    assert api == {("get", path) for path in READS} | WRITES
    rest = {path for _, path in mounted if not path.startswith("/api/v1/")}
    assert rest == {"/healthz", "/readyz", "/metrics"}


def test_the_interface_describes_itself(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["info"]["title"] == "Kilowitness"
    operations = [
        operation["operationId"] for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len(operations) == len(set(operations))


@pytest.mark.parametrize("path", ["/institutions", "/meters", "/meters/unregistered", "/jobs", "/contracts",
                                  "/work-orders", "/vehicles", "/trips"])  # fmt: skip
def test_every_list_of_an_empty_installation_is_empty(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1{path}")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize(
    "path", ["/energy", "/ingest", "/ingest/messages", "/repairs/summary", "/fleet/summary"]
)
def test_every_figure_of_an_empty_installation_can_be_asked_for(client: TestClient, path: str) -> None:
    assert client.get(f"/api/v1{path}", params=PERIOD).status_code == 200


@pytest.mark.parametrize("path", ["/", "/repairs", "/repairs/new"])
def test_the_pages_are_mounted(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_all_jobs_of_an_empty_installation_run(parts: Parts, client: TestClient) -> None:
    assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
    jobs = client.get("/api/v1/jobs").json()["items"]
    assert len(jobs) == 6
    assert {job["error"] for job in jobs} == {None}


def test_the_intervals_come_first_in_a_cycle(parts: Parts) -> None:
    names = [job.name for job in build_jobs(parts)]
    assert names[0] == "rollup"
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("method", "path"), sorted(WRITES))
def test_writers_show_the_token_where_one_is_set(tmp_path: Path, method: str, path: str) -> None:
    parts = parts_in(tmp_path, api_token="open-sesame")
    named = {"code": "c-1", "number": "WO-1", "case": "m:energy_kwh:0", "month": "2026-10"}
    url = "/api/v1" + path.format(**named, adjustment="a-1")
    with TestClient(create_app(parts)) as client:
        refused = client.request(method, url, json={})
        wrong = client.request(method, url, json={}, headers={"Authorization": "Bearer sesame"})
        let_in = client.request(method, url, json={}, headers={"Authorization": "Bearer open-sesame"})
    parts.close()
    assert (refused.status_code, wrong.status_code) == (401, 401)
    assert refused.headers["www-authenticate"] == "Bearer"
    assert let_in.status_code in {200, 404, 422}


def test_readers_need_no_token(tmp_path: Path) -> None:
    parts = parts_in(tmp_path, api_token="open-sesame")
    with TestClient(create_app(parts)) as client:
        assert client.get("/api/v1/institutions").status_code == 200
        assert client.get("/metrics").status_code == 200
    parts.close()


@pytest.mark.parametrize(("asked", "told"), [(None, "5"), (0.2, "1"), (12.0, "12")])
def test_a_store_that_is_away_is_a_problem_to_try_again(parts: Parts, asked: float | None, told: str) -> None:
    answer = without_store(parts, asked).get("/api/v1/ingest")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == told
    assert answer.json()["detail"] == "the time-series store: connection refused"


def test_what_needs_no_store_goes_on_without_it(parts: Parts) -> None:
    client = without_store(parts)
    for path in ("/institutions", "/work-orders", "/vehicles", "/jobs", "/contracts"):
        assert client.get(f"/api/v1{path}").status_code == 200


def test_a_database_that_is_away_is_a_problem_to_try_again(parts: Parts, client: TestClient) -> None:
    with parts.sessions.begin() as session:
        session.execute(text("DROP TABLE work_order_event"))
        session.execute(text("DROP TABLE work_order"))
    answer = client.get("/api/v1/work-orders")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "the registry's database: OperationalError"


@pytest.mark.parametrize(
    ("settings", "begins", "holds"),
    [
        ({"grid_region": "atlantis"}, "KILOWITNESS_GRID_REGION: ", ["'atlantis'", "'national'"]),
        ({"store_url": "influxdb2://token@host/bucket"}, "KILOWITNESS_STORE_URL: ", ["org"]),
        ({"store_url": "sqlite:///:memory:"}, "KILOWITNESS_STORE_URL: ", ["file"]),
        ({"calendar_dir": Path("/nowhere/at/all")}, "KILOWITNESS_CALENDAR_DIR: ", ["/nowhere/at/all"]),
    ],
)
def test_a_part_that_cannot_be_built_names_its_setting(
    tmp_path: Path, settings: dict[str, Any], begins: str, holds: Sequence[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        parts_in(tmp_path, **settings)
    message = str(caught.value)
    assert message.startswith(begins)
    assert "\n" not in message
    assert "token" not in message
    assert [word for word in holds if word not in message] == []


@pytest.mark.parametrize("region", ["national", "hubei", "central_china"])
def test_every_region_of_the_table_can_be_chosen(tmp_path: Path, region: str) -> None:
    parts = parts_in(tmp_path, grid_region=region)
    with TestClient(create_app(parts)) as client:
        answer = client.get("/api/v1/energy", params=PERIOD)
    parts.close()
    assert answer.status_code == 200


def test_a_calendar_of_its_own_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "calendars"
    folder.mkdir()
    (folder / "2031.json").write_text(
        '{"year": 2031, "days": [{"name": "元旦", "date": "2031-01-01", "isOffDay": true}]}'
    )
    parts = parts_in(tmp_path, calendar_dir=folder)
    assert parts.workdays.knows(2031)
    assert "2031.json" in parts.workdays.version
    parts.close()
