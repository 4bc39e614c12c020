"""A registry and a store of their own for every test, with a helper that writes daily intervals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.clock import local_day_start, to_ms
from services.database import migrate, open_database, session_factory
from services.metering.repository import Registry
from services.metering.schemas import RegistryDocument
from services.timeseries.schema import INTERVAL_DAY
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 12, 4, 0, tzinfo=UTC)
FIRST = date(2026, 3, 1)


@dataclass
class City:
    """The registry and the store, and short ways to fill them."""

    registry: Registry
    store: SqliteStore

    def institution(self, code: str, *meters: Mapping[str, Any], **details: Any) -> None:
        """An institution of 1000 m² and 50 people with meters; later calls replace it."""
        described = {"name_zh": code, "name_en": code, "kind": "state_organ", "county": "c1"}
        sizes = {"floor_area_m2": 1000.0, "head_count": 50}
        document = {
            "institutions": [described | sizes | {"code": code} | details],
            "buildings": [],
            "meters": [{"institution": code, **meter} for meter in meters],
        }
        self.registry.apply(RegistryDocument.model_validate(document))

    def days(
        self,
        meter: str,
        measured: Sequence[float | None],
        *,
        channel: str = "energy_kwh",
        first: date = FIRST,
        estimated: float = 0.0,
        coverage: float = 1.0,
        institution: str = "a",
    ) -> None:
        """A daily interval for each figure that is not None, from `first` on."""
        points = [
            Point(
                INTERVAL_DAY,
                (institution, meter, channel),
                to_ms(local_day_start(first + timedelta(days=number), ZONE)),
                {"measured": figure, "estimated": estimated, "coverage": coverage, "quality": 0.0},
            )
            for number, figure in enumerate(measured)
            if figure is not None
        ]
        self.store.write(points)


def meter(code: str, use: str = "electricity", role: str = "main", **details: Any) -> dict[str, Any]:
    """The registry's entry of a meter that stands since 2025."""
    ledger = [{"valid_from": "2025-01-01T00:00:00+08:00"}]
    names = {"name_zh": code, "name_en": code}
    return {"code": code, "use": use, "role": role, "ledger": ledger} | names | details


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    url = f"sqlite:///{tmp_path}/registry.db"
    migrate(url)
    engine = open_database(url)
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    yield City(Registry(session_factory(engine)), store)
    store.close()
    engine.dispose()
