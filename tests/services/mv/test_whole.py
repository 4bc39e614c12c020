"""Whole measurements of buildings with a known truth: nothing, a known share, zeros, and other machines."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from services.mv.accounting import Savings, account
from services.mv.baseline import fit
from services.mv.canonical import canonical
from services.mv.model import Days
from services.mv.shift import label_shift
from services.mv.uncertainty.error_model import error_model
from tests.services.mv.circuits import baseline_part, noise, reporting_part, two_years
from tests.services.mv.published import building, weather

INSTALLATION = 14


def building_of(seed: int, *, heating: float, cooling: float, sigma: float = 8.0) -> Days:
    """Two years and an installation of a building on working days, responding on both sides."""
    count = 365 + INSTALLATION + 365
    outdoor = weather(count, seed=seed)
    plain = building(np.zeros(count), outdoor)
    flags = np.array([flag is True for flag in plain.working])
    energy = 120 + 50 * flags + heating * np.maximum(13 - outdoor, 0) + cooling * np.maximum(outdoor - 22, 0)
    drawn = noise(np.random.default_rng(seed + 4000), (1, count), 0.4)[0]
    return replace(plain, energy_kwh=energy + sigma * drawn)


def measured(days: Days, *, remaining: float = 1.0) -> Savings:
    before, after = days.take(range(365)), days.take(range(365 + INSTALLATION, len(days.days)))
    after = replace(after, energy_kwh=after.energy_kwh * remaining)
    return account(error_model(fit(before)), after)


@pytest.mark.parametrize(("heating", "cooling"), [(0, 0), (8, 0), (0, 12), (8, 12)])
def test_no_change_is_within_the_band_nine_times_in_ten(heating: float, cooling: float) -> None:
    found = [measured(building_of(seed, heating=heating, cooling=cooling)).total for seed in range(12)]
    held = sum(abs(total.savings_kwh) <= total.uncertainty_kwh for total in found)
    assert held >= 9
    assert all(total.uncertainty_kwh < 0.1 * total.baseline_kwh for total in found)


@pytest.mark.parametrize("remaining", [0.0, 0.6, 0.9, 1.3])
def test_a_known_change_is_recovered_within_the_band(remaining: float) -> None:
    held = 0
    for seed in range(6):
        days = building_of(seed + 40, heating=8, cooling=12)
        total = measured(days, remaining=remaining).total
        truth = (1 - remaining) * float(days.energy_kwh[365 + INSTALLATION :].sum())
        held += abs(total.savings_kwh - truth) <= total.uncertainty_kwh
    assert held >= 4


def test_months_add_up_to_the_year() -> None:
    found = measured(building_of(3, heating=8, cooling=12), remaining=0.8)
    assert sum(month.savings_kwh for month in found.months) == pytest.approx(
        found.total.savings_kwh, abs=0.01
    )
    assert sum(month.days_measured for month in found.months) == found.total.days_measured == 365


def test_a_circuit_that_is_dark_on_days_off_keeps_its_zeros() -> None:
    circuit = two_years(seed=5)
    dark = np.array([flag is not True for flag in circuit.working])
    circuit = replace(circuit, energy_kwh=np.where(dark, 0.0, circuit.energy_kwh))
    baseline = fit(baseline_part(circuit))
    after = reporting_part(circuit, remaining=0.4)
    total = account(error_model(baseline), after).total
    assert next(r for r in baseline.records if r.what == "baseline_days_at_zero").figure > 100
    assert baseline.fit.n == 365
    assert np.abs(baseline.predict(after)[[flag is False for flag in after.working]]).max() < 1e-3
    assert abs(total.savings_kwh - 1.5 * after.energy_kwh.sum()) <= total.uncertainty_kwh
    assert label_shift(baseline, baseline_part(circuit)).ok


def test_a_day_type_that_the_baseline_has_not_seen_is_not_spoken_of() -> None:
    days = building_of(1, heating=8, cooling=0)
    before = days.take(range(365))
    after = replace(days.take(range(400, 420)), kinds=("closure",) * 5 + (None,) * 15)
    found = account(error_model(fit(before, method="3ph-types")), after)
    assert [row.left_out for row in found.days[:6]] == ["no_model"] * 5 + [None]
    assert found.total.days_measured == 15


def test_a_named_kind_stands_where_no_calendar_is_known() -> None:
    days = building_of(1, heating=8, cooling=0).take(range(365))
    unknown = replace(days, working=(None,) * 365, kinds=("term",) * 300 + (None,) * 65)
    baseline = fit(unknown)
    assert baseline.fit.n == 300
    assert next(r for r in baseline.records if r.what == "baseline_days_without_calendar").figure == 65
    assert account(error_model(baseline), unknown).days[-1].left_out == "no_calendar"


def test_the_same_days_give_the_same_bytes_and_their_order_of_forms() -> None:
    days = building_of(2, heating=8, cooling=12).take(range(365))
    one, other = fit(days), fit(replace(days, energy_kwh=days.energy_kwh.copy()))
    assert canonical([one.coefficients, one.fit, one.candidates]) == canonical(
        [other.coefficients, other.fit, other.candidates]
    )


@pytest.mark.parametrize("size", [1e-3, 1e4])
def test_a_building_of_another_size_has_the_same_form(size: float) -> None:
    days = building_of(2, heating=8, cooling=12).take(range(365))
    one, other = fit(days), fit(replace(days, energy_kwh=days.energy_kwh * size))
    assert one.form == other.form
    assert one.coefficients[-1] == other.coefficients[-1]


def test_the_engine_is_imported_in_under_a_second_without_the_picture() -> None:
    code = (
        "import sys, time; t = time.perf_counter(); import services.mv.accounting, services.mv.towt;"
        "print(time.perf_counter() - t);"
        "assert not {'matplotlib', 'fastapi', 'sqlalchemy'} & set(sys.modules)"
    )
    taken = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    ]
    assert min(taken) < 1.0
