import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.uncertainty.band import Band, portfolio, student_t

TABLES = [(0.90, 3, 2.353), (0.90, 10, 1.812), (0.90, 30, 1.697), (0.90, 361, 1.649), (0.68, 361, 0.996)]

PAIRS = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), min_size=1, max_size=20)


@pytest.mark.parametrize(("level", "freedom", "printed"), TABLES)
def test_student_t_agrees_with_tables(level: float, freedom: float, printed: float) -> None:
    assert student_t(level, freedom) == pytest.approx(printed, rel=0.01)


def test_student_t_has_a_floor() -> None:
    assert student_t(0.9, -5) == student_t(0.9, 3)


def test_a_band_is_wider_at_a_higher_level() -> None:
    band = Band(10.0, 30.0)
    assert band.half_width(0.68) < band.half_width() < band.half_width(0.95)
    assert band.half_width() == pytest.approx(16.97, abs=0.01)


def test_independent_errors_average_out_and_common_ones_do_not() -> None:
    found = portfolio([(100.0, 30.0), (200.0, 40.0)])
    assert found.savings_kwh == 300
    assert found.half_width_kwh == 50
    assert found.common_kwh == 70
    assert found.share == pytest.approx(50 / 300)


@pytest.mark.parametrize("pairs", [[], [(0.0, 5.0)], [(10.0, 3.0), (-10.0, 4.0)]])
def test_a_sum_of_zero_has_a_width_and_no_share(pairs: list[tuple[float, float]]) -> None:
    found = portfolio(pairs)
    assert found.share is None
    assert found.half_width_kwh == math.hypot(*(half for _, half in pairs))


def test_a_loss_has_a_positive_share() -> None:
    assert portfolio([(-50.0, 5.0)]).share == pytest.approx(0.1)


@given(PAIRS)
def test_the_truth_lies_between_the_largest_and_the_sum(pairs: list[tuple[float, float]]) -> None:
    found = portfolio(pairs)
    largest = max(half for _, half in pairs)
    assert largest * (1 - 1e-12) <= found.half_width_kwh <= found.common_kwh * (1 + 1e-12) + 1e-12
