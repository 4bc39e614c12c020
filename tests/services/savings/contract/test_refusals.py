"""Every refusal of a contract document: its words and its place, and that none of them is without a test."""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from services.savings.contract import consistency, terms_documents
from services.savings.contract import fields as contract_fields
from tests.services.savings.examples import TERMS, document

Json = dict[str, Any]
Case = tuple[str, str, Json]
"""The place (keys joined by points, empty for the whole document), the words, and what is wrong."""


def price(day: str = "2025-05-15", **fields: Any) -> Json:
    return {"effective_from": day, "yuan_per_kwh": "0.70", "source": "contract", **fields}


def fixed(*prices: Json) -> Json:
    return {"valuation": {"by": "fixed", "prices": list(prices)}}


def bills(*lines: Json) -> Json:
    return {"valuation": {"by": "bills", "bills": list(lines)}}


def basic(*lines: Json) -> Json:
    return {"valuation": {"by": "bills", "bills": list(lines), "with_basic_charge": True}}


def demand(*days: str) -> Json:
    signed = {
        "signed_on": "2025-05-20",
        "signed_by_client": "甲",
        "signed_by_esco": "乙",
        "evidence": "letter 3",
    }
    lowered = [{"effective_from": day, "by": "30", **signed} for day in days]
    return {"demand": {"basis": "demand", "tariff": "hubei-two-part-10kv", "lowered": lowered}}


def terms(kind: str, **fields: Any) -> Json:
    return {"kind": kind, "terms": {**TERMS[kind], **fields}}


def lease(**fields: Any) -> Json:
    return {"kind": "lease", "terms": fields}


def rent(day: str) -> Json:
    return {"due_on": day, "yuan": "1"}


def adjustment(**fields: Any) -> Json:
    return {
        "parameter": "head_count", "effective_from": "2025-06-01", "signed_on": "2025-05-20",
        "signed_by_client": "甲", "signed_by_esco": "乙", "evidence": "letter 3",
        "change": {"share": "0.4", "agreed": "500", "actual": "450"}, **fields,
    }  # fmt: skip


def custody(*adjustments: Json, **fields: Any) -> Json:
    return terms("custody", adjustments=list(adjustments), **fields)


def mixed(*kinds: str, **changed: Json) -> Json:
    parts = [{"kind": kind, "terms": {**TERMS[kind], **changed.get(kind, {})}} for kind in kinds]
    return {"kind": "mixed", "terms": {"components": parts}}


