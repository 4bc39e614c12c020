"""The one rounding rule, by a reader who has the paper only: every printed line follows from those before it.

The reader is independent of what computed the lines: exact fractions of what a line's own text names.
"""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from services.savings.contract.terms import CustodyTerms, FeeFloor, LeaseTerms, MixedTerms, SingleTerms
from services.savings.money.lines import Line
from tests.services.savings.money.deals import Deal, Month, deals
from tests.services.savings.money.paper import Pencil, to_the_fen, worked_out

# not made smaller: the failing line says what is wrong, and a year of months takes minutes to shrink
DRAWN = settings(
    deadline=None, max_examples=60, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
LONGER = settings(DRAWN, max_examples=40)


def of_year(month: Month, year: int | None) -> dict[str, Decimal]:
    return {line.key: line.value for line in month.found.lines if line.year == year}


def components(deal: Deal) -> tuple[SingleTerms, ...]:
    terms = deal.contract.terms
    return terms.components if isinstance(terms, MixedTerms) else (terms,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a - b", "1"), ("a - b - 1", "0"), ("a * b / 4", "1.50"), ("max(0, b - a)", "0"),
        ("max(0, a) - max(0, b)", "1"), ("a * (b / 4 - 1)", "-1.50"), ("0 - a + b", "-1"), ("sum(c)", "7"),
        ("max(0, sum(c)) - a", "4"),
    ],
)  # fmt: skip
def test_the_reader_can_reckon(text: str, expected: str) -> None:
    lines = [Line("c", 1, Decimal(3), "1"), Line("c", 2, Decimal(4), "1"), Line("c", None, Decimal(9), "1")]
    found = Pencil(text, {"a": Fraction(3), "b": Fraction(2)}, lines).value()
    assert to_the_fen(found) == Decimal(expected)


@pytest.mark.parametrize(
    ("exact", "paper"),
    [("1/200", "0.01"), ("-1/200", "-0.01"), ("1/201", "0.00"), ("-1/300", "0.00"), ("2675/1000", "2.68")],
)
def test_the_reader_rounds_half_away_from_zero(exact: str, paper: str) -> None:
    assert str(to_the_fen(Fraction(exact))) == paper


@DRAWN
@given(deal=deals())
def test_every_line_with_a_formula_is_worked_out_to_the_fen(deal: Deal) -> None:
    for month in deal.months:
        given_figures = deal.given(month)
        for line, expected in worked_out(month.found.lines, given_figures.__getitem__):
            assert line.value == expected, (line, expected)


@DRAWN
@given(deal=deals(count=3))
def test_no_line_stands_twice_in_a_contract_year_and_every_amount_is_to_the_fen(deal: Deal) -> None:
    for month in deal.months:
        names = [(line.key, line.year) for line in month.found.lines]
        assert len(set(names)) == len(names)
        for line in month.found.lines:
            if line.unit in {"yuan", "kWh"}:
                assert line.value.as_tuple().exponent == -2
                assert not (line.value == 0 and line.value.is_signed())


@LONGER
@given(deal=deals())
def test_what_a_year_came_to_before_is_what_its_earlier_months_printed(deal: Deal) -> None:
    sums: dict[tuple[int | None, str], Decimal] = {}
    for month in deal.months:
        for part in month.parts:
            year = part.year.number
            for key, value in of_year(month, year).items():
                if key.startswith("year_") and key.endswith("_before"):
                    name = key.removeprefix("year_").removesuffix("_before")
                    assert value == sums.get((year, name), 0), key
        for line in month.found.lines:
            place = (line.year, line.key)
            sums[place] = sums.get(place, Decimal()) + line.value


@LONGER
@given(deal=deals(count=4))
def test_what_is_given_is_what_the_contract_and_the_meters_say(deal: Deal) -> None:
    for month in deal.months:
        for part in month.parts:
            lines = of_year(month, part.year.number)
            assert lines["baseline_kwh"] == to_the_fen(Fraction(part.baseline_kwh))
            assert lines["actual_kwh"] == to_the_fen(Fraction(part.actual_kwh))
            assert lines["price_yuan_per_kwh"] == deal.contract.price_yuan_per_kwh
            assert lines.get("days_measured", part.days_measured) == part.days_measured
            for terms in components(deal):
                if isinstance(terms, LeaseTerms) and terms.rents:
                    days = range(part.start.toordinal(), part.start.toordinal() + part.days)
                    due = sum((one.yuan for one in terms.rents if one.due_on.toordinal() in days), Decimal())
                    assert lines["rent_yuan"] == due
                if isinstance(terms, CustodyTerms):
                    held = {f"adjustment_{one.parameter}_yuan" for one in terms.adjustments
                            if one.effective_from <= part.start
                            and (one.effective_to is None or part.start <= one.effective_to)}  # fmt: skip
                    shown = {key for key in lines if key.startswith("adjustment_") and key.endswith("_yuan")}
                    assert shown == held


@LONGER
@given(deal=deals())
def test_the_amounts_are_the_last_lines_and_both_sides_add_up(deal: Deal) -> None:
    kinds = components(deal)
    for month in deal.months:
        found, totals = month.found, of_year(month, None)
        assert totals["total_savings_yuan"] == found.savings_yuan
        assert totals["total_esco_fee_yuan"] == found.esco_fee_yuan
        assert totals["client_keeps_yuan"] == found.client_keeps_yuan
        custody = any(isinstance(terms, CustodyTerms) for terms in kinds)
        source = "baseline_cost_yuan" if custody else "savings_yuan"
        whole = sum((line.value for line in found.lines if line.key == source and line.year), Decimal())
        assert found.esco_fee_yuan + found.client_keeps_yuan == whole
        if all(terms.fee_floor is FeeFloor.MONTH for terms in kinds):
            assert found.esco_fee_yuan >= 0


@LONGER
@given(deal=deals())
def test_over_a_contract_year_a_floored_fee_is_the_sum_or_nothing(deal: Deal) -> None:
    """Each component with a floor over the year is due what its fees come to, and never below zero."""
    mixed = isinstance(deal.contract.terms, MixedTerms)
    for terms in components(deal):
        if terms.fee_floor is not FeeFloor.YEAR:
            continue
        kind = type(terms).__name__.removesuffix("Terms").lower()
        name = kind if mixed else "esco"
        for year in (1, 2):
            rows = [lines for lines in (of_year(month, year) for month in deal.months) if lines]
            fees = sum((lines[f"{name}_fee_yuan"] for lines in rows), Decimal())
            due = sum((lines[f"{name}_fee_due_yuan"] for lines in rows), Decimal())
            assert due == max(Decimal(), fees)
