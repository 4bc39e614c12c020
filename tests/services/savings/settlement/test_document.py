import json
from datetime import date
from decimal import Decimal

import pytest

from services.mv.baseline import NoBaseline
from services.mv.canonical import canonical, sha256_of
from services.savings.settlement.document import Json, NothingToSettle, learn, settle, settled_period
from tests.services.savings.examples import contract, frozen


def lines(found: Json) -> dict[str, str]:
    return {row["key"]: row["value"] for row in found["results"]["lines"]}


def test_the_same_inputs_give_the_same_bytes_also_after_a_file() -> None:
    inputs = frozen()
    first = canonical(settle(inputs))
    assert canonical(settle(json.loads(canonical(inputs)))) == first
    assert canonical(settle(inputs, learn(inputs))) == first
    assert sha256_of(json.loads(first)["inputs"]) == json.loads(first)["input_sha256"]


def test_a_complete_month_is_a_draft_whose_lines_follow_from_its_days() -> None:
    found = settle(frozen())
    results = found["results"]
    assert (results["state"], results["holds"]) == ("draft", [])
    baseline = sum((Decimal(str(row["baseline_kwh"])) for row in results["days"]), Decimal())
    assert lines(found)["baseline_kwh"] == str(baseline.quantize(Decimal("0.01")))
    value = Decimal(lines(found)["savings_kwh"]) * Decimal("0.735686")
    assert Decimal(results["savings_yuan"]) == value.quantize(Decimal("0.01"))
    assert results["period"]["days_measured"] == len(results["days"]) == 30
    assert results["model"]["form"] == "workday+daylight"
    assert {row["what"] for row in results["gates"]} >= {"caltrack_cvrmse", "ipmvp_r2"}


def test_the_first_month_is_partial_from_the_day_after_acceptance() -> None:
    results = settle(frozen("2025-05"))["results"]
    assert results["period"]["start"] == "2025-05-15"
    assert len(results["days"]) == 17


def test_a_month_under_the_contracts_completeness_waits_and_has_no_amount() -> None:
    found = settle(frozen(lost_days=2))
    results = found["results"]
    assert results["state"] == "held"
    assert [(row["what"], row["ok"]) for row in results["holds"]] == [("month_completeness", False)]
    assert results["holds"][0]["figure"] == pytest.approx(28 / 30, abs=1e-5)
    assert results["savings_yuan"] is results["esco_fee_yuan"] is results["client_keeps_yuan"] is None
    assert "savings_yuan" not in lines(found)
    assert float(lines(found)["savings_kwh"]) > 0


def test_the_contract_decides_what_is_complete() -> None:
    results = settle(frozen(lost_days=2, minimum_completeness="0.90"))["results"]
    assert results["state"] == "draft"
    assert results["period"]["days_left_out"] == 2


def test_a_baseline_under_the_contracts_completeness_holds_the_month_too() -> None:
    inputs = frozen()
    for row in inputs["baseline_days"][:30]:
        row[3][0][2] = 0.4
    results = settle(inputs)["results"]
    assert [row["what"] for row in results["holds"]] == ["baseline_completeness"]


def test_without_any_baseline_there_is_no_settlement() -> None:
    inputs = frozen()
    for row in inputs["baseline_days"]:
        row[3][0][2] = 0.0
    with pytest.raises(NoBaseline):
        settle(inputs)


@pytest.mark.parametrize("kind", ["shared", "guaranteed", "custody"])
def test_every_kind_settles(kind: str) -> None:
    found = settle(frozen(kind=kind))
    assert found["results"]["state"] == "draft"
    assert lines(found)["total_esco_fee_yuan"] == found["results"]["esco_fee_yuan"]


def test_two_contract_years_in_one_month_are_two_parts() -> None:
    inputs = frozen("2025-06", accepted_on="2024-06-14", baseline_end="2024-05-31")
    parts = [row for row in settle(inputs)["results"]["lines"] if row["key"] == "savings_kwh"]
    assert [row["year"] for row in parts] == [1, 2]


def test_months_outside_the_contract_are_refused() -> None:
    deal = contract()
    for month in ("2025-04", "2030-06"):
        with pytest.raises(NothingToSettle):
            settled_period(deal, month)
    assert settled_period(deal, "2025-05") == (date(2025, 5, 15), date(2025, 6, 1))
    assert settled_period(deal, "2030-05") == (date(2030, 5, 1), date(2030, 5, 15))
