"""What must hold for every circuit, whatever its size, noise and retrofit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mv.accounting import Savings, account
from services.mv.baseline import fit
from services.mv.model import Days
from services.mv.uncertainty.error_model import error_model, guideline_14_half_width
from tests.services.mv.circuits import baseline_part, reporting_part, two_years

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=15, deadline=None)


def saved(circuit: Days, *, remaining: float = 0.45) -> Savings:
    model = error_model(fit(baseline_part(circuit)))
    return account(model, reporting_part(circuit, remaining=remaining))


@FEW
@given(seed=SEEDS, size=st.floats(0.1, 1000))
def test_a_circuit_of_another_size_saves_in_proportion(seed: int, size: float) -> None:
    circuit = two_years(seed=seed)
    small, large = saved(circuit), saved(replace(circuit, energy_kwh=circuit.energy_kwh * size))
    assert large.total.savings_kwh == pytest.approx(size * small.total.savings_kwh, rel=1e-3)
    assert large.total.uncertainty_kwh == pytest.approx(size * small.total.uncertainty_kwh, rel=1e-2)


@FEW
@given(seed=SEEDS, remaining=st.floats(0, 2))
def test_what_the_retrofit_leaves_moves_the_saving_and_never_the_band(seed: int, remaining: float) -> None:
    circuit = two_years(seed=seed)
    unchanged, found = saved(circuit, remaining=1.0), saved(circuit, remaining=remaining)
    use = unchanged.total.actual_kwh
    expected = unchanged.total.savings_kwh + (1 - remaining) * use
    assert found.total.savings_kwh == pytest.approx(expected, abs=0.5)
    assert found.total.uncertainty_kwh == unchanged.total.uncertainty_kwh > 0


@FEW
@given(seed=SEEDS)
def test_more_noise_is_a_wider_band(seed: int) -> None:
    quiet, loud = (saved(two_years(seed=seed, sigma=sigma)).total for sigma in (0.02, 0.08))
    assert quiet.uncertainty_kwh < loud.uncertainty_kwh


@FEW
@given(seed=SEEDS, lost=st.sets(st.integers(0, 364), max_size=120))
def test_days_lost_are_days_less_and_nothing_is_made_up_for_them(seed: int, lost: set[int]) -> None:
    circuit = two_years(seed=seed)
    model = error_model(fit(baseline_part(circuit)))
    after = reporting_part(circuit, remaining=0.45)
    coverage = after.coverage.copy()
    coverage[list(lost)] = 0.0
    whole, part = account(model, after), account(model, replace(after, coverage=coverage))
    kept = [row for i, row in enumerate(whole.days) if i not in lost]
    assert part.total.days_measured == 365 - len(lost)
    assert part.total.savings_kwh == pytest.approx(sum(row.savings_kwh or 0 for row in kept), abs=1e-6)
    assert part.total.actual_kwh <= whole.total.actual_kwh
    assert np.isfinite(part.total.uncertainty_kwh)


@FEW
@given(seed=SEEDS)
def test_half_the_days_have_more_than_half_the_years_band(seed: int) -> None:
    found = saved(two_years(seed=seed))
    widths = [month.uncertainty_kwh for month in found.months[1:-1]]
    assert max(widths) < found.total.uncertainty_kwh < sum(widths)


@FEW
@given(seed=SEEDS)
def test_the_classical_band_is_near_ours_where_days_are_independent(seed: int) -> None:
    circuit = two_years(seed=seed, rho=0.0)
    model = error_model(fit(baseline_part(circuit)))
    ours = model.of_total(reporting_part(circuit)).half_width()
    assert guideline_14_half_width(model.baseline, 365) == pytest.approx(ours, rel=0.35)
