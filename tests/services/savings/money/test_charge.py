from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.contract.model import SharedTerms, Terms
from services.savings.contract.years import contract_year
from services.savings.money.charge import Line, Money, Part, charge, printed
from services.savings.money.valuation import at_price
from tests.services.savings.examples import CUSTODY, GUARANTEED, PRICE, SHARED

ACCEPTED = date(2025, 5, 14)
KWH = st.decimals(-100_000, 100_000, places=3)


def part(
    baseline: str, actual: str, *, day: date = date(2025, 6, 1), days: int = 30, measured: int | None = None
) -> Part:
    return Part(
        year=contract_year(ACCEPTED, day),
        start=day,
        days=days,
        days_measured=days if measured is None else measured,
        baseline_kwh=Decimal(baseline),
        actual_kwh=Decimal(actual),
    )


def money(terms: Terms, price: Decimal, parts: list[Part]) -> Money:
    """At one price, in contract years of which nothing is settled."""
    return charge(terms, [at_price(one, price) for one in parts], so_far={})


def values(found: Money) -> dict[str, str]:
    return {line.key: str(line.value) for line in found.lines}


def test_the_worked_truth_of_a_thousand_lamps() -> None:
    found = money(SHARED, PRICE, [part("8800", "3520")])
    assert values(found) == {
        "baseline_kwh": "8800.00",
        "actual_kwh": "3520.00",
        "savings_kwh": "5280.00",
        "price_yuan_per_kwh": "0.735686",
        "savings_yuan": "3884.42",
        "esco_share": "0.80",
        "esco_fee_yuan": "3107.54",
        "total_savings_yuan": "3884.42",
        "total_esco_fee_yuan": "3107.54",
        "client_keeps_yuan": "776.88",
    }
    assert (found.savings_yuan, found.esco_fee_yuan) == (Decimal("3884.42"), Decimal("3107.54"))


@pytest.mark.parametrize(
    ("value", "line"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("-0.005", "-0.01"), ("-0.001", "0.00")],
)
def test_half_up_to_the_fen(value: str, line: str) -> None:
    assert str(printed(Decimal(value))) == line


def test_the_share_follows_the_contract_year_and_the_last_goes_on() -> None:
    for year, share in ((2025, "0.80"), (2026, "0.80"), (2027, "0.70"), (2029, "0.70")):
        found = money(SHARED, PRICE, [part("2000", "1000", day=date(year, 6, 1))])
        assert values(found)["esco_share"] == share


def test_a_month_across_the_anniversary_has_both_shares() -> None:
    terms = SharedTerms((Decimal("0.80"), Decimal("0.50")))
    parts = [
        part("1000", "0", day=date(2026, 5, 1), days=14),
        part("1000", "0", day=date(2026, 5, 15), days=17),
    ]
    found = money(terms, Decimal(1), parts)
    assert found.esco_fee_yuan == Decimal("1300.00")
    assert [line.value for line in found.lines if line.key == "esco_share"] == [
        Decimal("0.80"),
        Decimal("0.50"),
    ]
    assert {line.year for line in found.lines} == {1, 2, None}


def test_a_shared_fee_is_never_below_zero() -> None:
    found = money(SHARED, PRICE, [part("1000", "1500")])
    assert found.savings_yuan == Decimal("-367.84")
    assert found.esco_fee_yuan == 0
    assert values(found)["total_esco_fee_yuan"] == "0.00"
    assert found.client_keeps_yuan == Decimal("-367.84")


def test_a_guarantee_not_kept_is_compensated() -> None:
    found = values(money(GUARANTEED, Decimal(1), [part("2000", "1000", days=73)]))
    assert found["guaranteed_kwh"] == "4000.00"  # 20000 × 73/365
    assert found["shortfall_kwh"] == "3000.00"
    assert found["excess_kwh"] == "0.00"
    assert found["service_fee_yuan"] == "730.00"
    assert found["total_esco_fee_yuan"] == "-2270.00"
    assert found["client_keeps_yuan"] == "3270.00"


def test_what_exceeds_a_guarantee_is_split() -> None:
    found = values(money(GUARANTEED, Decimal(1), [part("9000", "1000", days=73)]))
    assert found["shortfall_kwh"] == "0.00"
    assert found["excess_kwh"] == "4000.00"
    assert found["excess_share_yuan"] == "2000.00"
    assert found["total_esco_fee_yuan"] == "2730.00"


def test_a_day_left_out_neither_keeps_nor_breaks_the_guarantee_but_is_served() -> None:
    found = values(money(GUARANTEED, Decimal(1), [part("9000", "1000", days=73, measured=0)]))
    assert found["guaranteed_kwh"] == "0.00"
    assert found["service_fee_yuan"] == "730.00"


def test_a_leap_contract_year_has_366_days() -> None:
    found = values(money(GUARANTEED, Decimal(1), [part("0", "0", day=date(2027, 6, 1), days=366)]))
    assert found["guaranteed_kwh"] == "20000.00"


def test_custody_is_a_fixed_fee_beside_the_avoided_cost() -> None:
    found = money(CUSTODY, Decimal("0.5"), [part("9000", "1000", days=73)])
    assert values(found)["total_esco_fee_yuan"] == "7300.00"
    assert values(found)["baseline_cost_yuan"] == "8000.00"
    assert found.savings_yuan == Decimal("4000.00")
    assert found.client_keeps_yuan == Decimal("700.00")
    worse = money(CUSTODY, Decimal("0.5"), [part("1000", "9000", days=73)])
    assert worse.esco_fee_yuan == found.esco_fee_yuan


@given(baseline=KWH, actual=KWH)
def test_printed_lines_add_up(baseline: Decimal, actual: Decimal) -> None:
    for terms in (SHARED, GUARANTEED, CUSTODY):
        found = money(terms, PRICE, [part(str(baseline), str(actual))])
        lines: dict[str, Line] = {line.key: line for line in found.lines}
        energy = lines["baseline_kwh"].value - lines["actual_kwh"].value
        assert lines["savings_kwh"].value == energy
        assert found.savings_yuan == printed(energy * PRICE)
        assert all(line.value == printed(line.value) for line in found.lines if line.unit in {"kWh", "yuan"})
        if terms is not CUSTODY:
            assert found.esco_fee_yuan + found.client_keeps_yuan == found.savings_yuan


@given(actual=KWH)
def test_less_use_never_lowers_a_shared_fee(actual: Decimal) -> None:
    more = money(SHARED, PRICE, [part("1000", str(actual))]).esco_fee_yuan
    less = money(SHARED, PRICE, [part("1000", str(actual - 1))]).esco_fee_yuan
    assert 0 <= more <= less
