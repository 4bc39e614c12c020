from dataclasses import replace

import pytest

from services.mv.baseline import Fit, fit
from services.mv.gates import calibration_gates, gates
from services.mv.limits import limit
from services.mv.model import Record
from services.mv.uncertainty.error_model import Band
from tests.services.mv.circuits import baseline_part, two_years

BAND = Band(standard_error_kwh=100.0, freedom=200)


@pytest.fixture(scope="module")
def good() -> Fit:
    return fit(baseline_part(two_years())).fit


def named(figures: Fit, *, savings_kwh: float = 10_000, months: float = 12) -> dict[str, Record]:
    rows = gates(figures, savings_kwh=savings_kwh, band=BAND, reporting_months=months)
    return {row.what: row for row in rows}


def test_a_good_fit_passes_all_and_each_names_its_source(good: Fit) -> None:
    found = named(good)
    assert all(row.ok for row in found.values())
    assert all(row.source for row in found.values())
    assert len(found) == 6


@pytest.mark.parametrize(("months", "bound"), [(6, 0.20), (12, 0.25), (60, 0.25), (61, 0.30)])
def test_the_cvrmse_limit_follows_the_reporting_months(good: Fit, months: float, bound: float) -> None:
    assert named(good, months=months)["ashrae_cvrmse"].limit == bound


def test_gates_fail_one_by_one(good: Fit) -> None:
    loose = replace(good, cvrmse=0.27)
    found = named(loose)
    assert found["caltrack_cvrmse"].ok
    assert not found["ashrae_cvrmse"].ok
    assert not named(replace(good, r2=0.7))["ipmvp_r2"].ok
    assert not named(replace(good, nmbe=-0.006))["ashrae_net_bias"].ok


def test_a_small_saving_is_uncertain_and_a_negative_one_as_well(good: Fit) -> None:
    small = named(good, savings_kwh=150)
    assert small["uncertainty_68"].figure == pytest.approx(100 / 150, rel=0.01)
    assert not small["uncertainty_68"].ok
    assert not small["ipmvp_standard_errors"].ok
    negative = named(good, savings_kwh=-10_000)
    assert negative["uncertainty_68"].ok
    assert not negative["ipmvp_standard_errors"].ok


def test_no_saving_passes_no_uncertainty_gate(good: Fit) -> None:
    assert not named(good, savings_kwh=0)["uncertainty_68"].ok


def test_limits_carry_their_mark_and_an_unknown_one_is_an_error() -> None:
    assert limit("gate", "ipmvp_r2").mark == "practice"
    assert limit("sufficiency", "missing_days").mark == "S"
    with pytest.raises(KeyError):
        limit("gate", "made_up")


@pytest.mark.parametrize(("grain", "cvrmse", "nmbe"), [("hour", 0.30, 0.10), ("month", 0.15, 0.05)])
def test_hours_and_months_are_asked_what_calibration_asks(
    good: Fit, grain: str, cvrmse: float, nmbe: float
) -> None:
    just = replace(good, cvrmse=cvrmse, nmbe=-nmbe)
    assert [(r.what, r.ok) for r in calibration_gates(just, grain)] == [
        (f"ashrae_{grain}ly_cvrmse", True),
        (f"ashrae_{grain}ly_nmbe", True),
    ]
    worse = replace(good, cvrmse=cvrmse + 0.001, nmbe=-nmbe - 0.001)
    assert not any(r.ok for r in calibration_gates(worse, grain))
