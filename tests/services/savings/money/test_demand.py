"""The basic charge of a two-part tariff (两部制), by hand: what both sides agreed, and what bills hold.

The contract was accepted on 14 January 2025: its second year begins on 15 January 2026. The table is that of
January 2026, two-part 1–10 kV: 0.651886 yuan/kWh, 42 yuan/kW and 26.3 yuan/kVA a month.
"""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.canonical import canonical
from services.savings.contract.demand import Basis, DemandTerms, Lowered
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    GuaranteedTerms,
    PeriodValuation,
    PriceLine,
    SharedTerms,
    Terms,
    Valuation,
)
from services.savings.contract.years import parts_by_year
from services.savings.jobs import job
from services.savings.money import inputs as money_inputs
from services.savings.money.charge import Money, money
from services.savings.money.demand import agreed, demand_records
from services.savings.money.inputs import MoneyInputs
from services.savings.money.lines import Part
from services.savings.money.period_energy import PeriodEnergies
from services.savings.money.sources import MoneySources
from services.savings.money.tariffs.files import load_tariffs
from services.savings.money.tariffs.plan import NoPrice, Period, Tariffs
from services.savings.money.valuation import price_record, tariffs_of
from services.savings.service import ContractRefused
from services.savings.settlement.document import settle
from services.savings.settlement.verification import first_fault
from tests.services.savings.conftest import ZONE, Town
from tests.services.savings.examples import contract, document, frozen
from tests.services.savings.money.paper import worked_out
from tests.services.savings.money.tariffs.plans import hubei, night

TWO_PART = "hubei-two-part-10kv"
TARIFFS = Tariffs((hubei(), hubei(TWO_PART)))
JANUARY = (date(2026, 1, 1), date(2026, 2, 1))
SHARED = SharedTerms((Decimal("0.8"), Decimal("0.7")))
SIGNED = {"signed_on": "2025-05-20", "signed_by_client": "甲", "signed_by_esco": "乙", "evidence": "letter 3"}


def lowered(day: date, by: str) -> Lowered:
    return Lowered(day, Decimal(by), date(2025, 12, 1), "甲", "乙", "letter 7")


def by_30_kw(*, basis: Basis = Basis.DEMAND, since: date = date(2025, 6, 1)) -> DemandTerms:
    return DemandTerms(basis, TWO_PART, (lowered(since, "30"),))


def deal(
    demand: DemandTerms | None,
    *,
    terms: Terms = SHARED,
    valuation: Valuation | None = None,
    accepted_on: date = date(2025, 1, 14),
) -> Contract:
    by = CurrentValuation(TWO_PART) if valuation is None else valuation
    return replace(contract(terms, accepted_on=accepted_on), valuation=by, demand=demand)


def settled(of: Contract, *saved: str, start: date = JANUARY[0], lost: int = 0) -> Money:
    """January from `start` on, with the saving [kWh] of each contract year in it."""
    parts = [
        Part(year, first, (after - first).days, (after - first).days - lost, Decimal(kwh), Decimal(0))
        for (year, first, after), kwh in zip(parts_by_year(of, start, JANUARY[1]), saved, strict=True)
    ]
    return money(of, parts, tariffs=TARIFFS, so_far={})


def row(found: Money, year: int | None) -> dict[str, str]:
    return {line.key: str(line.value) for line in found.lines if line.year == year}


# An agreed lowering, at the table's price


def test_a_whole_month_of_30_kw() -> None:
    """1,000 × 0.651886 = 651.886 → 651.89; 30 × 42 = 1,260.00; together 1,911.89; × 0.8 = 1,529.512."""
    found = settled(deal(by_30_kw(), accepted_on=date(2025, 12, 31)), "1000")
    assert row(found, 1) == {
        "baseline_kwh": "1000.00", "actual_kwh": "0.00", "savings_kwh": "1000.00",
        "price_yuan_per_kwh": "0.651886", "energy_savings_yuan": "651.89",
        "demand_lowered_kw": "30", "price_yuan_per_kw_month": "42", "demand_savings_yuan": "1260.00",
        "savings_yuan": "1911.89", "esco_share": "0.8", "esco_fee_yuan": "1529.51",
    }  # fmt: skip
    assert (str(found.savings_yuan), str(found.client_keeps_yuan)) == ("1911.89", "382.38")


