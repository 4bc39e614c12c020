import numpy as np
import pytest

from services.mv.figures import figures, lag_one, rounded


def test_figures_follow_their_definitions() -> None:
    energy, residuals = np.array([10.0, 20.0, 30.0, 40.0]), np.array([1.0, -1.0, 1.0, -1.0])
    found = figures(energy, residuals, rho=0.5, p=2)
    assert (found.n, found.p, found.mean_kwh) == (4, 2, 25)
    assert found.rmse_kwh == pytest.approx(np.sqrt(4 / 2), abs=1e-6)
    assert found.cvrmse == pytest.approx(np.sqrt(2) / 25, abs=1e-6)
    assert found.nmbe == 0
    assert found.r2 == pytest.approx(1 - 4 / 500, abs=1e-6)
    assert found.n_effective == pytest.approx(4 * 0.5 / 1.5, abs=1e-6)


def test_bias_is_of_what_is_left_over() -> None:
    assert figures(np.full(4, 10.0), np.full(4, 0.5), rho=0, p=2).nmbe == pytest.approx(2 / (2 * 10))


def test_weights_count_rows_by_their_days() -> None:
    energy, residuals = np.array([10.0, 40.0]), np.array([2.0, -1.0])
    found = figures(energy, residuals, rho=0, p=1, weight=np.array([2 / 3, 4 / 3]))
    assert found.mean_kwh == pytest.approx((2 / 3 * 10 + 4 / 3 * 40) / 2)
    assert found.rmse_kwh == pytest.approx(np.sqrt(2 / 3 * 4 + 4 / 3 * 1), abs=1e-6)
    ones = figures(energy, residuals, rho=0, p=1, weight=np.ones(2))
    assert ones == figures(energy, residuals, rho=0, p=1)


@pytest.mark.parametrize(("rho", "held"), [(-0.4, 0.0), (0.3, 0.3), (1.2, 0.99)])
def test_correlation_is_held_between_none_and_nearly_all(rho: float, held: float) -> None:
    found = figures(np.arange(10.0), np.ones(10), rho=rho, p=1)
    assert found.rho == held
    assert 0 < found.n_effective <= 10


def test_ratios_without_a_denominator_are_zero() -> None:
    found = figures(np.zeros(5), np.zeros(5), rho=0, p=1)
    assert (found.cvrmse, found.nmbe, found.r2) == (0, 0, 0)


def test_neighbours_are_rows_of_which_one_begins_where_the_other_ends() -> None:
    residuals = np.array([1.0, 1.0, -1.0, -1.0])
    starts, lengths = np.array([0, 31, 61, 100]), np.array([31.0, 30.0, 31.0, 30.0])
    assert lag_one(residuals, starts) == 0
    assert lag_one(residuals, starts, lengths) == pytest.approx(0.0)  # (1 − 1)/2, the last follows a gap
    assert lag_one(residuals, np.array([0, 31, 61, 92]), lengths) == pytest.approx(1 / 3)


def test_zero_has_no_sign() -> None:
    assert str(rounded(-0.0)) == "0.0"
    assert rounded(1.23456789) == 1.234568
