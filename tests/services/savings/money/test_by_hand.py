"""Fees of every kind beside the same sum done by hand, written out in each test.

The contract of all of them: accepted on 14 May 2025, so that its first year is 15 May 2025 to 14 May 2026,
365 days, and its third, with 29 February 2028, has 366.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

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
    StatedAdjustment,
    Terms,
)
from services.savings.contract.years import parts_by_year
from services.savings.money.charge import Money, money
from services.savings.money.lines import Part
from services.savings.money.tariffs.plan import Tariffs
from services.savings.money.year_to_date import so_far
from tests.services.savings.examples import contract

HALF = Decimal("0.5")


def month(
    terms: Terms, start: date, end: date, *saved: str, price: str = "1", earlier: tuple[Money, ...] = ()
) -> Money:
    """The days [start, end), with the saving [kWh] of each contract year in them."""
    deal = replace(contract(terms), price_yuan_per_kwh=Decimal(price))
    parts = [
        Part(year, first, (after - first).days, (after - first).days, Decimal(kwh), Decimal(0))
        for (year, first, after), kwh in zip(parts_by_year(deal, start, end), saved, strict=True)
    ]
    before = so_far(one.lines for one in earlier)
    return money(deal, parts, tariffs=Tariffs(), so_far=before)


def row(found: Money, year: int | None = 1) -> dict[str, str]:
    return {line.key: str(line.value) for line in found.lines if line.year == year}


# Shared: two contract years in one month


def test_the_month_of_an_anniversary_has_two_shares_and_two_roundings() -> None:
    """May 2026: 14 days of year 1 at 80 %, 17 of year 2 at 70 %.

    Year 1: 1,000.00 kWh × 0.735686 = 735.686 → 735.69; × 0.8 = 588.552 → 588.55.
    Year 2: 2,000.01 kWh × 0.735686 = 1,471.37936 → 1,471.38; × 0.7 = 1,029.966 → 1,029.97.
    Fee 588.55 + 1,029.97 = 1,618.52; the client keeps 2,207.07 − 1,618.52 = 588.55.
    """
    terms = SharedTerms((Decimal("0.8"), Decimal("0.7")))
    found = month(terms, date(2026, 5, 1), date(2026, 6, 1), "1000", "2000.01", price="0.735686")
    assert (row(found)["savings_yuan"], row(found)["esco_fee_yuan"]) == ("735.69", "588.55")
    assert (row(found, 2)["savings_yuan"], row(found, 2)["esco_fee_yuan"]) == ("1471.38", "1029.97")
    assert (found.savings_yuan, found.esco_fee_yuan) == (Decimal("2207.07"), Decimal("1618.52"))
    assert found.client_keeps_yuan == Decimal("588.55")


@pytest.mark.parametrize(
    ("floor", "fee"), [(FeeFloor.NONE, "-100.00"), (FeeFloor.MONTH, "0.00"), (FeeFloor.YEAR, "700.00")]
)
def test_where_a_floor_stands_counts_in_the_month_of_an_anniversary(floor: FeeFloor, fee: str) -> None:
    """Year 1 ends with −1,000 kWh × 80 % = −800, year 2 begins with 1,000 × 70 % = 700.

    No floor: −100. Over the month: max(0, −100) = 0. Over each year: max(0, −800) + max(0, 700) = 700.
    """
    terms = SharedTerms((Decimal("0.8"), Decimal("0.7")), floor)
    assert str(month(terms, date(2026, 5, 1), date(2026, 6, 1), "-1000", "1000").esco_fee_yuan) == fee


def test_a_partial_first_month_has_the_days_after_acceptance_only() -> None:
    """15 to 31 May 2025 are 17 days: 3,650 × 17 ÷ 365 = 170.00 yuan; of 20,000 kWh 931.5068…"""
    terms = GuaranteedTerms(Decimal(20_000), Decimal(3650), HALF)
    found = row(month(terms, date(2025, 5, 15), date(2025, 6, 1), "931.51"))
    assert (found["service_fee_yuan"], found["guaranteed_kwh"]) == ("170.00", "931.51")
    assert (found["shortfall_kwh"], found["excess_kwh"]) == ("0.00", "0.00")


def test_the_last_day_of_the_term_is_paid_for_as_the_others_are() -> None:
    """1 to 14 May 2030, 14 days of year 5: 36,500 × 14 ÷ 365 = 1,400.00."""
    terms = CustodyTerms(Decimal(36_500), Decimal(40_000))
    found = row(month(terms, date(2030, 5, 1), date(2030, 5, 15), "0"), 5)
    assert found["esco_fee_yuan"] == "1400.00"
    assert found["baseline_cost_yuan"] == "1534.25"  # 40,000 × 14 ÷ 365 = 1,534.2465…


def test_a_year_with_a_29_february_is_of_366_days() -> None:
    """February 2028 lies in year 3: 36,600 × 29 ÷ 366 = 2,900.00; a year of 365 would give 2,907.95."""
    terms = CustodyTerms(Decimal(36_600), Decimal(0))
    assert row(month(terms, date(2028, 2, 1), date(2028, 3, 1), "0"), 3)["esco_fee_yuan"] == "2900.00"


# Guaranteed: a year with a shortfall and an excess


STARTS = [date(2025, 5, 15), *(date(2025 + m // 12, m % 12 + 1, 1) for m in range(5, 17)), date(2026, 5, 15)]


def year_of(terms: Terms, saved: list[str]) -> tuple[Money, ...]:
    """All thirteen months of the first contract year at 0.8 yuan/kWh."""
    found: tuple[Money, ...] = ()
    for (start, end), kwh in zip(pairwise(STARTS), saved, strict=True):
        found = (*found, month(terms, start, end, kwh, price="0.8", earlier=found))
    return found


GUARANTEED = GuaranteedTerms(Decimal(36_500), Decimal(3650), HALF)
"""100 kWh and 10 yuan a day; half of an excess is the ESCO's."""
STRONG = [
    "1700",
    "3000",
    "3100",
    "3100",
    "3000",
    "3100",
    "3000",
    "3100",
    "3100",
    "2800",
    "3100",
    "3000",
    "2400",
]
"""As promised each month, but for 1,000 kWh more in the year's last fortnight."""
WEAK = ["0", *STRONG[1:-1], "1400"]
"""As promised each month, but for nothing in the first: 1,700 kWh short."""
UNEVEN = ["0", *STRONG[1:]]
"""1,700 kWh short in the first month, 1,000 above in the last: 700 short over the year."""


