from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.contract.terms import (
    CustodyAdjustment,
    CustodyTerms,
    FeeFloor,
    GuaranteedTerms,
    GuaranteeSettled,
    LeaseTerms,
    MixedTerms,
    Parameter,
    ProportionalAdjustment,
    Rent,
    SharedTerms,
    SingleTerms,
    StatedAdjustment,
    Terms,
)
from services.savings.contract.years import ContractYear, contract_year, parts_by_year
from services.savings.money.charge import Money, charge
from services.savings.money.lines import Part, SoFar
from services.savings.money.valuation import at_price, by_period
from services.savings.money.year_to_date import so_far
from tests.services.savings.examples import CUSTODY, GUARANTEED, LEASE, MIXED, SHARED, contract
from tests.services.savings.money.tariffs.plans import hubei
from tests.services.savings.money.test_valuation import energies

ACCEPTED = date(2025, 5, 14)
ONE = Decimal(1)
MONTHS = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)][4:17]
"""From the month of acceptance to that in which its first year ends."""


def part(saved: str, *, start: date = date(2025, 6, 1), days: int = 73, measured: int | None = None) -> Part:
    return Part(
        year=contract_year(ACCEPTED, start),
        start=start,
        days=days,
        days_measured=days if measured is None else measured,
        baseline_kwh=Decimal(saved),
        actual_kwh=Decimal(0),
    )


def money(terms: Terms, *parts: Part, before: SoFar | None = None, price: Decimal = ONE) -> Money:
    return charge(terms, [at_price(one, price) for one in parts], so_far=before or {})


def values(found: Money) -> dict[str, str]:
    return {line.key: str(line.value) for line in found.lines}


def formulas(found: Money) -> dict[str, str | None]:
    return {line.key: line.formula for line in found.lines}


# Leases


def test_a_rent_by_contract_year_goes_by_days_and_the_client_keeps_the_savings() -> None:
    found = money(LEASE, part("5000"))
    assert values(found)["rent_yuan"] == "1460.00"  # 7300 × 73/365
    assert values(found)["esco_fee_yuan"] == "1460.00"
    assert formulas(found)["rent_yuan"] == "rent_yuan_per_year * days / days_of_contract_year"
    assert found.client_keeps_yuan == Decimal("3540.00")
    assert money(LEASE, part("0")).esco_fee_yuan == found.esco_fee_yuan
    assert values(money(LEASE, part("0", start=date(2029, 6, 1))))["rent_yuan"] == "0.00"


def test_rents_by_day_are_due_in_the_part_of_their_day() -> None:
    rents = [("2025-06-01", "100"), ("2025-06-30", "50.005"), ("2025-07-01", "7")]
    terms = LeaseTerms(rents=tuple(Rent(date.fromisoformat(day), Decimal(yuan)) for day, yuan in rents))
    assert values(money(terms, part("0", days=30)))["rent_yuan"] == "150.01"
    assert values(money(terms, part("0", start=date(2025, 7, 1), days=31)))["rent_yuan"] == "7.00"
    assert values(money(terms, part("0", start=date(2025, 8, 1), days=31)))["rent_yuan"] == "0.00"


def test_a_guaranteed_lease_is_lessened_by_a_shortfall_and_never_grows_by_an_excess() -> None:
    terms = replace(LEASE, guaranteed_kwh_per_year=Decimal(20_000))
    short, more = money(terms, part("1000")), money(terms, part("9000"))
    assert short.esco_fee_yuan == Decimal("1460.00") - Decimal("3000.00")
    assert formulas(short)["esco_fee_yuan"] == "rent_yuan - shortfall_yuan"
    assert more.esco_fee_yuan == Decimal("1460.00")
    assert "excess_share_yuan" not in values(more)


# Mixed contracts


def test_the_fees_of_a_mixed_contract_add_up() -> None:
    found = money(MIXED, part("5000"))
    assert values(found)["shared_fee_yuan"] == "1500.00"
    assert values(found)["lease_fee_yuan"] == "730.00"
    assert values(found)["total_esco_fee_yuan"] == "2230.00"
    assert formulas(found)["total_esco_fee_yuan"] == "total_shared_fee_yuan + total_lease_fee_yuan"
    assert found.client_keeps_yuan == Decimal("2770.00")


