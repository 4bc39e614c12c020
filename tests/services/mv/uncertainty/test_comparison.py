from dataclasses import replace

import numpy as np
import pytest

from services.mv.baseline import fit
from services.mv.coverage.ensembles import Building, Case, buildings
from services.mv.uncertainty.comparison import comparison, held_out, records
from services.mv.uncertainty.error_model import ErrorModel, error_model


def made(case: Case, seed: int = 21) -> tuple[ErrorModel, Building]:
    building = next(buildings(case, seed=seed, count=1))
    return error_model(building.baseline), building


@pytest.mark.parametrize("method", ["mean-types", "2p-types", "2p-split"])
def test_the_rank_update_is_the_fit_without_the_window(method: str) -> None:
    days = made(Case("3PC", 0.4))[1].baseline.days
    baseline = fit(days, method=method)
    found = held_out(error_model(baseline), 40)
    design, energy = baseline.design(days), days.energy_kwh
    for at, first in enumerate(range(0, 326, 5)):
        rest = [*range(first), *range(first + 40, 365)]
        values = np.linalg.lstsq(design[rest], energy[rest], rcond=None)[0]
        out = float((energy - design @ values)[first : first + 40].sum())
        assert found.sums_kwh[at] == pytest.approx(out, abs=0.01)
    assert len(found.sums_kwh) == len(found.half_widths_kwh) == 66


def test_held_out_bills_are_weighted_fits_without_them() -> None:
    days = made(Case("3PC", 0.2, of="bills"))[1].baseline.days
    baseline = fit(days, method="2p")
    found = held_out(error_model(baseline), 1)
    length, design = days.lengths, baseline.design(days)
    root = np.sqrt(length)
    for at in range(12):
        rest = [i for i in range(12) if i != at]
        left, right = design[rest] * root[rest, None], (days.energy_kwh * root)[rest]
        values = np.linalg.lstsq(left, right, rcond=None)[0]
        out = float((days.energy_kwh[at] - design[at] @ values) * length[at])
        assert found.sums_kwh[at] == pytest.approx(out, abs=0.05)


@pytest.mark.parametrize("form", ["mean", "3PC", "5P"])
def test_a_sound_buildings_windows_are_held_though_less_was_learnt_without_them(form: str) -> None:
    shares = [
        comparison(error_model(one.baseline), one.reporting.take(range(91))).chosen_held
        for one in buildings(Case(form, 0.3), seed=5, count=20)
    ]
    assert sum(share is not None and share >= 0.85 for share in shares) >= 18


def test_windows_without_which_nothing_can_be_fitted_are_not_held_out() -> None:
    model, _ = made(Case("3PC", 0.0))
    assert len(held_out(model, 300).sums_kwh) < 2
    assert np.isfinite(held_out(model, 120).sums_kwh).all()


def test_a_month_shows_every_method() -> None:
    model, building = made(Case("5P", 0.6, misfit=0.7))
    days = building.reporting.take(range(30))
    found = comparison(model, days)
    assert found.chosen_kwh == round(model.of_total(days).half_width(), 3)
    assert found.prediction_interval_kwh < found.guideline_14_kwh < found.chosen_kwh
    assert found.out_of_sample_kwh == pytest.approx(found.chosen_kwh, rel=0.4)
    assert found.window_rows == 30
    assert found.windows == 112


def test_a_year_is_tried_on_quarters_and_has_no_windows_of_its_own() -> None:
    model, building = made(Case("5P", 0.3))
    found = comparison(model, building.reporting)
    assert found.out_of_sample_kwh is None
    assert found.window_rows == 91
    assert found.chosen_held is not None


def test_a_few_bills_have_no_shares() -> None:
    _, building = made(Case("3PH", 0.3, of="bills"))
    few = error_model(fit(building.baseline.days.take(range(4)), method="mean"))
    found = comparison(few, building.reporting.take([0]))
    assert found.chosen_held is None
    assert found.guideline_14_held is None
    assert [record.what for record in records(found)] == ["slow_swings"]


def test_a_formula_that_does_not_hold_is_said_with_its_figure() -> None:
    model, building = made(Case("5P", 0.6, misfit=1.0))
    found = comparison(model, building.reporting.take(range(90)))
    by_name = {record.what: record for record in records(found)}
    classical = by_name["guideline_14_windows_held"]
    assert classical.figure == found.guideline_14_held
    assert classical.figure < 0.85
    assert not classical.ok
    assert by_name["band_windows_held"].ok
    assert by_name["band_windows_held"].figure > classical.figure + 0.1


def test_slow_drift_is_said_and_plain_noise_is_not() -> None:
    said = []
    for drift in (0.0, 0.5):
        model, building = made(Case("mean", 0.3, drift=drift), seed=2)
        said.append({r.what: r.ok for r in records(comparison(model, building.reporting))}["slow_swings"])
    assert said == [True, False]


def test_zeros_and_perfect_fits_compare_without_a_warning() -> None:
    _, building = made(Case("mean", 0.0))
    days = building.baseline.days
    model = error_model(fit(replace(days, energy_kwh=np.zeros(365))))
    found = comparison(model, building.reporting)
    assert found.chosen_kwh == 0
    assert found.guideline_14_kwh == 0
