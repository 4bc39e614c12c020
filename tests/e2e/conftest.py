"""The seam between the dashboards' test and the data it reads: a filled InfluxDB, and when "now" is in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.app import build_jobs, build_parts, create_app
from services.clock import fixed_clock
from services.database import migrate
from services.scheduling import run_cycle
from services.settings import Settings
from tests.e2e import small_city


@dataclass(frozen=True)
class FilledInfluxd:
    """A database of a real influxd with everything a dashboard shows, as of `now` (aware).

    `get` asks the service that filled it: a path below /api/v1 in, the JSON of its answer out.
    """

    url: str
    database: str
    now: datetime
    get: Callable[[str], Any]


@pytest.fixture(scope="session")
def filled_influxd(influxd_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledInfluxd]:
    """A database filled through the service's HTTP and the product's own jobs."""
    folder: Path = tmp_path_factory.mktemp("dashboards")
    settings = Settings(
        store_url=f"influxdb://127.0.0.1:{influxd_port}/dashboards",
        database_url=f"sqlite:///{folder}/kilowitness.db",
        grid_region="hubei",
    )
    migrate(settings.database_url)
    parts = build_parts(settings, clock=fixed_clock(small_city.NOW))
    try:
        parts.store.prepare()
        points = list(chain(small_city.readings(), small_city.positions(), small_city.operations()))
        with TestClient(create_app(parts)) as client:
            small_city.register(client)
            for first in range(0, len(points), 5000):
                parts.store.write(points[first : first + 5000])
            assert run_cycle(build_jobs(parts), parts.sessions, parts.clock)
            yield FilledInfluxd(
                f"http://127.0.0.1:{influxd_port}",
                "dashboards",
                small_city.NOW,
                lambda path: client.get(f"/api/v1{path}").raise_for_status().json(),
            )
    finally:
        parts.close()
