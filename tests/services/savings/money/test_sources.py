"""What a month's money needs beside its energy, read from real parts: tariffs, hours, the contract year."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.clock import local_day_start, to_ms
from services.savings.contract.documents import ContractDocument
from services.savings.jobs import job
from services.savings.money.inputs import MoneyInputs
from services.savings.money.sources import MoneySources
from services.savings.money.tariffs.files import load_tariffs
from services.savings.service import ContractRefused
from services.savings.settlement.events import Event, Kind, Role
from services.savings.settlement.states import StepRefused
from services.savings.settlement.verification import first_fault
from services.timeseries.schema import INTERVAL_HOUR
from services.timeseries.store import Point
from tests.services.savings.conftest import ZONE, Town
from tests.services.savings.examples import TERMS, document

JANUARY = date(2026, 1, 1), date(2026, 2, 1)
TARIFF = "hubei-single-1kv"
PERIODS = {"by": "periods", "tariff": TARIFF}


def hours(town: Town, meter: str, kwh: float, *, days: int = 31, lost: int | None = None) -> None:
    """An hour interval for every hour of the first days of January, but for one."""
    start = to_ms(local_day_start(JANUARY[0], ZONE))
    town.store.write(
        [
            Point(INTERVAL_HOUR, (meter[:-3], meter, "energy_kwh"), start + hour * 3_600_000,
                  {"measured": kwh, "estimated": 0.0, "coverage": 1.0, "quality": 0.0})
            for hour in range(24 * days) if hour != lost
        ]
    )  # fmt: skip


def sources(town: Town) -> MoneySources:
    return MoneySources(town.store, town.service.settlements, load_tariffs(), ZONE)


def test_a_contract_at_its_own_price_asks_for_nothing(town: Town) -> None:
    assert sources(town).of(document().contract(), *JANUARY) == MoneyInputs()


def test_hours_are_those_of_the_local_clock_all_meters_together(town: Town) -> None:
    hours(town, "hall-l1", 1.25, lost=30)
    hours(town, "hall-l2", 0.5)
    deal = document(valuation=PERIODS, meters=["hall-l1", "hall-l2"]).contract()
    found = sources(town).of(deal, *JANUARY)
    assert [plan.id for plan in found.tariffs.plans] == [TARIFF]
    assert len(found.hours) == 31
    assert found.hours[date(2026, 1, 1)] == (Decimal("1.750"),) * 24
    second = found.hours[date(2026, 1, 2)]
    assert [hour for hour, kwh in enumerate(second) if kwh is None] == [6]


def settled_january(town: Town, deal: ContractDocument) -> None:
    town.now = datetime(2026, 2, 12, tzinfo=UTC)
    town.meter_until("2026-02-12")
    town.service.put_contract(deal)
    town.service.settle(deal, "2026-01")


def test_a_month_is_settled_by_period_and_can_be_checked(town: Town) -> None:
    hours(town, "hall-l1", 1.0)
    settled_january(town, document(valuation=PERIODS))
    found = town.service.settlements.get("emc-001", "2026-01")
    assert found is not None
    assert found.state == "draft"
    keys = {line["key"] for line in found.document["results"]["lines"]}
    assert {"price_yuan_per_kwh_peak", "savings_kwh_valley"} <= keys
    assert first_fault(found.document) is None


def test_without_a_price_a_month_is_held_and_no_word_releases_it(town: Town) -> None:
    deal = document(valuation={"by": "current", "tariff": TARIFF})
    town.meter_until("2025-09-20")
    town.service.put_contract(deal)
    town.service.settle(deal, "2025-06")
    wish = Event(1, Kind.RELEASE, "Li", Role.BUREAU, town.now, "please")
    with pytest.raises(StepRefused, match="lacks what no word replaces: price_completeness"):
        town.service.step(deal, "2025-06", wish)
    assert town.service.settlements.standings("emc-001")["2025-06"][-1].state == "held"


def test_a_tariff_nobody_knows_is_refused(town: Town) -> None:
    with pytest.raises(ContractRefused, match="valuation/tariff: no tariff 'mars'"):
        town.service.put_contract(document(valuation={"by": "current", "tariff": "mars"}))


def test_a_yearly_floor_looks_back_at_the_latest_versions_of_the_year(town: Town) -> None:
    terms = {**TERMS["shared"], "fee_floor": "year"}
    deal = document(terms=terms)
    town.meter_until("2025-09-20")
    town.service.put_contract(deal)
    runs = job(town.service)
    runs.run(None)
    rows = town.service.settlements.latest("emc-001")
    assert [(one.month, one.version, one.state.value) for one in rows] == [
        ("2025-05", 1, "draft"), ("2025-06", 1, "draft"), ("2025-07", 1, "draft"), ("2025-08", 1, "draft"),
    ]  # fmt: skip
    found = sources(town).of(deal.contract(), date(2025, 8, 1), date(2025, 9, 1))
    assert found.months == ("2025-05", "2025-06", "2025-07")
    paid = sum((one.esco_fee_yuan or Decimal() for one in rows[:3]), Decimal())
    assert found.so_far[1]["esco_fee_yuan"] == paid
    assert rows[3].document["inputs"]["months"] == ["2025-05", "2025-06", "2025-07"]
    town.now += timedelta(days=1)
    runs.run(None)
    assert town.service.settlements.latest("emc-001") == rows
