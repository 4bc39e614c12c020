"""The registry over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.database import Table, open_database, session_factory
from services.http import install_problem_details, writer_guard
from services.metering.repository import Registry
from services.metering.routes import router
from tests.services.metering.documents import institution, meter

BEARER = {"Authorization": "Bearer let-me-in"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    app = FastAPI()
    install_problem_details(app)
    guard = writer_guard(SecretStr("let-me-in"))
    app.include_router(router(registry=Registry(session_factory(engine)), guard=guard))
    with TestClient(app) as client:
        yield client
    engine.dispose()


def put(client: TestClient, **entries: object) -> dict[str, object]:
    answer = client.put("/registry", json=entries, headers=BEARER)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_document_is_put_and_listed_again_as_it_came(client: TestClient) -> None:
    entry = meter("m", "a", rated_kw=50.0)
    counts = put(client, institutions=[institution("a", head_count=7)], meters=[entry])
    assert counts == {"institutions": 1, "buildings": 0, "meters": 1}
    listed = client.get("/institutions").json()
    assert listed["next_cursor"] is None
    assert listed["items"][0] == {
        **institution("a"), "head_count": 7, "parent": None, "floor_area_m2": None, "latitude": None,
        "longitude": None,
    }  # fmt: skip
    shown = client.get("/meters").json()["items"][0]
    assert (shown["address"], shown["rated_kw"], shown["role"]) == ("a/m", 50.0, "main")
    assert shown["ledger"][0]["valid_from"] == "2024-12-31T16:00:00Z"
    assert put(client, institutions=listed["items"], meters=[shown])["meters"] == 1


def test_only_a_writer_may_put(client: TestClient) -> None:
    answer = client.put("/registry", json={"institutions": [institution("a")]})
    assert answer.status_code == 401
    assert client.get("/institutions").json()["items"] == []


def test_a_wrong_field_is_named_in_the_problem(client: TestClient) -> None:
    answer = client.put("/registry", json={"meters": [meter("M", "a")]}, headers=BEARER)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("body/meters/0/code: ")


def test_a_contradiction_is_a_problem_too(client: TestClient) -> None:
    answer = client.put("/registry", json={"meters": [meter("m", "a")]}, headers=BEARER)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "meters[m].institution: nothing has the code 'a'"


def test_lists_page_by_cursor_to_the_end(client: TestClient) -> None:
    put(client, institutions=[institution(f"i{n}") for n in range(5)],
        meters=[meter(f"m{n}", f"i{n % 2}", use="water" if n > 3 else "gas") for n in range(7)])  # fmt: skip
    for path in ("/institutions?", "/meters?", "/meters?institution=i0&", "/meters?use=gas&"):
        whole = client.get(path).json()["items"]
        seen, cursor = [], ""
        while cursor is not None:
            page = client.get(f"{path}limit=2&cursor={cursor}" if cursor else f"{path}limit=2").json()
            assert len(page["items"]) <= 2
            seen += page["items"]
            cursor = page["next_cursor"]
        assert seen == whole
    assert len(client.get("/meters?institution=i1").json()["items"]) == 3
    assert [row["code"] for row in client.get("/meters?use=water").json()["items"]] == ["m4", "m5", "m6"]


@pytest.mark.parametrize(("query", "status"), [("cursor=_w", 400), ("limit=0", 422), ("use=light", 422)])
def test_a_wrong_query_is_a_problem(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/meters?{query}").status_code == status