def test_the_month_of_an_anniversary_takes_each_year_by_its_days() -> None:
    """14 days of year 1: 1,260 × 14 ÷ 31 = 569.032 → 569.03; 17 of year 2: 690.967 → 690.97."""
    found = settled(deal(by_30_kw()), "0", "0")
    assert (row(found, 1)["demand_savings_yuan"], row(found, 2)["demand_savings_yuan"]) == (
        "569.03",
        "690.97",
    )
    assert (row(found, 1)["esco_fee_yuan"], row(found, 2)["esco_fee_yuan"]) == ("455.22", "483.68")
    assert found.savings_yuan == Decimal("1260.00")


def test_the_first_month_has_the_days_after_acceptance() -> None:
    """Accepted on 14 January 2026: 17 days of 31."""
    found = settled(deal(by_30_kw(), accepted_on=date(2026, 1, 14)), "0", start=date(2026, 1, 15))
    assert row(found, 1)["demand_savings_yuan"] == "690.97"


def test_days_whose_energy_is_left_out_owe_their_basic_charge_all_the_same() -> None:
    found = settled(deal(by_30_kw(), accepted_on=date(2025, 12, 31)), "1000", lost=20)
    assert row(found, 1)["demand_savings_yuan"] == "1260.00"


def test_capacity_has_its_own_price() -> None:
    """30 kVA × 26.3 = 789.00."""
    found = row(settled(deal(by_30_kw(basis=Basis.CAPACITY), accepted_on=date(2025, 12, 31)), "0"), 1)
    assert (found["capacity_lowered_kva"], found["price_yuan_per_kva_month"]) == ("30", "26.3")
    assert (found["capacity_savings_yuan"], found["savings_yuan"]) == ("789.00", "789.00")


def test_a_negative_saving_of_energy_is_set_against_it() -> None:
    """−1,000 kWh: −651.89 + 1,260.00 = 608.11."""
    found = settled(deal(by_30_kw(), accepted_on=date(2025, 12, 31)), "-1000")
    assert str(found.savings_yuan) == "608.11"


def test_the_last_line_that_has_begun_holds_and_nothing_before_the_first() -> None:
    terms = DemandTerms(
        Basis.DEMAND, TWO_PART, (lowered(date(2025, 6, 1), "30"), lowered(date(2026, 1, 15), "0"))
    )
    found = settled(deal(terms), "0", "0")
    assert (row(found, 1)["demand_savings_yuan"], row(found, 2)["demand_savings_yuan"]) == ("569.03", "0.00")
    later = deal(by_30_kw(since=date(2026, 2, 1)))
    assert settled(later, "100", "100") == settled(deal(None), "100", "100")


def test_beside_savings_by_period() -> None:
    """Peak 100 × 0.848961 = 84.8961 → 84.90, and 1,260.00."""
    of = deal(by_30_kw(), valuation=PeriodValuation(TWO_PART), accepted_on=date(2025, 12, 31))
    ((year, first, after),) = parts_by_year(of, *JANUARY)
    peak = PeriodEnergies({Period.PEAK: Decimal(100)}, {Period.PEAK: Decimal(0)}, {})
    part = Part(year, first, (after - first).days, 31, Decimal(100), Decimal(0), peak)
    found = row(money(of, [part], tariffs=TARIFFS, so_far={}), 1)
    assert (found["savings_yuan_peak"], found["energy_savings_yuan"]) == ("84.90", "84.90")
    assert found["savings_yuan"] == "1344.90"


def test_a_promise_of_energy_is_held_to_energy_alone() -> None:
    """36,500 kWh a year promised, 100 a day: 3,100 − 3,000 = 100 kWh short, at 0.651886: 65.19."""
    terms = GuaranteedTerms(Decimal(36_500), Decimal(0), Decimal("0.5"))
    found = row(settled(deal(by_30_kw(), terms=terms, accepted_on=date(2025, 12, 31)), "3000"), 1)
    assert (found["shortfall_kwh"], found["shortfall_yuan"]) == ("100.00", "65.19")


