from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    FixedValuation,
    PeriodValuation,
    PriceLine,
    Valuation,
)
from services.savings.contract.years import contract_year
from services.savings.money.lines import Part, Valued, printed
from services.savings.money.period_energy import PeriodEnergies, ProfileRule
from services.savings.money.tariffs.plan import NoPrice, Period, Tariffs
from services.savings.money.valuation import by_period, price_record, prices, tariff_of, value
from tests.services.savings.examples import PRICE, contract
from tests.services.savings.money.tariffs.plans import hubei, night

JANUARY = date(2026, 1, 1)
TARIFFS = Tariffs((hubei(), hubei("hubei-two-part-10kv"), night(hours=None, price=None)))
KWH = st.decimals(-10_000, 10_000, places=3)


def deal(valuation: Valuation | None) -> Contract:
    return replace(contract(), valuation=valuation)


def part(baseline: str = "8800", actual: str = "3520", by_period: PeriodEnergies | None = None) -> Part:
    return Part(
        year=contract_year(date(2025, 5, 14), JANUARY),
        start=JANUARY,
        days=31,
        days_measured=31,
        baseline_kwh=Decimal(baseline),
        actual_kwh=Decimal(actual),
        by_period=by_period,
    )


def energies(baseline: str, actual: str) -> PeriodEnergies:
    """Sharp, peak, flat and valley."""
    sides = ([Decimal(one) for one in side.split()] for side in (baseline, actual))
    baseline_kwh, actual_kwh = (dict(zip(Period, side, strict=True)) for side in sides)
    return PeriodEnergies(baseline_kwh, actual_kwh, {ProfileRule.ACTUAL: 30, ProfileRule.MEAN: 1})


def values(found: Valued) -> dict[str, str]:
    return {line.key: str(line.value) for line in found.lines}


def line(day: str, price: str) -> PriceLine:
    return PriceLine(date.fromisoformat(day), Decimal(price), f"paper of {day}")


def test_a_contract_that_does_not_say_is_valued_at_its_price() -> None:
    found = value(deal(None), part(), Tariffs())
    assert values(found)["price_yuan_per_kwh"] == str(PRICE)
    assert values(found)["savings_yuan"] == "3884.42"
    assert prices(deal(None).valued_by, JANUARY, Tariffs())[0].source == "a price table of January"


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2025-05-15", "0.7"), ("2025-12-31", "0.7"), ("2026-01-01", "0.72"), ("2030-01-01", "0.72")],
)
def test_a_fixed_price_is_the_last_that_has_begun(day: str, expected: str) -> None:
    fixed = FixedValuation((line("2025-05-15", "0.7"), line("2026-01-01", "0.72")))
    (price,) = prices(fixed, date.fromisoformat(day), Tariffs())
    assert price.yuan_per_kwh == Decimal(expected)
    assert price.mark is None


def test_before_its_first_line_a_fixed_price_is_not_known() -> None:
    with pytest.raises(NoPrice, match="no price of the contract on 2026-01-01"):
        prices(FixedValuation((line("2026-02-01", "0.7"),)), JANUARY, Tariffs())


def test_the_average_of_a_bill_holds_for_its_month_only() -> None:
    bills = BillValuation((line("2025-12-01", "0.61"), line("2026-01-01", "0.64")))
    assert values(value(deal(bills), part(), Tariffs()))["savings_yuan"] == "3379.20"
    with pytest.raises(NoPrice, match="no bill of 2026-02"):
        prices(bills, date(2026, 2, 1), Tariffs())


def test_the_current_price_is_the_row_without_periods() -> None:
    found = value(deal(CurrentValuation("hubei-single-1kv")), part(), TARIFFS)
    assert values(found)["savings_yuan"] == "3884.42"
    (price,) = prices(CurrentValuation("hubei-single-1kv"), JANUARY, TARIFFS)
    assert (price.mark, price.period) == ("V2", None)
    assert price.source.startswith("hubei-single-1kv: ")


def test_a_month_without_a_table_has_no_price() -> None:
    with pytest.raises(NoPrice, match="hubei-single-1kv: no prices on 2026-02-01"):
        prices(CurrentValuation("hubei-single-1kv"), date(2026, 2, 1), TARIFFS)
    with pytest.raises(NoPrice, match="night: has no periods"):
        prices(PeriodValuation("night"), JANUARY, TARIFFS)


