from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.savings.contract.terms import FeeFloor, GuaranteeSettled, MixedTerms, Terms
from services.savings.money.lines import Line
from services.savings.money.year_to_date import earlier_months, needed, so_far, year_record
from tests.services.savings.examples import CUSTODY, GUARANTEED, LEASE, MIXED, SHARED, contract

YEARLY = replace(GUARANTEED, settled=GuaranteeSettled.YEAR)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (SHARED, False),
        (GUARANTEED, False),
        (CUSTODY, False),
        (LEASE, False),
        (MIXED, False),
        (YEARLY, True),
        (replace(GUARANTEED, settled=GuaranteeSettled.MONTH_AND_YEAR), True),
        (replace(LEASE, settled=GuaranteeSettled.YEAR), True),
        (replace(SHARED, fee_floor=FeeFloor.YEAR), True),
        (replace(CUSTODY, fee_floor=FeeFloor.MONTH), False),
        (MixedTerms((SHARED, YEARLY)), True),
    ],
)
def test_which_terms_look_at_a_whole_year(terms: Terms, expected: bool) -> None:
    assert needed(terms) is expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (date(2025, 5, 15), ()),
        (date(2025, 6, 1), ("2025-05",)),
        (date(2025, 8, 1), ("2025-05", "2025-06", "2025-07")),
        (date(2026, 5, 1), tuple(f"{2025 + m // 12}-{m % 12 + 1:02}" for m in range(4, 16))),
        (date(2026, 6, 1), ("2026-05",)),
    ],
)  # fmt: skip
def test_the_earlier_months_of_a_contract_year(start: date, expected: tuple[str, ...]) -> None:
    assert earlier_months(contract(), start) == expected


def test_a_year_whose_months_are_not_all_settled_is_a_finding() -> None:
    found = year_record(contract(), date(2025, 8, 1), {"2025-05", "2025-07", "2024-01"})
    assert (found.what, found.figure, found.limit, found.ok) == ("year_completeness", 0.666667, 1.0, False)
    assert year_record(contract(), date(2025, 8, 1), ["2025-05", "2025-06", "2025-07"]).ok
    assert year_record(contract(), date(2025, 5, 15), []).figure == 1.0


def line(key: str, year: int | None, value: str) -> Line:
    return Line(key, year, Decimal(value), "yuan")


def test_earlier_lines_add_up_by_contract_year() -> None:
    may = [
        line("esco_fee_yuan", 1, "10.05"),
        line("savings_kwh", 1, "7"),
        line("total_esco_fee_yuan", None, "9"),
    ]
    june = [
        line("esco_fee_yuan", 1, "-3.00"),
        line("esco_fee_yuan", 2, "4"),
        line("price_yuan_per_kwh", 1, "1"),
    ]
    assert so_far([may, june]) == {
        1: {"esco_fee_yuan": Decimal("7.05"), "savings_kwh": Decimal(7)},
        2: {"esco_fee_yuan": Decimal(4)},
    }
    assert so_far([]) == {}