@pytest.mark.parametrize("basis", Basis)
def test_a_reader_with_a_pencil_comes_to_every_line(basis: Basis) -> None:
    of = deal(by_30_kw(basis=basis))
    found, years = settled(of, "123.45", "-67.89"), parts_by_year(of, *JANUARY)
    known = {year.number: {"days": Fraction((after - first).days)} for year, first, after in years}
    checked = list(worked_out(found.lines, lambda year: known.get(year or 0, {})))
    assert [line.value for line, _ in checked] == [expected for _, expected in checked]
    assert sum(line.key == f"{basis}_savings_yuan" for line, _ in checked) == 2


@given(
    kw=st.integers(0, 100_000).map(lambda n: Decimal(n) / 100),
    more=st.integers(0, 1000),
    accepted=st.dates(date(2024, 1, 31), date(2025, 12, 30)),
)
def test_the_years_of_a_month_add_up_and_more_is_never_worth_less(
    kw: Decimal, more: int, accepted: date
) -> None:
    def of(by: Decimal) -> list[Decimal]:
        terms = DemandTerms(Basis.DEMAND, TWO_PART, (lowered(date(2020, 1, 1), str(by)),))
        there = deal(terms, accepted_on=accepted)
        found = settled(there, *("0" for _ in parts_by_year(there, *JANUARY)))
        return [line.value for line in found.lines if line.key == "demand_savings_yuan"]

    once = of(kw)
    assert abs(sum(once) - kw * 42) <= Decimal("0.01") * len(once)
    assert all(one <= other for one, other in zip(once, of(kw + more), strict=True))


# What waits, and what is refused


def test_without_its_price_a_day_has_none_and_the_month_waits() -> None:
    of = deal(by_30_kw())
    assert price_record(of, *JANUARY, TARIFFS).ok
    fixed = replace(of, valuation=None)
    assert price_record(fixed, *JANUARY, TARIFFS).ok
    assert not price_record(fixed, *JANUARY, Tariffs()).ok
    assert price_record(fixed, date(2026, 1, 30), date(2026, 2, 3), TARIFFS).figure == 0.5
    assert price_record(replace(of, demand=None, valuation=None), *JANUARY, Tariffs()).ok


def test_a_table_without_a_price_of_the_basis_prices_nothing() -> None:
    single = DemandTerms(Basis.DEMAND, hubei().id, by_30_kw().lowered)
    with pytest.raises(NoPrice, match="has no price of demand"):
        agreed(single, JANUARY[0], TARIFFS)
    assert not price_record(deal(single), *JANUARY, TARIFFS).ok
    assert demand_records(single, *JANUARY, TARIFFS) == ()


def test_its_tariff_is_among_those_to_freeze_once() -> None:
    assert tariffs_of(deal(by_30_kw())) == (TWO_PART,)
    assert tariffs_of(deal(by_30_kw(), valuation=PeriodValuation("night"))) == ("night", TWO_PART)
    assert tariffs_of(replace(deal(by_30_kw()), valuation=None)) == (TWO_PART,)
    assert tariffs_of(replace(deal(None), valuation=None)) == ()


def spelled(**changes: Any) -> dict[str, Any]:
    lines = [{"effective_from": "2025-06-01", "by": "30", **SIGNED}]
    return {"basis": "demand", "tariff": TWO_PART, "lowered": lines, **changes}


def test_a_contract_with_it_survives_json_and_one_without_spells_nothing() -> None:
    there = document(demand=spelled())
    assert there.model_dump(mode="json")["demand"] == spelled()
    assert ContractDocument.model_validate_json(there.model_dump_json()) == there
    assert "demand" not in document().model_dump(mode="json")
    assert document(demand=None).model_dump_json() == document().model_dump_json()


@pytest.mark.parametrize("tariff", ["nowhere", "hubei-single-1kv"])
def test_a_tariff_without_the_price_is_refused_when_it_is_put(town: Town, tariff: str) -> None:
    with pytest.raises(ContractRefused, match=f"demand/tariff: no tariff '{tariff}' with a price of demand"):
        town.service.put_contract(document(demand=spelled(tariff=tariff)))
    town.service.put_contract(document(demand=spelled()))


def test_its_plans_are_read_for_the_month(town: Town) -> None:
    sources = MoneySources(town.store, town.service.settlements, load_tariffs(), ZONE)
    found = sources.of(document(demand=spelled()).contract(), *JANUARY)
    assert [plan.id for plan in found.tariffs.plans] == [TWO_PART]


