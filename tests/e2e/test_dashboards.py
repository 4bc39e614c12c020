"""Every query of every panel and variable, executed against the real influxd that the demo filled."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from dashboards.board import Board, Variable
from dashboards.catalogue import HERE, boards
from dashboards.influxql import Promise
from services.timeseries.schema import COLLECTOR_HEALTH
from tests.e2e.conftest import FilledCity
from tests.e2e.grafana import ZONE, TimeRange, expand, panels_of

pytestmark = [pytest.mark.mosquitto, pytest.mark.influxd, pytest.mark.timeout(600)]

Ask = Callable[[str], list[dict[str, Any]]]
BOARDS = {board.uid: board for board in boards()}
DASHBOARDS = {uid: json.loads((HERE / f"generated/{uid}.json").read_text(encoding="utf-8")) for uid in BOARDS}
PANELS = [(uid, number) for uid in BOARDS for number in range(len(BOARDS[uid].panels))]
VARIABLES = [(uid, number) for uid in BOARDS for number in range(len(BOARDS[uid].variables))]


def panel_name(case: tuple[str, int]) -> str:
    uid, number = case
    return f"{uid}: {BOARDS[uid].panels[number].title.split(' ', 1)[1]}"


@pytest.fixture(scope="module")
def ask(filled_city: FilledCity) -> Ask:
    """Ask as Grafana's data source does; returns the series, or fails with the server's complaint."""

    def asked(query: str) -> list[dict[str, Any]]:
        answer = httpx2.post(
            f"{filled_city.url}/query",
            params={"db": filled_city.database, "epoch": "ms"},
            data={"q": query},
            timeout=30,
        )
        assert answer.status_code == 200, f"{answer.text}\n{query}"
        (result,) = answer.json()["results"]
        assert "error" not in result, f"{result['error']}\n{query}"
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    return asked


def breaches(promise: Promise, answer: list[dict[str, Any]]) -> list[str]:
    """How an answer falls short of what was promised, empty when it does not."""
    found = []
    labels = [column.label for column in promise.columns]
    rows = [row for series in answer for row in series["values"]]
    if len(rows) < promise.at_least:
        found.append(f"{len(rows)} rows, {promise.at_least} promised")
    for series in answer:
        if series["columns"] != ["time", *labels]:
            found.append(f"columns {series['columns']}")
        if set(series.get("tags", {})) != set(promise.tags):
            found.append(f"tags {series.get('tags')}")
    for number, column in enumerate(promise.columns, start=1):
        values = [row[number] for row in rows if row[number] is not None]
        if rows and not values:
            found.append(f"{column.label} is empty")
        outside = [value for value in values if not column.low <= value <= column.high]
        if outside or not all(math.isfinite(value) for value in values):
            found.append(f"{column.label}: {outside[:3]} outside {column.low} to {column.high}")
    return found


def values_of(ask: Ask, variable: Variable) -> list[str]:
    """What the variable offers."""
    return [value for series in ask(variable.query) for _, value in series["values"]]


def fullest(values: list[str]) -> str:
    """The bureau's own building, which has a meter of every use and most of the orders, or the first."""
    return "gov" if "gov" in values else values[0]


def chosen_first(ask: Ask, board: Board) -> dict[str, list[str]]:
    """What stands in the variables when the dashboard opens: All, or the first value."""
    return {v.tag: [] if v.multi else values_of(ask, v)[:1] for v in board.variables}


def expanded(
    uid: str, number: int, data: FilledCity, chosen: dict[str, list[str]], since: str = ""
) -> list[tuple[str, Promise]]:
    """The panel's queries as the committed JSON has them, ready to send, with what the code promises."""
    drawn, declared = panels_of(DASHBOARDS[uid])[number], BOARDS[uid].panels[number]
    since = drawn.get("timeFrom") or since or DASHBOARDS[uid]["time"]["from"]
    queries = [target["query"] for target in drawn["targets"]]
    assert queries == [query.text for query in declared.queries]
    minimum = drawn.get("interval")
    return [
        (expand(query.text, span, minimum=minimum, chosen=chosen), query.promise)
        for query in declared.queries
        for span in [TimeRange.relative(since, now_of(query.text, data))]
    ]


def now_of(query: str, data: FilledCity) -> datetime:
    """The city lives to the end of its history; what a collector tells of itself is told by the clock."""
    return data.ended_at if f'"{COLLECTOR_HEALTH.name}"' in query else data.now


@pytest.mark.parametrize("case", PANELS, ids=panel_name)
def test_panel_returns_what_it_promises(case: tuple[str, int], ask: Ask, filled_city: FilledCity) -> None:
    uid, number = case
    for query, promise in expanded(uid, number, filled_city, chosen_first(ask, BOARDS[uid])):
        assert breaches(promise, ask(query)) == [], query


@pytest.mark.parametrize("case", VARIABLES, ids=lambda case: f"{case[0]}: {case[1]}")
def test_variable_offers_values(case: tuple[str, int], ask: Ask) -> None:
    uid, number = case
    drawn = DASHBOARDS[uid]["templating"]["list"][number]
    variable = BOARDS[uid].variables[number]
    assert drawn["query"] == variable.query
    assert drawn["name"] == variable.tag
    assert values_of(ask, variable)


