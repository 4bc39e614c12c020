import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.savings.settlement.verification import first_fault
from tests.services.savings.conftest import Town
from tests.services.savings.examples import body


def put(client: TestClient, code: str = "emc-001", kind: str = "shared") -> None:
    assert client.put(f"/contracts/{code}", json=body(kind)).status_code == 200


def test_a_contract_is_put_and_read(client: TestClient) -> None:
    answer = client.put("/contracts/emc-001", json=body())
    assert answer.status_code == 200
    assert answer.json() == client.get("/contracts/emc-001").json()
    assert answer.json()["terms"] == {"esco_share_by_year": ["0.80", "0.80", "0.70"]}
    assert answer.json()["price_yuan_per_kwh"] == "0.735686"


def test_contracts_are_listed_by_pages(client: TestClient) -> None:
    for code in ("emc-003", "emc-001", "emc-002"):
        put(client, code)
    first = client.get("/contracts", params={"limit": 2}).json()
    assert [row["code"] for row in first["items"]] == ["emc-001", "emc-002"]
    rest = client.get("/contracts", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [row["code"] for row in rest["items"]] == ["emc-003"]
    assert rest["next_cursor"] is None


def test_writing_needs_the_token(client: TestClient) -> None:
    stranger = {"Authorization": "Bearer nobody"}
    assert client.put("/contracts/emc-001", json=body(), headers=stranger).status_code == 401
    put(client)
    asked = client.post("/contracts/emc-001/settlements", json={"month": "2025-06"}, headers=stranger)
    assert asked.status_code == 401
    assert client.get("/contracts/emc-001", headers=stranger).status_code == 200


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"institution": "mill"}, "institution: no institution 'mill'"),
        ({"meters": ["hall-l9"]}, "meters: 'hall' has no meter 'hall-l9'"),
        ({"terms": {"esco_share_by_year": ["2"]}}, "body/terms/shared/esco_share_by_year/0"),
        ({"price_yuan_per_kwh": None}, "body/price_yuan_per_kwh"),
        ({"accepted_on": "9999-12-31"}, "body/accepted_on"),
        ({"baseline_start": "0001-01-01"}, "body/baseline_start"),
    ],
)
def test_a_wrong_contract_is_a_problem_that_names_the_field(
    client: TestClient, fields: dict[str, Any], named: str
) -> None:
    answer = client.put("/contracts/emc-001", json=body(**fields))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/savings", "/settlements", "/settlements/2025-06/export"])
def test_an_unknown_contract_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/contracts/emc-404{path}").status_code == 404


def test_savings_by_day_and_month(client: TestClient, town: Town) -> None:
    put(client)
    town.meter_until("2025-09-20")
    days = client.get("/contracts/emc-001/savings", params={"grain": "day"}).json()
    months = client.get("/contracts/emc-001/savings", params={"grain": "month"}).json()
    assert days["total"] == months["total"]
    assert (days["items"][0]["start"], days["items"][0]["end"]) == ("2025-05-15", "2025-05-16")
    assert [row["start"] for row in months["items"]] == [
        "2025-05-15", "2025-06-01", "2025-07-01", "2025-08-01", "2025-09-01",
    ]  # fmt: skip
    assert months["items"][-1]["end"] == "2025-09-20" == months["total"]["end"]
    assert sum(row["savings_kwh"] for row in days["items"]) == pytest.approx(days["total"]["savings_kwh"])
    assert set(days["total"]) >= {"baseline_kwh", "actual_kwh", "uncertainty_kwh", "coverage"}


def test_a_day_without_data_is_null_and_not_zero(client: TestClient, town: Town) -> None:
    put(client)
    town.meter_until("2025-09-01")
    last = client.get("/contracts/emc-001/savings", params={"grain": "day"}).json()["items"][-1]
    assert (last["actual_kwh"], last["savings_kwh"], last["left_out"]) == (None, None, "incomplete")
    month = client.get("/contracts/emc-001/savings").json()["items"][-1]
    assert (month["savings_kwh"], month["coverage"]) == (None, 0)


def test_without_data_there_is_a_reason_and_no_total(client: TestClient) -> None:
    put(client)
    answer = client.get("/contracts/emc-001/savings").json()
    assert (answer["total"], answer["items"]) == (None, [])
    assert "no baseline day is complete" in answer["reason"]


@pytest.mark.parametrize("kind", ["shared", "guaranteed", "custody"])
def test_a_month_is_settled_listed_and_exported(client: TestClient, town: Town, kind: str) -> None:
    put(client, kind=kind)
    town.meter_until("2025-09-20")
    answer = client.post("/contracts/emc-001/settlements", json={"month": "2025-06"})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["version"], made["state"], made["holds"]) == (1, "draft", [])
    assert made["esco_fee_yuan"].split(".")[1].isdigit()
    assert made["settled_at"] == "2025-09-20T12:00:00+08:00"
    assert made["lines"][0] == {
        "key": "baseline_kwh", "year": 1, "value": made["lines"][0]["value"], "unit": "kWh", "formula": None,
    }  # fmt: skip
    assert client.get("/contracts/emc-001/settlements").json()["items"] == [made]
    export = client.get("/contracts/emc-001/settlements/2025-06/export")
    assert 'filename="settlement-emc-001-2025-06-v1.json"' in export.headers["content-disposition"]
    assert first_fault(json.loads(export.content)) is None
    assert json.loads(export.content)["input_sha256"] == made["input_sha256"]


def test_settling_again_without_change_is_the_same_version(client: TestClient, town: Town) -> None:
    put(client)
    town.meter_until("2025-09-20")
    first, second = (
        client.post("/contracts/emc-001/settlements", json={"month": "2025-06"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_an_older_version_can_still_be_exported(client: TestClient, town: Town) -> None:
    put(client)
    for remaining in (0.45, 0.5):
        town.meter_until("2025-09-20", remaining=remaining)
        made = client.post("/contracts/emc-001/settlements", json={"month": "2025-06"}).json()
    assert made["version"] == 2
    assert made["difference_yuan"].startswith("-")
    path = "/contracts/emc-001/settlements/2025-06/export"
    old, new = (client.get(path, params=q).json() for q in ({"version": 1}, {}))
    assert old["input_sha256"] != new["input_sha256"] == made["input_sha256"]
    for absent in (0, 3, 10**30):
        assert client.get(path, params={"version": absent}).status_code == 404


@pytest.mark.parametrize(
    ("month", "status"),
    [("2025-09", 409), ("2025-04", 422), ("2025-13", 422), ("June", 422), ("2031-01", 422), ("20٢٥-06", 422)],
)
def test_a_month_that_cannot_be_settled(client: TestClient, town: Town, month: str, status: int) -> None:
    put(client)
    town.meter_until("2025-09-20")
    assert client.post("/contracts/emc-001/settlements", json={"month": month}).status_code == status


def test_settling_without_baseline_is_a_conflict(client: TestClient) -> None:
    put(client)
    answer = client.post("/contracts/emc-001/settlements", json={"month": "2025-06"})
    assert answer.status_code == 409
    assert "no baseline day" in answer.json()["detail"]
