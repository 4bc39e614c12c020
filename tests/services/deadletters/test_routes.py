"""Dead letters over HTTP."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.deadletters.box import LetterBox
from services.deadletters.letters import DeadLetters, Letter, Reject
from services.deadletters.routes import router
from services.deadletters.selection import Selection
from services.http import install_problem_details, writer_guard

AT_MS = 1_795_334_400_000
UNKNOWN = Reject("unknown-channel: z", 3)
LETTERS = (
    Letter(AT_MS, "a/b", b'{"wind": 1}', "canonical", (Reject("unknown-channel: wind"),), collector="west"),
    Letter(AT_MS + 1, "a/c", b"\x68\xff", "", (Reject("unknown-topic: x"),), collector="east"),
    Letter(AT_MS + 2, "a/b", "读数".encode(), "canonical", (Reject("malformed-json: y"), UNKNOWN)),
)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def box(tmp_path: Path) -> LetterBox:
    return LetterBox(tmp_path / "dead.db", 1024)


def service(box: LetterBox, token: SecretStr | None = None) -> TestClient:
    """These routes alone."""
    app = FastAPI()
    install_problem_details(app)
    guard = writer_guard(token)
    routes = router(box=box, clock=lambda: NOW, zone=ZoneInfo("Asia/Shanghai"), guard=guard)
    app.include_router(routes, prefix="/api/v1")
    return TestClient(app)


@pytest.fixture
def client(box: LetterBox) -> TestClient:
    return service(box)


@pytest.fixture
def letters(box: LetterBox) -> Iterator[DeadLetters]:
    kept = DeadLetters(box.path)
    kept.add(LETTERS)
    kept.add([LETTERS[0]])
    yield kept
    kept.close()


def ids(client: TestClient, **query: str | int) -> list[int]:
    return [item["id"] for item in client.get("/api/v1/dead-letters", params=query).json()["items"]]


def test_a_list_shows_the_newest_first(client: TestClient, letters: DeadLetters) -> None:
    page = client.get("/api/v1/dead-letters").json()
    assert [item["id"] for item in page["items"]] == [3, 2, 1]
    assert page["next_cursor"] is None
    assert page["items"][2] == {
        "id": 1, "received_at": "2026-11-22T16:00:00+08:00", "last_received_at": "2026-11-22T16:00:00+08:00",
        "seen": 2, "collector": "west", "topic": "a/b", "decoder": "canonical", "rejected": 1,
        "reason": "unknown-channel: wind", "payload_bytes": 11, "excerpt": '{"wind": 1}',
        "replay_requested_at": None, "replayed_at": None,
    }  # fmt: skip
    assert page["items"][1]["excerpt"] == "68 ff"


def test_a_list_is_narrowed(client: TestClient, letters: DeadLetters) -> None:
    assert ids(client, collector="east") == [2]
    assert ids(client, topic="a/+") == [3, 2, 1]
    assert ids(client, topic="a/b", reason="malformed-json") == [3]
    assert ids(client, reason="unknown-channel") == [3, 1]
    assert ids(client, reason="unknown") == []


def test_a_list_pages_by_cursor(client: TestClient, letters: DeadLetters) -> None:
    first = client.get("/api/v1/dead-letters", params={"limit": 2}).json()
    assert ids(client, limit=2, cursor=first["next_cursor"]) == [1]
    for wrong in (
        "x",
        "%",
        base64.urlsafe_b64encode(b"-1").decode(),
        base64.urlsafe_b64encode(b"9" * 19).decode(),
    ):
        answer = client.get("/api/v1/dead-letters", params={"cursor": wrong})
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"


def test_one_letter_is_shown_whole(client: TestClient, letters: DeadLetters) -> None:
    letters.add([Letter(AT_MS + 60_000, "a/b", LETTERS[2].payload, "canonical", (Reject("x"),))])
    found = client.get("/api/v1/dead-letters/3").json()
    assert found["payload"] == "读数"
    assert base64.b64decode(found["payload_base64"]) == LETTERS[2].payload
    assert found["rejects"] == [
        {"reason": "malformed-json: y", "item": None},
        {"reason": "unknown-channel: z", "item": 3},
    ]
    assert (found["seen"], len(found["arrivals"])) == (2, 2)
    assert found["last_received_at"] == found["arrivals"][1] == "2026-11-22T16:01:00+08:00"
    assert client.get("/api/v1/dead-letters/2").json()["payload"] == "68ff"


def test_a_payload_is_given_byte_for_byte_and_nothing_can_run_it(
    client: TestClient, letters: DeadLetters
) -> None:
    answer = client.get("/api/v1/dead-letters/2/payload")
    assert answer.content == b"\x68\xff"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_summary_counts_by_reason_decoder_and_collector(client: TestClient, letters: DeadLetters) -> None:
    letters.request(Selection(ids=[2]), at_ms=5)
    found = client.get("/api/v1/dead-letters/summary").json()
    assert (found["letters"], found["messages"], found["replay_requested"]) == (3, 4, 1)
    assert found["first_received_at"] == "2026-11-22T16:00:00+08:00"
    assert found["last_received_at"] == "2026-11-22T16:00:00.002000+08:00"
    assert found["by_reason"] == [
        {"key": "unknown-channel", "letters": 2, "messages": 3},
        {"key": "malformed-json", "letters": 1, "messages": 1},
        {"key": "unknown-topic", "letters": 1, "messages": 1},
    ]
    assert {row["key"]: row["letters"] for row in found["by_decoder"]} == {"canonical": 2, "": 1}
    assert {row["key"]: row["messages"] for row in found["by_collector"]} == {"west": 2, "east": 1, "": 1}
    assert 0 < found["used_bytes"] < found["most_bytes"] == 1024**3


def test_the_summary_of_no_letters(client: TestClient, letters: DeadLetters) -> None:
    letters.drop_all()
    found = client.get("/api/v1/dead-letters/summary").json()
    assert (found["letters"], found["messages"], found["first_received_at"]) == (0, 0, None)
    assert found["by_reason"] == []


def test_a_replay_is_marked_for_a_collector_to_do(client: TestClient, letters: DeadLetters) -> None:
    answer = client.post("/api/v1/dead-letters/replay", json={"topic": "a/b", "reason": "unknown-channel"})
    assert (answer.status_code, answer.json()) == (202, {"requested": 2})
    assert [letter.id for letter in letters.select(Selection(requested=True))] == [1, 3]
    assert client.get("/api/v1/dead-letters/3").json()["replay_requested_at"] == "2026-11-22T12:00:00+08:00"


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"ids": [1, 3, 99]}, [2]),
        ({"collector": "west"}, [3, 2]),
        ({"all": True}, []),
        ({"topic": "b/#"}, [3, 2, 1]),
    ],
)
def test_letters_are_dropped(
    client: TestClient, letters: DeadLetters, body: dict[str, object], left: list[int]
) -> None:
    answer = client.post("/api/v1/dead-letters/drop", json=body)
    assert answer.json() == {"dropped": 3 - len(left)}
    assert ids(client) == left


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": [0]},
        {"ids": [2**63]},
        {"ids": [1], "all": True},
        {"ids": [1], "topic": "a"},
        {"tpoic": "a"},
        {"all": False},
        {"topic": ""},
    ],
)
@pytest.mark.parametrize("action", ["drop", "replay"])
def test_a_body_that_means_nothing_changes_nothing(
    client: TestClient, letters: DeadLetters, body: dict[str, object], action: str
) -> None:
    answer = client.post(f"/api/v1/dead-letters/{action}", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert letters.count() == 3
    assert letters.count(Selection(requested=True)) == 0


def test_one_letter_is_dropped(client: TestClient, letters: DeadLetters) -> None:
    assert client.delete("/api/v1/dead-letters/2").status_code == 204
    again = client.delete("/api/v1/dead-letters/2")
    assert (again.status_code, again.json()["detail"]) == (404, "number: there is no dead letter 2")
    assert ids(client) == [3, 1]


@pytest.mark.parametrize("path", ["/99", "/99/payload"])
def test_a_letter_nobody_has_is_not_found(client: TestClient, letters: DeadLetters, path: str) -> None:
    assert client.get(f"/api/v1/dead-letters{path}").status_code == 404


@pytest.mark.parametrize("number", ["0", "x", str(2**63)])
def test_what_is_no_number_is_refused(client: TestClient, letters: DeadLetters, number: str) -> None:
    assert client.get(f"/api/v1/dead-letters/{number}").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("get", "", None), ("get", "/summary", None), ("get", "/1", None), ("get", "/1/payload", None),
     ("delete", "/1", None), ("post", "/drop", {"all": True}), ("post", "/replay", {"all": True})],
)  # fmt: skip
def test_where_no_collector_runs_the_answer_says_so(
    client: TestClient, box: LetterBox, method: str, path: str, body: object
) -> None:
    answer = client.request(method, f"/api/v1/dead-letters{path}", json=body)
    assert answer.status_code == 404
    assert "KILOWITNESS_DEADLETTER_PATH" in answer.json()["detail"]
    assert not box.path.exists()


def test_a_damaged_file_is_a_problem_to_mend(client: TestClient, box: LetterBox) -> None:
    box.path.write_bytes(b"no database" * 1000)
    answer = client.get("/api/v1/dead-letters")
    assert answer.status_code == 503
    assert "damaged" in answer.json()["detail"]


def test_writers_show_the_token_and_readers_need_none(box: LetterBox, letters: DeadLetters) -> None:
    client = service(box, SecretStr("open-sesame"))
    for method, path in (("post", "/drop"), ("post", "/replay"), ("delete", "/1")):
        answer = client.request(method, f"/api/v1/dead-letters{path}", json={"all": True})
        assert answer.status_code == 401
    assert len(ids(client)) == 3
    shown = {"Authorization": "Bearer open-sesame"}
    assert client.delete("/api/v1/dead-letters/1", headers=shown).status_code == 204
