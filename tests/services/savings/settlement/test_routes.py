"""Settlements over HTTP: each step, what is refused and why, lists by pages."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.savings.settlement.verification import first_fault
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.savings.conftest import Town, lose
from tests.services.savings.examples import body

JUNE = "/contracts/emc-001/settlements/2025-06"
CLIENT, ESCO, BUREAU = "client", "esco", "bureau"


@pytest.fixture
def june(client: TestClient, town: Town) -> TestClient:
    """June 2025 of the known circuit, measured."""
    town.meter_until("2025-09-20")
    assert client.put("/contracts/emc-001", json=body()).status_code == 200
    assert client.post("/contracts/emc-001/settlements", json={"month": "2025-06"}).status_code == 201
    return client


def take(client: TestClient, step: str, role: str, *, status: int = 200, **fields: Any) -> Any:
    said = {"version": 1, "by": "Li", "role": role, **fields}
    answer = client.post(f"{JUNE}/{step}", json=said)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_month_is_confirmed_by_both_issued_and_paid(june: TestClient) -> None:
    first = take(june, "confirm", CLIENT)
    assert first["state"] == "draft"
    assert first["standing"]["possible"]["confirm"] == ["esco"]
    assert take(june, "confirm", ESCO)["state"] == "confirmed"
    assert take(june, "issue", ESCO)["state"] == "issued"
    paid = take(june, "pay", CLIENT)
    assert paid["state"] == "paid"
    (portion,) = paid["standing"]["portions"]
    assert (portion["state"], portion["yuan"]) == ("paid", paid["esco_fee_yuan"])
    events = june.get(f"{JUNE}/history").json()["events"]
    assert [(one["kind"], one["role"]) for one in events] == [
        ("measured", "service"), ("confirm", "client"), ("confirm", "esco"), ("issue", "esco"),
        ("pay", "client"),
    ]  # fmt: skip
    assert events[1]["at"] == "2025-09-20T12:00:00+08:00"


def test_a_step_out_of_turn_says_what_is_possible(june: TestClient) -> None:
    problem = take(june, "pay", CLIENT, status=409)
    assert problem["detail"].startswith("pay by client: version 1 is draft; possible now: confirm")
    assert take(june, "confirm", BUREAU, status=409)["title"] == "Conflict"
    assert "the latest version is 1" in take(june, "confirm", CLIENT, version=2, status=409)["detail"]
    assert "correct: what is stored now" in take(june, "correct", BUREAU, reason="x", status=409)["detail"]


def test_a_step_sent_twice_is_one(june: TestClient) -> None:
    for step, role in (("confirm", CLIENT), ("confirm", ESCO), ("issue", ESCO), ("confirm", CLIENT)):
        first = take(june, step, role)
        assert take(june, step, role) == first
    assert len(june.get(f"{JUNE}/history").json()["events"]) == 4
    take(june, "confirm", CLIENT, by="Wang", status=409)


@pytest.mark.parametrize(
    ("step", "fields", "named"),
    [
        ("dispute", {}, "body/reason"),
        ("correct", {"reason": " "}, "body/reason"),
        ("confirm", {"lines": [{"year": 1}]}, "body/lines"),
        ("confirm", {"by": ""}, "body/by"),
        ("confirm", {"role": "service"}, "body/role"),
        ("confirm", {"version": 0}, "body/version"),
        ("dispute", {"reason": "x", "lines": [{"yuan": "1.001"}]}, "body/lines/0/yuan"),
    ],
)
def test_a_step_that_says_too_little_names_the_field(
    june: TestClient, step: str, fields: dict[str, Any], named: str
) -> None:
    said = {"version": 1, "by": "Li", "role": CLIENT, **fields}
    answer = june.post(f"{JUNE}/{step}", json=said)
    assert answer.status_code == 422
    assert named in answer.json()["detail"]


def test_what_is_not_settled_takes_no_step(client: TestClient) -> None:
    said = {"version": 1, "by": "Li", "role": CLIENT}
    assert client.post(f"{JUNE}/confirm", json=said).status_code == 404
    client.put("/contracts/emc-001", json=body())
    assert client.post(f"{JUNE}/confirm", json=said).status_code == 404
    assert client.get(f"{JUNE}/history").status_code == 404


def test_a_step_needs_the_token(june: TestClient) -> None:
    said = {"version": 1, "by": "Li", "role": CLIENT}
    stranger = {"Authorization": "Bearer nobody"}
    assert june.post(f"{JUNE}/confirm", json=said, headers=stranger).status_code == 401
    assert june.get("/settlements", headers=stranger).status_code == 200


def test_the_undisputed_part_is_paid_while_the_rest_is_disputed(june: TestClient) -> None:
    disputed = take(june, "dispute", CLIENT, reason="lamps were off", lines=[{"year": 1, "yuan": "100.00"}])
    rest, part = disputed["standing"]["portions"]
    fee = float(disputed["esco_fee_yuan"])
    assert float(rest["yuan"]) == pytest.approx(fee - 100)
    assert (part["state"], part["yuan"], part["dispute"]["reason"]) == (
        "disputed",
        "100.00",
        "lamps were off",
    )
    for step, role in (("confirm", CLIENT), ("confirm", ESCO), ("issue", ESCO), ("pay", CLIENT)):
        answer = take(june, step, role)
    assert answer["state"] == "paid"
    waiting = june.get("/settlements").json()["items"]
    assert [(one["disputed_yuan"], one["waits_for"]) for one in waiting] == [
        ("100.00", {"resolve": ["bureau", "client"]})
    ]
    accepted = take(june, "resolve", CLIENT, reason="the log was wrong")
    assert accepted["state"] == "draft"
    for step, role in (("confirm", CLIENT), ("confirm", ESCO), ("issue", ESCO), ("pay", CLIENT)):
        answer = take(june, step, role, by="Wang")
    assert [one["state"] for one in answer["standing"]["portions"]] == ["paid", "paid"]
    assert june.get("/settlements").json()["items"] == []


def test_late_data_wait_beside_a_confirmed_version_until_a_person_corrects_it(
    june: TestClient, town: Town
) -> None:
    before = [take(june, "confirm", role) for role in (CLIENT, ESCO)][-1]
    town.meter_until("2025-09-20", remaining=0.5)
    again = june.post("/contracts/emc-001/settlements", json={"month": "2025-06"})
    assert again.status_code == 200
    assert again.json()["input_sha256"] == before["input_sha256"]
    (change,) = again.json()["standing"]["restatement"]["lines"]
    waiting = june.get("/settlements", params={"state": "restatement"}).json()["items"]
    assert waiting[0]["waits_for"]["correct"] == ["bureau", "client", "esco"]
    corrected = take(june, "correct", BUREAU, reason="a meter reported late")
    assert (corrected["version"], corrected["state"]) == (2, "draft")
    assert (corrected["difference_kwh"], corrected["difference_yuan"]) == (change["kwh"], change["yuan"])
    assert change["yuan"].startswith("-")
    assert take(june, "correct", BUREAU, reason="a meter reported late") == corrected
    history = june.get(f"{JUNE}/history").json()
    assert [one["state"] for one in history["versions"]] == ["superseded", "draft"]
    assert [one["kind"] for one in history["events"]][-3:] == ["restatement", "correct", "measured"]
    assert june.get("/settlements", params={"state": "restatement"}).json()["items"] == []


def test_a_held_month_is_released_with_a_reason_that_stands_in_its_document(
    client: TestClient, town: Town
) -> None:
    circuit = two_years(seed=7)
    town.meter(baseline_part(circuit))
    town.meter(lose(reporting_part(circuit, remaining=0.45), range(20, 25)))
    client.put("/contracts/emc-001", json=body())
    made = client.post("/contracts/emc-001/settlements", json={"month": "2025-06"}).json()
    assert (made["state"], made["esco_fee_yuan"]) == ("held", None)
    assert client.get("/settlements", params={"state": "held"}).json()["items"][0]["waits_for"] == {
        "release": ["bureau", "client"]
    }
    take(client, "confirm", CLIENT, status=409)
    take(client, "release", ESCO, reason="we need it", status=409)
    released = take(client, "release", CLIENT, reason="the five days are agreed to be left out")
    assert (released["version"], released["state"]) == (2, "draft")
    assert float(released["esco_fee_yuan"]) > 0
    assert [one["what"] for one in released["holds"]] == ["month_completeness"]
    exported = json.loads(client.get(f"{JUNE}/export").content)
    assert exported["inputs"]["release"]["reason"] == "the five days are agreed to be left out"
    assert first_fault(exported) is None
    unsaid = {**exported, "inputs": {k: v for k, v in exported["inputs"].items() if k != "release"}}
    assert "results.state" in str(first_fault(unsaid))


def test_a_month_with_gaps_is_not_settled_before_patience_ends(client: TestClient, town: Town) -> None:
    town.meter_until("2025-09-20")
    client.put("/contracts/emc-001", json=body())
    town.now = town.now.replace(month=9, day=5)
    town.meter(lose(baseline_part(two_years(seed=7)), range(5)))
    circuit = reporting_part(two_years(seed=7), remaining=0.45)
    august = [i for i, day in enumerate(circuit.days) if f"{day:%Y-%m}" == "2025-08"]
    town.meter(lose(circuit, range(august[0], august[0] + 1)))
    answer = client.post("/contracts/emc-001/settlements", json={"month": "2025-08"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "2025-08: data are missing, and waited for until 2025-09-11"


def test_versions_and_what_waits_are_listed_by_pages(june: TestClient, town: Town) -> None:
    for month in ("2025-05", "2025-07"):
        june.post("/contracts/emc-001/settlements", json={"month": month})
    town.meter_until("2025-09-20", remaining=0.5)
    june.post("/contracts/emc-001/settlements", json={"month": "2025-06"})
    whole = june.get("/contracts/emc-001/settlements").json()
    paged, asked = [], {"limit": "1"}
    while "cursor" not in asked or asked["cursor"]:
        page = june.get("/contracts/emc-001/settlements", params=asked).json()
        paged += page["items"]
        asked["cursor"] = page["next_cursor"]
    assert paged == whole["items"]
    assert [(one["month"], one["version"]) for one in paged] == [
        ("2025-05", 1), ("2025-06", 1), ("2025-06", 2), ("2025-07", 1),
    ]  # fmt: skip
    first = june.get("/settlements", params={"limit": 2}).json()
    rest = june.get("/settlements", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["month"] for one in first["items"] + rest["items"]] == ["2025-05", "2025-06", "2025-07"]
    assert rest["next_cursor"] is None
    assert june.get("/settlements", params={"contract": "other"}).json()["items"] == []


@pytest.mark.parametrize("cursor", ["a", "MjAyNS0wNnx4"])
def test_a_cursor_of_elsewhere_is_refused(june: TestClient, cursor: str) -> None:
    answer = june.get("/contracts/emc-001/settlements", params={"cursor": cursor})
    assert answer.status_code == 400


def test_a_correction_after_payment_says_what_was_paid_and_what_is_owed_back(
    june: TestClient, town: Town
) -> None:
    def settle_and_pay(version: int) -> Any:
        for step, role in (("confirm", CLIENT), ("confirm", ESCO), ("issue", ESCO), ("pay", CLIENT)):
            answer = take(june, step, role, version=version)
        return answer

    paid = settle_and_pay(1)
    fee, nothing = paid["esco_fee_yuan"], "0.00"
    assert sums(paid["standing"]) == (nothing, fee, nothing)
    town.meter_until("2025-09-20", remaining=0.5)
    corrected = take(june, "correct", BUREAU, reason="a meter reported late")
    owed = corrected["difference_yuan"]
    assert owed.startswith("-")
    assert sums(corrected["standing"]) == (fee, nothing, owed)
    (waiting,) = june.get("/settlements").json()["items"]
    assert (waiting["paid_before_yuan"], waiting["still_due_yuan"]) == (fee, owed)
    closed = settle_and_pay(2)
    assert (closed["state"], *sums(closed["standing"])) == ("paid", fee, owed, nothing)
    first, _ = june.get("/contracts/emc-001/settlements").json()["items"]
    assert (first["state"], *sums(first["standing"])) == ("superseded", nothing, fee, None)
    town.meter_until("2025-09-20")
    back = take(june, "correct", BUREAU, version=2, reason="it had not")
    assert back["esco_fee_yuan"] == fee
    assert sums(back["standing"]) == (closed["esco_fee_yuan"], nothing, owed.removeprefix("-"))
    payments = june.get(f"{JUNE}/history").json()["payments"]
    at = "2025-09-20T12:00:00+08:00"
    assert payments == [
        {"version": 1, "at": at, "yuan": fee}, {"version": 2, "at": at, "yuan": owed},
    ]  # fmt: skip


def sums(standing: dict[str, Any]) -> tuple[str, str, str | None]:
    return standing["paid_before_yuan"], standing["paid_yuan"], standing["still_due_yuan"]