def test_each_component_has_its_own_floor() -> None:
    """A saving below zero costs the client's share nothing, and does not lessen the rent."""
    found = money(MIXED, part("-5000"))
    assert values(found)["total_shared_fee_yuan"] == "0.00"
    assert found.esco_fee_yuan == Decimal("730.00")


def test_a_custody_among_others_is_paid_out_of_the_baseline_cost() -> None:
    found = money(MixedTerms((CUSTODY, SharedTerms((Decimal("0.1"),)))), part("5000"))
    assert found.esco_fee_yuan == Decimal("7300.00") + Decimal("500.00")
    assert found.client_keeps_yuan == Decimal("8000.00") - Decimal("7800.00")
    assert formulas(found)["client_keeps_yuan"] == "sum(baseline_cost_yuan) - total_esco_fee_yuan"


SINGLES: list[SingleTerms] = [SHARED, GUARANTEED, CUSTODY, LEASE]


@given(saved=st.decimals(-9000, 9000, places=2), days=st.integers(1, 92))
def test_a_mixed_contract_costs_what_its_kinds_cost_alone(saved: Decimal, days: int) -> None:
    whole = money(MixedTerms(tuple(SINGLES)), part(str(saved), days=days))
    alone = [money(terms, part(str(saved), days=days)) for terms in SINGLES]
    assert whole.esco_fee_yuan == sum(one.esco_fee_yuan for one in alone)
    assert whole.savings_yuan == alone[0].savings_yuan


# Custody


def adjustment(parameter: Parameter, change: ProportionalAdjustment | StatedAdjustment) -> CustodyAdjustment:
    return CustodyAdjustment(
        parameter, date(2025, 6, 1), date(2025, 12, 31), change, date(2025, 5, 20), "甲", "乙", "letter 3"
    )


def proportional(share: str, agreed: str, actual: str) -> ProportionalAdjustment:
    return ProportionalAdjustment(Decimal(share), Decimal(agreed), Decimal(actual))


def test_a_custody_fee_follows_what_the_parties_agreed() -> None:
    terms = replace(CUSTODY, adjustments=(
        adjustment(Parameter.PRICE, proportional("1", "0.70", "0.735")),
        adjustment(Parameter.HEAD_COUNT, proportional("0.4", "500", "450")),
        adjustment(Parameter.WEATHER, StatedAdjustment(Decimal("-365.00"), "cooling degree days, table 2")),
    ))  # fmt: skip
    found = money(terms, part("5000"))
    assert values(found)["agreed_fee_yuan"] == "7300.00"
    assert values(found)["adjustment_price_yuan"] == "365.00"  # 36500 × 1 × 5 % × 73/365
    assert values(found)["adjustment_head_count_yuan"] == "-292.00"  # 36500 × 0.4 × −10 % × 73/365
    assert values(found)["adjustment_weather_yuan"] == "-73.00"
    assert found.esco_fee_yuan == Decimal("7300.00")
    assert formulas(found)["esco_fee_yuan"] == (
        "agreed_fee_yuan + adjustment_price_yuan + adjustment_head_count_yuan + adjustment_weather_yuan"
    )
    assert found.client_keeps_yuan == Decimal("700.00")
    units = {line.key: line.unit for line in found.lines}
    assert (units["adjustment_price_actual"], units["adjustment_head_count_agreed"]) == (
        "yuan/kWh",
        "persons",
    )


def test_an_adjustment_holds_only_in_its_time() -> None:
    terms = replace(CUSTODY, adjustments=(adjustment(Parameter.HOURS, proportional("1", "10", "5")),))
    inside, after = part("0", start=date(2025, 12, 1), days=31), part("0", start=date(2026, 1, 1), days=31)
    assert money(terms, inside).esco_fee_yuan == Decimal("1550.00")
    assert money(terms, after).esco_fee_yuan == Decimal("3100.00")
    assert "agreed_fee_yuan" not in values(money(terms, after))
    lasting = replace(terms.adjustments[0], effective_to=None)
    assert money(replace(terms, adjustments=(lasting,)), after).esco_fee_yuan == Decimal("1550.00")


