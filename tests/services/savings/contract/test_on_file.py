"""A stored contract that today's rules refuse: it is one named line, and everything else goes on."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.mv.canonical import canonical
from services.savings.bundle.parts import listed_meters
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import SettlementState
from services.savings.contract.on_file import (
    ContractUnreadable,
    Unreadable,
    as_it_was,
    frozen,
    on_file,
)
from services.savings.jobs import ContractsFailed, job
from services.savings.settlement.document import settle
from services.savings.settlement.repository import Contracts, Settlements
from services.savings.settlement.verification import first_fault
from services.savings.tables import ContractRow, SettlementRow
from tests.services.savings import examples
from tests.services.savings.conftest import Town

AT = datetime(2025, 9, 1, 4, tzinfo=UTC)
RULE = "terms.fee_floor: with months on account and the year's difference, none or by the year"
TOLD = f"contract emc-000 is refused as it is on file: {RULE}; put it again as the rule asks"


def older(code: str = "emc-000") -> dict[str, Any]:
    """As it could be put once: months on account, and a floor that forgives a month's shortfall."""
    terms = {"settled": "month_and_year", "fee_floor": "month"}
    spelled = examples.document("guaranteed").model_dump(mode="json")
    return spelled | {"code": code, "terms": spelled["terms"] | terms}


def put_by_hand(town: Town, stored: dict[str, Any]) -> None:
    with town.sessions.begin() as session:
        session.add(
            ContractRow(
                code=stored["code"], institution=stored["institution"], kind=stored["kind"],
                document=canonical(stored), changed_at=AT,
            )
        )  # fmt: skip


@pytest.fixture
def old_town(town: Town) -> Town:
    """Beside a contract that today's rules take, one that they refuse: before it by code, and after it."""
    town.service.put_contract(examples.document())
    put_by_hand(town, older())
    put_by_hand(town, older("emc-002"))
    return town


def test_what_is_refused_says_which_contract_which_rule_and_what_to_do() -> None:
    found = on_file("emc-000", json.dumps(older()))
    assert isinstance(found, Unreadable)
    assert (found.rule, found.told) == (RULE, TOLD)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"name_zh": "照明\u200b改造"}, "name_zh: a sign that does not print: U+200B"),
        ({"terms": {}}, "terms/guaranteed/guaranteed_kwh_per_year: Field required"),
        ({"retired": "yes"}, "retired: Extra inputs are not permitted"),
        ({"meters": ["hall-l1", "hall-l1"]}, "meters: one is named twice"),
    ],
)
def test_a_rule_is_named_with_its_place(change: dict[str, Any], rule: str) -> None:
    good = examples.document("guaranteed").model_dump(mode="json")
    found = on_file("emc-001", json.dumps(good | change))
    assert isinstance(found, Unreadable)
    assert found.rule == rule


def test_text_that_is_no_json_is_refused_too() -> None:
    found = on_file("emc-001", "{")
    assert isinstance(found, Unreadable)
    assert found.rule.startswith("Invalid JSON")


def test_a_good_contract_is_read_as_before() -> None:
    good = examples.document("custody")
    spelled = good.model_dump(mode="json")
    assert on_file("emc-001", canonical(spelled)) == good == frozen(spelled) == as_it_was(spelled)


def test_the_list_has_the_others_and_names_those_that_are_refused(old_town: Town) -> None:
    contracts = Contracts(old_town.sessions)
    assert [one.code for one in contracts.on_file()] == ["emc-000", "emc-001", "emc-002"]
    assert [one.code for one in contracts.all()] == ["emc-001"]
    with pytest.raises(ContractUnreadable, match="emc-000"):
        contracts.get("emc-000")
    assert contracts.known("emc-000")
    assert not contracts.known("emc-003")


def test_the_job_settles_the_others_and_tells_of_these_in_a_line_each(old_town: Town) -> None:
    old_town.meter_until("2025-09-20")
    run = job(old_town.service).run
    with pytest.raises(ContractsFailed) as failed:
        run(None)
    assert str(failed.value) == f"{TOLD}; {TOLD.replace('emc-000', 'emc-002')}"
    assert len(old_town.service.settlements.of_contract("emc-001")) == 4
    assert old_town.service.settlements.of_contract("emc-000") == []