def test_a_month_whose_table_is_not_on_file_yet_is_held(town: Town) -> None:
    town.service.put_contract(document(demand=spelled()))
    town.meter_until("2025-07-01")
    job(town.service).run(None)
    found = {one.month: one.state.value for one in town.service.settlements.of_contract("emc-001")}
    assert found["2025-05"] == "draft"
    assert found["2025-06"] == "held"


# The settlement document


def june() -> dict[str, Any]:
    plan = night(structure="two-part", demand_yuan_per_kw_month=Decimal(42), effective_from=date(2025, 6, 1))
    inputs = frozen("2025-06", demand=spelled(tariff="night"))
    return settle({**inputs, **money_inputs.spelled(MoneyInputs(Tariffs((plan,))))})


def test_a_settlement_prints_it_with_its_sources_and_holds_when_recomputed() -> None:
    made = june()
    results = made["results"]
    assert results["state"] == "draft"
    lines = {line["key"]: line for line in results["lines"]}
    assert lines["demand_savings_yuan"]["value"] == "1260.00"
    assert (
        lines["demand_savings_yuan"]["formula"] == "demand_lowered_kw * price_yuan_per_kw_month * days / 30"
    )
    told = {one["what"]: (one["figure"], one["source"]) for one in results["records"]}
    assert told["demand_lowered"] == (30.0, "letter 3; 2025-05-20; 甲, 乙")
    assert told["demand_price"] == (42.0, "night: a test")
    assert first_fault(json.loads(canonical(made))) is None


@pytest.mark.parametrize("changed", ["demand_savings_yuan", "demand_lowered_kw", "savings_yuan"])
def test_one_of_its_lines_altered_is_found(changed: str) -> None:
    made = json.loads(canonical(june()))
    line = next(one for one in made["results"]["lines"] if one["key"] == changed)
    line["value"] = "1.00"
    assert changed in str(first_fault(made))


def test_its_agreement_altered_is_found() -> None:
    made = json.loads(canonical(june()))
    made["inputs"]["contract"]["demand"]["lowered"][0]["by"] = "31"
    assert "demand_lowered" in str(first_fault(made))


# The average of a bill, with its basic charge


def test_a_bill_with_its_basic_charge_is_printed_in_two() -> None:
    """0.651886 + 0.1234 = 0.775286; 1,000 kWh are 775.286 → 775.29, of it the ESCO's 80 %: 620.232."""
    bill = PriceLine(JANUARY[0], Decimal("0.651886"), "bill of January", Decimal("0.1234"))
    valued_by = BillValuation((bill,), with_basic_charge=True)
    found = row(settled(deal(None, valuation=valued_by, accepted_on=date(2025, 12, 31)), "1000"), 1)
    assert found["price_of_energy_yuan_per_kwh"] == "0.651886"
    assert found["price_of_basic_charge_yuan_per_kwh"] == "0.1234"
    assert (found["price_yuan_per_kwh"], found["savings_yuan"]) == ("0.775286", "775.29")
    assert found["esco_fee_yuan"] == "620.23"


def test_a_bill_without_it_is_as_it_was() -> None:
    bill = PriceLine(JANUARY[0], Decimal("0.651886"), "bill of January")
    found = row(
        settled(deal(None, valuation=BillValuation((bill,)), accepted_on=date(2025, 12, 31)), "1000"), 1
    )
    assert list(found)[:5] == [
        "baseline_kwh", "actual_kwh", "savings_kwh", "price_yuan_per_kwh", "savings_yuan",
    ]  # fmt: skip
    assert found["savings_yuan"] == "651.89"


def test_the_agreed_lines_tell_each_change_once() -> None:
    terms = DemandTerms(
        Basis.DEMAND, TWO_PART, (lowered(date(2025, 6, 1), "30"), lowered(date(2026, 1, 15), "40"))
    )
    found = demand_records(terms, *JANUARY, TARIFFS)
    assert [(one.what, one.figure) for one in found] == [
        ("demand_lowered", 30.0), ("demand_price", 42.0), ("demand_lowered", 40.0),
    ]  # fmt: skip
    assert demand_records(None, *JANUARY, TARIFFS) == ()
    assert demand_records(terms, date(2025, 5, 1), date(2025, 5, 1) + timedelta(days=31), TARIFFS) == ()