@given(share=st.decimals(0, 1, places=4), agreed=st.integers(1, 1000))
def test_a_parameter_that_stays_as_agreed_changes_nothing(share: Decimal, agreed: int) -> None:
    same = adjustment(Parameter.FLOOR_AREA, proportional(str(share), str(agreed), str(agreed)))
    assert money(replace(CUSTODY, adjustments=(same,)), part("0")).esco_fee_yuan == Decimal("7300.00")


# Guarantees by year


def year_of(terms: Terms, saved_by_day: list[int]) -> list[Money]:
    """The months of the first contract year, one after the other, at 1 yuan/kWh."""
    deal = contract(SHARED)
    found: list[Money] = []
    for month in MONTHS:
        first = max(date.fromisoformat(f"{month}-01"), deal.reporting_start)
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        year, start, end = parts_by_year(deal, first, after)[0]
        days = [(start - year.start).days + i for i in range((end - start).days)]
        one = replace(
            part("0", start=start, days=len(days)), baseline_kwh=Decimal(sum(saved_by_day[i] for i in days))
        )
        found.append(money(terms, one, before=so_far(earlier.lines for earlier in found)))
    return found


def guaranteed(settled: GuaranteeSettled, floor: FeeFloor = FeeFloor.NONE) -> GuaranteedTerms:
    return replace(GUARANTEED, guaranteed_kwh_per_year=Decimal(36_500), settled=settled, fee_floor=floor)


SEASONS = [150 if 80 <= day < 262 else 60 for day in range(365)]  # 38,280 kWh, above what was promised


def test_by_month_a_season_costs_what_the_year_would_not() -> None:
    months = year_of(guaranteed(GuaranteeSettled.MONTH), SEASONS)
    compensated = sum(Decimal(values(month)["shortfall_yuan"]) for month in months)
    assert compensated > 5000
    assert all("true_up_yuan" not in values(month) for month in months)


def test_by_year_only_the_year_is_settled_with_its_last_month() -> None:
    months = year_of(guaranteed(GuaranteeSettled.YEAR), SEASONS)
    assert all("shortfall_yuan" not in values(month) for month in months)
    assert ["true_up_yuan" in values(month) for month in months] == [False] * 12 + [True]
    last = values(months[-1])
    assert last["year_guaranteed_kwh"] == "36500.00"
    assert last["year_savings_kwh"] == str(Decimal(sum(SEASONS)).quantize(Decimal("0.01")))
    assert last["year_shortfall_kwh"] == "0.00"
    excess = sum(SEASONS) - 36_500
    assert Decimal(last["true_up_yuan"]) == Decimal(excess) / 2
    assert sum(month.esco_fee_yuan for month in months) == 3650 + Decimal(excess) / 2


def test_what_months_have_settled_on_account_is_made_good_by_the_year() -> None:
    by_year = year_of(guaranteed(GuaranteeSettled.YEAR), SEASONS)
    on_account = year_of(guaranteed(GuaranteeSettled.MONTH_AND_YEAR), SEASONS)
    assert [month.esco_fee_yuan for month in on_account[:-1]] != [
        month.esco_fee_yuan for month in by_year[:-1]
    ]
    assert sum(m.esco_fee_yuan for m in on_account) == sum(m.esco_fee_yuan for m in by_year)
    assert formulas(on_account[-1])["esco_fee_yuan"] == "service_fee_yuan + true_up_yuan"


@given(saved=st.lists(st.integers(0, 300), min_size=365, max_size=365))
def test_both_ways_of_settling_a_year_come_to_the_same(saved: list[int]) -> None:
    fees = [
        sum(month.esco_fee_yuan for month in year_of(guaranteed(settled), saved))
        for settled in (GuaranteeSettled.YEAR, GuaranteeSettled.MONTH_AND_YEAR)
    ]
    assert fees[0] == fees[1]
    difference = Decimal(sum(saved) - 36_500)
    assert fees[0] == 3650 + (difference / 2 if difference > 0 else difference)


