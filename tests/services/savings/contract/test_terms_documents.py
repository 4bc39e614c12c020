from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import ContractKind
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    FeeFloor,
    FixedValuation,
    GuaranteedTerms,
    GuaranteeSettled,
    LeaseTerms,
    MixedTerms,
    PeriodValuation,
    ProportionalAdjustment,
    SharedTerms,
    StatedAdjustment,
    figures,
)
from tests.services.savings.examples import LEASE, MIXED, TERMS, document

PRICE_LINES = [
    {"effective_from": "2025-05-15", "yuan_per_kwh": "0.70", "source": "contract"},
    {"effective_from": "2026-05-15", "yuan_per_kwh": "0.72", "source": "supplement 1"},
    {"effective_from": "2027-01-01", "yuan_per_kwh": "0.74", "source": "supplement 2"},
]
SIGNED = {"signed_on": "2025-05-20", "signed_by_client": "甲", "signed_by_esco": "乙", "evidence": "letter 3"}
STAFF = {"parameter": "head_count", "effective_from": "2025-06-01", **SIGNED,
         "change": {"share": "0.4", "agreed": "500", "actual": "450"}}  # fmt: skip
STATED = {"amount_yuan_per_year": "-365.00", "formula": "cooling degree days"}
VALUATIONS: list[tuple[dict[str, Any], type]] = [
    ({"by": "fixed", "prices": PRICE_LINES}, FixedValuation),
    ({"by": "bills", "bills": [{**PRICE_LINES[2], "source": "bill"}]}, BillValuation),
    ({"by": "bills", "bills": []}, BillValuation),
    ({"by": "current", "tariff": "hubei-single-1kv"}, CurrentValuation),
    ({"by": "periods", "tariff": "hubei-single-1kv"}, PeriodValuation),
]


def reread(there: ContractDocument) -> ContractDocument:
    spelled = there.model_dump(mode="json")
    assert ContractDocument.model_validate_json(there.model_dump_json()) == there
    return ContractDocument.model_validate(spelled)


@pytest.mark.parametrize(("spelled", "kind"), VALUATIONS)
def test_every_valuation_survives_json(spelled: dict[str, Any], kind: type) -> None:
    there = document(valuation=spelled)
    assert there.model_dump(mode="json")["valuation"] == spelled
    assert reread(there) == there
    found = there.contract().valued_by
    assert isinstance(found, kind)


@pytest.mark.parametrize("kind", TERMS)
def test_what_is_at_its_default_is_not_spelled(kind: str) -> None:
    spelled = document(kind).model_dump(mode="json")
    assert "valuation" not in spelled
    assert spelled["terms"] == TERMS[kind]
    assert document(kind).contract().valuation is None


def test_a_default_that_is_said_is_the_same_document() -> None:
    said = document(terms={**TERMS["shared"], "fee_floor": "month"}, valuation=None)
    assert said == document()
    assert said.model_dump_json() == document().model_dump_json()


def test_floors_and_settling_are_terms() -> None:
    shared = document(terms={**TERMS["shared"], "fee_floor": "year"})
    assert shared.contract().terms == SharedTerms(
        (Decimal("0.80"), Decimal("0.80"), Decimal("0.70")), FeeFloor.YEAR
    )
    agreed = {**TERMS["guaranteed"], "settled": "month_and_year", "fee_floor": "year"}
    terms = reread(document("guaranteed", terms=agreed)).contract().terms
    assert isinstance(terms, GuaranteedTerms)
    assert (terms.settled, terms.fee_floor) == (GuaranteeSettled.MONTH_AND_YEAR, FeeFloor.YEAR)


def test_leases_and_mixed_contracts_are_kinds() -> None:
    assert (document("lease").contract().terms, document("mixed").contract().terms) == (LEASE, MIXED)
    assert document("mixed").kind is ContractKind.MIXED
    assert reread(document("mixed")) == document("mixed")
    assert reread(document("lease")) == document("lease")


def test_a_lease_by_day_with_a_guarantee() -> None:
    terms = {"rents": [{"due_on": "2025-08-15", "yuan": "9000"}], "guaranteed_kwh_per_year": "20000"}
    found = reread(document("lease", terms=terms)).contract().terms
    assert isinstance(found, LeaseTerms)
    assert found.rents[0].yuan == 9000
    assert found.guaranteed_kwh_per_year == 20_000


def test_adjustments_of_a_custody_survive_json() -> None:
    stated = {**STAFF, "parameter": "weather", "change": STATED, "effective_to": "2025-12-31"}
    terms = {**TERMS["custody"], "adjustments": [STAFF, stated], "baseline_costs_yuan": ["1", "2", "3"]}
    there = document("custody", terms=terms)
    assert there.model_dump(mode="json")["terms"] == terms
    found = reread(there).contract().terms
    assert found == there.terms.terms()
    changes = [one.change for one in found.adjustments]  # type: ignore[union-attr]
    assert changes == [
        ProportionalAdjustment(Decimal("0.4"), Decimal(500), Decimal(450)),
        StatedAdjustment(Decimal("-365.00"), "cooling degree days"),
    ]


