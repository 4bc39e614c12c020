import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Term, Total
from services.mv.canonical import canonical

READ: TypeAdapter[Term] = TypeAdapter(Term)
AREA = Proportional("floor area", "m2", 10_000, 11_000, 0.5)


@pytest.mark.parametrize(
    ("term", "kwh", "text"),
    [
        (PerDay(-12.5), -12.5, "-12.5 kWh/d"),
        (Total(100), 10.0, "100 kWh in all"),
        (Lamps(30, 16, 10), 4.8, "30 x 16 W x 10 h/d / 1000"),
        (Lamps(-30, 40, 10), -12.0, "-30 x 40 W x 10 h/d / 1000"),
        (AREA, 10.0, "baseline x 0.5 x (11000/10000 m2 floor area - 1)"),
        (
            Proportional("head count", "people", 100, 0),
            -200.0,
            "baseline x 1 x (0/100 people head count - 1)",
        ),
    ],
)
def test_each_formula_by_hand(term: Term, kwh: float, text: str) -> None:
    """Ten days, of which this is the fourth, with 200 kWh of baseline."""
    assert term.kwh(200.0, 3, 10) == pytest.approx(kwh)
    assert term.text == text


@given(st.integers(-(10**8), 10**8), st.integers(1, 400))
def test_the_parts_of_a_total_add_up_to_it_and_are_alike(watt_hours: int, of: int) -> None:
    parts = [Total(watt_hours / 1000).kwh(0.0, i, of) for i in range(of)]
    assert sum(round(part * 1000) for part in parts) == watt_hours
    assert max(parts) - min(parts) <= 0.001 + 1e-9


@given(st.floats(0, 1e5), st.floats(0.1, 1e5), st.floats(0, 1e5), st.floats(0, 1))
def test_a_proportional_amount_has_the_sign_of_the_change(
    baseline_kwh: float, before: float, after: float, share: float
) -> None:
    amount = Proportional("hours", "h/d", before, after, share).kwh(baseline_kwh, 0, 1)
    assert amount >= 0 if after >= before else amount <= 0
    assert amount >= -baseline_kwh - 0.001


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        (PerDay, (math.nan,)),
        (Total, (math.inf,)),
        (Lamps, (3, -16, 10)),
        (Lamps, (3, 16, 25)),
        (Proportional, ("hours", "h/d", 0, 10)),
        (Proportional, ("hours", "h/d", 8, -1)),
        (Proportional, ("hours", "h/d", 8, 10, 1.5)),
    ],
)
def test_inputs_that_cannot_be_are_refused(kind: Any, inputs: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"finite|lamps have|a quantity was"):
        kind(*inputs)


@pytest.mark.parametrize("term", [PerDay(5), Total(7), Lamps(3, 16, 10), AREA])
def test_a_formula_has_one_spelling_and_comes_back_from_it(term: Term) -> None:
    again = READ.validate_python(json.loads(canonical(term)))
    assert type(again) is type(term)
    assert canonical(again) == canonical(term)
