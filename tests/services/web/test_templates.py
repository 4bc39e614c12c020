"""The overview's and the board's templates filled from made-up view models: what a city seldom shows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.metering.model import Institution, Meter, MeterPeriod, MeterRole, MeterUse
from services.repairs.figures import figures
from services.repairs.model import Severity, Size, Status
from services.web.charts.overview import hours_of_today, monthly_savings
from services.web.charts.uses import daily_uses
from services.web.energy_view import Completeness, MeterCoverage, Ranked, Today, Use
from services.web.formats import Formats
from services.web.i18n import LANGUAGES, Language, texts
from services.web.overview import FleetFigures, Overview, RepairFigures
from services.web.repairs_page import Board, Card, Column
from services.web.savings_view import ContractRow, MonthSavings, Portfolio
from services.web.templating import render
from tests.services.web.city import NOW, ZONE
from tests.services.web.outline import outline_of

DAY = date(2026, 11, 21)
SCHOOL = Institution("school", "市第一中学", "No. 1 School", "education", "x", None, 100.0, 9, None, None)
METER = Meter(
    "m-1", "school", None, "总表", "main", MeterRole.MAIN, MeterUse.ELECTRICITY, None, "school/m-1",
    None, 5400, (MeterPeriod(datetime(2026, 1, 1, tzinfo=UTC)),),
)  # fmt: skip
ORDER = Card(
    "R1", "Lamp", "No. 1 School", "Room 1", "lighting", Size.SMALL, Severity.NORMAL, Status.REPORTED, NOW,
    NOW + timedelta(days=1), None, overdue=False, response_overdue=False, late=False, rating=None,
)  # fmt: skip
CONTRACT = ContractRow(
    "emc-1", "Lamps", "No. 1 School", "custody", DAY, 100.0, 40.0, 5.0, 0.987, date(2026, 10, 1)
)


def overview(**changes: object) -> Overview:
    whole = Overview(
        now=NOW,
        last_reading_at=NOW - timedelta(minutes=1),
        today=Today((5.0,) * 24, (4.0,) * 24, 14, 1234.0, 1234.0, 1000.0),
        savings=Portfolio(1, 100.0, 40.0, 5.0),
        repairs=RepairFigures(30, 4, 2, 0, 0.75),
        fleet=FleetFigures(DAY, 7, 40, 0, 30),
        completeness=Completeness(DAY, 1.0, 0, ()),
        days=(Use(DAY, 1.0, 2.0, 3.0, 10.0, 1.0),),
        months=(MonthSavings(date(2026, 10, 1), 100.0, 60.0, 40.0, 5.0),),
        ranking=(Ranked(SCHOOL, 4.0, 1.0),),
        ranking_start=DAY,
        ranking_end=DAY,
        names={"school": "No. 1 School"},
        contracts=(CONTRACT,),
        recent_repairs=(ORDER,),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def shown(view: Overview, language: Language = "en") -> str:
    f = Formats(texts(language), ZONE)
    page = render(
        "overview.html", language=language, zone=ZONE, here="/", view=view,
        days_chart=daily_uses(view.days, f), months_chart=monthly_savings(view.months, f),
        hours_chart=hours_of_today(view.today, f),
    )  # fmt: skip
    outline_of(page)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_overview_in_which_all_is_well_raises_no_alarm(language: Language) -> None:
    page = shown(overview(), language)
    assert 'class="alert"' not in page
    assert 'class="notice"' not in page
    assert 'class="live"' in page


def test_today_stands_beside_last_week() -> None:
    page = shown(overview())
    assert "1,234 <small>kWh" in page
    assert "Same hours a week ago 1,000 kWh, +23.4\xa0%" in page


def test_readings_that_stopped_are_told() -> None:
    assert 'class="stale"' in shown(overview(last_reading_at=NOW - timedelta(hours=2)))
    assert "Last reading —" in shown(overview(last_reading_at=None))


def test_overdue_repairs_alarm_and_flagged_trips_ask_for_notice() -> None:
    page = shown(overview(repairs=RepairFigures(30, 4, 2, 1, 0.5), fleet=FleetFigures(DAY, 7, 40, 3, 30)))
    assert page.count('class="alert"') == 1
    assert page.count('class="notice"') == 1
    assert "Trips to check in 30 days: 3" in page


def test_meters_that_fall_short_are_named_with_their_institution() -> None:
    short = Completeness(DAY, 0.5, 9, (MeterCoverage(METER, 0.49999),))
    page = shown(overview(completeness=short))
    assert "Meters under 95 %: 9" in page
    assert "No. 1 School · main <small>m-1</small>" in page
    assert "49.9\xa0%" in page


def test_what_nobody_knows_is_a_dash() -> None:
    view = overview(
        savings=Portfolio(0, None, None, None),
        today=Today((None,) * 24, (None,) * 24, 0, None, None, None),
        fleet=FleetFigures(None, None, 0, 0, 30),
        repairs=RepairFigures(30, 0, 0, 0, None),
        completeness=Completeness(DAY, None, 0, ()),
        contracts=(
            replace(CONTRACT, savings_kwh=None, uncertainty_kwh=None, coverage=None, latest_month=None),
        ),
    )
    page = shown(view)
    for place in ("today-kwh", "savings-kwh", "repairs-rate", "vehicles", "completeness"):
        assert f'id="{place}">—' in page
    assert "/statements/" not in page
    assert ">0 <" not in page


def test_an_institution_that_uses_nothing_breaks_no_bar() -> None:
    assert 'rect width="0.0"' in shown(overview(ranking=(Ranked(SCHOOL, 0.0, 1.0),)))


def test_an_institution_hardly_measured_is_pale() -> None:
    assert 'class="bar pale"' in shown(overview(ranking=(Ranked(SCHOOL, 4.0, 0.5),)))


def test_negative_savings_have_a_true_minus() -> None:
    page = shown(
        overview(savings=Portfolio(1, 100.0, -40.0, 5.0), contracts=(replace(CONTRACT, savings_kwh=-40.0),))
    )
    assert 'id="savings-kwh">−40' in page
    assert "−40.0\xa0%" in page


def board(*orders: Card, count: int | None = None, overdue: int = 0) -> str:
    column = Column("reported", len(orders) if count is None else count, orders)
    view = Board((column,), len(orders), overdue, figures([]), 30, (("school", "No. 1 School"),), "school")
    page = render("repairs_board.html", language="en", zone=ZONE, here="/repairs", view=view)
    outline_of(page)
    return page


def test_a_board_without_orders_says_so_and_keeps_its_filter() -> None:
    page = board()
    assert '<p class="empty">None</p>' in page
    assert '<option value="school" selected>No. 1 School</option>' in page


def test_what_is_overdue_says_so_in_words_not_by_colour_alone() -> None:
    page = board(replace(ORDER, overdue=True), overdue=1)
    assert '<strong class="flag overdue">Overdue</strong>' in page
    assert 'class="order late"' in page
    assert "Overdue: 1" in page
    assert "Response overdue" in board(replace(ORDER, response_overdue=True))


def test_a_finished_order_tells_when_and_how_it_was_rated() -> None:
    done = replace(ORDER, status=Status.RATED, completed_at=NOW, late=True, rating=2)
    page = board(done)
    assert "Done 22 Nov 2026, 14:40" in page
    assert "Done late" in page
    assert "Rated: Fair" in page
    assert "Due " not in page


def test_a_due_date_without_a_calendar_is_unknown() -> None:
    assert "Due date unknown" in board(replace(ORDER, due_at=None))


def test_an_urgent_order_and_an_unknown_category_show_as_they_are() -> None:
    page = board(replace(ORDER, severity=Severity.URGENT, category="boiler"))
    assert "Urgent" in page
    assert "boiler" in page


def test_a_long_column_says_how_much_it_hides() -> None:
    assert "1 of 70 shown" in board(ORDER, count=70)
    assert "1 of 1 shown" not in board(ORDER)
