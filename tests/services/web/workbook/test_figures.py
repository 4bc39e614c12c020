"""The workbook beside its document: each line once, each day once, and the same figures in both languages."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from services.app import Parts
from services.web.i18n import LANGUAGES, Language
from services.web.statement_sources import Found
from services.web.workbook.statement import workbook
from tests.services.savings.examples import frozen
from tests.services.web.papers import formats, found_of, of_document, settled_anew
from tests.services.web.workbook.calculator import Calculator

NAMES = ("shared", "guaranteed", "held", "two contract years")


def two_years() -> dict[str, Any]:
    """November 2025, in which the first contract year ends with the 14th."""
    return frozen(
        "2025-11", "mixed", accepted_on="2024-11-14", baseline_start="2024-05-01", baseline_end="2024-10-31"
    )


@pytest.fixture(name="found", scope="module", params=NAMES)
def a_statement(request: pytest.FixtureRequest, city: Parts) -> Found:
    match request.param:
        case "shared":
            return found_of(city)
        case "held":
            return settled_anew(city, minimum_completeness="0.995")
        case "two contract years":
            return of_document(city, two_years())
        case kind:
            return settled_anew(city, kind)


def sheets(found: Found, language: Language = "en") -> list[list[tuple[Any, ...]]]:
    """The cells of each sheet, formulas by the figure they are shown with."""
    book = load_workbook(BytesIO(workbook(found, formats(language))), data_only=True)
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


def document(found: Found) -> dict[str, Any]:
    results: dict[str, Any] = found.settlement.document["results"]
    return results


def test_every_line_of_the_document_stands_once_and_in_its_order(found: Found) -> None:
    rows = [row for row in sheets(found)[2] if row[6] is not None][1:]
    words = formats().texts
    assert [(row[0], row[2], Decimal(str(row[5]))) for row in rows] == [
        (words.code("line", line["key"]), line["year"], Decimal(line["value"]))
        for line in document(found)["lines"]
    ]
    assert {row[6] for row in rows} == {"="}
    assert [Decimal(str(row[3])) for row in rows] == [Decimal(str(row[5])) for row in rows]


def test_every_day_of_the_document_stands_once(found: Found) -> None:
    rows = [row for row in sheets(found)[1] if isinstance(row[0], datetime)]
    said = document(found)["days"]
    assert [row[0].date().isoformat() for row in rows] == [day["day"] for day in said]
    for row, day in zip(rows, said, strict=True):
        assert (row[2], row[3]) == (day["baseline_kwh"], day["actual_kwh"])
        assert row[4] == (None if day["left_out"] else day["savings_kwh"])
        assert row[6] == day["coverage"]


def test_the_front_shows_the_documents_totals(found: Found) -> None:
    """Energies as printed, a line a contract year: what the amounts are computed of."""
    results = document(found)
    shown = [cell for row in sheets(found)[0] for cell in row if isinstance(cell, int | float)]
    for name in ("baseline_kwh", "actual_kwh", "savings_kwh"):
        printed = sum(Decimal(line["value"]) for line in results["lines"] if line["key"] == name)
        assert float(printed) in shown
    assert results["period"]["uncertainty_kwh"] in shown
    for name in ("savings_yuan", "esco_fee_yuan", "client_keeps_yuan"):
        assert results[name] is None or float(results[name]) in shown


def test_both_languages_hold_the_same_figures(found: Found) -> None:
    zh, en = (
        [Counter(cell for row in sheet for cell in row if isinstance(cell, int | float | datetime))
         for sheet in sheets(found, language)]
        for language in LANGUAGES
    )  # fmt: skip
    assert zh == en
    assert sum(sum(one.values()) for one in zh) > 150


def test_formulas_are_the_same_in_both_languages_but_for_the_names_of_sheets(found: Found) -> None:
    texts = []
    for language in LANGUAGES:
        book = Calculator(workbook(found, formats(language))).formulas
        names = book.sheetnames
        plain = []
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith("="):
                        text = cell.value
                        for number, name in enumerate(names):
                            text = text.replace(f"'{name}'!", f"sheet{number}!")
                        plain.append((names.index(sheet.title), cell.coordinate, text))
        texts.append(plain)
    assert texts[0] == texts[1]
    assert len(texts[0]) > 30