def test_days_left_out_lessen_the_years_promise() -> None:
    closing = part("100", start=date(2026, 5, 1), days=14, measured=10)
    before = {1: {"days_measured": Decimal(340), "savings_kwh": Decimal(34_000)}}
    found = values(money(guaranteed(GuaranteeSettled.YEAR), closing, before=before))
    assert found["year_guaranteed_kwh"] == "35000.00"
    assert found["year_shortfall_yuan"] == "900.00"


def test_a_guaranteed_kwh_has_a_price_on_paper_where_savings_are_valued_by_period() -> None:
    apart = replace(part("8800"), by_period=energies("800 3000 4000 1000", "0 0 0 0"))
    valued = by_period(apart, hubei().prices, promised_price=Decimal("0.7"))
    found = charge(guaranteed(GuaranteeSettled.MONTH), [valued], so_far={})
    assert values(found)["price_yuan_per_kwh"] == "0.7"
    assert values(found)["excess_share_yuan"] == "525.00"  # 1,500 kWh × 0.7 × 50 %


# Floors


@pytest.mark.parametrize(
    ("floor", "fee", "rule"),
    [
        (FeeFloor.NONE, "-800.00", "sum(esco_fee_yuan)"),
        (FeeFloor.MONTH, "0.00", "max(0, sum(esco_fee_yuan))"),
        (FeeFloor.YEAR, "-500.00", "sum(esco_fee_due_yuan)"),
    ],
)
def test_a_floor_is_where_the_contract_says_so(floor: FeeFloor, fee: str, rule: str) -> None:
    """A year that has come to 500 yuan so far, and a month of 800 below zero."""
    terms = replace(SHARED, fee_floor=floor)
    found = money(terms, part("-1000"), before={1: {"esco_fee_yuan": Decimal(500)}})
    assert str(found.esco_fee_yuan) == fee
    assert formulas(found)["total_esco_fee_yuan"] == rule
    assert found.client_keeps_yuan == found.savings_yuan - found.esco_fee_yuan


@given(saved=st.lists(st.integers(-5000, 5000), min_size=1, max_size=12))
def test_over_a_year_dues_are_the_floored_sum_and_never_below_zero_on_the_way(saved: list[int]) -> None:
    terms = replace(SHARED, fee_floor=FeeFloor.YEAR)
    months: list[Money] = []
    for kwh in saved:
        before = so_far(earlier.lines for earlier in months)
        months.append(money(terms, part(str(kwh), days=30), before=before))
        assert sum(month.esco_fee_yuan for month in months) >= 0
    fees = sum(Decimal(values(month)["esco_fee_yuan"]) for month in months)
    assert sum(month.esco_fee_yuan for month in months) == max(0, fees)


def test_a_floor_over_the_year_begins_anew_with_the_year() -> None:
    terms = replace(SHARED, fee_floor=FeeFloor.YEAR)
    old = part("-1000", start=date(2026, 5, 1), days=14)
    new = part("1000", start=date(2026, 5, 15), days=17)
    assert money(terms, old, new).esco_fee_yuan == Decimal("800.00")


def test_parts_close_a_year_with_its_last_day_only() -> None:
    year = ContractYear(1, date(2025, 5, 15), date(2026, 5, 15))
    closing = replace(part("0", start=date(2026, 5, 1), days=14), year=year)
    assert closing.closes_year
    assert not replace(closing, days=13).closes_year


@given(fee=st.integers(0, 10**7), month=st.integers(0, 11))
def test_months_of_a_fixed_fee_come_to_the_years_but_for_a_fen_each(fee: int, month: int) -> None:
    terms = CustodyTerms(Decimal(fee) / 100, Decimal(0))
    months = year_of(terms, [0] * 365)
    assert abs(sum(one.esco_fee_yuan for one in months) - Decimal(fee) / 100) <= Decimal("0.065")
    assert months[month].client_keeps_yuan == -months[month].esco_fee_yuan
