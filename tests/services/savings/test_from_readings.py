"""From a meter's register to a settled month, on the real roll-up: gaps, a swap and late readings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from services.clock import local_day_start, to_ms
from services.metering.quarantine import Quarantine
from services.metering.schemas import RegistryDocument
from services.mv.accounting import Savings
from services.mv.model import Days, Floats
from services.savings.jobs import job as savings_job
from services.scheduling import run_cycle
from services.timeseries.jobs import job as rollup_job
from services.timeseries.schema import READINGS
from services.timeseries.store import Point
from tests.services.mv.circuits import BASELINE_DAYS, INSTALLATION_DAYS, two_years
from tests.services.savings.conftest import ZONE, Town
from tests.services.savings.examples import document

HOUR_MS = 3_600_000
REPORTING = 70
AFTER = BASELINE_DAYS + INSTALLATION_DAYS
SWAP_DAY = AFTER + 20
SHAPE = np.array([0.0] * 7 + [1.0] * 12 + [0.0] * 5) / 12
"""A lamp circuit is dark at night: hours at zero are data."""


@dataclass
class Circuit:
    """Hourly registers of the known circuit, retrofitted after its baseline."""

    days: Days
    used_kwh: Floats

    def register(self) -> Floats:
        """The old device's register at every hour, from 1,000 kWh on; a new one from 0 at the swap's noon."""
        hourly = (self.used_kwh[:, None] * SHAPE).ravel()
        register = 1000 + np.concatenate([[0.0], np.cumsum(hourly)])
        swap = SWAP_DAY * 24 + 12
        register[swap:] -= register[swap]
        return np.round(register, 3)

    def truth(self, rows: range) -> float:
        return float((self.days.energy_kwh - self.used_kwh)[list(rows)].sum())


@pytest.fixture
def circuit() -> Circuit:
    days = two_years(seed=7).take(range(AFTER + REPORTING))
    used = days.energy_kwh.copy()
    used[AFTER:] *= 0.4
    return Circuit(days, used)


def ledger(circuit: Circuit) -> list[dict[str, object]]:
    day = circuit.days.days[SWAP_DAY]
    hourly = (circuit.used_kwh[:, None] * SHAPE).ravel()
    closing = round(1000 + float(hourly[: SWAP_DAY * 24 + 12].sum()), 3)
    return [
        {"valid_from": "2024-01-01T00:00:00+08:00"},
        {"valid_from": f"{day}T12:00:00+08:00", "closing": closing, "opening": 0.0},
    ]


def tell(town: Town, circuit: Circuit, *, lost: range = range(0)) -> None:
    """Describe the meter with its swap, send every hour's reading but the lost ones, and run the cycle."""
    meter = {
        "code": "hall-l1", "institution": "hall", "name_zh": "照明", "name_en": "Lighting", "role": "sub",
        "use": "lighting", "ledger": ledger(circuit),
    }  # fmt: skip
    town.registry.apply(RegistryDocument.model_validate({"meters": [meter]}))
    first = to_ms(local_day_start(circuit.days.days[0], ZONE))
    gone = set(lost)
    town.store.write(
        [
            Point(READINGS, ("hall", "hall-l1"), first + i * HOUR_MS, {"energy_kwh": float(value)})
            for i, value in enumerate(circuit.register())
            if i not in gone
        ]
    )
    town.now = datetime(2025, 7, 24, 4, tzinfo=UTC)
    town.service.put_contract(document())
    jobs = [
        rollup_job(
            store=town.store, registry=town.registry, zone=ZONE,
            quarantine=Quarantine(town.sessions, lambda: town.now),
        ),
        savings_job(town.service),
    ]  # fmt: skip
    assert run_cycle(jobs, town.sessions, lambda: town.now)


def saved(town: Town) -> Savings:
    return town.service.savings(town.service.history(document()))


def test_the_saving_is_recovered_across_a_meter_swap(town: Town, circuit: Circuit) -> None:
    tell(town, circuit)
    total = saved(town).total
    assert (total.days_measured, total.days_left_out) == (REPORTING, 0)
    assert total.actual_kwh == pytest.approx(float(circuit.used_kwh[AFTER:].sum()), abs=0.1)
    assert abs(total.savings_kwh - circuit.truth(range(AFTER, AFTER + REPORTING))) <= total.uncertainty_kwh
    settled = {row.month: row.state.value for row in town.service.settlements.of_contract("emc-001")}
    assert settled == {"2025-05": "draft", "2025-06": "draft"}


def test_a_gap_across_a_midnight_takes_both_days_out_of_the_saving(town: Town, circuit: Circuit) -> None:
    day = AFTER + 30
    tell(town, circuit, lost=range(day * 24 - 3, day * 24 + 4))
    found = saved(town)
    out = [row.day for row in found.days if row.left_out]
    assert out == [circuit.days.days[day - 1], circuit.days.days[day]]
    rows = [i for i in range(AFTER, AFTER + REPORTING) if i not in {day - 1, day}]
    kept = float((circuit.days.energy_kwh - circuit.used_kwh)[rows].sum())
    assert abs(found.total.savings_kwh - kept) <= found.total.uncertainty_kwh
    assert found.total.days_measured == REPORTING - 2


def test_late_readings_restate_the_open_month_as_a_new_version(town: Town, circuit: Circuit) -> None:
    day = AFTER + 30
    tell(town, circuit, lost=range(day * 24, day * 24 + 80))
    before = town.service.settlements.get("emc-001", "2025-06")
    tell(town, circuit)
    after = town.service.settlements.get("emc-001", "2025-06")
    assert before is not None
    assert after is not None
    assert (before.version, before.state.value, before.esco_fee_yuan) == (1, "held", None)
    assert (after.version, after.state.value) == (2, "draft")
    assert town.service.statement("emc-001", "2025-06", version=1) is not None


def test_days_are_days_of_the_institutions_zone(town: Town, circuit: Circuit) -> None:
    tell(town, circuit)
    days = saved(town).days
    assert days[0].day == date(2025, 5, 15) == circuit.days.days[AFTER]
    first = sum(row.actual_kwh or 0 for row in days[:7])
    assert first == pytest.approx(float(circuit.used_kwh[AFTER : AFTER + 7].sum()), abs=0.05)
    assert days[-1].day + timedelta(days=1) == date(2025, 7, 24)
