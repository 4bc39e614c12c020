from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.contract.measurement import (
    DAYS,
    NO_LIMITS,
    Closure,
    Driver,
    DriverStep,
    LampInventory,
    Limits,
    RateTests,
    Regression,
    weather_of,
)

FIRST = date(2025, 3, 1)
WEEK = tuple(FIRST + timedelta(days=i) for i in range(7))


def head_count(*steps: tuple[int, float]) -> Driver:
    return Driver(
        "head_count",
        "persons",
        tuple(DriverStep(FIRST + timedelta(days=at), value, "staff list") for at, value in steps),
    )


def test_a_driver_has_its_value_from_its_own_day_on() -> None:
    values = head_count((2, 300.0), (5, 420.0)).on(WEEK)
    np.testing.assert_array_equal(values, [np.nan, np.nan, 300, 300, 300, 420, 420])
    assert values.dtype == np.float64


def test_a_step_before_or_after_all_days_is_what_it_says() -> None:
    assert head_count((-400, 7.0)).on(WEEK).tolist() == [7.0] * 7
    assert np.isnan(head_count((7, 7.0)).on(WEEK)).all()
    assert head_count((0, 1.0)).on(()).shape == (0,)


@given(st.lists(st.tuples(st.integers(-5, 12), st.floats(-1e9, 1e9)), min_size=1, unique_by=lambda s: s[0]))
def test_a_drivers_value_is_that_of_the_last_step_that_has_begun(steps: list[tuple[int, float]]) -> None:
    ordered = sorted(steps)
    for i, value in enumerate(head_count(*ordered).on(WEEK).tolist()):
        begun = [of for at, of in ordered if at <= i]
        assert value == begun[-1] if begun else np.isnan(value)


def test_a_closure_counts_both_of_its_ends_and_others_have_no_kind() -> None:
    closed = Closure("holiday", WEEK[1], WEEK[2], "term dates")
    kinds = Regression(closures=(closed, Closure("strike", WEEK[4], WEEK[4], "notice"))).kinds(WEEK)
    assert kinds == (None, "holiday", "holiday", None, "strike", None, None)


def test_without_closures_there_are_no_kinds_at_all() -> None:
    assert Regression().kinds(WEEK) is None
    elsewhere = Regression(closures=(Closure("holiday", date(2024, 1, 1), date(2024, 1, 2), "x"),))
    assert elsewhere.kinds(WEEK) == (None,) * 7


def test_only_a_regression_asks_for_weather() -> None:
    assert weather_of(Regression(weather="roof")) == "roof"
    assert weather_of(DAYS) is None
    assert weather_of(LampInventory(())) is None
    assert weather_of(RateTests((), 1)) is None


def test_what_nothing_is_said_of_is_days_without_weather_and_no_limit() -> None:
    assert Regression() == DAYS
    assert (DAYS.form, DAYS.weather, DAYS.closures, DAYS.drivers) == ("auto", None, (), ())
    assert Limits() == NO_LIMITS


@pytest.mark.parametrize("value", [Regression(), LampInventory(()), RateTests((), 1), Limits()])
def test_measurements_are_values(value: object) -> None:
    assert replace(value) == value  # type: ignore[type-var]
    assert hash(value) == hash(replace(value))  # type: ignore[type-var]