@pytest.mark.parametrize("settled", GuaranteeSettled)
def test_a_year_above_its_guarantee(settled: GuaranteeSettled) -> None:
    """1,000 kWh × 0.8 × ½ = 400.00 more than the service fee of 3,650.00, whichever way it is settled."""
    found = year_of(replace(GUARANTEED, settled=settled), STRONG)
    assert sum(one.esco_fee_yuan for one in found) == Decimal("4050.00")
    assert found[-1].esco_fee_yuan == Decimal("540.00")  # 14 days of service and the 400


@pytest.mark.parametrize("settled", GuaranteeSettled)
def test_a_year_below_its_guarantee(settled: GuaranteeSettled) -> None:
    """1,700 kWh × 0.8 = 1,360.00 less than the service fee, with the first month or with the year's last."""
    found = year_of(replace(GUARANTEED, settled=settled), WEAK)
    assert sum(one.esco_fee_yuan for one in found) == Decimal("2290.00")
    at_once = settled is not GuaranteeSettled.YEAR
    assert found[0].esco_fee_yuan == (Decimal("-1190.00") if at_once else Decimal("170.00"))
    assert found[-1].esco_fee_yuan == (Decimal("140.00") if at_once else Decimal("-1220.00"))


@pytest.mark.parametrize(
    ("settled", "last", "year"),
    [
        (GuaranteeSettled.MONTH, "540.00", "2690.00"),  # 3,650 − 1,360 + 400
        (GuaranteeSettled.YEAR, "-420.00", "3090.00"),  # 140 − 700 × 0.8; 3,650 − 560
        (GuaranteeSettled.MONTH_AND_YEAR, "940.00", "3090.00"),  # 140 − 560 + 1,360
    ],
)
def test_a_year_with_a_shortfall_and_an_excess(settled: GuaranteeSettled, last: str, year: str) -> None:
    """By month each stands for itself, by year the excess makes good 1,000 of the 1,700 kWh."""
    found = year_of(replace(GUARANTEED, settled=settled), UNEVEN)
    assert str(found[-1].esco_fee_yuan) == last
    assert str(sum(one.esco_fee_yuan for one in found)) == year


