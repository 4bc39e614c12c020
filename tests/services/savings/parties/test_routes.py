"""Each side speaks for itself over HTTP: whose token takes which step, and what is kept of whose it was."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.http import install_problem_details
from services.savings.parties.speakers import Speaker
from services.savings.routes import router
from services.savings.settlement.verification import first_fault
from tests.services.savings.adjustments.words import PATH, approval
from tests.services.savings.adjustments.words import body as words
from tests.services.savings.conftest import Town
from tests.services.savings.examples import body
from tests.services.savings.parties.people import HALL, LAMPLIGHT, WRITER, speaker, token, voices

JUNE = "/contracts/emc-001/settlements/2025-06"
BUREAU = speaker("Bureau", "bureau")
ELSEWHERE = speaker("Elsewhere", "esco", "emc-002")


def service(town: Town, *speakers: Speaker, writers: str | None = WRITER) -> TestClient:
    app = FastAPI()
    install_problem_details(app)
    app.include_router(router(town.service, voices(*speakers, writers=writers)))
    return TestClient(app)


@pytest.fixture
def june(town: Town) -> Iterator[TestClient]:
    """June 2025 of the known circuit, measured; both of its parties speak for themselves."""
    town.meter_until("2025-09-20")
    with service(town, HALL, LAMPLIGHT, ELSEWHERE) as found:
        assert found.put("/contracts/emc-001", json=body(), headers=shows(WRITER)).status_code == 200
        settled = found.post(
            "/contracts/emc-001/settlements", json={"month": "2025-06"}, headers=shows(WRITER)
        )
        assert settled.status_code == 201
        yield found


def shows(shown: str | None) -> dict[str, str]:
    """The header of who shows a token."""
    return {} if shown is None else {"Authorization": f"Bearer {shown}"}


def take(
    client: TestClient, shown: str | None, step: str, role: str, *, status: int = 200, **fields: Any
) -> Any:
    said = {"version": 1, "by": "Li", "role": role, **fields}
    answer = client.post(f"{JUNE}/{step}", json=said, headers=shows(shown))
    assert answer.status_code == status, answer.text
    return answer.json()


def told(client: TestClient) -> list[tuple[str, str, str | None]]:
    """What happened to June: what, for whom, and as whose word."""
    events = client.get(f"{JUNE}/history").json()["events"]
    return [(one["kind"], one["role"], one["spoken_as"]) for one in events]


def test_each_side_confirms_with_its_own_token_and_that_is_kept(june: TestClient) -> None:
    take(june, token("City Hall"), "confirm", "client")
    assert take(june, token("Lamplight"), "confirm", "esco")["state"] == "confirmed"
    assert take(june, WRITER, "issue", "bureau")["state"] == "issued"
    assert take(june, WRITER, "pay", "bureau")["state"] == "paid"
    assert told(june) == [
        ("measured", "service", None), ("confirm", "client", "City Hall"), ("confirm", "esco", "Lamplight"),
        ("issue", "bureau", None), ("pay", "bureau", None),
    ]  # fmt: skip


def test_no_other_token_takes_a_sides_step(june: TestClient) -> None:
    wrong = (
        (WRITER, "client", "City Hall"), (WRITER, "esco", "Lamplight"),
        (token("Lamplight"), "client", "City Hall"), (token("City Hall"), "esco", "Lamplight"),
        (token("Elsewhere"), "esco", "Lamplight"), (token("Lamplight"), "bureau", "the writers' token"),
    )  # fmt: skip
    for step in ("confirm", "dispute", "resolve", "issue", "pay", "correct", "release"):
        for shown, role, taken in wrong:
            problem = take(june, shown, step, role, status=403, reason="x")
            assert problem["title"] == "Forbidden"
            assert problem["detail"].startswith(f"{role} of emc-001: taken is ")
            assert taken in problem["detail"].partition(";")[0]
    assert told(june) == [("measured", "service", None)]


def test_a_side_disputes_and_takes_back_by_itself(june: TestClient) -> None:
    esco = token("Lamplight")
    disputed = take(june, esco, "dispute", "esco", reason="a lamp more")
    assert disputed["standing"]["portions"][0]["dispute"]["spoken_as"] == "Lamplight"
    take(june, WRITER, "resolve", "esco", reason="never mind", status=403)
    take(june, token("City Hall"), "resolve", "esco", reason="never mind", status=403)
    take(june, esco, "resolve", "esco", reason="never mind")
    assert told(june)[1:] == [("dispute", "esco", "Lamplight"), ("resolve", "esco", "Lamplight")]


def test_the_same_word_twice_is_one_and_nobodys_token_none(june: TestClient) -> None:
    first = take(june, token("City Hall"), "confirm", "client")
    assert take(june, token("City Hall"), "confirm", "client") == first
    for shown in (None, "", "Lamplight", LAMPLIGHT.sha256):
        refused = take(june, shown, "confirm", "client", status=401)
        assert "that of one who speaks for a party" in refused["detail"]
    assert len(told(june)) == 2


def test_where_a_bureau_is_named_the_writers_issue_nothing(town: Town, june: TestClient) -> None:
    with service(town, BUREAU) as client:
        for role in ("client", "esco"):
            take(client, WRITER, "confirm", role)
        take(client, WRITER, "issue", "bureau", status=403)
        take(client, token("Bureau"), "issue", "bureau")
    assert told(june)[1:] == [
        ("confirm", "client", None), ("confirm", "esco", None), ("issue", "bureau", "Bureau")
    ]  # fmt: skip


def test_without_a_writers_token_a_named_side_still_speaks_for_itself(town: Town, june: TestClient) -> None:
    with service(town, LAMPLIGHT, writers=None) as client:
        take(client, None, "confirm", "client")
        take(client, None, "confirm", "esco", status=403)
        take(client, token("Lamplight"), "confirm", "esco")
    assert told(june)[1:] == [("confirm", "client", None), ("confirm", "esco", "Lamplight")]


def test_a_speaker_writes_neither_contracts_nor_settlements(june: TestClient) -> None:
    for shown in (token("Lamplight"), token("City Hall")):
        put = june.put("/contracts/emc-001", json=body(), headers=shows(shown))
        made = june.post("/contracts/emc-001/settlements", json={"month": "2025-07"}, headers=shows(shown))
        assert (put.status_code, made.status_code) == (403, 403)
        assert put.json()["detail"].startswith("taken is the writers' token; shown was the token of ")
    assert june.get("/contracts", headers=shows(token("Lamplight"))).status_code == 200


def worded(client: TestClient, shown: str, role: str, *, status: int = 201, **fields: Any) -> Any:
    answer = client.put(f"{PATH}/lamps-1", json=words(role=role, **fields), headers=shows(shown))
    assert answer.status_code == status, answer.text
    return answer.json()


def approved(client: TestClient, shown: str, sha: str, side: str, *, status: int = 200) -> Any:
    answer = client.post(f"{PATH}/lamps-1/approve", json=approval(sha, side), headers=shows(shown))
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_approval_is_its_sides_and_is_kept_as_such(june: TestClient) -> None:
    first = worded(june, token("Lamplight"), "esco")
    assert first["spoken_as"] == "Lamplight"
    sha = first["content_sha256"]
    for shown, side in ((WRITER, "client"), (WRITER, "esco"), (token("Lamplight"), "client"),
                        (token("City Hall"), "esco"), (token("Elsewhere"), "esco")):  # fmt: skip
        problem = approved(june, shown, sha, side, status=403)
        assert problem["detail"].startswith(f"{side} of emc-001: taken is the token of ")
    assert june.get(f"{PATH}/lamps-1").json()["items"][0]["approvals"] == []
    half = approved(june, token("Lamplight"), sha, "esco")
    assert half["in_force"] is None
    both = approved(june, token("City Hall"), sha, "client")
    assert both["in_force"] == 1
    kept = june.get(f"{PATH}/lamps-1").json()["items"][0]
    for answer in (both, kept):
        found = {one["side"]: one["spoken_as"] for one in answer["approvals"]}
        assert found == {"esco": "Lamplight", "client": "City Hall"}


def test_words_are_put_by_the_writers_for_anyone_and_by_a_speaker_for_itself(june: TestClient) -> None:
    assert worded(june, WRITER, "client")["spoken_as"] is None
    worded(june, token("Lamplight"), "client", status=403, reason="other")
    worded(june, token("Elsewhere"), "esco", status=403, reason="other")
    again = worded(june, token("Lamplight"), "esco", reason="other")
    assert (again["wording"], again["spoken_as"]) == (2, "Lamplight")


def test_a_settlement_reads_the_same_whoever_speaks(town: Town, june: TestClient) -> None:
    sha = worded(june, token("Lamplight"), "esco")["content_sha256"]
    approved(june, token("Lamplight"), sha, "esco")
    approved(june, token("City Hall"), sha, "client")
    settle = {"month": "2025-06"}
    assert june.post("/contracts/emc-001/settlements", json=settle, headers=shows(WRITER)).status_code == 201
    document = june.get(f"{JUNE}/export").json()
    assert document["inputs"]["adjustments"]
    assert "spoken_as" not in june.get(f"{JUNE}/export").text
    assert first_fault(document) is None
