"""From a statement's figure down to its readings: every step is a link and adds up to the one above."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient

from services.app import Parts
from services.clock import local_day_start, to_ms
from services.metering.ledger import RegisterLine
from services.metering.model import Quality
from services.metering.quarantine import Quarantine
from services.metering.registers import weigh
from services.savings.settlement.statement import Statement
from services.web.i18n import LANGUAGES
from services.web.overview import Sources
from services.web.readings_pages import read_day
from services.web.readings_view import PAGE, ReadingsView, build_readings, weighed_rows
from services.web.settled_day_view import build_settled_day
from tests.services.web.city import ZONE, lamps_kw
from tests.services.web.clients import client_of
from tests.services.web.outline import outline_of
from tests.services.web.papers import found_of
from tests.services.web.test_overview import sources_of

DAY = date(2026, 10, 5)
GAP = date(2026, 10, 14)


@pytest.fixture(scope="module")
def client(city: Parts) -> TestClient:
    return client_of(city)


@pytest.fixture(name="sources", scope="module")
def all_sources(city: Parts) -> Sources:
    return sources_of(city)


@pytest.fixture(name="statement", scope="module")
def a_statement(city: Parts) -> Statement:
    return found_of(city).view.statement


def readings(
    sources: Sources, city: Parts, first: date, last: date, after_ms: int | None = None
) -> ReadingsView:
    meter = city.registry.meter("school-lighting")
    assert meter is not None
    quarantine = Quarantine(city.sessions, city.clock)
    return build_readings(sources, quarantine, meter, first=first, last=last, after_ms=after_ms)


def links(page: str, start: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]+)"', page) if unescape(one).startswith(start)]


def test_the_links_lead_from_the_contract_to_the_readings(client: TestClient) -> None:
    (statement,) = set(links(client.get("/").text, "/statements/emc-01"))
    day = next(one for one in links(client.get(statement).text, f"{statement}/days/") if f"{DAY}" in one)
    meter = links(client.get(day).text, "/readings/school-lighting")[0]
    page = client.get(meter).text
    hour = next(one for one in links(page, "/readings/") if "after=" in one)
    raw = client.get(hour).text
    assert "2026-10-05 00:00:00" in raw
    assert client.get(hour).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    [
        f"/statements/emc-01/2026-10/days/{DAY}",
        f"/statements/emc-01/2026-10/days/{GAP}?version=1",
        f"/readings/school-lighting?from={DAY}&to={DAY}",
        "/readings/school-lighting?from=2026-10-01&to=2026-10-31",
        "/readings/library-main",
        "/readings/school-lighting?from=2020-01-01",
    ],
)
def test_every_page_is_sound(client: TestClient, path: str, language: str) -> None:
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer.status_code == 200
    outline_of(answer.text)
    assert "readings." not in re.sub(r"<[^>]*>", "", answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/statements/emc-01/2026-10/days/2026-11-01", "/statements/emc-01/2026-10/days/x",
        "/statements/emc-99/2026-10/days/2026-10-01", "/statements/emc-01/2026-10/days/2026-10-01?version=9",
        "/readings/nobody",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_spans_between_readings_add_up_to_the_settled_day(
    sources: Sources, city: Parts, statement: Statement
) -> None:
    view = readings(sources, city, DAY, DAY)
    settled = next(row for row in statement.days if row.day == DAY)
    assert sum(row.energy or 0.0 for row in view.rows[1:]) == pytest.approx(settled.actual_kwh, abs=5e-4)
    assert sum(row.measured or 0.0 for row in view.intervals) == pytest.approx(settled.actual_kwh, abs=5e-4)
    assert len(view.intervals) == 24
    assert view.hours


def test_the_readings_shown_reach_from_the_first_boundary_to_the_last(sources: Sources, city: Parts) -> None:
    view = readings(sources, city, DAY, DAY)
    bounds = [to_ms(local_day_start(day, ZONE)) for day in (DAY, date(2026, 10, 6))]
    assert [view.rows[0].time_ms, view.rows[-1].time_ms] == bounds
    assert view.rows[10].energy == pytest.approx(lamps_kw(DAY, 9))
    assert view.rows[1].quality is Quality.GOOD


def test_a_gap_is_marked_and_its_neighbours_are_shown(sources: Sources, city: Parts) -> None:
    view = readings(sources, city, GAP, GAP)
    last = view.rows[-1]
    assert Quality.GAP in last.quality
    assert last.time_ms == to_ms(datetime(2026, 10, 15, 2, tzinfo=UTC))
    dark = [row for row in view.intervals if row.coverage == 0]
    assert len(dark) == 5
    assert all(row.measured == 0 for row in dark)


def test_many_readings_come_in_pages_without_loss(sources: Sources, city: Parts) -> None:
    whole: list[int] = []
    after: int | None = None
    while True:
        view = readings(sources, city, date(2026, 10, 1), date(2026, 10, 20), after)
        assert len(view.rows) <= PAGE
        whole += [row.time_ms for row in view.rows]
        after = view.following_ms
        if after is None:
            break
    assert whole == sorted(set(whole))
    assert len(whole) == 20 * 24 + 1 - 14
    assert not view.hours
    assert len(view.intervals) == 20


def test_more_readings_are_a_link_away(client: TestClient) -> None:
    page = client.get("/readings/school-lighting?from=2026-10-01&to=2026-10-31").text
    following = next(one for one in links(page, "?from") if "after=" in one)
    assert client.get(f"/readings/school-lighting{following.split('#')[0]}").status_code == 200


def test_a_spike_is_shown_as_set_aside() -> None:
    line = RegisterLine(datetime(2026, 1, 1, tzinfo=UTC), ratio=40.0)
    hours = [to_ms(datetime(2026, 1, 2, hour, tzinfo=UTC)) for hour in range(5)]
    weighed = weigh(hours, [10.0, 11.0, 9e6, 13.0, 14.0], ledger=[line], gap_limit_s=8000)
    rows = weighed_rows(weighed)
    assert [row.energy for row in rows] == [None, 40.0, None, 80.0, 40.0]
    assert [row.set_aside for row in rows] == [False, False, True, False, False]
    assert (rows[2].register, rows[2].ratio) == (9e6, 40.0)
    assert Quality.QUARANTINED in rows[3].quality


def test_a_settled_day_says_whether_the_store_still_agrees(sources: Sources, city: Parts) -> None:
    found = found_of(city)
    view = build_settled_day(sources, found, DAY)
    assert view is not None
    (meter,) = view.meters
    assert meter.counted_kwh == meter.stored_kwh == view.day.actual_kwh
    assert meter.agrees
    assert view.working is False
    rows = found.settlement.document["inputs"]["reporting_days"]
    row = next(one for one in rows if one[0] == DAY.isoformat())
    before, row[3][0][0] = row[3][0][0], 99.0
    altered = build_settled_day(sources, found, DAY)
    row[3][0][0] = before
    assert altered is not None
    assert not altered.meters[0].agrees


def test_no_more_days_than_two_months_are_read_at_once(client: TestClient) -> None:
    page = client.get("/readings/school-lighting?from=2026-09-01&to=2027-09-01&lang=en").text
    assert "1 Sep 2026 – 1 Nov 2026" in page


def test_days_are_read_as_addresses_spell_them() -> None:
    assert read_day("2026-10-05") == DAY
    assert [read_day(one) for one in ("", "x", "2026-13-01", "0001-01-01", "9999-12-31")] == [None] * 5
