import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.uncertainty.noise import cumulated, noise_of

SPREADS = st.lists(st.floats(0, 100), min_size=1, max_size=12)


def whole(scale: list[float], numbers: list[int], rho: float) -> float:
    """The double sum as it is defined."""
    return sum(
        a * b * rho ** abs(i - j)
        for a, i in zip(scale, numbers, strict=True)
        for b, j in zip(scale, numbers, strict=True)
    )


@given(SPREADS, st.floats(0, 0.98), st.data())
def test_every_window_is_the_double_sum(scale: list[float], rho: float, data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(1, 40), min_size=len(scale), max_size=len(scale)))
    numbers = np.cumsum(steps)
    first = data.draw(st.integers(0, len(scale) - 1))
    last = data.draw(st.integers(first + 1, len(scale)))
    noise = noise_of(np.array(scale), numbers, rho)
    found = float(noise.of_windows(np.array([first]), np.array([last]))[0])
    expected = whole(scale[first:last], numbers[first:last].tolist(), rho)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * whole(scale, numbers.tolist(), rho) + 1e-12)


def test_the_whole_is_the_window_of_all_rows() -> None:
    noise = noise_of(np.array([3.0, 1.0, 2.0]), np.array([10, 11, 20]), 0.5)
    assert noise.variance == pytest.approx(whole([3.0, 1.0, 2.0], [10, 11, 20], 0.5))
    assert noise.of_windows(np.array([0]), np.array([3]))[0] == pytest.approx(noise.variance)


def test_without_autocorrelation_variances_add() -> None:
    assert noise_of(np.array([3.0, 4.0]), np.array([1, 2]), 0.0).variance == 25


def test_nothing_has_no_variance() -> None:
    assert noise_of(np.zeros(0), np.zeros(0, dtype=np.int64), 0.5).variance == 0


def test_cumulated_has_one_row_more() -> None:
    assert cumulated(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [[0, 0], [1, 2], [4, 6]]
