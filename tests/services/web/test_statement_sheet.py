"""The statement's page in the rare states of a settlement: all of its paper, in sound HTML."""

from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest

from services.app import Parts
from services.mv.model import Record
from services.savings.contract.model import SettlementState
from services.web.i18n import LANGUAGES, Language
from services.web.paper.blocks import Outcome, Table
from services.web.settlement_pages import Refused
from services.web.statement_sources import Found
from services.web.templating import render
from tests.services.web.city import ZONE
from tests.services.web.outline import outline_of
from tests.services.web.papers import cells_of, changed, formats, found_of, nothing_measured


@pytest.fixture(name="found", scope="module")
def a_statement(city: Parts) -> Found:
    return found_of(city)


def sheet(found: Found, language: Language = "en") -> str:
    page = render(
        "statement.html", language=language, zone=ZONE, here="/", s=found.view.statement,
        paper=found.paper(formats(language)), settling=found.settling, refused=Refused(),
    )  # fmt: skip
    outline_of(page)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_every_word_of_the_paper(found: Found, language: Language) -> None:
    page, paper = unescape(sheet(found, language)), found.paper(formats(language))
    words = [paper.title, paper.subject, *paper.lines, *(one.title for one in paper.sections)]
    words += [text for cell in cells_of(paper) for text in (cell.text, cell.small)]
    assert [one for one in words if one not in page] == []


def test_a_held_month_says_why_on_top(found: Found) -> None:
    hold = Record("month_completeness", 0.91, 0.95, "contract emc-01", ok=False)
    page = sheet(
        changed(found, holds=(hold,), state=SettlementState.HELD, esco_fee_yuan=None, client_keeps_yuan=None)
    )
    assert "This month is not settled until a person releases it" in page
    assert "Completeness of the month 91.00\xa0%, ≥ 95.00\xa0%" in page
    assert 'id="fee"><a href="#calculation">—' in page


def test_a_held_month_says_what_a_person_can_do_about_it(found: Found) -> None:
    hold = Record("month_completeness", 0.91, 0.95, "contract emc-01", ok=False)
    said = "kilowitness import"
    assert said in sheet(changed(found, holds=(hold,), state=SettlementState.HELD, esco_fee_yuan=None))
    assert said not in sheet(changed(found, holds=(hold,)))


def test_where_no_day_was_measured_nothing_is_said_to_be_zero(city: Parts) -> None:
    page = nothing_measured(city).paper(formats())
    text = str(page)
    assert "No day of this period was measured" in text
    outcome = next(block for one in page.sections for block in one.blocks if isinstance(block, Outcome))
    assert [(cell.text, note.split(" ·")[0]) for _, cell, note in outcome.figures[:1]] == [("—", "± —")]
    days = next(one for one in page.sections if one.anchor == "days").blocks[-1]
    assert isinstance(days, Table)
    assert [cell.text for cell in days.foot[1:5]] == ["—"] * 4


def test_a_month_that_a_person_released_says_so(found: Found) -> None:
    hold = Record("month_completeness", 0.91, 0.95, "contract emc-01", ok=False)
    assert "A person released this month" in sheet(changed(found, holds=(hold,)))


def test_a_later_version_says_by_how_much_it_differs(found: Found) -> None:
    page = sheet(changed(found, version=2, difference_yuan=Decimal("-12.30")))
    assert "Version 2, draft" in page
    assert "−12.30 yuan" in page


def test_a_fee_below_zero_is_due_to_the_client(found: Found) -> None:
    page = sheet(changed(found, esco_fee_yuan=Decimal("-500.00")))
    assert "−500.00" in page
    assert "the ESCO compensates the client" in page
    assert "the ESCO compensates the client" not in sheet(found)


def test_an_institution_the_registry_lost_is_named_by_its_code(found: Found) -> None:
    assert "<dd>school</dd>" in sheet(changed(found, institution=None))


def test_a_gate_that_is_not_met_says_so_in_words(found: Found) -> None:
    gate = Record("ashrae_cvrmse", 0.5, 0.2, "ASHRAE Guideline 14", ok=False)
    page = sheet(changed(found, gates=(gate,)))
    assert '<td class="bad"' in page
    assert "not met" in page
    assert "50.00\xa0%" in page


def test_a_superseded_version_says_so(found: Found) -> None:
    page = sheet(changed(found, state=SettlementState.SUPERSEDED))
    assert "Version 1, superseded" in page
    assert "Version 1 is superseded: a later version" in page


def test_the_paper_names_the_statement_on_every_sheet(found: Found) -> None:
    page = sheet(found)
    style = page[page.index("<style>") : page.index("</style>")]
    assert "@top-left" in style
    assert found.view.statement.input_sha256 in style


def test_the_long_table_shows_the_last_twelve_months(found: Found) -> None:
    row = found.view.statement.months[-1]
    many = tuple(replace(row, month=f"20{20 + i // 12}-{i % 12 + 1:02}") for i in range(30))
    page = sheet(changed(found, months=many))
    assert "2022-06" in page
    assert "2021-06" not in page