def test_savings_by_period_have_a_price_each() -> None:
    apart = part(by_period=energies("800 3000 4000 1000", "320 1200 1600 400"))
    found = values(value(deal(PeriodValuation("hubei-single-1kv")), apart, TARIFFS))
    assert found == {
        "baseline_kwh_sharp": "800.00", "actual_kwh_sharp": "320.00", "savings_kwh_sharp": "480.00",
        "price_yuan_per_kwh_sharp": "1.133999", "savings_yuan_sharp": "544.32",
        "baseline_kwh_peak": "3000.00", "actual_kwh_peak": "1200.00", "savings_kwh_peak": "1800.00",
        "price_yuan_per_kwh_peak": "0.930961", "savings_yuan_peak": "1675.73",
        "baseline_kwh_flat": "4000.00", "actual_kwh_flat": "1600.00", "savings_kwh_flat": "2400.00",
        "price_yuan_per_kwh_flat": "0.735686", "savings_yuan_flat": "1765.65",
        "baseline_kwh_valley": "1000.00", "actual_kwh_valley": "400.00", "savings_kwh_valley": "600.00",
        "price_yuan_per_kwh_valley": "0.516924", "savings_yuan_valley": "310.15",
        "days_by_actual_profile": "30", "days_by_mean_profile": "1",
        "baseline_kwh": "8800.00", "actual_kwh": "3520.00", "savings_kwh": "5280.00",
        "savings_yuan": "4295.85",
    }  # fmt: skip


def test_what_was_promised_has_the_contracts_price_where_savings_have_many() -> None:
    apart = part(by_period=energies("800 3000 4000 1000", "320 1200 1600 400"))
    found = value(deal(PeriodValuation("hubei-single-1kv")), apart, TARIFFS)
    assert found.price == PRICE
    assert "price_yuan_per_kwh" not in values(found)


def test_energies_by_period_must_be_there_and_add_up() -> None:
    by_tariff = deal(PeriodValuation("hubei-single-1kv"))
    with pytest.raises(ValueError, match="their energies are not apart"):
        value(by_tariff, part(), TARIFFS)
    with pytest.raises(ValueError, match=r"come to 8799\.999 kWh, not 8800"):
        value(by_tariff, part(by_period=energies("799.999 3000 4000 1000", "0 0 0 3520")), TARIFFS)


@pytest.mark.parametrize(
    ("valuation", "end", "figure"),
    [
        (None, date(2026, 2, 1), 1.0),
        (CurrentValuation("hubei-single-1kv"), date(2026, 2, 1), 1.0),
        (CurrentValuation("hubei-single-1kv"), date(2026, 3, 1), round(31 / 59, 6)),
        (PeriodValuation("unheard-of"), date(2026, 2, 1), 0.0),
        (BillValuation(()), date(2026, 2, 1), 0.0),
        (None, JANUARY, 1.0),
    ],
)
def test_missing_prices_are_a_finding(valuation: Valuation | None, end: date, figure: float) -> None:
    found = price_record(deal(valuation), JANUARY, end, TARIFFS)
    assert (found.what, found.figure, found.limit) == ("price_completeness", figure, 1.0)
    assert found.ok == (figure == 1.0)
    assert found.source == "contract emc-001"


def test_which_tariff_a_settlement_has_to_freeze() -> None:
    assert tariff_of(deal(None)) is None
    assert tariff_of(deal(BillValuation(()))) is None
    assert tariff_of(deal(CurrentValuation("a"))) == tariff_of(deal(PeriodValuation("a"))) == "a"


@given(baseline=st.lists(KWH, min_size=4, max_size=4), actual=st.lists(KWH, min_size=4, max_size=4))
def test_lines_by_period_add_up_on_paper(baseline: list[Decimal], actual: list[Decimal]) -> None:
    apart = PeriodEnergies(
        dict(zip(Period, baseline, strict=True)), dict(zip(Period, actual, strict=True)), {}
    )
    whole = part(str(sum(baseline)), str(sum(actual)), by_period=apart)
    found = by_period(whole, hubei().prices, promised_price=PRICE)
    lines = {one.key: one.value for one in found.lines}
    for key in ("baseline_kwh", "actual_kwh", "savings_kwh", "savings_yuan"):
        assert lines[key] == sum(lines[f"{key}_{period}"] for period in Period)
        assert lines[key] == printed(lines[key])
    for period in Period:
        worth = printed(lines[f"savings_kwh_{period}"] * lines[f"price_yuan_per_kwh_{period}"])
        assert lines[f"savings_yuan_{period}"] == worth
    assert abs(lines["baseline_kwh"] - whole.baseline_kwh) <= Decimal("0.02")


@given(price=st.decimals("0.1", 2, places=6), baseline=KWH, actual=KWH)
def test_one_price_in_all_periods_is_worth_the_same_but_for_rounding(
    price: Decimal, baseline: Decimal, actual: Decimal
) -> None:
    apart = PeriodEnergies(dict.fromkeys(Period, baseline / 4), dict.fromkeys(Period, actual / 4), {})
    whole = part(str(baseline), str(actual), by_period=apart)
    found = by_period(whole, dict.fromkeys(Period, price), promised_price=price)
    assert abs(found.savings_yuan - (baseline - actual) * price) <= Decimal("0.10")
