from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import ContractKind, CustodyTerms, GuaranteedTerms, SharedTerms
from tests.services.savings.examples import contract, document


def test_a_document_becomes_the_engines_contract() -> None:
    assert document().contract() == contract()


@pytest.mark.parametrize(
    ("kind", "terms"), [("shared", SharedTerms), ("guaranteed", GuaranteedTerms), ("custody", CustodyTerms)]
)
def test_each_kind_has_its_terms_and_survives_json(kind: str, terms: type) -> None:
    there = document(kind)
    assert isinstance(there.contract().terms, terms)
    assert there.kind is ContractKind(kind)
    spelled = there.model_dump(mode="json")
    assert "kind" not in spelled["terms"]
    assert spelled["price_yuan_per_kwh"] == "0.735686"
    assert ContractDocument.model_validate(spelled) == there
    assert ContractDocument.model_validate_json(there.model_dump_json()) == there


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "barter"}, "kind"),
    ({"terms": {"esco_share_by_year": ["1.2"]}}, "terms.shared.esco_share_by_year.0"),
    ({"terms": {"esco_share_by_year": []}}, "terms.shared.esco_share_by_year"),
    ({"terms": {"custody_fee_yuan_per_year": "1"}}, "terms.shared.esco_share_by_year"),
    ({"price_yuan_per_kwh": "0"}, "price_yuan_per_kwh"),
    ({"price_yuan_per_kwh": "dear"}, "price_yuan_per_kwh"),
    ({"meters": []}, ""),
    ({"meters": ["UPPER"]}, "meters.0"),
    ({"meters": ["a", "a"]}, ""),
    ({"baseline_end": "2025-05-20"}, ""),
    ({"accepted_on": "soon"}, "accepted_on"),
    ({"longitude": None}, ""),
    ({"minimum_completeness": "1.5"}, "minimum_completeness"),
    ({"surprise": 1}, "surprise"),
]


@pytest.mark.parametrize(("fields", "where"), WRONG)
def test_a_wrong_document_is_refused_where_it_is_wrong(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        document(**fields)
    assert where in [".".join(map(str, error["loc"])) for error in caught.value.errors()]


def test_completeness_is_95_percent_unless_said() -> None:
    spelled = document().model_dump(mode="json")
    del spelled["minimum_completeness"]
    assert ContractDocument.model_validate(spelled).minimum_completeness == Decimal("0.95")
