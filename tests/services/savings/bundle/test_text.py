"""The plain text of a bundle: each figure of the document once, in the document's order, and none besides."""

from decimal import Decimal
from typing import Any

import pytest

from services.savings.bundle.archive import unpack
from services.savings.bundle.parts import copies
from services.savings.bundle.readme import README
from services.savings.bundle.text import statement_text
from services.savings.settlement.document import settle
from tests.services.savings.bundles import made
from tests.services.savings.examples import TERMS, frozen


@pytest.mark.parametrize("kind", TERMS)
def test_every_line_stands_once_with_its_value_and_its_formula(kind: str) -> None:
    document = settle(frozen(kind=kind))
    text = statement_text(document).split("\n")
    lines = document["results"]["lines"]
    first = next(i for i, row in enumerate(text) if " baseline_kwh " in row and "kWh" in row)
    for row, line in zip(text[first : first + len(lines)], lines, strict=True):
        words = row.split()
        year = [] if line["year"] is None else [str(line["year"])]
        expected = [*year, line["key"], line["value"], line["unit"]]
        assert words[: len(expected)] == expected
        assert (line["formula"] is None) == (len(words) == len(expected))
        if line["formula"]:
            assert row.endswith(f"  = {line['formula']}")
    assert text[first + len(lines)] == ""


def test_a_held_month_says_what_it_waits_for_and_no_amount() -> None:
    text = statement_text(settle(frozen(lost_days=3)))
    assert "held: month_completeness 0.9 < 0.95" in text
    for name in ("savings_yuan", "esco_fee_yuan", "client_keeps_yuan"):
        assert any(row.split() == [name, "-"] for row in text.split("\n"))


def test_the_head_names_the_contract_the_month_and_both_parties() -> None:
    document = settle(frozen())
    head = statement_text(document).split("\n")[:3]
    assert head[0].split() == ["节能量结算单", "/", "Statement", "of", "savings", "emc-001", "2025-06"]
    assert head[1] == "照明改造 / Lighting retrofit"
    assert head[2].split() == ["hall", "澄光", "/", "Clear", "Light", "shared"]


def test_the_totals_are_the_documents_to_the_fen() -> None:
    results: dict[str, Any] = settle(frozen())["results"]
    rows = dict(row.split() for row in statement_text(settle(frozen())).split("\n") if len(row.split()) == 2)
    for name in ("savings_yuan", "esco_fee_yuan", "client_keeps_yuan"):
        assert rows[name] == results[name]
        assert Decimal(rows[name]).as_tuple().exponent == -2
    assert rows["savings_kwh"] == str(results["period"]["savings_kwh"])


def test_the_files_that_repeat_the_document_are_those_of_the_bundle() -> None:
    found = unpack(made().content)
    document = settle(frozen())
    assert set(copies(document)) <= set(found)
    assert found["README.txt"].decode() == README
