"""The figures on paper, read back from the PDF, beside the document's: each line once, none besides."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pytest
from pypdf import PdfReader

from services.app import Parts
from services.web.i18n import LANGUAGES, Language
from services.web.paper.blocks import Table
from services.web.paper.pdf import pdf
from services.web.statement_sources import Found
from tests.services.savings.examples import frozen
from tests.services.web.papers import cells_of, formats, found_of, of_document, settled_anew

Json = dict[str, Any]
FIGURE = re.compile(r"(?<![\d.\w])[+−-]?\d{1,3}(?:,\d{3})*\.\d+(?![\d.])|(?<![\d.\w])[+−-]?\d+\.\d+(?![\d.])")
MINUS = "−"


def two_years() -> Json:
    """November 2025, in which the first contract year ends with the 14th."""
    return frozen(
        "2025-11", "mixed", accepted_on="2024-11-14", baseline_end="2024-10-31", baseline_start="2024-05-01"
    )


STATEMENTS: dict[str, Callable[[Parts], Found]] = {
    "shared": found_of,
    "guaranteed": lambda city: settled_anew(city, "guaranteed"),
    "held": lambda city: settled_anew(city, minimum_completeness="0.995"),
    "saving below zero": lambda city: of_document(city, frozen(remaining=1.3)),
    "two contract years": lambda city: of_document(city, two_years()),
}


@dataclass(frozen=True, slots=True)
class Read:
    """A statement and the words that another program reads in its PDF."""

    found: Found
    text: str
    language: Language

    @property
    def document(self) -> Json:
        """The frozen document, of which the paper tells."""
        return self.found.settlement.document

    @property
    def squeezed(self) -> str:
        """The words without blanks and line ends, which a page sets as it needs them."""
        return squeezed(self.text)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def printed(value: object, places: int | None = None) -> str:
    """A figure as a reader expects it: grouped by thousands, with a true minus sign."""
    figure = Decimal(str(value))
    text = f"{figure:,}" if places is None else f"{round(figure, places):,.{places}f}"
    return text.replace("-", MINUS)


ReadBack = Callable[[str, Language], Read]


@pytest.fixture(name="read_back", scope="module")
def a_reader(city: Parts) -> ReadBack:
    """Prints a statement of `STATEMENTS` in a language, once, and reads the pages."""

    @cache
    def read_back(name: str, language: Language) -> Read:
        found = STATEMENTS[name](city)
        reader = PdfReader(io.BytesIO(pdf(found.paper(formats(language)))))
        return Read(found, "\n".join(page.extract_text() for page in reader.pages), language)

    return read_back


@pytest.fixture(name="read", params=[*((name, "en") for name in STATEMENTS), ("shared", "zh")], ids="-".join)
def a_printed_statement(request: pytest.FixtureRequest, read_back: ReadBack) -> Read:
    return read_back(*request.param)


def numbers(value: Any) -> Iterator[Decimal]:
    """Every number of a JSON document, also those that are spelled as texts."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ArithmeticError):
            yield Decimal(str(value))


def followed(read: Read) -> Iterator[Decimal]:
    """What follows from the document at once: sums over meters and contract years, shares of the saving."""
    inputs, results = read.document["inputs"], read.document["results"]
    for meter in range(len(inputs["contract"]["meters"])):
        for column in (0, 1):
            cells = (row[3][meter][column] for row in inputs["reporting_days"])
            yield sum((Decimal(str(cell)) for cell in cells if cell is not None), Decimal())
    lines = [Decimal(line["value"]) for line in results["lines"] if line["key"] == "savings_kwh"]
    yield sum(lines, Decimal())
    period = results["period"]
    saved = Decimal(str(period["savings_kwh"]))
    yield saved / Decimal(str(period["baseline_kwh"]))
    yield from (half / saved for half in numbers(results.get("comparison") or {}))
    for portion in read.found.settling.portions:
        yield portion.yuan


