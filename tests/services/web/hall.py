"""A hall on real parts: the known lighting circuit under contract, a third more used from December on."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from services.app import Parts, build_parts
from services.clock import local_day_start, to_ms
from services.database import migrate
from services.metering.schemas import RegistryDocument
from services.mv.model import Days
from services.settings import Settings
from services.timeseries.schema import INTERVAL_DAY
from services.timeseries.store import Point
from tests.services.mv.circuits import baseline_part, reporting_part, two_years
from tests.services.savings.conftest import REGISTRY, ZONE
from tests.services.savings.examples import document

NOW = datetime(2026, 4, 20, 4, tzinfo=UTC)
STEP = "2025-12-01"
CONTRACT = "emc-001"


def build_hall(folder: Path) -> Parts:
    """The parts, with June to March measured and nothing settled."""
    found = Settings(
        _env_file=None,
        store_url=f"sqlite:///{folder}/readings.db",
        database_url=f"sqlite:///{folder}/registry.db",
        deadletter_path=folder / "deadletter.db",
    )
    migrate(found.database_url)
    parts = build_parts(found, lambda: NOW)
    parts.store.prepare()
    parts.registry.apply(RegistryDocument.model_validate(REGISTRY))
    circuit = two_years(seed=7)
    _meter(parts, baseline_part(circuit))
    after = reporting_part(circuit, remaining=0.45)
    more = np.where([day.isoformat() >= STEP for day in after.days], 1.3, 1.0)
    _meter(parts, Days(after.days, after.energy_kwh * more, after.coverage, after.working, after.daylight_h))
    parts.savings.put_contract(document())
    return parts


def _meter(parts: Parts, days: Days) -> None:
    parts.store.write(
        [
            Point(INTERVAL_DAY, ("hall", "hall-l1", "energy_kwh"), to_ms(local_day_start(day, ZONE)),
                  {"measured": float(kwh), "estimated": 0.0, "coverage": 1.0, "quality": 0.0})
            for day, kwh in zip(days.days, days.energy_kwh, strict=True)
        ]
    )  # fmt: skip
