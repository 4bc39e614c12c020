"""Documents out to JSON and back: nothing is lost, nothing is added, and what is unsaid is not spelled."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.mv.canonical import sha256_of
from services.savings.contract.documents import ContractDocument
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    FixedValuation,
    MixedTerms,
    PeriodValuation,
    Terms,
)
from tests.services.savings.contract.spelling import kind_of, spelled
from tests.services.savings.examples import TERMS, document
from tests.services.savings.money.deals import ACCEPTED, TERM_YEARS, custody, guaranteed, lease, mixed, shared

DRAWN = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
DEFAULTS: list[tuple[str, dict[str, Any]]] = [
    ("shared", {"fee_floor": "month"}),
    ("guaranteed", {"settled": "month"}),
    ("guaranteed", {"fee_floor": "none"}),
    ("custody", {"adjustments": []}),
    ("custody", {"baseline_costs_yuan": []}),
    ("custody", {"fee_floor": "none"}),
    ("lease", {"rents": []}),
    ("lease", {"guaranteed_kwh_per_year": None}),
    ("lease", {"settled": "month"}),
    ("lease", {"fee_floor": "none"}),
]
HASHES = {
    "shared": "318c45b5150f93012d8cb3b517ee262888202f6c88e84b75c2a108587091226b",
    "guaranteed": "6fb4bb4664b59ab3846ac1ef2606675e1825b5f1f389442df0cb6d1fd363cc7c",
    "custody": "db9c5a51657b4f22cf0023266e233595c1606193b6ba32cb058f1ed3712be58a",
    "lease": "1750d2ef6177c9e1193896d243c4ddafdd7cb1de67f34d746a04fe9593bac21d",
    "mixed": "95cc4ea2d1ca0df8c3f1d12711a61c8c6f23aa5466367fa3bf122099f68be97d",
}
"""Of the documents of `TERMS`, as they have been since each kind could first be said."""


def hash_of(given: ContractDocument) -> str:
    return sha256_of(given.model_dump(mode="json"))


@st.composite
def agreed(draw: st.DrawFn) -> tuple[str, Terms]:
    """A day of acceptance and terms that fit it."""
    accepted_on = draw(ACCEPTED)
    kinds: list[st.SearchStrategy[Terms]] = [
        shared(), guaranteed(), custody(accepted_on), lease(accepted_on), mixed(accepted_on)
    ]  # fmt: skip
    return accepted_on.isoformat(), draw(st.one_of(kinds))


def document_of(accepted_on: str, terms: Terms) -> ContractDocument:
    return document(
        kind_of(terms), terms=spelled(terms), accepted_on=accepted_on, term_years=TERM_YEARS,
        baseline_start="2023-01-01", baseline_end="2023-12-31",
    )  # fmt: skip


@DRAWN
@given(drawn=agreed())
def test_every_kind_of_terms_comes_back_as_it_was(drawn: tuple[str, Terms]) -> None:
    there = document_of(*drawn)
    assert there.contract().terms == drawn[1]
    assert there.model_dump(mode="json")["terms"] == spelled(drawn[1])
    again = ContractDocument.model_validate_json(there.model_dump_json())
    assert again == there
    assert again.contract() == there.contract()
    assert hash_of(again) == hash_of(there)


@DRAWN
@given(drawn=agreed())
def test_a_document_through_any_writer_of_json_has_the_same_hash(drawn: tuple[str, Terms]) -> None:
    """Another order of keys, other blanks, escapes for what is not ASCII."""
    there = document_of(*drawn)
    plain = there.model_dump(mode="json")
    other = json.loads(json.dumps(dict(reversed(plain.items())), indent=3, ensure_ascii=True))
    assert hash_of(ContractDocument.model_validate(other)) == hash_of(there)


@DRAWN
@given(drawn=agreed(), data=st.data())
def test_a_part_of_mixed_terms_is_what_it_is_alone(drawn: tuple[str, Terms], data: st.DataObject) -> None:
    accepted_on, terms = drawn
    if isinstance(terms, MixedTerms):
        one = data.draw(st.sampled_from(terms.components))
        assert document_of(accepted_on, one).contract().terms == one
        found = document_of(accepted_on, terms).model_dump(mode="json")["terms"]["components"]
        assert found == [{"kind": kind_of(each), "terms": spelled(each)} for each in terms.components]


@pytest.mark.parametrize("kind", TERMS)
def test_a_document_hashes_as_it_always_did(kind: str) -> None:
    assert hash_of(document(kind)) == HASHES[kind]


@pytest.mark.parametrize(("kind", "said"), DEFAULTS)
def test_what_is_said_at_its_default_changes_no_hash(kind: str, said: dict[str, Any]) -> None:
    there = document(kind, terms={**TERMS[kind], **said})
    assert there == document(kind)
    assert hash_of(there) == HASHES[kind]
    assert not said.keys() & there.model_dump(mode="json")["terms"].keys()


@pytest.mark.parametrize(("kind", "said"), DEFAULTS)
def test_so_it_is_within_mixed_terms(kind: str, said: dict[str, Any]) -> None:
    other = "lease" if kind == "shared" else "shared"
    parts = [{"kind": other, "terms": TERMS[other]}, {"kind": kind, "terms": {**TERMS[kind], **said}}]
    there = document("mixed", terms={"components": parts})
    assert there.model_dump(mode="json")["terms"]["components"][1] == {"kind": kind, "terms": TERMS[kind]}


@pytest.mark.parametrize(
    "said",
    [("shared", {"fee_floor": "none"}), ("shared", {"fee_floor": "year"}),
     ("guaranteed", {"settled": "year"}),
     ("guaranteed", {"fee_floor": "year"}), ("custody", {"baseline_costs_yuan": ["1", "2", "3"]}),
     ("custody", {"fee_floor": "month"}), ("lease", {"guaranteed_kwh_per_year": "0"}),
     ("lease", {"settled": "month_and_year"}), ("lease", {"fee_floor": "month"})],
)  # fmt: skip
def test_what_is_said_otherwise_is_spelled_and_hashed(said: tuple[str, dict[str, Any]]) -> None:
    kind, changed = said
    there = document(kind, terms={**TERMS[kind], **changed})
    assert there.model_dump(mode="json")["terms"] == {**TERMS[kind], **changed}
    assert hash_of(there) != HASHES[kind]


@pytest.mark.parametrize("figure", ["0.8", "0.80", "0.800", "1", "0", "0.000001", "8E-1"])
def test_a_figure_keeps_its_digits(figure: str) -> None:
    """A share that is written 0.80 is another paper than 0.8, though it is the same share."""
    there = document(terms={"esco_share_by_year": [figure]})
    assert there.model_dump(mode="json")["terms"]["esco_share_by_year"] == [str(Decimal(figure))]


VALUATIONS = [
    ({"by": "fixed", "prices": [{"effective_from": "2025-05-01", "yuan_per_kwh": "0.7", "source": "§5"}]},
     FixedValuation),
    ({"by": "bills", "bills": [{"effective_from": "2025-05-01", "yuan_per_kwh": "0.7", "source": "bill"}]},
     BillValuation),
    ({"by": "current", "tariff": "t"}, CurrentValuation),
    ({"by": "periods", "tariff": "t"}, PeriodValuation),
]  # fmt: skip


@pytest.mark.parametrize(("said", "kind"), VALUATIONS)
@pytest.mark.parametrize("terms", TERMS)
def test_every_valuation_goes_with_every_kind(said: dict[str, Any], kind: type, terms: str) -> None:
    there = document(terms, valuation=said)
    assert isinstance(there.contract().valued_by, kind)
    assert there.model_dump(mode="json")["valuation"] == said
    assert hash_of(ContractDocument.model_validate_json(there.model_dump_json())) == hash_of(there)
    assert hash_of(there) != HASHES[terms]


@pytest.mark.parametrize("name", ["节能·照明", "Łódź — naïve ‘retrofit’", "𠮷野家", "مدرسة", "a  b", "🏫"])
def test_names_are_kept_in_any_script(name: str) -> None:
    there = document(name_zh=name, esco_en=name)
    assert (there.contract().name_zh, there.contract().esco_en) == (name, name)
    assert hash_of(ContractDocument.model_validate_json(there.model_dump_json())) == hash_of(there)


LETTERS = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"))


@DRAWN
@given(name=st.text(LETTERS, max_size=210), around=st.sampled_from(["", " ", "\t \n", "\u3000"]))
def test_a_name_is_kept_without_the_blanks_around_it_or_refused(name: str, around: str) -> None:
    try:
        there = document(name_zh=f"{around}{name}{around}")
    except ValueError:
        assert not 1 <= len(name) <= 200
        return
    assert there.name_zh == name
    assert ContractDocument.model_validate_json(there.model_dump_json()) == there