DATES = "baseline_start, baseline_end and accepted_on must follow one another"
PRICES, BILLS = (f"valuation.{name}: not in the order of effective_from" for name in ("prices", "bills"))
COSTS = "terms.baseline_costs_yuan: of three years, or none"
CHANGE = "terms.custody.adjustments.0.change"
FITTING: list[Case] = [
    ("", DATES, {"baseline_end": "2025-05-14"}),
    ("", DATES, {"baseline_start": "2025-05-01"}),
    ("", "latitude and longitude go together", {"latitude": None}),
    ("", "latitude and longitude go together", {"longitude": None}),
    ("", "meters: one is named twice", {"meters": ["a", "b", "a"]}),
    ("", "meters: at least one, unless an inventory of lamps takes their place", {"meters": []}),
    ("", "valuation.prices: none on 2025-05-15, the first day that counts", fixed(price("2025-05-16"))),
    ("", "valuation.prices: 2025-06-15 is not the first of a month or of a contract year",
     fixed(price(), price("2025-06-15"))),
    ("", "valuation.prices: 2026-05-14 is not the first of a month or of a contract year",
     fixed(price(), price("2026-05-14"))),
    ("", PRICES, fixed(price("2025-06-01"), price("2025-05-01"))),
    ("", PRICES, fixed(price(), price())),
    ("", BILLS, bills(price("2025-07-01"), price("2025-06-01"))),
    ("", BILLS, bills(price("2025-07-01"), price("2025-07-01"))),
    ("", "valuation.bills: a bill is named by the first day of its month", bills(price("2025-06-02"))),
    ("", "valuation.bills: 2025-07-01: basic_yuan_per_kwh: only where with_basic_charge is true",
     bills(price("2025-06-01"), price("2025-07-01", basic_yuan_per_kwh="0.1"))),
    ("", "valuation.bills: 2025-07-01: basic_yuan_per_kwh: each bill says it",
     basic(price("2025-06-01", basic_yuan_per_kwh="0"), price("2025-07-01"))),
    ("", "demand.lowered: not in the order of effective_from", demand("2025-07-01", "2025-07-01")),
    ("", "demand.lowered: 2025-07-02 is not the first of a month or of a contract year",
     demand("2025-06-01", "2025-07-02")),
    ("", "demand: the bills' average holds the basic charge already, it would count twice",
     {**basic(price("2025-06-01", basic_yuan_per_kwh="0.1")), **demand("2025-06-01")}),
    ("", COSTS, terms("custody", baseline_costs_yuan=["1"])),
    ("", COSTS, terms("custody", baseline_costs_yuan=["1", "2"])),
    ("", "terms.adjustments: head_count: 2025-06-02 is not the first of a month or of a contract year",
     custody(adjustment(effective_from="2025-06-02"))),
    ("", "terms.adjustments: hours: 2025-05-14 is not the first of a month or of a contract year",
     custody(adjustment(parameter="hours", effective_from="2025-05-14"))),
    ("", "terms.adjustments: price: effective_to is before effective_from",
     custody(adjustment(parameter="price", effective_to="2025-05-31"))),
    ("", "terms.adjustments: weather: 2025-06-29 is not the last of a month or of a contract year",
     custody(adjustment(parameter="weather", effective_to="2025-06-29"))),
    ("", "terms.adjustments: two for floor_area on 2025-08-01",
     custody(adjustment(parameter="floor_area", effective_from="2025-08-01"),
             adjustment(parameter="floor_area", effective_to="2025-08-31"))),
    ("", "terms.adjustments: two for head_count on 2026-01-01",
     custody(adjustment(), adjustment(effective_from="2026-01-01"))),
    ("", "terms: either rent_yuan_by_year or rents", lease()),
    ("", "terms: either rent_yuan_by_year or rents", terms("lease", rents=[rent("2025-08-15")])),
    ("", "terms.rent_yuan_by_year: one for each of the 5 years", lease(rent_yuan_by_year=["1"] * 6)),
    ("", "terms.rent_yuan_by_year: one for each of the 7 years", {**terms("lease"), "term_years": 7}),
    ("", "terms.rents: 2025-05-14 is not within 2025-05-15 to 2030-05-14", lease(rents=[rent("2025-05-14")])),
    ("", "terms.rents: 2030-05-15 is not within 2025-05-15 to 2030-05-14",
     lease(rents=[rent("2030-05-14"), rent("2030-05-15")])),
    ("", "terms.rent_yuan_by_year: one for each of the 5 years",
     mixed("shared", "lease", lease={"rent_yuan_by_year": ["1"]})),
    ("", "terms.adjustments: head_count: 2025-06-02 is not the first of a month or of a contract year",
     mixed("shared", "custody", custody={"adjustments": [adjustment(effective_from="2025-06-02")]})),
    ("terms.mixed", "components: one kind stands there twice", mixed("lease", "shared", "lease")),
    ("terms.mixed", "components: two guarantee a saving",
     mixed("guaranteed", "lease", lease={"guaranteed_kwh_per_year": "1"})),
    ("", "terms.fee_floor: with months on account and the year's difference, none or by the year",
     terms("guaranteed", settled="month_and_year", fee_floor="month")),
    ("", "terms.fee_floor: with months on account and the year's difference, none or by the year",
     mixed("shared", "lease", lease={"rents": [rent("2025-08-15")], "rent_yuan_by_year": [],
                                     "settled": "month_and_year", "fee_floor": "month"})),
    ("", "terms: the kind stands beside them", {"terms": {**TERMS["shared"], "kind": "custody"}}),
    ("name_zh", "a sign that does not print: U+000A", {"name_zh": "照明\n合计 0.00"}),
    ("esco_en", "a sign that does not print: U+202E", {"esco_en": "Bright\u202e00.1"}),
]  # fmt: skip
"""What is well written and does not fit together: refused in words of our own."""

