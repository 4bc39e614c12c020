"""Prices, adjustments and the IPMVP option of a statement, read from its frozen document."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.app import Parts
from services.metering.model import Meter, MeterRole
from services.mv.accounting import PeriodSavings
from services.savings.contract.demand import Basis, DemandTerms
from services.savings.contract.documents import ContractDocument
from services.savings.contract.measurement import DAYS
from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    FixedValuation,
    PeriodValuation,
    PriceLine,
    Valuation,
)
from services.savings.money import inputs as money_inputs
from services.savings.money.inputs import MoneyInputs
from services.savings.money.tariffs.files import load_tariffs
from services.savings.money.tariffs.plan import Tariffs
from services.savings.settlement.document import Json
from services.savings.settlement.statement import Statement
from services.web.i18n import LANGUAGES, texts
from services.web.statement_terms import (
    adjustment_rows,
    closures,
    driver_values,
    option,
    price_rows,
    valuation_name,
)
from tests.services.savings.methods import lamps, rate, weather
from tests.services.web.papers import found_of

TARIFF = "hubei-single-1kv"
TWO_PART = "hubei-two-part-10kv"


@pytest.fixture(name="statement", scope="module")
def a_statement(city: Parts) -> Statement:
    return found_of(city).view.statement


def valued(statement: Statement, valuation: Valuation) -> Statement:
    return replace(statement, contract=replace(statement.contract, valuation=valuation))


def frozen_tariff(since: date, tariff: str = TARIFF) -> dict[str, Any]:
    plans = [plan for plan in load_tariffs().plans if plan.id == tariff]
    dated = tuple(replace(plan, effective_from=since, effective_to=None) for plan in plans)
    return money_inputs.spelled(MoneyInputs(tariffs=Tariffs(dated)))


def test_a_contract_without_a_valuation_has_its_one_price(statement: Statement) -> None:
    (row,) = price_rows(statement, {})
    assert (row.yuan_per_kwh, row.start, row.end) == (
        Decimal("0.735686"), date(2026, 10, 1), date(2026, 10, 31),
    )  # fmt: skip
    assert row.source == "合同第 5 条"
    assert valuation_name(statement.contract, {}) == "fixed"


def test_each_price_has_the_days_it_holds_for(statement: Statement) -> None:
    lines = (
        PriceLine(date(2020, 1, 1), Decimal("0.70"), "before"),
        PriceLine(date(2026, 10, 11), Decimal("0.72"), "from the 11th"),
        PriceLine(date(2027, 1, 1), Decimal("0.80"), "not yet"),
    )
    rows = price_rows(valued(statement, FixedValuation(lines)), {})
    assert [(row.start.day, row.end.day, row.source) for row in rows] == [
        (1, 10, "before"),
        (11, 31, "from the 11th"),
    ]


def test_a_bill_holds_for_its_month(statement: Statement) -> None:
    bills = tuple(PriceLine(date(2026, month, 1), Decimal(month), f"bill {month}") for month in (9, 10, 11))
    (row,) = price_rows(valued(statement, BillValuation(bills)), {})
    assert row.source == "bill 10"


def test_a_tariff_shows_its_periods_with_their_hours_source_and_mark(statement: Statement) -> None:
    rows = price_rows(valued(statement, PeriodValuation(TARIFF)), frozen_tariff(date(2026, 10, 1)))
    shown = {str(row.period): (row.yuan_per_kwh, row.hours) for row in rows}
    assert shown["sharp"] == (Decimal("1.133999"), "18:00–20:00")
    assert shown["valley"] == (Decimal("0.516924"), "00:00–06:00, 12:00–14:00")
    assert len(shown) == 4
    assert all(row.source.startswith(f"{TARIFF}: ") and row.mark == "V2" for row in rows)


def test_a_tariff_without_periods_shows_its_one_price(statement: Statement) -> None:
    (row,) = price_rows(valued(statement, CurrentValuation(TARIFF)), frozen_tariff(date(2026, 10, 1)))
    assert (row.yuan_per_kwh, row.period, row.hours) == (Decimal("0.735686"), None, "")


def test_days_without_a_price_have_no_row(statement: Statement) -> None:
    late = replace(statement, period=replace(statement.period, start=date(2026, 9, 21)))
    (row,) = price_rows(valued(late, CurrentValuation(TARIFF)), frozen_tariff(date(2026, 10, 1)))
    assert row.start == date(2026, 10, 1)
    assert price_rows(valued(statement, CurrentValuation("nobody's")), {}) == ()


def adjustment(**changes: object) -> dict[str, object]:
    said = {
        "side": "client",
        "by": "王敏",
        "role": "",
        "at": "2026-10-20T09:00:00+08:00",
        "content_sha256": "0",
    }
    return {
        "code": "adj-1", "kind": "hours", "first_day": "2026-10-09", "last_day": "2026-10-13",
        "term": {"formula": "per_day", "kwh_per_day": 18.5}, "reason": "evening school",
        "evidence": ["letter 7"], "approvals": [said], **changes,
    }  # fmt: skip


def test_an_adjustment_counts_once_the_results_have_its_line() -> None:
    line = {"code": "adj-1", "formula": "18.5 kWh/d", "adjustment_kwh": 92.5, "uncertainty_kwh": 0.0}
    inputs = {"adjustments": [adjustment(), adjustment(code="adj-2", approvals=[])]}
    first, second = adjustment_rows(inputs, {"adjustments": [line]})
    assert (first.counts, first.term["kwh_per_day"], first.kwh) == (True, 18.5, 92.5)
    assert first.approvals[0].at == datetime(2026, 10, 20, 1, tzinfo=UTC)
    assert (second.counts, second.kwh, second.approvals) == (False, None, ())
    assert adjustment_rows({}, {}) == ()


def test_the_option_follows_from_how_and_where_it_is_measured(city: Parts) -> None:
    def of(*codes: str) -> list[Meter]:
        return [meter for code in codes if (meter := city.registry.meter(code)) is not None]

    assert option(DAYS, of("school-lighting")) == "b"
    assert option(DAYS, of("school-main")) == "c"
    assert option(DAYS, of("school-main", "school-lighting")) == "mixed"
    assert option(DAYS, []) == "unknown"
    assert {meter.role for meter in of("school-main")} == {MeterRole.MAIN}
    assert option(contract_of(lamps()).measurement, []) == "a"
    assert option(contract_of(rate()).measurement, of("school-main")) == "rate"


def contract_of(inputs: Json) -> Contract:
    return ContractDocument.model_validate(inputs["contract"]).contract()


JUNE = PeriodSavings(date(2025, 6, 1), date(2025, 7, 1), 0.0, 0.0, 0.0, 0.0, 1.0, 30, 0)


def test_closures_and_drivers_are_told_where_they_touch_a_period() -> None:
    contract = contract_of(weather())
    assert [(one.name, one.within) for one in closures(contract, JUNE)] == [
        ("summer_holiday", "baseline"),
        ("summer_holiday", "reporting"),
    ]
    values = driver_values(contract, JUNE)
    assert [(one.value, one.within) for one in values] == [
        (300.0, "baseline"), (420.0, "both"), (380.0, "reporting"),
    ]  # fmt: skip
    assert values[1].end == date(2025, 6, 15)
    assert values[2].end is None
    later = replace(JUNE, start=date(2026, 6, 1), end=date(2026, 7, 1))
    assert [one.within for one in closures(contract, later)] == ["baseline"]
    assert [one.value for one in driver_values(contract, later)] == [300.0, 420.0, 380.0]


def test_a_closure_of_one_day_at_the_edge_of_a_period_counts() -> None:
    contract = contract_of(weather())
    (_, june) = closures(contract, JUNE)
    before = replace(JUNE, end=june.start)
    assert len(closures(contract, before)) == 1
    assert len(closures(contract, replace(JUNE, end=june.start + timedelta(days=1)))) == 2


def test_other_measurements_have_neither_closures_nor_drivers() -> None:
    for inputs in (lamps(), rate()):
        assert closures(contract_of(inputs), JUNE) == driver_values(contract_of(inputs), JUNE) == ()


@pytest.mark.parametrize(("valuation", "name"), [(CurrentValuation, "current"), (PeriodValuation, "period")])
def test_where_only_energy_of_a_two_part_tariff_is_valued_the_words_say_so(
    statement: Statement, valuation: type, name: str
) -> None:
    contract = valued(statement, valuation(TWO_PART)).contract
    october = date(2026, 10, 1)
    inputs = frozen_tariff(october, TWO_PART)
    assert valuation_name(contract, inputs) == f"{name}_energy_only"
    assert (
        valuation_name(valued(statement, valuation(TARIFF)).contract, frozen_tariff(date(2026, 10, 1)))
        == name
    )
    agreed = DemandTerms(Basis.DEMAND, TWO_PART, ())
    assert valuation_name(replace(contract, demand=agreed), inputs) == name


def test_an_average_with_the_basic_charge_is_named_and_shown_whole(statement: Statement) -> None:
    bill = PriceLine(date(2026, 10, 1), Decimal("0.65"), "bill 10", Decimal("0.12"))
    found = valued(statement, BillValuation((bill,), with_basic_charge=True))
    assert valuation_name(found.contract, {}) == "bill_with_basic"
    (row,) = price_rows(found, {})
    assert row.yuan_per_kwh == Decimal("0.77")
    for name in ("bill_with_basic", "current_energy_only", "period_energy_only"):
        assert all(texts(language).has(f"valuation.{name}") for language in LANGUAGES)
