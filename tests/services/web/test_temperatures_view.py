"""A weather meter's page: its samples and the means they make, below a statement that follows the weather."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.app import Parts
from services.metering.model import MeterUse, Quality
from services.metering.schemas import RegistryDocument
from services.timeseries.rollups import roll_up_anew
from services.timeseries.sqlite import SqliteStore
from services.web.i18n import LANGUAGES, Language
from services.web.overview import Sources
from services.web.paper.blocks import Facts, Section, Table, Words
from services.web.paper.readings import day_sections
from services.web.paper.temperatures import temperature_sections
from services.web.readings_view import PAGE
from services.web.settled_day_view import build_settled_day
from services.web.temperatures_view import SampleRow, build_temperatures
from tests.services.savings.methods import weather
from tests.services.timeseries.meters import HOUR_MS, SHANGHAI, T0, plain_meter, reading, write_all
from tests.services.web.city import build_city
from tests.services.web.clients import client_of
from tests.services.web.outline import outline_of
from tests.services.web.papers import formats, found_of, of_document
from tests.services.web.test_overview import sources_of

FIRST, SECOND, LAST = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 4)
ROOF = plain_meter("roof", use=MeterUse.WEATHER)


@pytest.fixture(name="sources", scope="module")
def with_a_roof(city: Parts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    """`roof`: n °C at hour n of the first day, 2 °C all of the second, then nothing until the fourth."""
    folder: Path = tmp_path_factory.mktemp("roof")
    store = SqliteStore(folder / "readings.db")
    store.prepare()
    warm = {**{n: float(n) for n in range(24)}, **dict.fromkeys(range(24, 49), 2.0), 72: -5.125}
    write_all(store, [reading(60 * n, meter="roof", temperature_c=c) for n, c in warm.items()])
    roll_up_anew(store, ROOF, zone=SHANGHAI)
    yield replace(sources_of(city), store=store, zone=SHANGHAI)
    store.close()


def tables(sections: tuple[Section, ...]) -> dict[str, Table]:
    return {one.anchor: block for one in sections for block in one.blocks if isinstance(block, Table)}


def test_a_day_is_told_by_its_hours_and_samples(sources: Sources) -> None:
    view = build_temperatures(sources, ROOF, first=FIRST, last=FIRST)
    assert view.hours
    assert [one.start_ms for one in view.means] == [T0 + n * HOUR_MS for n in range(24)]
    assert (view.means[6].mean_c, view.means[6].coverage) == (6.5, 1.0)
    assert [one.value_c for one in view.rows] == [*(float(n) for n in range(24)), 2.0]
    assert view.rows[3] == SampleRow(T0 + 3 * HOUR_MS, 3.0, Quality.GOOD)
    assert view.following_ms is None


def test_samples_reach_beyond_both_ends_since_means_go_straight_between_them(sources: Sources) -> None:
    view = build_temperatures(sources, ROOF, first=SECOND, last=SECOND)
    assert (view.rows[0].time_ms, view.rows[-1].time_ms) == (T0 + 23 * HOUR_MS, T0 + 48 * HOUR_MS)


def test_more_days_are_told_by_their_means_and_a_silent_one_is_not_zero(sources: Sources) -> None:
    view = build_temperatures(sources, ROOF, first=FIRST, last=LAST)
    first, second, silent, cold = view.means
    assert not view.hours
    assert first.mean_c == pytest.approx(11.5, abs=0.5)
    assert (first.lowest_c, first.highest_c) == (0.0, 23.0)
    assert (second.mean_c, second.coverage) == (2.0, 1.0)
    assert silent.coverage in {None, 0.0}
    assert cold.coverage == pytest.approx(0.0)
    cells = [cell.text for cell in tables(temperature_sections(view, formats()))["intervals"].rows[1]]
    assert cells == ["2026-01-02", "2.00", "2.00", "2.00", "100.0\xa0%"]


def test_a_page_ends_where_the_next_begins(sources: Sources) -> None:
    whole = build_temperatures(sources, ROOF, first=FIRST, last=LAST)
    rest = build_temperatures(sources, ROOF, first=FIRST, last=LAST, after_ms=T0 + 30 * HOUR_MS)
    assert len(whole.rows) < PAGE
    assert rest.rows == whole.rows[30:]
    assert rest.means == whole.means


def test_an_hour_leads_to_its_samples_and_a_day_to_its_hours(sources: Sources) -> None:
    hours = temperature_sections(build_temperatures(sources, ROOF, first=FIRST, last=FIRST), formats())
    at = T0 + HOUR_MS
    assert (
        tables(hours)["intervals"].rows[1][0].href == f"/readings/roof?from={FIRST}&to={FIRST}&after={at}#raw"
    )
    days = temperature_sections(build_temperatures(sources, ROOF, first=FIRST, last=LAST), formats())
    assert tables(days)["intervals"].rows[1][0].href == f"/readings/roof?from={SECOND}&to={SECOND}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_of_temperature_never_of_energy(sources: Sources, language: Language) -> None:
    f = formats(language)
    sections = temperature_sections(build_temperatures(sources, ROOF, first=FIRST, last=FIRST), f)
    facts = sections[0].blocks[0]
    assert isinstance(facts, Facts)
    assert facts.rows[-1][1].text == f"{f.texts('weather.source')} [°C]"
    found = tables(sections)
    labels = [column.label for table in found.values() for column in table.columns]
    assert sum("°C" in label for label in labels) == 4
    assert not any("kWh" in text for text in [*labels, *(table.caption for table in found.values())])
    assert "50\xa0%" in found["intervals"].caption
    assert [cell.text for cell in found["raw"].rows[3]] == [
        "2026-01-01 03:00:00", "3.00", f.texts("quality.good"),
    ]  # fmt: skip


def test_days_without_a_sample_say_so(sources: Sources) -> None:
    unheard = replace(ROOF, code="attic", address="bureau/attic")
    view = build_temperatures(sources, unheard, first=FIRST, last=FIRST)
    assert {one.mean_c for one in view.means} == {None}
    (section,) = temperature_sections(view, formats())
    assert isinstance(section.blocks[1], Words)


def test_the_page_of_a_weather_meter_shows_its_temperatures(tmp_path: Path) -> None:
    own = build_city(tmp_path)
    meter = {
        "code": "roof", "institution": "school", "name_zh": "屋顶气象", "name_en": "Roof", "role": "sub",
        "use": "weather", "ledger": [{"valid_from": "2020-01-01T00:00:00+08:00"}],
    }  # fmt: skip
    own.registry.apply(RegistryDocument.model_validate({"meters": [meter]}))
    own.store.write(
        [reading(n, institution="school", meter="roof", temperature_c=7.25) for n in range(PAGE + 1)]
    )
    page = client_of(own).get(f"/readings/roof?from={FIRST}&lang=en").text
    own.close()
    outline_of(page)
    assert "Outdoor temperature [°C]" in page
    assert page.count(">7.25<") == PAGE
    assert f"?from={FIRST}&amp;to={FIRST}&amp;after={T0 + PAGE * 60_000}#raw" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_settled_day_shows_the_temperature_it_was_settled_with(city: Parts, language: Language) -> None:
    inputs, f = weather(), formats(language)
    found = of_document(city, inputs)
    day = found.view.statement.days[3].day
    view = build_settled_day(sources_of(city), found, day)
    assert view is not None
    settled = next(row for row in inputs["reporting_days"] if row[0] == day.isoformat())
    assert (view.weather, view.outdoor_c) == ("hall-weather", settled[-1])
    facts = day_sections(view, f)[0].blocks[0]
    assert isinstance(facts, Facts)
    cell = dict(facts.rows)[f"{f.texts('weather.source')} °C"]
    assert cell.text == f"{settled[-1]:.2f}".replace("-", "−")
    assert cell.href == f"/readings/hall-weather?from={day}&to={day}"


def test_a_contract_without_weather_has_no_line_of_it(city: Parts) -> None:
    found = found_of(city)
    view = build_settled_day(sources_of(city), found, found.view.statement.days[0].day)
    assert view is not None
    assert (view.weather, view.outdoor_c) == (None, None)
    facts = day_sections(view, formats())[0].blocks[0]
    assert isinstance(facts, Facts)
    assert "Outdoor temperature °C" not in dict(facts.rows)
