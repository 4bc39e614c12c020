"""Bundles of every way to measure, made from what an installation has stored."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.metering.model import Meter
from services.metering.quarantine import Quarantine
from services.metering.repository import Registry
from services.metering.schemas import RegistryDocument
from services.savings.bundle.archive import unpack
from services.savings.bundle.case import Case
from services.savings.bundle.gauge import TEMPERATURE
from services.savings.bundle.service import Bundles, MeterGone
from services.savings.contract.documents import ContractDocument
from services.savings.settlement.events import Event, Kind, Role
from services.scheduling import run_cycle
from services.timeseries.jobs import job as rollup_job
from services.timeseries.schema import READINGS
from services.timeseries.store import Point
from tests.services.savings.bundle.forging import faults
from tests.services.savings.bundle.measured import WEATHER, samples
from tests.services.savings.bundle.test_measurements import LAMPS, RATE
from tests.services.savings.bundles import ISSUER, days_from, instant, readings
from tests.services.savings.conftest import ZONE, Town
from tests.services.savings.examples import document

GAUGE = {
    "code": WEATHER, "institution": "hall", "name_zh": "气象", "name_en": "Weather", "role": "sub",
    "use": "weather",
    "ledger": [{"valid_from": "2024-01-01T00:00:00+08:00", "channels": {TEMPERATURE: {"scale": 0.1}}}],
}  # fmt: skip
BASELINE, AFTER = ("2025-03-01", "2025-04-30"), ("2025-05-15", "2025-07-31")


def write(town: Town, device: str, channel: str, times: list[int], values: list[float]) -> None:
    town.store.write(
        [
            Point(READINGS, ("hall", device), at, {channel: value})
            for at, value in zip(times, values, strict=True)
        ]
    )


def roll_up(town: Town) -> None:
    quarantine = Quarantine(town.sessions, lambda: town.now)
    jobs = [rollup_job(store=town.store, registry=town.registry, zone=ZONE, quarantine=quarantine)]
    assert run_cycle(jobs, town.sessions, lambda: town.now)


@pytest.fixture
def metered(town: Town) -> Town:
    """Two months and two and a half months of a lighting meter and of outdoor temperature."""
    town.registry.apply(RegistryDocument.model_validate({"meters": [GAUGE]}))
    for n, days in enumerate((days_from(*BASELINE), days_from(*AFTER))):
        lit, outdoor = readings(days, seed=n, remaining=0.4 if n else 1.0), samples(days, seed=n)
        write(town, "hall-l1", "energy_kwh", lit.times_ms.tolist(), (lit.values + 9e3 * n).round(2).tolist())
        write(town, WEATHER, TEMPERATURE, outdoor.times_ms.tolist(), outdoor.values.tolist())
    town.now = datetime(2025, 8, 3, 4, tzinfo=UTC)
    roll_up(town)
    return town


class Gone(Registry):
    """A registry that has lost the gauge."""

    def meter(self, code: str) -> Meter | None:
        return None if code == WEATHER else super().meter(code)


def deal(**fields: Any) -> ContractDocument:
    return document(baseline_start="2025-03-01", **fields)


def settled(town: Town, contract: ContractDocument, month: str = "2025-06") -> bytes:
    town.service.put_contract(contract)
    town.service.settle(contract, month)
    return content(town, month)


def content(town: Town, month: str = "2025-06") -> bytes:
    found = bundles(town).get("emc-001", month)
    assert found is not None
    return found[1]


def bundles(town: Town) -> Bundles:
    return Bundles(town.sessions, town.store, town.registry, lambda: town.now, ZONE, ISSUER)


BY_WEATHER = {"by": "regression", "weather": WEATHER}


def test_weather_is_proven_from_the_stored_samples_up(metered: Town) -> None:
    data = settled(metered, deal(measurement=BY_WEATHER))
    assert not faults(data)
    case = Case(data)
    assert case.document["inputs"]["columns"][-1] == "outdoor_c"
    assert len(case.quotes["reporting", WEATHER, TEMPERATURE].times_ms) == 30 * 24 + 2
    assert len(case.quotes["baseline", WEATHER, TEMPERATURE].times_ms) == 61 * 24 + 2
    assert content(metered) == data


def test_a_sample_that_came_later_is_told_as_unproven_and_a_sealed_bundle_stays(metered: Town) -> None:
    contract = deal(measurement=BY_WEATHER)
    data = settled(metered, contract)
    settled(metered, contract, "2025-07")
    for kind, role in ((Kind.CONFIRM, Role.CLIENT), (Kind.CONFIRM, Role.ESCO), (Kind.ISSUE, Role.BUREAU)):
        metered.service.step(contract, "2025-06", Event(1, kind, "someone", role, metered.now))
        metered.now += timedelta(seconds=1)
    sealed = content(metered)
    write(
        metered,
        WEATHER,
        TEMPERATURE,
        [instant(f"2025-{day}T11:30:00") for day in ("04-10", "07-10")],
        [900.0] * 2,
    )
    assert content(metered) == sealed
    later = content(metered, "2025-07")
    assert Case(later).manifest["unproven_values"] == 1
    assert faults(later)["values"].place == f"inputs reporting 2025-07-10 {WEATHER} outdoor_c"
    assert unpack(sealed)["readings.csv"] == unpack(data)["readings.csv"]


def test_a_gauge_that_is_gone_from_the_registry_is_named(metered: Town) -> None:
    settled(metered, deal(measurement=BY_WEATHER))
    bare = Bundles(metered.sessions, metered.store, Gone(metered.sessions), lambda: metered.now, ZONE, ISSUER)
    with pytest.raises(MeterGone, match=WEATHER):
        bare.get("emc-001", "2025-06")


def test_lamps_rest_on_no_reading(metered: Town) -> None:
    data = settled(metered, deal(measurement=LAMPS, meters=[]))
    assert not faults(data)
    assert not Case(data).quotes
    assert json.loads(unpack(data)["settlement.json"])["results"]["model"]["form"] == "option_a"


def test_a_saving_rate_rests_on_what_the_after_meter_read(metered: Town) -> None:
    data = settled(metered, deal(measurement=RATE))
    assert not faults(data)
    assert {key[0] for key in Case(data).quotes} == {"reporting"}
