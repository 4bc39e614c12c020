"""Problem details, the writer's token and cursors."""

from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from services.http import (
    Problem,
    decode_cursor,
    decode_place,
    encode_cursor,
    encode_place,
    install_problem_details,
    writer_guard,
)


class Thing(BaseModel):
    size: int


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install_problem_details(app)

    @app.get("/refuse")
    def refuse() -> None:
        raise Problem(HTTPStatus.CONFLICT, "meter m1: already there")

    @app.get("/break")
    def break_down() -> None:
        raise ZeroDivisionError("a secret of the inside")

    @app.post("/things", dependencies=[Depends(writer_guard(SecretStr("word")))])
    def things(thing: Thing) -> int:
        return thing.size

    @app.post("/open", dependencies=[Depends(writer_guard(None))])
    def free() -> str:
        return "in"

    return TestClient(app)


def test_a_problem_is_told_as_problem_details(client: TestClient) -> None:
    answer = client.get("/refuse")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "meter m1: already there",
    }


def test_a_wrong_method_is_told_which_ones_there_are(client: TestClient) -> None:
    answer = client.delete("/refuse")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_failure_is_a_problem_that_tells_nothing_of_the_inside(client: TestClient) -> None:
    answer = TestClient(client.app, raise_server_exceptions=False).get("/break")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text


def test_an_unknown_path_is_a_problem_too(client: TestClient) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


def test_a_wrong_body_names_the_field(client: TestClient) -> None:
    answer = client.post("/things", json={"size": "big"}, headers={"Authorization": "Bearer word"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("body/size: ")
    assert answer.json()["errors"][0]["pointer"] == "body/size"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer 密"}])
def test_a_writer_without_the_token_is_refused(client: TestClient, header: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in header.items()]
    answer = client.post("/things", json={"size": 1}, headers=encoded)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_token_opens(client: TestClient) -> None:
    answer = client.post("/things", json={"size": 3}, headers={"Authorization": "Bearer word"})
    assert answer.json() == 3


def test_without_a_token_set_everyone_writes(client: TestClient) -> None:
    assert client.post("/open").json() == "in"


@given(st.text())
def test_a_cursor_goes_there_and_back(key: str) -> None:
    assert decode_cursor(encode_cursor(key)) == key


@pytest.mark.parametrize("cursor", ["é", "_", "gIA"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        decode_cursor(cursor)


@given(st.datetimes(timezones=st.just(UTC)), st.text())
def test_a_place_goes_there_and_back(at: datetime, key: str) -> None:
    assert decode_place(encode_place(at, key)) == (at, key)


def test_the_first_page_has_no_place() -> None:
    assert decode_place(None) is None


@pytest.mark.parametrize("place", ["", "yesterday|v-1", "0001-01-01T00:00:00+08:00|v-1"])
def test_a_foreign_place_is_refused(place: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        decode_place(encode_cursor(place))