@pytest.mark.parametrize("case", PANELS, ids=panel_name)
def test_one_value_and_all_of_them_chosen_by_hand_are_answered(
    case: tuple[str, int], ask: Ask, filled_city: FilledCity
) -> None:
    uid, number = case
    everything = {variable.tag: values_of(ask, variable) for variable in BOARDS[uid].variables}
    as_opened = expanded(uid, number, filled_city, {tag: [] for tag in everything})
    by_hand = expanded(uid, number, filled_city, everything)
    one = expanded(uid, number, filled_city, {tag: [fullest(values)] for tag, values in everything.items()})
    for (opened, _), (query, _), (narrow, promise) in zip(as_opened, by_hand, one, strict=True):
        assert ask(query) == ask(opened), query
        assert breaches(promise, ask(narrow)) == [], narrow


def test_an_institution_without_a_meter_has_an_empty_cell(ask: Ask, filled_city: FilledCity) -> None:
    number = next(n for n, p in enumerate(BOARDS["kilowitness-energy"].panels) if "Institutions" in p.title)
    ((query, _),) = expanded("kilowitness-energy", number, filled_city, {"institution": ["archives"]})
    [series] = ask(query)
    cells = dict(zip(series["columns"], series["values"][0], strict=True))
    assert cells["燃气 Gas"] is None
    assert cells["用水 Water"] > 0


def test_a_chosen_value_is_no_pattern(ask: Ask, filled_city: FilledCity) -> None:
    """A dot in a code stands for itself: `f.nance` does not choose `finance`."""
    ((query, _),) = expanded("kilowitness-energy", 0, filled_city, {"institution": ["f.nance"]})
    assert ask(query) == []


def test_days_are_cut_at_local_midnight(ask: Ask, filled_city: FilledCity) -> None:
    number = next(
        number
        for number, panel in enumerate(BOARDS["kilowitness-energy"].panels)
        if "time(1d)" in panel.queries[0].text
    )
    for query, _ in expanded("kilowitness-energy", number, filled_city, {"institution": []}):
        for series in ask(query):
            assert {row[0] % 86_400_000 for row in series["values"]} == {16 * 3_600_000}


def test_a_range_without_data_gives_no_rows_and_no_zeros(ask: Ask, filled_city: FilledCity) -> None:
    """What Grafana then shows is the panel's no-data text."""
    then = filled_city.now.replace(year=2001)
    long_ago = replace(filled_city, now=then, ended_at=then)
    for uid, number in PANELS:
        if "$timeFilter" not in BOARDS[uid].panels[number].queries[0].text:
            continue  # the latest of all times, however old
        for query, _ in expanded(uid, number, long_ago, {"institution": [], "contract": []}):
            assert ask(query) == [], query


def shown(title: str, ask: Ask, data: FilledCity, since: str = "") -> float:
    """The number of the figure with this English title."""
    uid, number = next(
        (uid, number) for uid, number in PANELS if BOARDS[uid].panels[number].title.endswith(f" {title}")
    )
    ((query, _),) = expanded(uid, number, data, chosen_first(ask, BOARDS[uid]), since)
    value: float = ask(query)[0]["values"][0][1]
    return value


def period(data: FilledCity, days: int) -> str:
    """The query of that many local days up to today."""
    today = data.now.astimezone(ZONE).date()
    return f"start={today - timedelta(days=days - 1)}&end={today + timedelta(days=1)}"


def test_energy_is_what_the_service_says(ask: Ask, filled_city: FilledCity) -> None:
    month = period(filled_city, filled_city.now.astimezone(ZONE).day)
    items = filled_city.get(f"/energy?{month}")["items"]
    for title, key in (
        ("Electricity this month", "electricity_kwh"),
        ("CO₂ this month", "carbon_kg"),
        ("Water this month", "water_m3"),
    ):
        total = sum(item[key] for item in items)
        assert shown(title, ask, filled_city) == pytest.approx(total, rel=1e-9)


def test_savings_are_what_the_service_says(ask: Ask, filled_city: FilledCity) -> None:
    (contract, *_) = [item["code"] for item in filled_city.get("/contracts")["items"]]
    total = filled_city.get(f"/contracts/{contract}/savings?grain=day")["total"]
    assert shown("Savings", ask, filled_city) == pytest.approx(total["savings_kwh"], rel=1e-6)
    rate = total["savings_kwh"] / total["baseline_kwh"]
    assert shown("Saving rate", ask, filled_city) == pytest.approx(rate, rel=1e-6)


def test_repairs_are_what_the_service_says(ask: Ask, filled_city: FilledCity) -> None:
    summary = filled_city.get(f"/repairs/summary?{period(filled_city, 30)}")
    assert summary["due_unknown"] == 0
    assert shown("On-time rate", ask, filled_city) == pytest.approx(summary["on_time_rate"])
    assert shown("Overdue open", ask, filled_city) == summary["overdue_open"] > 0
    assert shown("Satisfied", ask, filled_city) == pytest.approx(summary["satisfaction_rate"])


def test_the_fleet_is_what_the_service_says(ask: Ask, filled_city: FilledCity) -> None:
    total = filled_city.get(f"/fleet/summary?{period(filled_city, 30)}")["total"]
    assert shown("Distance", ask, filled_city) == pytest.approx(total["distance_km"], rel=1e-6)
    assert shown("Attendance", ask, filled_city) == pytest.approx(total["attendance_rate"])
    assert shown("L/100 km", ask, filled_city) == pytest.approx(total["litres_per_100km"])
    assert shown("Flagged trips", ask, filled_city) == total["flagged_trips"] > 0