def test_the_lines_of_a_year_that_is_made_good() -> None:
    """What the reader sees in the last month of a year settled by month and by year."""
    last = row(year_of(replace(GUARANTEED, settled=GuaranteeSettled.MONTH_AND_YEAR), UNEVEN)[-1])
    assert {key: last[key] for key in last if key.startswith(("year_", "true_"))} == {
        "year_days_measured_before": "351", "year_savings_kwh_before": "33400.00",
        "year_guaranteed_kwh": "36500.00", "year_savings_kwh": "35800.00", "year_shortfall_kwh": "700.00",
        "year_excess_kwh": "0.00", "year_shortfall_yuan": "560.00", "year_excess_share_yuan": "0.00",
        "year_settled_yuan_before": "-1360.00", "true_up_yuan": "800.00",
    }  # fmt: skip


def test_an_excess_share_is_rounded_once() -> None:
    """June 2025, 3,000.00 kWh promised: 0.11 × 0.735 × 0.5 = 0.040425 → 0.04."""
    terms = replace(GUARANTEED, esco_share_of_excess=HALF)
    found = row(month(terms, date(2025, 6, 1), date(2025, 7, 1), "3000.11", price="0.735"))
    assert (found["excess_kwh"], found["excess_share_yuan"]) == ("0.11", "0.04")
    found = row(month(terms, date(2025, 6, 1), date(2025, 7, 1), "3000.01", price="0.9"))
    assert found["excess_share_yuan"] == "0.00"  # 0.01 × 0.9 × 0.5 = 0.0045, though 0.009 would print 0.01


# Custody: adjustments that begin and end within the year


def adjusted(*changes: CustodyAdjustment) -> CustodyTerms:
    return CustodyTerms(Decimal(36_500), Decimal(40_000), changes)


def change(
    parameter: Parameter, first: date, last: date | None, what: ProportionalAdjustment | StatedAdjustment
) -> CustodyAdjustment:
    return CustodyAdjustment(parameter, first, last, what, date(2025, 5, 20), "甲", "乙", "letter 3")


def test_adjustments_count_from_their_first_day_to_their_last() -> None:
    """36,500 a year are 100 a day. Staff 500 → 450 from August to October: 40 % × (450 ÷ 500 − 1) = −4 %.

    A stated −730 a year, −2 a day, holds in September alone. July 31 × 100 = 3,100.00; August 3,100.00 −
    124.00 = 2,976.00; September 3,000.00 − 120.00 − 60.00 = 2,820.00; October 2,976.00; November 3,000.00.
    """
    staff = ProportionalAdjustment(Decimal("0.4"), Decimal(500), Decimal(450))
    terms = adjusted(
        change(Parameter.HEAD_COUNT, date(2025, 8, 1), date(2025, 10, 31), staff),
        change(Parameter.WEATHER, date(2025, 9, 1), date(2025, 9, 30),
               StatedAdjustment(Decimal(-730), "cooling degree days, table 2")),
    )  # fmt: skip
    fees = [month(terms, date(2025, at, 1), date(2025, at + 1, 1), "0").esco_fee_yuan for at in range(7, 12)]
    assert [str(fee) for fee in fees] == ["3100.00", "2976.00", "2820.00", "2976.00", "3000.00"]


def test_an_adjustment_may_begin_with_a_contract_year_within_a_month() -> None:
    """Hours 10 → 12 from 15 May 2026 on: 14 days at 100 and 17 at 120 yuan: 1,400.00 + 2,040.00."""
    longer = ProportionalAdjustment(Decimal(1), Decimal(10), Decimal(12))
    terms = adjusted(change(Parameter.HOURS, date(2026, 5, 15), None, longer))
    found = month(terms, date(2026, 5, 1), date(2026, 6, 1), "0", "0")
    assert (row(found)["esco_fee_yuan"], row(found, 2)["esco_fee_yuan"]) == ("1400.00", "2040.00")
    assert "agreed_fee_yuan" not in row(found)
    assert row(found, 2)["adjustment_hours_yuan"] == "340.00"