def test_figures_of_terms_are_amounts_and_shares() -> None:
    assert dict(figures(LEASE)) == {"rent_yuan_by_year": LEASE.rent_yuan_by_year}
    assert [name for name, _ in figures(MIXED)] == ["esco_share_by_year", "rent_yuan_by_year"]
    assert isinstance(MIXED, MixedTerms)


def custody(*adjustments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "custody", "terms": {**TERMS["custody"], "adjustments": list(adjustments), **fields}}


def priced(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"valuation": {"by": "fixed", "prices": list(lines)}}


def mixed(*components: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    spelled = [{"kind": kind, "terms": terms} for kind, terms in components]
    return {"kind": "mixed", "terms": {"components": spelled}}


def lease(**terms: Any) -> dict[str, Any]:
    return {"kind": "lease", "terms": terms}


WRONG: list[tuple[dict[str, Any], str]] = [
    (priced(PRICE_LINES[1]), "valuation.prices: none on 2025-05-15, the first day that counts"),
    (priced(PRICE_LINES[0], PRICE_LINES[2], PRICE_LINES[1]), "valuation.prices: not in the order"),
    (priced(PRICE_LINES[0], PRICE_LINES[0]), "valuation.prices: not in the order"),
    (priced(PRICE_LINES[0], {**PRICE_LINES[1], "effective_from": "2026-05-14"}),
     "valuation.prices: 2026-05-14 is not the first of a month or of a contract year"),
    ({"valuation": {"by": "fixed", "prices": []}}, "at least 1 item"),
    ({"valuation": {"by": "bills", "bills": [PRICE_LINES[0]]}}, "valuation.bills: a bill is named by"),
    ({"valuation": {"by": "guess"}}, "does not match any of the expected tags"),
    ({"valuation": {"by": "current"}}, "Field required"),
    ({"terms": {**TERMS["shared"], "fee_floor": "week"}}, "'none', 'month' or 'year'"),
    (lease(), "terms: either rent_yuan_by_year or rents"),
    (lease(rent_yuan_by_year=["1"] * 5, rents=[{"due_on": "2025-08-15", "yuan": "1"}]), "terms: either"),
    (lease(rent_yuan_by_year=["1"] * 4), "terms.rent_yuan_by_year: one for each of the 5 years"),
    (lease(rents=[{"due_on": "2025-05-14", "yuan": "1"}]), "is not within 2025-05-15 to 2030-05-14"),
    (lease(rents=[{"due_on": "2030-05-15", "yuan": "1"}]), "2030-05-15 is not within"),
    (mixed(("shared", TERMS["shared"])), "at least 2 items"),
    (mixed(("shared", TERMS["shared"]), ("shared", TERMS["shared"])), "one kind stands there twice"),
    (mixed(("guaranteed", TERMS["guaranteed"]),
           ("lease", {**TERMS["lease"], "guaranteed_kwh_per_year": "1"})), "two guarantee a saving"),
    (mixed(("shared", TERMS["shared"]), ("lease", {"rent_yuan_by_year": ["1"]})), "terms.rent_yuan_by_year"),
    (mixed(("shared", TERMS["shared"]), ("mixed", TERMS["mixed"])),
     "'shared', 'guaranteed', 'custody' or 'lease'"),
    (custody({**STAFF, "effective_from": "2025-06-02"}), "head_count: 2025-06-02 is not the first"),
    (custody({**STAFF, "effective_to": "2025-06-29"}), "head_count: 2025-06-29 is not the last of a month"),
    (custody({**STAFF, "effective_to": "2025-05-31"}), "head_count: effective_to is before effective_from"),
    (custody(STAFF, {**STAFF, "effective_from": "2026-01-01"}), "two for head_count on 2026-01-01"),
    (custody({**STAFF, "signed_by_client": ""}), "at least 1 character"),
    (custody({**STAFF, "change": {"share": "0.4", "agreed": "0", "actual": "1"}}), "greater than 0"),
    (custody({**STAFF, "change": {**STATED, "share": "0.4"}}), "Extra inputs are not permitted"),
    (custody(baseline_costs_yuan=["1", "2"]), "terms.baseline_costs_yuan: of three years, or none"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "reason"), WRONG, ids=[row[1][:40] for row in WRONG])
def test_what_does_not_fit_is_refused_with_its_place(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        document(**{"kind": "shared", **fields})
    assert reason in str(caught.value)


def test_dated_terms_may_change_with_months_and_contract_years() -> None:
    lasting = {**STAFF, "effective_to": "2026-05-14"}
    after = {**STAFF, "effective_from": "2026-05-15", "effective_to": "2026-08-31"}
    other = {**STAFF, "parameter": "price", "effective_from": "2026-05-01"}
    assert document(**custody(lasting, after, other)).contract().terms