def test_put_again_as_the_rule_asks_it_is_computed(old_town: Town) -> None:
    old_town.meter_until("2025-09-20")
    for code in ("emc-000", "emc-002"):
        mended = older(code)
        mended["terms"]["fee_floor"] = "year"
        old_town.service.put_contract(ContractDocument.model_validate(mended))
    job(old_town.service).run(None)
    assert len(old_town.service.settlements.of_contract("emc-000")) == 4


def test_over_http_the_page_has_both_and_its_cursor_passes_them(old_town: Town, client: TestClient) -> None:
    whole = client.get("/contracts").json()
    assert [one["code"] for one in whole["items"]] == ["emc-001"]
    assert [(one["code"], one["rule"]) for one in whole["refused"]] == [("emc-000", RULE), ("emc-002", RULE)]
    assert whole["refused"][0]["detail"] == TOLD
    assert json.loads(whole["refused"][0]["document"]) == older()
    seen, cursor = [], None
    for _ in range(3):
        page = client.get("/contracts", params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["code"] for one in (*page["items"], *page["refused"])]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (["emc-000", "emc-001", "emc-002"], None)


@pytest.mark.parametrize("path", ["", "/savings", "/steps"])
def test_over_http_a_refused_contract_answers_with_its_line(
    old_town: Town, client: TestClient, path: str
) -> None:
    answer = client.get(f"/contracts/emc-000{path}")
    assert (answer.status_code, answer.json()["detail"]) == (409, TOLD)
    assert client.get("/contracts/emc-001").status_code == 200


def test_over_http_what_was_settled_under_it_is_still_there(old_town: Town, client: TestClient) -> None:
    assert client.get("/contracts/emc-000/settlements").json() == {"items": [], "next_cursor": None}
    assert client.get("/contracts/emc-003/settlements").status_code == 404


# What a settlement has frozen


def settled_once(town: Town) -> Settlements:
    """A month that was settled while the rule was not there yet."""
    made = settle(examples.frozen(kind="guaranteed", terms=examples.TERMS["guaranteed"]))
    made["inputs"]["contract"] = older("emc-001")
    settlements = Settlements(town.sessions)
    Contracts(town.sessions).put(examples.document(), AT)
    settlements.add(made, AT)
    return settlements


def test_a_statement_is_still_shown_under_the_contract_as_it_was(town: Town) -> None:
    settled_once(town)
    found = town.service.statement("emc-001", "2025-06")
    assert found is not None
    assert found.state is SettlementState.DRAFT
    assert found.contract.kind == "guaranteed"
    assert str(found.contract.terms.fee_floor) == "month"  # type: ignore[union-attr]


def test_its_bundle_still_finds_its_meters(town: Town) -> None:
    made = settled_once(town).of_contract("emc-001")[0].document
    assert listed_meters(made) == ("hall-l1",)


def test_to_compute_it_anew_is_refused_with_the_rule(town: Town) -> None:
    made = settled_once(town).of_contract("emc-001")[0].document
    with pytest.raises(ContractUnreadable, match=r"against a rule of this version: terms\.fee_floor"):
        settle(made["inputs"])
    assert first_fault(made) == f"inputs.contract: against a rule of this version: {RULE}"


def test_a_text_that_would_not_be_taken_today_is_printed_as_it_was_signed() -> None:
    signed = examples.document().model_dump(mode="json") | {"name_en": "Lighting\u200b"}
    assert as_it_was(signed).name_en == "Lighting\u200b"
    with pytest.raises(ContractUnreadable, match="name_en"):
        frozen(signed)


@pytest.mark.parametrize("nothing", [{}, {"code": "emc-001"}, [], "contract", None])
def test_what_is_no_contract_is_refused_even_to_be_shown(nothing: Any) -> None:
    with pytest.raises(ContractUnreadable, match="rule"):
        as_it_was(nothing)


def test_the_stored_text_is_left_as_it_is(old_town: Town) -> None:
    Contracts(old_town.sessions).on_file()
    with old_town.sessions() as session:
        row = session.get(ContractRow, "emc-000")
        assert row is not None
        assert json.loads(row.document) == older()
        assert session.query(SettlementRow).count() == 0
