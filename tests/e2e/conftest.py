"""The city that end-to-end tests look at: the demo itself, on a real mosquitto and a real influxd."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.app import build_parts, create_app
from services.clock import fixed_clock
from services.settings import Settings
from services.timeseries.connect import open_store
from services.timeseries.schema import COLLECTOR_HEALTH
from tests.conftest import free_port, running_mosquitto, stop
from tests.e2e.demo_runs import environment, running_demo, until
from tests.e2e.grafana import ZONE

UNTIL = date(2026, 11, 22)
MONTHS = 18
"""Twelve of baseline, and six in which all ten contracts count, one is adjusted and one shows a step."""
INSTITUTIONS = 12
"""The ten under contract, a school and a college."""
DEMO_S = 480


@dataclass(frozen=True)
class FilledCity:
    """What a verified demo left: a database of a real influxd, a registry, the truth it was compared with.

    `now` is the last second of its history, `ended_at` when the demo ended by the clock: what programs tell
    of themselves bears the clock's time. `get` asks the service that is built from what was left, as of
    `ended_at`: a path below /api/v1 in, the JSON of its answer out.
    """

    url: str
    database: str
    settings: dict[str, str]
    truth: Path
    now: datetime
    ended_at: datetime
    get: Callable[[str], Any]


@pytest.fixture(scope="session")
def filled_city(influxd_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledCity]:
    """`kilowitness demo --verify` has filled it and found that product and truth agree."""
    folder, port = tmp_path_factory.mktemp("city"), free_port()
    database = "city"
    settings = {"STORE_URL": f"influxdb://127.0.0.1:{influxd_port}/{database}", "GRID_REGION": "hubei"}
    options = (
        "--verify", "--until", UNTIL.isoformat(), "--months", str(MONTHS), "--port", str(port),
        "--institutions", str(INSTITUTIONS),
    )  # fmt: skip
    with running_mosquitto(folder / "broker") as broker:
        settings["MQTT_URL"] = f"mqtt://127.0.0.1:{broker}"
        with running_demo(folder, *options, **settings) as demo:
            assert demo.end(DEMO_S) == 0, demo.out() + demo.err()
        _let_two_minutes_be_told_of(settings, folder)
    files = folder / "var" / "demo" / str(port)
    settings["DATABASE_URL"] = f"sqlite:///{files}/kilowitness.db"
    ended_at = datetime.now(UTC)
    named = {name.lower(): value for name, value in settings.items()}
    parts = build_parts(Settings(**named), clock=fixed_clock(ended_at))  # type: ignore[arg-type]
    try:
        with TestClient(create_app(parts)) as client:
            yield FilledCity(
                url=f"http://127.0.0.1:{influxd_port}",
                database=database,
                settings=settings,
                truth=files / "truth.json",
                now=datetime.combine(UNTIL, time.min, ZONE).astimezone(UTC) - timedelta(seconds=1),
                ended_at=ended_at,
                get=lambda path: client.get(f"/api/v1{path}").raise_for_status().json(),
            )
    finally:
        parts.close()


def _let_two_minutes_be_told_of(settings: dict[str, str], folder: Path) -> None:
    """A rate by the minute needs two of them: where the demo was quicker, let a collector run on."""
    store = open_store(settings["STORE_URL"])

    def two_minutes() -> bool:
        told = store.read(COLLECTOR_HEALTH, fields=["messages"])
        return len({int(ms) // 60_000 for series in told for ms in series.times_ms}) > 1

    try:
        if two_minutes():
            return
        more = {"COLLECTOR_ID": "afterwards", "HEALTH_INTERVAL_S": "0.5"}
        collector = subprocess.Popen(
            [sys.executable, "-m", "collectors"], cwd=folder, env=environment(settings | more),
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(two_minutes, "health of a second minute")
        finally:
            stop(collector)
    finally:
        store.close()
