"""The statement's pictures, and its sheet in the rare states of a settlement."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from services.app import Parts
from services.mv.accounting import DaySavings
from services.mv.model import Record
from services.savings.model import SettlementState
from services.savings.statement import Statement
from services.web.charts import statement as charts
from services.web.formats import Formats
from services.web.i18n import texts
from services.web.statement_page import BaselineSeries, build_statement
from services.web.templating import render
from tests.services.web.city import ZONE, savings_of
from tests.services.web.outline import outline_of

EN = Formats(texts("en"), ZONE)
START = date(2026, 10, 1)


def days() -> tuple[DaySavings, ...]:
    def one(i: int) -> DaySavings:
        if i == 5:
            return DaySavings(START + timedelta(days=i), 100.0, 30.0, None, None, 0.4, "incomplete")
        if i == 6:
            return DaySavings(START + timedelta(days=i), None, None, None, None, 0.0, "no_calendar")
        return DaySavings(START + timedelta(days=i), 100.0, 40.0 + i, 60.0 - i, 8.0, 1.0, None)

    return tuple(one(i) for i in range(31))


def series(fitted: bool = True) -> BaselineSeries:
    places = [START + timedelta(days=i) for i in range(365)]
    measured = [None if i == 9 else 100.0 + i % 7 for i in range(365)]
    return BaselineSeries(
        tuple(places), tuple(measured), tuple(103.0 if fitted and i > 9 else None for i in range(365))
    )


def words(svg: str) -> set[str]:
    return {"".join(one.itertext()) for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_the_month_is_told_in_words() -> None:
    chart = charts.reporting_days(days(), EN)
    assert chart.description.startswith("29 days measured, 2 left out. Adjusted baseline 2,900 kWh")
    assert {"Adjusted baseline", "Actual energy", "10-01"} <= words(chart.wide)


def test_a_day_left_out_is_a_hollow_bar() -> None:
    whole = tuple(day for day in days() if day.left_out is None)
    hollow = "fill: none; stroke: #9aa7ad"
    assert hollow in charts.reporting_days(days(), EN).wide
    assert hollow not in charts.reporting_days(whole, EN).wide


def test_a_month_of_one_day_or_of_none_measured_still_draws() -> None:
    assert charts.reporting_days(days()[:1], EN).wide
    assert charts.reporting_days(days()[5:7], EN).wide


def test_the_baseline_tells_how_many_days_it_was_fitted_to() -> None:
    chart = charts.baseline(series(), EN)
    assert "365 days, and the model fitted to 355 of them" in chart.description
    assert {"Measured day", "Model", "Day not used", "2026-10"} <= words(chart.wide)
    assert charts.baseline(series(fitted=False), EN).narrow


def test_the_same_days_give_the_same_bytes() -> None:
    assert charts.reporting_days(days(), EN) == charts.reporting_days(
        tuple(replace(day) for day in days()), EN
    )


@pytest.fixture(name="found", scope="module")
def a_statement(city: Parts) -> tuple[Statement, dict[str, object]]:
    service = savings_of(city)
    statement, settlement = (
        service.statement("emc-01", "2026-10"),
        service.settlements.get("emc-01", "2026-10"),
    )
    assert statement is not None
    assert settlement is not None
    return statement, settlement.document["inputs"]


def sheet(statement: Statement, inputs: dict[str, object]) -> str:
    view = build_statement(statement, inputs)
    page = render(
        "statement.html", language="en", zone=ZONE, here="/", view=view, s=statement,
        baseline_chart=charts.baseline(view.baseline, EN),
        month_chart=charts.reporting_days(statement.days, EN),
    )  # fmt: skip
    outline_of(page)
    return page


Found = tuple[Statement, dict[str, object]]


def test_a_held_month_says_why_on_top(found: Found) -> None:
    hold = Record("month_completeness", 0.91, 0.95, "contract emc-01", ok=False)
    held = replace(
        found[0], holds=(hold,), state=SettlementState.HELD, esco_fee_yuan=None, client_keeps_yuan=None
    )
    page = sheet(held, found[1])
    assert "This month is not settled until a person releases it" in page
    assert "Completeness of the month 91.00 %, ≥ 95.00 %" in page
    assert 'id="fee">—' in page


def test_a_later_version_says_by_how_much_it_differs(found: Found) -> None:
    page = sheet(replace(found[0], version=2, difference_yuan=Decimal("-12.30")), found[1])
    assert "Version 2, draft" in page
    assert "−12.30 yuan" in page


def test_a_fee_below_zero_is_due_to_the_client(found: Found) -> None:
    page = sheet(replace(found[0], esco_fee_yuan=Decimal("-500.00")), found[1])
    assert "−500.00" in page
    assert "the ESCO compensates the client" in page
    assert "the ESCO compensates the client" not in sheet(*found)


def test_an_institution_the_registry_lost_is_named_by_its_code(found: Found) -> None:
    assert "<dd>school</dd>" in sheet(replace(found[0], institution=None), found[1])


def test_a_gate_that_is_not_met_says_so_in_words(found: Found) -> None:
    gate = Record("ashrae_cvrmse", 0.5, 0.2, "ASHRAE Guideline 14", ok=False)
    page = sheet(replace(found[0], gates=(gate,)), found[1])
    assert '<td class="fail">not met</td>' in page
    assert "50.00 %" in page


def test_a_superseded_version_says_so(found: Found) -> None:
    assert "Version 1, superseded" in sheet(replace(found[0], state=SettlementState.SUPERSEDED), found[1])


def test_the_paper_names_the_statement_on_every_sheet(found: Found) -> None:
    page = sheet(*found)
    style = page[page.index("<style>") : page.index("</style>")]
    assert "@top-left" in style
    assert found[0].input_sha256 in style


def test_the_long_table_shows_the_last_twelve_months(found: Found) -> None:
    row = found[0].months[-1]
    many = tuple(replace(row, month=f"20{20 + i // 12}-{i % 12 + 1:02}") for i in range(30))
    page = sheet(replace(found[0], months=many), found[1])
    assert "2022-06" in page
    assert "2021-06" not in page
