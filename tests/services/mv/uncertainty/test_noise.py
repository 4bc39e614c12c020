import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.uncertainty.noise import cumulated, noise_of, spread, variance_of

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


@given(SPREADS, st.floats(0, 0.98), st.data())
def test_the_whole_is_the_window_of_all_rows(scale: list[float], rho: float, data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(1, 40), min_size=len(scale), max_size=len(scale)))
    numbers = np.cumsum(steps)
    found = variance_of(np.array(scale), numbers, rho)
    assert found == pytest.approx(whole(scale, numbers.tolist(), rho), rel=1e-9, abs=1e-12)
    noise = noise_of(np.array(scale), numbers, rho)
    assert found == noise.sums_to[-1]  # to the last bit: both carry the same figures on
    assert noise.of_windows(np.array([0]), np.array([len(scale)]))[0] == pytest.approx(found)


def test_without_autocorrelation_variances_add() -> None:
    assert variance_of(np.array([3.0, 4.0]), np.array([1, 2]), 0.0) == 25


def test_what_fades_within_a_gap_is_not_carried_over_it() -> None:
    near, far = (variance_of(np.array([3.0, 4.0]), np.array([1, day]), 0.5) for day in (2, 60))
    assert near == 25 + 2 * 12 * 0.5
    assert far == pytest.approx(25)


def test_nothing_has_no_variance() -> None:
    assert variance_of(np.zeros(0), np.zeros(0, dtype=np.int64), 0.5) == 0


@given(SPREADS, st.floats(0, 0.98), st.data())
def test_each_row_is_spread_over_all_others(values: list[float], rho: float, data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.integers(1, 40), min_size=len(values), max_size=len(values)))
    numbers = np.cumsum(steps)
    rows = np.stack([np.array(values), np.arange(len(values), dtype=np.float64)], axis=1)
    before = rows.copy()
    faded = rho ** np.abs(numbers[:, None] - numbers).astype(np.float64)
    assert spread(rows, numbers, rho) == pytest.approx(faded @ rows, rel=1e-9, abs=1e-9)
    assert np.array_equal(rows, before)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 365])
def test_no_row_is_counted_twice_however_many_there_are(count: int) -> None:
    found = spread(np.ones((count, 1)), np.arange(count), 1.0)
    assert found.tolist() == [[count]] * count


def test_cumulated_has_one_row_more() -> None:
    assert cumulated(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [[0, 0], [1, 2], [4, 6]]