def test_a_share_of_a_third_is_rounded_from_its_exact_value() -> None:
    """Staff 300 → 400, a quarter of the fee: 36,500.73 × ¼ × ⅓ × 30 ÷ 365 = 250.005 exactly → 250.01."""
    third = ProportionalAdjustment(Decimal("0.25"), Decimal(300), Decimal(400))
    terms = replace(
        adjusted(change(Parameter.HEAD_COUNT, date(2025, 6, 1), None, third)),
        custody_fee_yuan_per_year=Decimal("36500.73"),
    )
    found = row(month(terms, date(2025, 6, 1), date(2025, 7, 1), "0"))
    assert found["adjustment_head_count_yuan"] == "250.01"


# Lease, by year and by day


def test_a_rent_by_year_changes_with_the_contract_year_within_a_month() -> None:
    """7,300 a year are 20 a day, 3,650 are 10: 14 × 20 = 280.00 and 17 × 10 = 170.00."""
    terms = LeaseTerms(tuple(map(Decimal, (7300, 3650, 0, 0, 0))))
    found = month(terms, date(2026, 5, 1), date(2026, 6, 1), "500", "500")
    assert (row(found)["rent_yuan"], row(found, 2)["rent_yuan"]) == ("280.00", "170.00")
    assert found.client_keeps_yuan == Decimal("550.00")


def test_a_rent_is_due_on_its_day_in_the_contract_year_of_that_day() -> None:
    """Of 14 May and 15 May 2026 the first is the last day of year 1, the second the first of year 2."""
    due = [Rent(date(2026, 5, day), Decimal(yuan)) for day, yuan in ((14, 9000), (15, 8000), (31, 7000))]
    found = month(LeaseTerms(rents=tuple(due)), date(2026, 5, 1), date(2026, 6, 1), "0", "0")
    assert (row(found)["rent_yuan"], row(found, 2)["rent_yuan"]) == ("9000.00", "15000.00")
    assert found.esco_fee_yuan == Decimal("24000.00")


@pytest.mark.parametrize(("floor", "fee"), [(FeeFloor.NONE, "-1400.00"), (FeeFloor.MONTH, "0.00")])
def test_a_guaranteed_lease_in_a_month_without_a_saving(floor: FeeFloor, fee: str) -> None:
    """June 2025: rent 7,300 × 30 ÷ 365 = 600.00; promised 24,333.34 × 30 ÷ 365 = 2,000.00 kWh, none saved."""
    terms = LeaseTerms((Decimal(7300),) * 5, (), Decimal("24333.34"), fee_floor=floor)
    found = month(terms, date(2025, 6, 1), date(2025, 7, 1), "0")
    assert row(found)["guaranteed_kwh"] == "2000.00"
    assert str(found.esco_fee_yuan) == fee


# Mixed, each with its floor


def test_components_are_floored_apart_and_then_added() -> None:
    """June 2025, −1,000 kWh at 1 yuan, 100 kWh a day promised.

    Shared 30 %: −300.00, floored to 0. Guaranteed without a floor: 30 × 10 − 4,000 = −3,700.00.
    Custody 3,000.00. Fee −700.00; the client keeps 40,000 × 30 ÷ 365 = 3,287.67, and 700.00.
    """
    terms = MixedTerms(
        (SharedTerms((Decimal("0.3"),)), GUARANTEED, CustodyTerms(Decimal(36_500), Decimal(40_000)))
    )
    found = month(terms, date(2025, 6, 1), date(2025, 7, 1), "-1000")
    assert row(found, None) == {
        "total_savings_yuan": "-1000.00", "total_shared_fee_yuan": "0.00",
        "total_guaranteed_fee_yuan": "-3700.00", "total_custody_fee_yuan": "3000.00",
        "total_esco_fee_yuan": "-700.00", "client_keeps_yuan": "3987.67",
    }  # fmt: skip


def test_one_component_floored_over_the_year_beside_one_that_is_not() -> None:
    """Shared 50 % over the year: −500, 300, 400 are due 0, 0, 200. Rent 20 a day: 340.00, 600.00, 620.00."""
    terms = MixedTerms((SharedTerms((HALF,), FeeFloor.YEAR), LeaseTerms((Decimal(7300),) * 5)))
    found: tuple[Money, ...] = ()
    for (start, end), kwh in zip(pairwise(STARTS[:4]), ("-1000", "600", "800"), strict=True):
        found = (*found, month(terms, start, end, kwh, earlier=found))
    assert [row(one)["shared_fee_due_yuan"] for one in found] == ["0.00", "0.00", "200.00"]
    assert [str(one.esco_fee_yuan) for one in found] == ["340.00", "600.00", "820.00"]
