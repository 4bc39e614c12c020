"""Intervals, ingest figures and unregistered addresses over HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.clock import Clock, fixed_clock, from_ms
from services.database import Sessions, Table, open_database, session_factory
from services.http import install_problem_details
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.timeseries.ingest import HealthTotals
from services.timeseries.jobs import job
from services.timeseries.routes import router
from services.timeseries.schema import COLLECTOR_HEALTH, POSITIONS
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from tests.services.metering.documents import document, institution, meter
from tests.services.timeseries.meters import HOUR_MS, SHANGHAI, T0, reading, write_all

NOW = from_ms(T0) + timedelta(days=3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    yield store
    store.close()


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def registry(sessions: Sessions) -> Registry:
    registry = Registry(sessions)
    registry.apply(document(institutions=[institution("bureau")], meters=[meter("main", "bureau")]))
    return registry


@pytest.fixture
def client(store: SqliteStore, registry: Registry) -> Iterator[TestClient]:
    app = FastAPI()
    install_problem_details(app)
    app.include_router(router(store=store, registry=registry, zone=SHANGHAI, clock=fixed_clock(NOW)))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def rolled_up(store: SqliteStore, registry: Registry, sessions: Sessions) -> None:
    """24 hours with three missing readings, the first marked as of arrival time."""
    write_all(store, [reading(60 * n, energy_kwh=n) for n in (*range(3), *range(6, 25))])
    write_all(store, [reading(0, quality=1)])
    quarantine = Quarantine(sessions, fixed_clock(NOW))
    job(store=store, registry=registry, zone=SHANGHAI, quarantine=quarantine).run(None)


def get(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.usefixtures("rolled_up")
def test_hours_are_listed_with_local_offsets_and_named_marks(client: TestClient) -> None:
    items = get(client, "/intervals?meter=main&grain=hour&start=2026-01-01&end=2026-01-02")["items"]
    assert len(items) == 24
    assert items[0] == {
        "start": "2026-01-01T00:00:00+08:00", "end": "2026-01-01T01:00:00+08:00",
        "measured": 1, "estimated": 0, "coverage": 1, "quality": ["ARRIVAL_TIME"],
    }  # fmt: skip
    assert items[3] == {
        "start": "2026-01-01T03:00:00+08:00", "end": "2026-01-01T04:00:00+08:00",
        "measured": 0, "estimated": 1, "coverage": 0, "quality": ["GAP"],
    }  # fmt: skip


@pytest.mark.usefixtures("rolled_up")
def test_days_are_local_days_and_the_end_is_exclusive(client: TestClient) -> None:
    path = "/intervals?meter=main&channel=energy_kwh&grain=day&start=2025-12-25&end=2026-01-02"
    assert get(client, path)["items"] == [
        {
            "start": "2026-01-01T00:00:00+08:00", "end": "2026-01-02T00:00:00+08:00",
            "measured": 24, "estimated": 0, "coverage": 1, "quality": ["ARRIVAL_TIME", "GAP"],
        }
    ]  # fmt: skip
    assert get(client, "/intervals?meter=main&start=2025-12-25&end=2026-01-01")["items"] == []
    assert get(client, "/intervals?meter=main&start=2026-01-01&end=2026-01-01")["items"] == []


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("meter=other", 404, "meter: nothing has the code 'other'"),
        ("meter=main&channel=power_kw", 422, "channel: 'power_kw' is a gauge"),
        ("meter=main&channel=kwh", 422, "channel: 'kwh' is none of energy_kwh"),
        ("meter=main&grain=week", 422, "grain"),
        ("meter=main&start=2026-01-03", 422, "end: "),
        ("meter=main&grain=hour&start=2020-01-01", 422, "end: from start to 800 days"),
        ("meter=main&start=yesterday", 422, "start"),
        ("", 422, "meter"),
    ],
)
def test_a_wrong_query_names_its_field(client: TestClient, query: str, status: int, said: str) -> None:
    start = "" if "start=" in query else "&start=2026-01-01"
    answer = client.get(f"/intervals?end=2026-01-02{start}&{query}")
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_an_empty_store_has_ingested_nothing(client: TestClient) -> None:
    assert get(client, "/ingest") == {
        "readings_stored": 0, "positions_stored": 0, "messages": 0, "rejected": 0, "last_reading_at": None,
        "unregistered": 0,
    }  # fmt: skip
    assert get(client, "/meters/unregistered") == {"items": []}


def test_ingest_counts_values_without_marks_positions_and_health(
    client: TestClient, store: SqliteStore
) -> None:
    write_all(store, [reading(0, energy_kwh=1, power_kw=2, quality=1), reading(60, energy_kwh=2)])
    write_all(store, [reading(30, meter="stranger", energy_kwh=1)])
    write_all(
        store,
        [Point(POSITIONS, ("bureau", "car"), T0 + n, {"lat": 30, "lon": 112, "fuel_l": 5}) for n in range(3)],
    )
    write_all(store, health(0, messages=5, rejected=1) + health(1, messages=2, rejected=0))
    assert get(client, "/ingest") == {
        "readings_stored": 4, "positions_stored": 3, "messages": 7, "rejected": 1,
        "last_reading_at": "2025-12-31T17:00:00Z", "unregistered": 1,
    }  # fmt: skip


def test_addresses_that_no_meter_has_are_listed_the_latest_first(
    client: TestClient, store: SqliteStore, registry: Registry
) -> None:
    write_all(store, [reading(0, energy_kwh=1), reading(0, meter="x", energy_kwh=1)])
    write_all(store, [reading(60, institution="acrel-adw", meter="7", power_kw=1)])
    assert get(client, "/meters/unregistered")["items"] == [
        {"address": "acrel-adw/7", "last_reading_at": "2025-12-31T17:00:00Z"},
        {"address": "bureau/x", "last_reading_at": "2025-12-31T16:00:00Z"},
    ]
    registry.apply(document(meters=[meter("seven", "bureau", address="acrel-adw/7"), meter("x", "bureau")]))
    assert get(client, "/meters/unregistered") == {"items": []}


def health(hours: float, collector: str = "collector-1", **fields: float) -> list[Point]:
    return [Point(COLLECTOR_HEALTH, (collector,), T0 + round(hours * HOUR_MS), fields)]


def test_health_totals_settle_what_is_old_and_read_again_what_is_new(store: SqliteStore) -> None:
    hours = 100.0

    def clock() -> Any:
        return from_ms(T0 + round(hours * HOUR_MS))

    moving: Clock = clock
    totals = HealthTotals(store, moving)
    assert totals.now() == {"messages": 0, "rejected": 0}
    write_all(store, health(80, messages=10, rejected=2) + health(90, "collector-2", messages=1))
    assert totals.now() == {"messages": 11, "rejected": 2}
    for step in range(12):
        hours = 100 + 10 * step
        write_all(store, health(hours - 0.1, messages=step))
        assert totals.now() == {"messages": 11 + sum(range(step + 1)), "rejected": 2}
    assert HealthTotals(store, moving).now() == totals.now()
