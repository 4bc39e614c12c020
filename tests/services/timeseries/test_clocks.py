"""Clocks of devices over the store and over HTTP: the furthest off first, marked by a dated limit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.clock import fixed_clock, from_ms
from services.database import Table, open_database, session_factory
from services.http import install_problem_details
from services.metering.limits import built_in
from services.metering.repository import Registry
from services.timeseries.clocks import device_clocks
from services.timeseries.routes import router
from services.timeseries.schema import DEVICE_CLOCK
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from tests.services.timeseries.meters import HOUR_MS, SHANGHAI, T0

OFFSETS = {"fast": 412.5, "slow": -3_601.2, "fine": -0.3, "edge": 300.0, "beyond": -300.1}
WORST_FIRST = ["hall/slow", "hall/fast", "hall/beyond", "hall/edge", "hall/fine"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    for hour, offsets in ((0, dict.fromkeys(OFFSETS, 0.0)), (1, OFFSETS)):
        store.write(
            [
                Point(DEVICE_CLOCK, ("hall", name), T0 + hour * HOUR_MS, {"offset_s": offset, "delay_s": 0.4})
                for name, offset in offsets.items()
            ]
        )
    yield store
    store.close()


@pytest.fixture
def client(store: SqliteStore, tmp_path: Path) -> Iterator[TestClient]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    app = FastAPI()
    install_problem_details(app)
    clock = fixed_clock(from_ms(T0) + timedelta(days=1))
    registry = Registry(session_factory(engine))
    app.include_router(router(store=store, registry=registry, zone=SHANGHAI, clock=clock))
    with TestClient(app) as client:
        yield client
    engine.dispose()


def test_the_newest_estimates_stand_the_furthest_off_first(store: SqliteStore) -> None:
    found = device_clocks(store)
    assert [one.address for one in found] == WORST_FIRST
    assert [one.marked for one in found] == [True, True, True, False, False]
    assert {one.estimated_at for one in found} == {from_ms(T0 + HOUR_MS)}


def test_the_limit_is_that_in_force_when_the_clock_was_estimated(store: SqliteStore) -> None:
    (rule,) = built_in().clocks
    later = replace(rule, since_ms=T0 + 2 * HOUR_MS, marked_s=1.0)
    earlier = replace(rule, since_ms=T0, marked_s=1_000.0)
    found = device_clocks(store, replace(built_in(), clocks=[rule, earlier, later]))
    assert [one.address for one in found if one.marked] == ["hall/slow"]


def test_no_estimate_is_no_clock(tmp_path: Path) -> None:
    empty = SqliteStore(tmp_path / "empty.db")
    empty.prepare()
    assert device_clocks(empty) == []
    empty.close()


def test_clocks_are_listed_over_http_page_by_page(client: TestClient) -> None:
    whole = client.get("/meters/clocks").json()
    assert whole["items"][0] == {
        "address": "hall/slow", "offset_s": -3601.2, "delay_s": 0.4, "marked": True,
        "estimated_at": "2026-01-01T01:00:00+08:00",
    }  # fmt: skip
    assert whole["next_cursor"] is None
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(
            "/meters/clocks", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [row["address"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert seen == WORST_FIRST


@pytest.mark.parametrize(("query", "status"), [("cursor=_w", 400), ("cursor=eA", 400), ("limit=0", 422)])
def test_a_wrong_query_is_a_problem(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/meters/clocks?{query}").status_code == status
