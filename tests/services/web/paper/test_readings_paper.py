"""The blocks between a settled figure and its readings."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.app import Parts
from services.clock import to_ms
from services.metering.model import Quality
from services.web.i18n import LANGUAGES, Language
from services.web.paper.blocks import Facts, Section, Table, Words
from services.web.paper.readings import day_sections, readings_path, readings_sections
from services.web.readings_view import IntervalRow, ReadingRow, ReadingsView
from services.web.settled_day_view import MeterDay, SettledDay
from tests.services.web.papers import formats, found_of

DAY = date(2026, 10, 5)
AT = to_ms(datetime(2026, 10, 4, 16, tzinfo=UTC))
HOUR = 3_600_000


@pytest.fixture(name="view", scope="module")
def some_readings(city: Parts) -> ReadingsView:
    meter = city.registry.meter("school-lighting")
    assert meter is not None
    rows = (
        ReadingRow(AT, 1234.5, 40.0, None, Quality.GOOD, False),
        ReadingRow(AT + HOUR, 1235.1234567, 40.0, 24.938, Quality.GAP | Quality.ZONE_ASSUMED, False),
        ReadingRow(AT + 2 * HOUR, 9e6, 40.0, None, Quality.GOOD, True),
    )
    intervals = (IntervalRow(AT, 24.938, 0.0, 1.0), IntervalRow(AT + HOUR, None, 1.5, None))
    return ReadingsView(meter, "energy_kwh", DAY, DAY, rows, intervals, True, None)


def tables(sections: tuple[Section, ...]) -> dict[str, Table]:
    found = {one.anchor: block for one in sections for block in one.blocks if isinstance(block, Table)}
    assert all(
        sum(cell.span for cell in row) == len(table.columns) for table in found.values() for row in table.rows
    )
    return found


def test_a_reading_shows_its_register_ratio_energy_and_marks(view: ReadingsView) -> None:
    first, second, spike = tables(readings_sections(view, formats()))["raw"].rows
    assert [cell.text for cell in first] == ["2026-10-05 00:00:00", "1,234.500", "40", "—", "good"]
    assert [cell.text for cell in second] == [
        "2026-10-05 01:00:00", "1,235.123457", "40", "24.938", "zone assumed, gap",
    ]  # fmt: skip
    assert (spike[4].text, spike[0].tone) == ("set aside", "bad")


def test_an_hour_leads_to_its_readings_and_the_sum_keeps_them_apart(view: ReadingsView) -> None:
    table = tables(readings_sections(view, formats()))["intervals"]
    assert table.columns[0].label == "Hour from"
    assert table.rows[0][0].href == (f"/readings/school-lighting?from={DAY}&to={DAY}&after={AT}#raw")
    assert [cell.text for cell in table.rows[1][1:]] == ["—", "1.500", "—"]
    assert [cell.text for cell in table.foot] == ["Together", "24.938", "1.500", ""]


def test_days_lead_to_the_readings_of_the_day(view: ReadingsView) -> None:
    table = tables(readings_sections(replace(view, hours=False), formats()))["intervals"]
    assert table.rows[0][0].href == readings_path("school-lighting", "2026-10-05")
    assert readings_path("a/b", "2026-10-05") == "/readings/a%2Fb?from=2026-10-05&to=2026-10-05"


def test_a_longer_period_is_told_by_its_ends(view: ReadingsView) -> None:
    sections = readings_sections(replace(view, last=date(2026, 10, 7)), formats())
    facts = sections[0].blocks[0]
    assert isinstance(facts, Facts)
    assert dict(facts.rows)["Days"].text == "5 Oct 2026 – 7 Oct 2026"


def test_without_readings_the_page_says_so(view: ReadingsView) -> None:
    (section,) = readings_sections(replace(view, rows=()), formats())
    assert isinstance(section.blocks[1], Words)


@pytest.fixture(name="day", scope="module")
def a_day(city: Parts) -> SettledDay:
    found = found_of(city)
    row = next(one for one in found.view.statement.days if one.day == DAY)
    meter = MeterDay("school-lighting", city.registry.meter("school-lighting"), 47.424, 0.0, 1.0, 47.424)
    return SettledDay(found, row, False, 11.517, (meter,))


def test_a_day_shows_what_was_settled_beside_what_is_stored(day: SettledDay) -> None:
    (row,) = tables(day_sections(day, formats()))["meters"].rows
    assert [cell.text for cell in row] == [
        "school-lighting", "47.424", "0.000", "100.0\xa0%", "47.424", "47.424", "yes",
    ]  # fmt: skip
    assert row[0].href == readings_path("school-lighting", "2026-10-05")


def test_a_meter_that_no_longer_agrees_is_marked(day: SettledDay) -> None:
    other = replace(day.meters[0], stored_kwh=47.5, meter=None)
    (row,) = tables(day_sections(replace(day, meters=(other,)), formats()))["meters"].rows
    assert (row[-1].text, row[-1].tone) == ("no", "bad")
    assert row[0].small == ""


def test_a_meter_nothing_is_known_of_is_a_dash() -> None:
    meter = MeterDay("m", None, None, None, None, None)
    assert meter.counted_kwh is None
    assert meter.agrees


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_left_out_says_why(day: SettledDay, language: Language) -> None:
    f = formats(language)
    row = replace(day.day, left_out="incomplete", savings_kwh=None, uncertainty_kwh=None)
    facts = day_sections(replace(day, day=row, working=None), f)[0].blocks[0]
    assert isinstance(facts, Facts)
    words = [cell.text for _, cell in facts.rows]
    assert f.texts("statement.left_out.incomplete") in words
    assert "—" in words
