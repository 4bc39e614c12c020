"""Statements as papers for tests: the city's settled October, and what may be changed of it."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from services.app import Parts
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import SettlementState
from services.savings.settlement.document import settle
from services.savings.settlement.statement import Statement, statement
from services.web.formats import Formats
from services.web.i18n import Language, texts
from services.web.paper.blocks import Block, Cell, Facts, Outcome, Pair, Paper, Table, Words
from services.web.statement_page import StatementView, build_statement
from services.web.statement_sources import Found, find_statement
from tests.services.web.city import CONTRACT, ZONE, savings_of

MONTH = "2026-10"
TERMS: Mapping[str, dict[str, Any]] = {
    "shared": {"esco_share_by_year": ["0.80", "0.70"]},
    "guaranteed": {
        "guaranteed_kwh_per_year": "20000", "service_fee_yuan_per_year": "9000",
        "esco_share_of_excess": "0.50",
    },
    "custody": {"custody_fee_yuan_per_year": "20000", "baseline_cost_yuan_per_year": "30000"},
}  # fmt: skip


def formats(language: Language = "en") -> Formats:
    """The formats of a language in the city's zone."""
    return Formats(texts(language), ZONE)


def found_of(parts: Parts) -> Found:
    """The October that the city's job settled."""
    found = find_statement(savings_of(parts), "emc-01", MONTH)
    assert found is not None
    return found


def settled_anew(parts: Parts, kind: str = "shared", **changes: object) -> Found:
    """The same October under another contract, settled but not kept."""
    savings = savings_of(parts)
    document = ContractDocument.model_validate(CONTRACT | {"kind": kind, "terms": TERMS[kind], **changes})
    return _laid_out(parts, savings.settled(savings.history(document), MONTH))


def of_document(parts: Parts, inputs: dict[str, Any]) -> Found:
    """A statement of other frozen inputs, settled but not kept."""
    return _laid_out(parts, settle(inputs))


def nothing_measured(parts: Parts) -> Found:
    """The same October as if none of its readings had come: held, and not a day of it measured."""
    inputs = deepcopy(found_of(parts).settlement.document["inputs"])
    for row in inputs["reporting_days"]:
        row[3] = [[None, None, 0.0] for _ in row[3]]
    return of_document(parts, inputs)


def _laid_out(parts: Parts, made: dict[str, Any]) -> Found:
    savings, kept = savings_of(parts), found_of(parts)
    state = SettlementState(made["results"]["state"])
    own = replace(
        kept.settlement,
        month=made["inputs"]["month"],
        document=made,
        input_sha256=made["input_sha256"],
        state=state,
    )
    (meter,) = kept.view.registered.values()
    view = build_statement(
        statement(own, [own], institution=savings.registry.institution("school")), made["inputs"],
        results=made["results"],
        registered={code: replace(meter, code=code) for code in made["inputs"]["contract"]["meters"]},
    )  # fmt: skip
    held = state is SettlementState.HELD
    return Found(own, view, replace(kept.settling, portions=() if held else kept.settling.portions))


def changed(found: Found, **changes: object) -> Found:
    """The same with other words in its frozen statement."""
    other: Statement = replace(found.view.statement, **changes)  # type: ignore[arg-type]
    view: StatementView = replace(found.view, statement=other)
    return replace(found, view=view)


def cells_of(paper: Paper) -> list[Cell]:
    """Every cell of the paper, in reading order."""
    return [cell for section in paper.sections for block in section.blocks for cell in _cells(block)]


def _cells(block: Block) -> list[Cell]:
    match block:
        case Pair(left, right):
            return [*_cells(left), *_cells(right)]
        case Table():
            return [cell for row in (*block.rows, block.foot) for cell in row]
        case Facts():
            return [cell for _, cell in block.rows]
        case Outcome():
            return [cell for _, cell, _ in block.figures]
        case Words(text):
            return [Cell(text)]
        case _:
            return []
