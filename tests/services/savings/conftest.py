"""A small town on real parts: a registry, and an embedded store with the day intervals of one circuit."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.clock import local_day_start, to_ms
from services.database import Sessions, Table, open_database, session_factory
from services.http import install_problem_details
from services.metering.repository import Registry
from services.metering.schemas import RegistryDocument
from services.mv.model import Days
from services.savings.parties.speakers import Voices
from services.savings.routes import router
from services.savings.service import SavingsService
from services.timeseries.connect import open_store
from services.timeseries.schema import INTERVAL_DAY
from services.timeseries.store import Point, TimeSeriesStore
from services.workdays import Workdays
from tests.services.mv.circuits import baseline_part, reporting_part, two_years

ZONE = ZoneInfo("Asia/Shanghai")
REGISTRY = {
    "institutions": [
        {"code": "hall", "name_zh": "会堂", "name_en": "Hall", "kind": "culture", "county": "市直",
         "latitude": 30.7, "longitude": 111.3},
        {"code": "court", "name_zh": "法院", "name_en": "Court", "kind": "state_organ", "county": "市直"},
    ],
    "meters": [
        {"code": code, "institution": code[:-3], "name_zh": "照明", "name_en": "Lighting", "role": "sub",
         "use": "lighting", "ledger": [{"valid_from": "2024-01-01T00:00:00+08:00"}]}
        for code in ("hall-l1", "hall-l2", "court-l1")
    ],
}  # fmt: skip


@dataclass
class Town:
    """The parts, and a clock one can set."""

    sessions: Sessions
    store: TimeSeriesStore
    registry: Registry
    now: datetime

    @property
    def service(self) -> SavingsService:
        return SavingsService(self.sessions, self.store, self.registry, Workdays(), lambda: self.now, ZONE)

    def meter(self, days: Days, meter: str = "hall-l1") -> None:
        """Store a meter's day intervals."""
        self.store.write(
            [
                Point(INTERVAL_DAY, (meter[:-3], meter, "energy_kwh"), to_ms(local_day_start(day, ZONE)),
                      {"measured": float(kwh), "estimated": 0.0, "coverage": float(coverage), "quality": 0.0})
                for day, kwh, coverage in zip(days.days, days.energy_kwh, days.coverage, strict=True)
                if not np.isnan(kwh)
            ]
        )  # fmt: skip

    def meter_until(self, end: str, *, remaining: float = 0.45, meter: str = "hall-l1") -> None:
        """Baseline and reporting days of the known circuit up to a local day (excluded)."""
        circuit = two_years(seed=7)
        self.meter(baseline_part(circuit), meter)
        after = reporting_part(circuit, remaining=remaining)
        self.meter(after.take([i for i, day in enumerate(after.days) if day.isoformat() < end]), meter)


def lose(days: Days, rows: range) -> Days:
    """The same days, some of them half measured."""
    coverage = days.coverage.copy()
    coverage[rows] = 0.5
    return replace(days, coverage=coverage)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    engine = open_database(f"sqlite:///{tmp_path}/town.db")
    Table.metadata.create_all(engine)
    sessions = session_factory(engine)
    store = open_store(f"sqlite:///{tmp_path}/readings.db")
    store.prepare()
    registry = Registry(sessions)
    registry.apply(RegistryDocument.model_validate(REGISTRY))
    yield Town(sessions, store, registry, datetime(2025, 9, 20, 4, tzinfo=UTC))
    store.close()
    engine.dispose()


@pytest.fixture
def client(town: Town) -> Iterator[TestClient]:
    app = FastAPI()
    install_problem_details(app)
    app.include_router(router(town.service, Voices(SecretStr("let-me"), (), town.service.today)))
    with TestClient(app, headers={"Authorization": "Bearer let-me"}) as found:
        yield found
