"""What was paid under a contract so far: every payment of every version counts once, with its sign."""

from typing import Any
from zoneinfo import ZoneInfo

from fastapi.testclient import TestClient

from services.savings.settlement.paid import ContractPaid
from tests.services.savings.conftest import Town
from tests.services.savings.examples import body
from tests.services.savings.settlement.test_dues import PAID, course

ZONE = ZoneInfo("Asia/Shanghai")


def paid(**months: str) -> dict[str, Any]:
    standings = {f"2026-{name.removeprefix('m')}": course(words) for name, words in months.items()}
    return ContractPaid.of("emc-1", standings, ZONE).model_dump(mode="json")


def test_a_contract_without_a_settled_month_was_paid_nothing() -> None:
    assert paid() == {"contract": "emc-1", "paid_yuan": "0.00", "still_due_yuan": "0.00", "months": []}


def test_months_add_up_what_changed_hands_and_not_their_fees() -> None:
    found = paid(
        m08=f"1000.00 {PAID} correct 900.00 {PAID}",
        m07=f"500.00 {PAID} correct 450.00",
        m09="300.00 dispute:100.00 confirm issue",
        m10=f"-50.00 {PAID}",
        m11="held",
    )
    assert (found["paid_yuan"], found["still_due_yuan"]) == ("1350.00", "150.00")
    assert [(one["month"], one["paid_yuan"], one["still_due_yuan"]) for one in found["months"]] == [
        ("2026-07", "500.00", "-50.00"), ("2026-08", "900.00", "0.00"), ("2026-09", "0.00", "200.00"),
        ("2026-10", "-50.00", "0.00"), ("2026-11", "0.00", None),
    ]  # fmt: skip
    august = found["months"][1]
    assert (august["version"], august["state"]) == (2, "paid")
    assert [(one["version"], one["yuan"]) for one in august["payments"]] == [(1, "1000.00"), (2, "-100.00")]
    assert august["payments"][0]["at"] == "2026-08-07T08:00:00+08:00"


def test_it_is_asked_for_by_contract(client: TestClient, town: Town) -> None:
    assert client.get("/contracts/emc-001/payments").status_code == 404
    town.meter_until("2025-09-20")
    client.put("/contracts/emc-001", json=body())
    path, months = "/contracts/emc-001/settlements", ("2025-05", "2025-06")
    fees = [client.post(path, json={"month": one}).json()["esco_fee_yuan"] for one in months]
    for step, role in (("confirm", "client"), ("confirm", "esco"), ("issue", "esco"), ("pay", "client")):
        said = {"version": 1, "by": "Li", "role": role}
        assert client.post(f"{path}/2025-06/{step}", json=said).status_code == 200
    found = client.get("/contracts/emc-001/payments").json()
    assert (found["still_due_yuan"], found["paid_yuan"]) == tuple(fees)
    assert [one["state"] for one in found["months"]] == ["draft", "paid"]