SPELLING: list[Case] = [
    ("kind", "Input should be 'shared', 'guaranteed', 'custody', 'lease' or 'mixed'", {"kind": "barter"}),
    ("terms", "Input tag 'barter' found using 'kind' does not match", {"kind": "barter"}),
    ("terms", "Input should be a valid dictionary", {"kind": "shared", "terms": []}),
    ("surprise", "Extra inputs are not permitted", {"surprise": 1}),
    ("terms.shared.surprise", "Extra inputs are not permitted", terms("shared", surprise=1)),
    ("name_zh", "String should have at least 1 character", {"name_zh": " \t "}),
    ("esco_en", "String should have at most 200 characters", {"esco_en": "x" * 201}),
    ("name_en", "Input should be a valid string", {"name_en": 7}),
    ("meters", "Tuple should have at most 200 items after validation, not 201",
     {"meters": [f"m{i}" for i in range(201)]}),
    ("meters.0", "String should match pattern", {"meters": ["UPPER"]}),
    ("accepted_on", "Input should be a valid date or datetime", {"accepted_on": "soon"}),
    ("signed_on", "Input should be greater than or equal to 2000-01-01", {"signed_on": "1999-12-31"}),
    ("signed_on", "Input should be less than 2200-01-01", {"signed_on": "2200-01-01"}),
    ("term_years", "Input should be greater than or equal to 1", {"term_years": 0}),
    ("term_years", "Input should be less than or equal to 30", {"term_years": 31}),
    ("price_yuan_per_kwh", "Input should be greater than 0", {"price_yuan_per_kwh": "0"}),
    ("price_yuan_per_kwh", "Input should be a valid decimal", {"price_yuan_per_kwh": "dear"}),
    ("price_yuan_per_kwh", "Input should be a finite number", {"price_yuan_per_kwh": "NaN"}),
    ("price_yuan_per_kwh", "Decimal input should have no more than 10 digits in total",
     {"price_yuan_per_kwh": "0.73568600001"}),
    ("latitude", "Input should be less than or equal to 90", {"latitude": 90.1}),
    ("longitude", "Input should be greater than or equal to -180", {"longitude": -180.1}),
    ("minimum_completeness", "Input should be greater than 0", {"minimum_completeness": "0"}),
    ("minimum_completeness", "Input should be less than or equal to 1", {"minimum_completeness": "1.01"}),
    ("terms.shared.esco_share_by_year", "Tuple should have at least 1 item",
     terms("shared", esco_share_by_year=[])),
    ("terms.shared.esco_share_by_year", "Tuple should have at most 30 items",
     terms("shared", esco_share_by_year=["0"] * 31)),
    ("terms.shared.esco_share_by_year.1", "Input should be less than or equal to 1",
     terms("shared", esco_share_by_year=["1", "1.1"])),
    ("terms.shared.esco_share_by_year.0", "Input should be greater than or equal to 0",
     terms("shared", esco_share_by_year=["-0.1"])),
    ("terms.shared.fee_floor", "Input should be 'none', 'month' or 'year'",
     terms("shared", fee_floor="week")),
    ("terms.guaranteed.settled", "Input should be 'month', 'year' or 'month_and_year'",
     terms("guaranteed", settled="never")),
    ("terms.guaranteed.guaranteed_kwh_per_year", "Input should be greater than or equal to 0",
     terms("guaranteed", guaranteed_kwh_per_year="-1")),
    ("terms.guaranteed.service_fee_yuan_per_year", "Field required",
     {"kind": "guaranteed", "terms": {"guaranteed_kwh_per_year": "1", "esco_share_of_excess": "0"}}),
    ("terms.custody.custody_fee_yuan_per_year", "Decimal input should have no more than 15 digits in total",
     terms("custody", custody_fee_yuan_per_year="1234567890123456")),
    ("terms.custody.baseline_costs_yuan", "Tuple should have at most 3 items",
     terms("custody", baseline_costs_yuan=["1"] * 4)),
    ("terms.custody.baseline_costs_yuan.2", "Input should be greater than 0",
     terms("custody", baseline_costs_yuan=["1", "1", "0"])),
    ("terms.custody.adjustments.0.parameter", "Input should be 'price', 'head_count', 'floor_area'",
     custody(adjustment(parameter="mood"))),
    ("terms.custody.adjustments.0.signed_by_esco", "String should have at least 1 character",
     custody(adjustment(signed_by_esco=""))),
    ("terms.custody.adjustments.0.evidence", "Field required",
     custody({name: value for name, value in adjustment().items() if name != "evidence"})),
    (f"{CHANGE}.ProportionalDocument.agreed", "Input should be greater than 0",
     custody(adjustment(change={"share": "0.4", "agreed": "0", "actual": "1"}))),
    (f"{CHANGE}.ProportionalDocument.share", "Input should be less than or equal to 1",
     custody(adjustment(change={"share": "1.4", "agreed": "1", "actual": "1"}))),
    (f"{CHANGE}.StatedDocument.formula", "String should have at least 1 character",
     custody(adjustment(change={"amount_yuan_per_year": "-1", "formula": ""}))),
    (f"{CHANGE}.StatedDocument.share", "Extra inputs are not permitted",
     custody(adjustment(change={"amount_yuan_per_year": "-1", "formula": "x", "share": "0.4"}))),
    ("terms.lease.rents.0.yuan", "Input should be greater than or equal to 0",
     lease(rents=[{"due_on": "2025-08-15", "yuan": "-1"}])),
    ("terms.mixed.components", "Tuple should have at least 2 items", mixed("shared")),
    ("terms.mixed.components", "Tuple should have at most 4 items",
     mixed("shared", "lease", "custody", "guaranteed", "shared")),
    ("terms.mixed.components.0.kind", "Input should be 'shared', 'guaranteed', 'custody' or 'lease'",
     mixed("mixed", "shared")),
    ("terms.mixed.components.1.terms.lease.fee_floor", "Input should be 'none', 'month' or 'year'",
     mixed("shared", "lease", lease={"fee_floor": "week"})),
    ("valuation", "Input tag 'guess' found using 'by' does not match", {"valuation": {"by": "guess"}}),
    ("valuation.fixed.prices", "Tuple should have at least 1 item", fixed()),
    ("valuation.fixed.prices.0.yuan_per_kwh", "Input should be greater than 0",
     fixed(price(yuan_per_kwh="0"))),
    ("valuation.fixed.prices.0.source", "String should have at least 1 character", fixed(price(source=" "))),
    ("valuation.bills.bills.0.effective_from", "Input should be a valid date", bills(price("May"))),
    ("valuation.current.tariff", "Field required", {"valuation": {"by": "current"}}),
    ("valuation.fixed.prices.0.basic_yuan_per_kwh", "Extra inputs are not permitted",
     fixed(price(basic_yuan_per_kwh="0.1"))),
    ("valuation.bills.bills.0.basic_yuan_per_kwh", "Input should be greater than or equal to 0",
     basic(price("2025-06-01", basic_yuan_per_kwh="-0.1"))),
    ("demand.lowered", "Tuple should have at least 1 item", demand()),
    ("valuation.periods.prices", "Extra inputs are not permitted",
     {"valuation": {"by": "periods", "tariff": "t", "prices": []}}),
]  # fmt: skip
"""What is not written as it should be: refused at its own place."""


