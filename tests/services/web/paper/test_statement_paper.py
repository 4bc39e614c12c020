"""What a statement's paper says: every figure is the document's, every step of the way is named."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.app import Parts
from services.savings.settlement.events import Amount, Event, Kind, Role
from services.savings.settlement.states import standings
from services.web.capitals import capitals
from services.web.formats import number
from services.web.i18n import LANGUAGES, Language
from services.web.paper.blocks import Cell, Facts, Paper, Section, Table, Words
from services.web.settlement_view import PortionRow
from services.web.statement_sources import Found
from services.web.statement_terms import AdjustmentRow, ApprovalRow
from tests.services.web.papers import (
    TERMS,
    cells_of,
    changed,
    formats,
    found_of,
    nothing_measured,
    settled_anew,
)

AT = datetime(2026, 11, 3, 2, tzinfo=UTC)


@pytest.fixture(name="found", scope="module")
def a_statement(city: Parts) -> Found:
    return found_of(city)


def section(paper: Paper, anchor: str) -> Section:
    return next(one for one in paper.sections if one.anchor == anchor)


def table(paper: Paper, anchor: str, at: int = 0) -> Table:
    found = [block for block in section(paper, anchor).blocks if isinstance(block, Table)][at]
    assert all(sum(cell.span for cell in row) == len(found.columns) for row in found.rows)
    return found


def texts_of(rows: tuple[tuple[Cell, ...], ...]) -> list[list[str]]:
    return [[cell.text for cell in row] for row in rows]


def test_the_sections_are_in_the_order_of_an_audit(found: Found) -> None:
    assert [one.anchor for one in found.paper(formats()).sections] == [
        "results", "parties", "prices", "adjustments", "calculation", "days", "method", "bands",
        "completeness", "gates", "months", "standing", "record", "checking", "signatures",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TERMS)
def test_no_text_is_missing_a_value(city: Parts, kind: str, language: Language) -> None:
    cells = cells_of(settled_anew(city, kind).paper(formats(language)))
    assert cells
    assert not [cell for cell in cells if "{" in cell.text or "_kwh" in cell.text or "_yuan" in cell.text]


def test_the_days_add_up_to_the_watt_hour_on_paper(found: Found) -> None:
    days = table(found.paper(formats()), "days")
    counted = [row for row in days.rows if len(row) == len(days.columns)]
    for column in (1, 2, 3):
        total = sum(Decimal(row[column].text.replace(",", "")) for row in counted)
        assert number(total, 3) == days.foot[column].text
    for row in counted:
        baseline, actual, saved = (Decimal(row[i].text.replace(",", "")) for i in (1, 2, 3))
        assert baseline - actual == saved


def test_the_headline_is_the_line_that_money_follows(found: Found) -> None:
    paper = found.paper(formats())
    line = next(row for row in table(paper, "calculation").rows if row[0].text == "saving")
    headline = next(cell for cell in cells_of(paper) if cell.id == "savings")
    assert headline.text == line[2].text == number(found.view.savings_kwh, 2)


def test_a_chinese_statement_writes_the_fee_in_capitals_too(found: Found) -> None:
    fee = found.view.statement.esco_fee_yuan
    assert fee is not None
    last = section(found.paper(formats("zh")), "calculation").blocks[-2]
    assert isinstance(last, Words)
    assert last.text == f"应付节能服务公司金额（大写）：{capitals(fee)}"


def test_a_held_month_has_no_fee_in_capitals(city: Parts) -> None:
    words = [one.text for one in section(nothing_measured(city).paper(formats("zh")), "calculation").blocks
             if isinstance(one, Words)]  # fmt: skip
    assert words
    assert "大写" not in "".join(words)


def test_every_figure_that_is_given_says_from_where(found: Found) -> None:
    rows = {row[0].text: row[1] for row in table(found.paper(formats()), "calculation").rows}
    assert rows["adjusted baseline"].text == "sum of the days below"
    assert rows["price"].text == "price table above"
    assert rows["ESCO's share"].text == "contract"
    assert rows["value of the saving"].small.startswith("= 2,")


def test_both_parties_are_named_where_they_sign(found: Found) -> None:
    (block,) = section(found.paper(formats("zh")), "signatures").blocks
    assert block.names[:2] == (("用能单位", "市第一中学"), ("节能服务公司", "光合节能服务有限公司"))  # type: ignore[union-attr]


def test_the_contract_year_is_told_with_its_days(found: Found) -> None:
    (facts,) = section(found.paper(formats()), "parties").blocks
    assert isinstance(facts, Facts)
    assert dict(facts.rows)["Contract year"].text == "year 1, from 1 Oct 2026, 365 days"


def test_the_price_stands_with_its_days_and_its_source(found: Found) -> None:
    (row,) = texts_of(table(found.paper(formats("zh")), "prices").rows)
    assert row == ["全部时段", "0.735686", "2026年10月1日至2026年10月31日", "合同第 5 条"]


def test_where_nothing_was_adjusted_the_paper_says_so(found: Found) -> None:
    (block,) = section(found.paper(formats()), "adjustments").blocks
    assert isinstance(block, Words)
    assert block.text.startswith("None: no change beside the retrofit")


def test_an_adjustment_shows_its_formula_its_evidence_and_who_approved_it(found: Found) -> None:
    first_day, last_day = date(2026, 10, 9), date(2026, 10, 13)
    signed = tuple(ApprovalRow(side, by, "", AT) for side, by in (("client", "王敏"), ("esco", "李堃")))
    row = AdjustmentRow(
        code="adj-1", kind="hours", reason="evening school", first_day=first_day, last_day=last_day,
        on="working_days", term={"formula": "per_day", "kwh_per_day": 18.5}, evidence=("letter 7",),
        half_width_share=0.1, days=5, kwh=92.5, half_width_kwh=9.25, approvals=signed,
    )  # fmt: skip
    waiting = replace(row, code="adj-2", kwh=None, half_width_kwh=None, evidence=(), approvals=signed[:1])
    view = replace(found.view, adjustments=(row, waiting))
    first, second = table(replace(found, view=view).paper(formats()), "adjustments").rows
    assert [cell.text for cell in first] == [
        "Operating hours", "9 Oct 2026 – 13 Oct 2026", "18.5 kWh/d", "+92.500", "9.250",
    ]  # fmt: skip
    assert first[0].small == "adj-1 evening school"
    assert first[1].small == "working days only; 5 days counted"
    assert first[2].small == "Evidence: letter 7; ± agreed as 10.0\xa0% of the amount"
    approvals = table(replace(found, view=view).paper(formats()), "adjustments", at=1).rows
    assert [[cell.text for cell in row] for row in approvals] == [
        ["adj-1", "client", "王敏", "—", "3 Nov 2026, 10:00"],
        ["adj-1", "energy service company", "李堃", "—", "3 Nov 2026, 10:00"],
        ["adj-2", "client", "王敏", "—", "3 Nov 2026, 10:00"],
    ]
    assert (second[3].text, second[3].tone) == ("not counted", "bad")
    assert second[2].small.startswith("no evidence named; ±")


def test_what_is_disputed_stands_apart(found: Found) -> None:
    agreed_on, claimed = Amount(1, Decimal("1100.79")), Amount(1, Decimal("90.00"))
    dispute = Event(1, Kind.DISPUTE, "王敏", Role.CLIENT, AT, "lamps of the fair", (claimed,))
    portions = (
        PortionRow("confirmed", Decimal("1100.79"), (agreed_on,), (Role.CLIENT, Role.ESCO), None),
        PortionRow("disputed", Decimal("90.00"), (claimed,), (), dispute),
    )
    settling = replace(found.settling, portions=portions)
    agreed, apart = table(replace(found, settling=settling).paper(formats()), "standing").rows
    assert [cell.text for cell in agreed] == [
        "Contract year 1", "confirmed by both", "client and energy service company", "1,100.79",
    ]  # fmt: skip
    assert (apart[1].text, apart[1].tone) == ("disputed", "bad")
    assert apart[1].small == "by 王敏, client: lamps of the fair"
    assert apart[3].text == "90.00"


def test_a_held_month_has_no_amounts_and_says_so(city: Parts) -> None:
    paper = settled_anew(city, minimum_completeness="0.995").paper(formats())
    assert [one.title for one in paper.notices] == [
        "This month is not settled until a person releases it, because:"
    ]
    (block,) = section(paper, "standing").blocks
    assert isinstance(block, Words)
    assert paper.running.endswith(" · held")


def test_the_record_tells_who_did_what_and_what_late_data_would_change(found: Found) -> None:
    events = (
        Event(1, Kind.MEASURED, "kilowitness", Role.SERVICE, AT, None, (Amount(1, Decimal("100.00")),)),
        Event(1, Kind.DISPUTE, "王敏", Role.CLIENT, AT, "too much", (Amount(1, Decimal("40.00")),)),
        Event(1, Kind.RESTATEMENT, "kilowitness", Role.SERVICE, AT, None,
              (Amount(None, Decimal("-2.50"), Decimal("-3.40")),)),
    )  # fmt: skip
    assert standings(events)[0].restatement is not None
    settling = replace(found.settling, events=events)
    rows = table(replace(found, settling=settling).paper(formats()), "record").rows
    named = [formats().texts(f"settlement.event.{one.kind}", version=1) for one in events]
    assert [row[1].text for row in rows] == named
    assert rows[1][1].small == "Contract year 1 40.00 yuan"
    assert rows[2][1].small == "saving −3.40 kWh, due to the ESCO −2.50 yuan."
    assert (rows[0][2].text, rows[1][2].text, rows[1][2].small) == ("Kilowitness", "王敏", "client")
    assert rows[1][3].text == "too much"


def test_versions_are_listed_once_there_are_several(found: Found) -> None:
    (only,) = found.settling.versions
    second = replace(only, version=2, difference_kwh=Decimal("-12.40"), difference_yuan=Decimal("-7.30"))
    settling = replace(found.settling, versions=(only, second), latest=2)
    rows = table(replace(found, settling=settling).paper(formats()), "record", at=1).rows
    assert rows[1][0].href == "/statements/emc-01/2026-10?version=2"
    assert [cell.text for cell in rows[1][4:]] == ["−12.40", "−7.30"]
    assert len(section(found.paper(formats()), "record").blocks) == 1


def test_a_code_with_strange_signs_is_still_a_path(found: Found) -> None:
    contract = replace(found.view.statement.contract, code="emc/1?")
    paper = changed(found, contract=contract).paper(formats())
    assert {cell.href for cell in cells_of(paper) if cell.href.startswith("/statements")} >= {
        "/statements/emc%2F1%3F/2026-10/days/2026-10-01?version=1"
    }


def test_many_meters_are_counted_and_listed_below(found: Found) -> None:
    codes = tuple(f"meter-{i:03}" for i in range(40))
    contract = replace(found.view.statement.contract, meters=codes)
    paper = changed(found, contract=contract).paper(formats())
    (facts,) = section(paper, "parties").blocks
    assert isinstance(facts, Facts)
    cell = dict(facts.rows)["Meters"]
    assert (cell.text, cell.href) == ("40 meters, listed under data completeness", "#completeness")
    two = changed(found, contract=replace(contract, meters=codes[:2])).paper(formats())
    (facts,) = section(two, "parties").blocks
    assert isinstance(facts, Facts)
    assert [name for name, _ in facts.rows[-2:]] == ["Meter 1", "Meter 2"]
