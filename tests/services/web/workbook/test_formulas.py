from decimal import Decimal

import pytest

from services.savings.money.lines import Line
from services.web.workbook.formulas import spreadsheet_formula

CELLS = {
    ("savings_kwh", 1): "D4", ("price_yuan_per_kwh", 1): "D5", ("esco_fee_yuan", 1): "D6",
    ("esco_fee_yuan", 2): "D9", ("days", 1): "D2", ("custody_fee_yuan_per_year", None): "D1",
    ("days_of_contract_year", 1): "D3",
}  # fmt: skip
FEES = tuple(Line("esco_fee_yuan", year, Decimal("1.00"), "yuan") for year in (1, 2))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("savings_kwh * price_yuan_per_kwh", "ROUND(D4*D5,2)"),
        ("custody_fee_yuan_per_year * days / days_of_contract_year", "ROUND(D1*D2/D3,2)"),
        ("max(0, sum(esco_fee_yuan))", "ROUND(MAX(0,SUM(D6,D9)),2)"),
        ("max(0, savings_kwh - days)", "ROUND(MAX(0,D4-D2),2)"),
        ("sum(savings_yuan) - savings_kwh", "ROUND(0-D4,2)"),
        ("custody_fee_yuan_per_year * nothing_known", None),
        (None, None),
    ],
)
def test_names_become_cells(formula: str | None, expected: str | None) -> None:
    line = Line("x", 1, Decimal("1.00"), "yuan", formula)
    assert spreadsheet_formula(line, CELLS, FEES) == expected


def test_what_is_not_printed_to_cents_is_not_rounded() -> None:
    line = Line("x", 1, Decimal("0.5"), "1", "days / days_of_contract_year")
    assert spreadsheet_formula(line, CELLS, ()) == "D2/D3"


def test_a_figure_of_another_contract_year_is_not_taken() -> None:
    line = Line("x", 2, Decimal("1.00"), "yuan", "savings_kwh * 2")
    assert spreadsheet_formula(line, CELLS, ()) is None