def refused(fields: Json) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        document(**fields)
    return [(".".join(map(str, row["loc"])), row["msg"]) for row in caught.value.errors()]


def named(case: Case) -> str:
    return f"{case[0]}: {case[1]}"[:80]


@pytest.mark.parametrize("case", FITTING, ids=named)
def test_what_does_not_fit_is_refused_in_these_words(case: Case) -> None:
    place, words, fields = case
    assert refused(fields) == [(place, f"Value error, {words}")]


@pytest.mark.parametrize("case", SPELLING, ids=named)
def test_what_is_not_spelled_so_is_refused_at_its_place(case: Case) -> None:
    place, words, fields = case
    assert [told for at, told in refused(fields) if at == place and words in told]


def sayings() -> Iterator[str]:
    """A pattern for the words of every `ValueError` about terms and valuation."""
    for module in (consistency, contract_fields, terms_documents):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                (words,) = node.exc.args
                parts = words.values if isinstance(words, ast.JoinedStr) else [words]
                yield "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*" for part in parts
                )


def test_no_refusal_of_terms_is_without_a_test() -> None:
    known = [words for _, words, _ in FITTING]
    patterns = list(sayings())
    assert len(patterns) >= 13
    assert [one for one in patterns if not any(re.fullmatch(one, words) for words in known)] == []


@pytest.mark.parametrize("kind", sorted(TERMS))
def test_the_document_that_all_of_these_differ_from_is_taken(kind: str) -> None:
    assert document(kind).kind == kind


@pytest.mark.parametrize(
    "fields",
    [
        fixed(price("2025-05-15"), price("2025-06-01"), price("2026-05-15")),
        fixed(price("2001-01-31")),
        bills(),
        basic(price("2025-06-01", basic_yuan_per_kwh="0")),
        {**bills(price("2025-06-01")), **demand("2025-06-01")},
        demand("2025-05-15", "2025-06-01", "2026-05-15"),
        custody(adjustment(effective_from="2025-05-15", effective_to="2026-05-14")),
        custody(adjustment(effective_to="2025-12-31"), adjustment(effective_from="2026-01-01")),
        custody(adjustment(), adjustment(parameter="hours")),
        lease(rents=[rent("2025-05-15"), rent("2030-05-14")]),
        {**lease(rent_yuan_by_year=["1"]), "term_years": 1},
        mixed("guaranteed", "lease"),
        mixed("shared", "guaranteed", "custody", "lease"),
        {"latitude": None, "longitude": None},
        {"minimum_completeness": "1"},
        {"baseline_start": "2025-05-13", "baseline_end": "2025-05-13"},
    ],
)
def test_what_just_fits_is_taken(fields: Json) -> None:
    assert document(**fields).contract()
