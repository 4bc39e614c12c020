"""Cells of a workbook read back: each kind of value is what it was, and words are only words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from services.web.workbook.book import Book, Formula, Sheet, shape

CREATED = datetime(2026, 11, 3, 10, tzinfo=UTC)


@pytest.fixture
def book() -> Book:
    return Book(CREATED)


def sheet_of(book: Book, name: str = "Days", header: str = "header") -> Sheet:
    return book.sheet(name, (10, 20), header=header, footer="footer")


def opened(book: Book, **settings: Any) -> Any:
    return load_workbook(BytesIO(book.finish(title="title", subject="subject")), **settings)


def test_values_keep_their_kind(book: Book) -> None:
    sheet = sheet_of(book)
    row = sheet.add(("words", Decimal("1234.50"), 7, 0.125, date(2026, 10, 5), None, ""))
    found = opened(book)["Days"]
    values = [cell.value for cell in found[row]]
    assert values == ["words", 1234.5, 7, 0.125, datetime(2026, 10, 5)]  # noqa: DTZ001
    assert found.cell(row, 2).number_format == "#,##0.00"
    assert found.cell(row, 3).number_format == "#,##0"
    assert found.cell(row, 5).number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("words", ["=1+1", "+1", "@SUM(A1)", "http://example.test", "mailto:a@b"])
def test_words_never_compute_and_never_link(book: Book, words: str) -> None:
    sheet_of(book).add((words,))
    cell = opened(book)["Days"]["A1"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (words, "s", None)


def test_a_formula_carries_the_figure_for_readers_that_do_not_compute(book: Book) -> None:
    sheet_of(book).add((Formula("1+2", 3.0), Formula("A1", None)))
    content = book.finish(title="t", subject="s")
    assert load_workbook(BytesIO(content))["Days"]["A1"].value == "=1+2"
    assert load_workbook(BytesIO(content), data_only=True)["Days"]["A1"].value == 3


def test_rows_are_counted_as_people_see_them(book: Book) -> None:
    sheet = sheet_of(book)
    sheet.heading("A heading")
    sheet.head(("one", "two"))
    assert sheet.add((1, 2)) == 3
    sheet.skip()
    assert sheet.add((3, 4), bold=True) == 5
    found = opened(book)["Days"]
    assert [found.cell(row, 1).value for row in range(1, 6)] == ["A heading", "one", 1, None, 3]
    assert found["A5"].font.bold
    assert not found["A3"].font.bold


def test_other_sheets_refer_to_a_cell_by_its_address(book: Book) -> None:
    assert sheet_of(book, "逐日").cell("C", 12) == "'逐日'!$C$12"


def test_sheets_are_set_for_a4_with_header_and_footer(book: Book) -> None:
    sheet_of(book, header="A & B")
    found = opened(book)["Days"]
    assert found.page_setup.paperSize in {9, "9"}
    assert found.sheet_properties.pageSetUpPr.fitToPage
    assert found.oddHeader.left.text == "A && B"
    assert found.column_dimensions["B"].width == pytest.approx(20, abs=1)


def test_the_file_says_what_it_is_and_when_it_was_settled(book: Book) -> None:
    sheet_of(book)
    properties = opened(book).properties
    assert (properties.title, properties.subject, properties.creator) == ("title", "subject", "Kilowitness")
    assert properties.created == CREATED.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", "#,##0"), ("1.5", "#,##0.0"), ("0.735686", "#,##0.000000"), ("1E+3", "#,##0")],
)
def test_a_figure_shows_as_many_decimals_as_it_has(value: str, expected: str) -> None:
    assert shape(Decimal(value)) == expected


def test_looks_are_made_once(book: Book) -> None:
    assert book.style(bold=True, number="0.0") is book.style(bold=True, number="0.0")
    assert book.style(bold=True) is not book.style()
