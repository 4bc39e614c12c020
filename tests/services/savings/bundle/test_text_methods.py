"""The plain text of a bundle for every way to measure: nothing of the document's results is left out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.mv.canonical import spelled
from services.savings.bundle.text import statement_text
from services.savings.settlement.document import settle
from tests.services.savings.methods import every_method, lamps, rate, weather

DOCUMENTS = {name: settle(inputs) for name, inputs in every_method().items()}


def leaves(tree: Any) -> Iterator[Any]:
    match tree:
        case dict():
            for value in tree.values():
                yield from leaves(value)
        case list() | tuple():
            for value in tree:
                yield from leaves(value)
        case _:
            yield tree


@pytest.fixture(name="document", params=DOCUMENTS)
def a_document(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENTS[request.param]
    return found


def test_every_value_of_the_results_is_in_the_text(document: dict[str, Any]) -> None:
    text = statement_text(document)
    results = {
        name: value for name, value in document["results"].items() if name not in {"rounding", "state"}
    }
    missing = [one for one in leaves(results) if one not in (None, "") and str(one) not in text]
    assert set(missing) <= {document["results"]["model"]["engine"]}


def test_it_is_the_same_once_the_document_was_read_from_a_file(document: dict[str, Any]) -> None:
    assert statement_text(json.loads(spelled(document))) == statement_text(document)


def test_no_line_ends_in_blanks_or_holds_a_python_none(document: dict[str, Any]) -> None:
    lines = statement_text(document).split("\n")
    assert [line for line in lines if line.endswith(" ")] == []
    assert [line for line in lines if " None" in line] == []


def block(text: str, title: str) -> list[str]:
    lines = text.split("\n")
    start = lines.index(title)
    end = lines.index("", start) if "" in lines[start:] else len(lines)
    return lines[start + 1 : end]


def test_the_measurement_of_the_contract_stands_as_it_was_agreed() -> None:
    for inputs in (lamps(), rate(), weather()):
        text = statement_text(settle(inputs))
        said = block(text, "合同所载测量 / measurement in the contract:")
        assert said[0] == f"  by = {inputs['contract']['measurement']['by']}"
    assert "荧光灯盘 3×14 W" in statement_text(settle(lamps()))


def test_a_row_of_lamps_stands_under_the_names_of_its_columns() -> None:
    rows = block(statement_text(settle(lamps())), "灯具 / lamps:")
    names = rows[0].split()
    assert names[0] == "group"
    assert len(rows) == 3
    assert rows[2].split()[0] == "楼梯"
    assert len({row.index(row.split()[-1]) for row in rows[1:]}) == 1


def test_adjustments_stand_with_their_terms_and_who_approved_them() -> None:
    text = statement_text(DOCUMENTS["adjusted"])
    approvals = block(text, "批准 / approvals:")
    assert len(approvals) == 9
    assert '"kwh_per_day": 18.5' in text
    counted = block(text, "计入 / counted:")
    assert [row.split()[0] for row in counted[1:]] == [
        "evening-school", "lamps-removed", "meter-outage", "staff",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "line"),
    [({"cvrmse": "0.01"}, "held: contract_cvrmse 0."), ({"r2": "0.999"}, "held: contract_r2 0.")],
)
def test_a_held_month_says_on_which_side_of_its_limit_it_is(limits: dict[str, str], line: str) -> None:
    (found,) = [
        one for one in statement_text(settle(weather(limits=limits))).split("\n") if one.startswith("held")
    ]
    assert found.startswith(line)
    assert (">" in found) == ("cvrmse" in line)
    assert ("<" in found) == ("r2" in line)
