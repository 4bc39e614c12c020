"""Days read once for many contracts are those that each would read alone; shared weather is read once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from services.clock import local_day_start, to_ms
from services.metering.schemas import RegistryDocument
from services.savings.contract.documents import ContractDocument
from services.savings.jobs import job
from services.savings.service import History
from services.savings.stored_days import StoredDays
from services.timeseries.intervals import DailyEnergy
from services.timeseries.schema import GAUGE_DAY, INTERVAL_DAY
from services.timeseries.store import Point, Series
from tests.services.savings.conftest import ZONE, Town
from tests.services.savings.examples import document
from tests.services.savings.measurements import regression

FIRST = date(2024, 3, 1)
ROOF = {
    "code": "roof", "institution": "court", "name_zh": "屋顶", "name_en": "Roof", "role": "check",
    "use": "weather", "ledger": [{"valid_from": "2024-01-01T00:00:00+08:00"}],
}  # fmt: skip
BY_WEATHER = regression(weather="roof")


@pytest.fixture
def roofed(town: Town) -> Town:
    """Two years of weather on one roof, and the circuits of two meters."""
    town.registry.apply(RegistryDocument.model_validate({"meters": [ROOF]}))
    days = [FIRST + timedelta(days=n) for n in range(600)]
    town.store.write(
        [
            Point(GAUGE_DAY, ("court", "roof", "temperature_c"), to_ms(local_day_start(day, ZONE)),
                  {"mean": 15.0 + 10 * np.sin(n / 58), "lowest": 0.0, "highest": 30.0, "coverage": 1.0})
            for n, day in enumerate(days)
        ]
    )  # fmt: skip
    town.meter_until("2025-09-20")
    town.meter_until("2025-09-20", meter="hall-l2")
    return town


class Reads:
    """Notes which measurements are read of the store behind it."""

    def __init__(self, town: Town) -> None:
        self._store = town.store
        self.of: list[str] = []

    def read(self, measurement: Any, *args: Any, **named: Any) -> list[Series]:
        self.of.append(measurement.name)
        return self._store.read(measurement, *args, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def named(code: str, **fields: Any) -> ContractDocument:
    return document(**fields).model_copy(update={"code": code})


def columns(history: History) -> list[Any]:
    names = ("days", "measured_kwh", "estimated_kwh", "coverage", "outdoor_c")
    return [getattr(part, name) for part in (history.baseline, history.reporting) for name in names]


def test_many_contracts_read_a_shared_weather_meter_once(roofed: Town) -> None:
    for number in range(4):
        roofed.service.put_contract(named(f"emc-{number}", measurement=BY_WEATHER))
    reads = Reads(roofed)
    watched: Any = reads
    job(replace(roofed.service, store=watched)).run(None)
    assert reads.of.count(GAUGE_DAY.name) == 1
    assert reads.of.count(INTERVAL_DAY.name) == 1
    assert all(roofed.service.settlements.of_contract(f"emc-{number}") for number in range(4))


def test_each_contract_has_the_days_of_its_own_period(roofed: Town) -> None:
    first = document(measurement=BY_WEATHER)
    later = first.contract().baseline_start + timedelta(days=40)
    second = named("emc-002", meters=["hall-l2"], baseline_start=later.isoformat(), measurement=BY_WEATHER)
    plain = named("emc-003")
    together = roofed.service.stored([first, second, plain])
    for one in (first, second, plain):
        alone, shared = roofed.service.history(one), roofed.service.history(one, together)
        for found, expected in zip(columns(shared), columns(alone), strict=True):
            assert (found is None) == (expected is None)
            if expected is not None:
                np.testing.assert_array_equal(found, expected)
    assert roofed.service.history(second, together).baseline.days[0] == later


def test_a_period_is_cut_out_of_all_days() -> None:
    days = tuple(FIRST + timedelta(days=n) for n in range(5))
    rising = np.arange(5.0)
    found = StoredDays(FIRST, {"m": DailyEnergy(days, rising, rising * 0, rising / 4)}, {"roof": rising + 20})
    measured, estimated, coverage = found.columns(["m"], days[1], days[3])["m"]
    assert (measured.tolist(), estimated.tolist(), coverage.tolist()) == ([1, 2], [0, 0], [0.25, 0.5])
    assert found.outdoor("roof", days[4], days[4] + timedelta(days=1)).tolist() == [24]
    assert found.columns([], days[0], days[2]) == {}