def is_rounding(token: str, known: Iterable[Decimal]) -> bool:
    """Whether a figure is one of these rounded, or as a percentage; a completeness is cut, not rounded."""
    figure = Decimal(token.replace(",", "").replace(MINUS, "-").removeprefix("+"))
    exponent = figure.as_tuple().exponent
    assert isinstance(exponent, int)
    unit = Decimal(1).scaleb(exponent)
    ways = (ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_DOWN)
    return any(
        abs(scaled).quantize(unit, way) == abs(figure)
        for one in known for scaled in (one, 100 * one) for way in ways
    )  # fmt: skip


def test_no_figure_is_on_the_pages_that_is_not_in_the_document(read: Read) -> None:
    known = {*numbers(read.document), *followed(read)}
    tokens = set(FIGURE.findall(read.text))
    assert len(tokens) > 40
    assert [token for token in sorted(tokens) if not is_rounding(token, known)] == []


def test_every_line_of_the_calculation_is_printed_once_in_its_order(read: Read) -> None:
    (section,) = (
        one for one in read.found.paper(formats(read.language)).sections if one.anchor == "calculation"
    )
    rows = [row for block in section.blocks if isinstance(block, Table) for row in block.rows]
    lines = sorted(
        read.document["results"]["lines"], key=lambda line: (line["year"] is None, line["year"] or 0)
    )
    t = formats(read.language).texts
    assert [(row[0].text, row[2].text) for row in rows] == [
        (t.code("line", line["key"]), printed(line["value"])) for line in lines
    ]
    spelled = Counter(squeezed("".join(f"{cell.text}{cell.small}" for cell in row)) for row in rows)
    for words, times in spelled.items():
        assert read.squeezed.count(words) == times, words


def test_the_totals_are_the_documents(read: Read) -> None:
    results = read.document["results"]
    cells = {cell.id: cell.text for cell in cells_of(read.found.paper(formats(read.language))) if cell.id}
    fee = results["esco_fee_yuan"]
    assert cells["fee"] == ("—" if fee is None else printed(fee, 2))
    saved = sum(Decimal(line["value"]) for line in results["lines"] if line["key"] == "savings_kwh")
    assert cells["savings"] == printed(saved, 2)
    assert read.document["input_sha256"] in read.squeezed
    for name in ("savings_yuan", "esco_fee_yuan", "client_keeps_yuan"):
        total = [line["value"] for line in results["lines"] if line["key"] in {f"total_{name}", name}
                 and line["year"] is None]  # fmt: skip
        assert total == ([] if results[name] is None else [results[name]])
        assert results[name] is None or printed(results[name], 2) in read.text


def test_every_day_is_printed_with_its_four_figures(read: Read) -> None:
    for day in read.document["results"]["days"]:
        figures = [printed(day[name], 3) for name in ("baseline_kwh", "actual_kwh")]
        if day["left_out"] is None:
            figures += [printed(day[name], 3) for name in ("savings_kwh", "uncertainty_kwh")]
        weekday = formats(read.language).weekday(date.fromisoformat(day["day"]))
        assert squeezed("".join((day["day"], weekday, *figures))) in read.squeezed, day["day"]


@pytest.mark.parametrize("name", ["shared", "two contract years"])
def test_both_languages_print_the_same_figures(read_back: ReadBack, name: str) -> None:
    zh, en = (Counter(FIGURE.findall(read_back(name, language).text)) for language in LANGUAGES)
    assert zh == en
    assert sum(zh.values()) > 150


def test_an_altered_figure_would_be_seen(read_back: ReadBack) -> None:
    """A fen more on the page, and it is not in the document."""
    read = read_back("shared", "en")
    known = {*numbers(read.document), *followed(read)}
    assert is_rounding("1,190.79", known)
    assert not is_rounding("1,190.80", known)
    assert not is_rounding("2,023.28", known)


def test_what_the_contract_agrees_is_printed_with_every_digit(city: Parts) -> None:
    """An eighth of a share is not rounded away, where the calculation counts with it."""
    shares = {"esco_share_by_year": ["0.8125", "0.7", "0.33333"]}
    found = settled_anew(city, terms=shares, minimum_completeness="0.9025")
    cells = [cell.text for cell in cells_of(found.paper(formats()))]
    assert "year 1 81.25\xa0% · year 2 70.0\xa0% · year 3 33.333\xa0%" in cells
    assert "90.25\xa0%" in cells
    assert "0.8125" in cells
