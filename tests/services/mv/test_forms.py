from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.mv.forms import COOLING, DAYLIGHT, HEATING, TEMPERATURE, Term, degrees, design_matrix, driver
from tests.services.mv.circuits import days_of

DAYS = days_of((date(2025, 9, 30), date(2025, 10, 1), date(2025, 10, 11)), np.zeros(3))
WARM = replace(DAYS, outdoor_c=np.array([10.0, 20.0, 30.0]))
BY_DAYLIGHT = [
    Term("working_day"),
    Term("non_working_day"),
    Term("working_day", DAYLIGHT),
    Term("non_working_day", DAYLIGHT),
]


def test_a_term_is_zero_where_it_does_not_apply() -> None:
    assert DAYS.working == (True, False, True)  # a holiday, and a Saturday worked for it
    assert DAYS.daylight_h is not None
    away = DAYS.daylight_h - 12
    np.testing.assert_array_equal(
        design_matrix(BY_DAYLIGHT, DAYS),
        np.column_stack([[1, 0, 1], [0, 1, 0], [away[0], 0, away[2]], [0, away[1], 0]]),
    )


def test_an_unknown_day_type_is_in_no_column() -> None:
    unknown = replace(DAYS, working=(None, False, True))
    assert not design_matrix(BY_DAYLIGHT, unknown)[0].any()


def test_a_named_kind_of_day_stands_before_the_calendar() -> None:
    closed = replace(DAYS, kinds=("closure", None, None), working=(None, False, True))
    terms = [Term("closure"), Term("non_working_day"), Term("working_day")]
    np.testing.assert_array_equal(design_matrix(terms, closed), np.eye(3))


def test_degrees_count_from_the_balance_point_and_never_below_nothing() -> None:
    terms = [Term(), Term(by=HEATING, point_c=15.0), Term("working_day", COOLING, 18.0)]
    np.testing.assert_array_equal(design_matrix(terms, WARM), [[1, 5, 0], [1, 0, 0], [1, 0, 12]])
    below, above = degrees(WARM, np.array([0.0, 25.0])).tolist()
    assert below == [[0, 0, 0], [15, 5, 0]]
    assert above == [[10, 20, 30], [0, 0, 5]]


def test_degrees_of_a_bill_are_those_of_its_days_and_not_of_its_mean() -> None:
    inside = (np.array([10.0, 20.0]), np.array([15.0]), np.array([0.0, 30.0, 15.0]))
    bills = replace(WARM, outdoor_c=np.full(3, 15.0), inside_c=inside, length_d=np.array([2.0, 1.0, 3.0]))
    below, above = degrees(bills, np.array([15.0])).tolist()
    assert below == [[2.5, 0.0, 5.0]]
    assert above == [[2.5, 0.0, 5.0]]


@pytest.mark.parametrize(
    ("term", "name", "unit"),
    [
        (Term(), "base", "kWh/d"),
        (Term("working_day"), "working_day", "kWh/d"),
        (Term("working_day", DAYLIGHT), "working_day_daylight", "kWh/d per h"),
        (Term(by=TEMPERATURE), "temperature", "kWh/d per K"),
        (Term("closure", HEATING, 15.0), "closure_heating", "kWh/d per K"),
        (Term(by="head_count"), "head_count", "kWh/d per head_count"),
    ],
)
def test_every_coefficient_has_a_name_and_a_unit(term: Term, name: str, unit: str) -> None:
    assert (term.name, term.unit) == (name, unit)


@pytest.mark.parametrize("name", ["head_count", TEMPERATURE])
def test_a_driver_that_the_days_have_not_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="which the baseline needs"):
        driver(DAYS, name)
    assert driver(replace(DAYS, drivers={"head_count": np.arange(3.0)}), "head_count").tolist() == [0, 1, 2]
