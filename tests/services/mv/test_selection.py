from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from services.mv.baseline import Baseline, fit
from services.mv.changepoint import Points
from services.mv.forms import COOLING, HEATING, Term
from services.mv.model import Days, Floats
from services.mv.selection import Candidate, unsound_slopes
from services.mv.shapes import METHODS, Form, UnknownMethod, forms_for, usable_drivers
from tests.services.mv.circuits import baseline_part, noise, two_years
from tests.services.mv.published import building, weather


def cooled(*, seed: int = 0, split: bool = False, sigma: float = 6.0) -> Days:
    """An office: 100 kWh on working days, 40 on others, 8 kWh/K above 20 °C; only when worked if split."""
    outdoor = weather(seed=seed)
    plain = building(np.zeros(365), outdoor)
    working = np.array([flag is True for flag in plain.working])
    response = 8 * np.maximum(outdoor - 20, 0) * (working if split else 1)
    energy = np.where(working, 100.0, 40.0) + response
    return replace(
        plain, energy_kwh=energy + sigma * noise(np.random.default_rng(500 + seed), (1, 365), 0.4)[0]
    )


def candidates(baseline: Baseline) -> dict[str, Candidate]:
    return {candidate.form: candidate for candidate in baseline.candidates}


def test_the_form_that_made_the_energy_is_chosen() -> None:
    together = Counter(fit(cooled(seed=seed)).form for seed in range(8))
    apart = Counter(fit(cooled(seed=seed, split=True)).form for seed in range(8))
    assert together["3PC by day type"] >= 7
    assert apart["3PC split by day type"] >= 6


def test_losing_forms_and_their_figures_stay_visible() -> None:
    baseline = fit(cooled())
    found = candidates(baseline)
    assert len(found) == 17
    assert [c.form for c in baseline.candidates if not c.why_not] == [baseline.form]
    best = found[baseline.form]
    assert best.p == baseline.fit.p
    assert best.r2 == pytest.approx(baseline.fit.r2, abs=2e-6)
    assert best.cvrmse == pytest.approx(baseline.fit.cvrmse, abs=2e-6)
    assert all(
        c.bic is not None and best.bic is not None and c.bic >= best.bic
        for c in found.values()
        if c.why_not == "bic"
    )
    n = baseline.fit.n
    assert best.r2 is not None
    assert best.adjusted_r2 == pytest.approx(1 - (1 - best.r2) * (n - 1) / (n - best.p), abs=2e-6)


def test_a_richer_form_never_explains_less() -> None:
    found = {form: c.r2 or 0.0 for form, c in candidates(fit(cooled(seed=2))).items()}
    for shape in ("2P", "3PC", "5P"):
        common, by_type, split = (
            found[shape + suffix] for suffix in ("", " by day type", " split by day type")
        )
        assert common <= by_type <= split + 1e-9 or shape == "5P"
    assert found["mean"] <= found["2P"] <= found["3PC"]


@pytest.mark.parametrize(("rho", "most"), [(0.0, 2), (0.4, 2), (0.7, 3)])
def test_a_flat_load_invents_no_weather_response(rho: float, most: int) -> None:
    def invented(seed: int) -> tuple[bool, bool]:
        energy = 100 + 5 * noise(np.random.default_rng(1000 + seed), (1, 365), rho)[0]
        baseline = fit(building(energy, weather(seed=seed)))
        rivals = [c for c in baseline.candidates if c.why_not in {"", "bic"}]
        highest = max(rivals, key=lambda c: c.adjusted_r2 or 0)
        return any(term.by for term in baseline.terms), highest.form not in {"mean", "day-type mean"}

    found = np.array([invented(seed) for seed in range(20)]).sum(axis=0)
    assert found[0] <= most
    assert found[1] >= 10  # what the highest adjusted R² would have done


def test_an_unvarying_load_is_its_mean() -> None:
    baseline = fit(building(np.full(365, 12.5), weather()))
    assert baseline.form == "mean"
    assert [(c.name, c.value) for c in baseline.coefficients] == [("base", 12.5)]
    assert baseline.fit.rmse_kwh == 0


def test_energy_of_zero_all_year_is_a_baseline_of_zero() -> None:
    baseline = fit(building(np.zeros(365), weather()))
    assert (baseline.form, baseline.fit.cvrmse, baseline.fit.r2) == ("mean", 0, 0)
    assert not baseline.predict(building(np.zeros(3), np.array([-20.0, 10.0, 40.0]))).any()


def test_a_falling_response_loses_and_says_why() -> None:
    outdoor = weather()
    energy = 300 - 5 * np.maximum(outdoor - 18, 0) + noise(np.random.default_rng(1), (1, 365), 0.2)[0]
    found = candidates(fit(building(energy, outdoor)))
    assert found["3PC"].why_not == "slope"
    assert all(c.why_not != "" for form, c in found.items() if form.startswith("3PC"))


def test_a_form_without_enough_days_has_no_figures() -> None:
    found = candidates(fit(building(np.arange(365.0), np.linspace(34, 38, 365))))
    assert (found["5P"].why_not, found["5P"].bic, found["5P"].p) == ("days", None, 5)
    assert found["2P"].bic is not None


@pytest.mark.parametrize("method", [m for m in METHODS if m != "daylight"])
def test_every_method_can_be_asked_for(method: str) -> None:
    baseline = fit(cooled(seed=1), method=method)
    assert len(baseline.coefficients) == baseline.fit.p
    assert baseline.design(baseline.days).shape == (365, len(baseline.terms))
    shape = method.partition("-")[0]
    assert baseline.form.lower().startswith(shape if method != "mean-types" else "day-type mean")


def test_a_method_that_days_cannot_carry_is_refused() -> None:
    with pytest.raises(UnknownMethod, match="none of auto"):
        fit(cooled(), method="6p")
    with pytest.raises(UnknownMethod, match="3pc: these days have not"):
        fit(replace(cooled(), outdoor_c=None), method="3pc")
    with pytest.raises(UnknownMethod, match="too few days"):
        fit(building(np.arange(365.0), np.linspace(34, 38, 365)), method="3ph")


def test_given_points_are_kept() -> None:
    baseline = fit(cooled(), method="3pc-types", points=Points(None, 18.3))
    assert baseline.coefficients[-1].value == 18.3
    free = fit(cooled(), method="3pc-types")
    assert baseline.fit.r2 < free.fit.r2


def test_the_daylight_form_can_be_asked_for_beside_weather() -> None:
    circuit = baseline_part(two_years(seed=3))
    warm = replace(circuit, outdoor_c=weather())
    asked, plain = fit(warm, method="daylight"), fit(circuit)
    assert asked.form == plain.form == "workday+daylight"
    assert asked.fit.r2 == pytest.approx(plain.fit.r2, abs=1e-6)


def test_a_lighting_circuit_with_weather_beside_it_stays_one_of_daylight() -> None:
    warm = replace(baseline_part(two_years(seed=3)), outdoor_c=weather(seed=103))
    assert fit(warm).form == "workday+daylight"


def head_count(seed: int = 0) -> tuple[Days, Floats]:
    people = np.random.default_rng(seed).integers(100, 300, 365).astype(np.float64)
    days = cooled(seed=seed)
    return replace(days, energy_kwh=days.energy_kwh + 0.3 * people, drivers={"head_count": people}), people


def test_a_further_driver_is_taken_where_it_explains_something() -> None:
    days, _ = head_count()
    baseline = fit(days)
    assert baseline.form.endswith(" + head_count")
    value = next(c for c in baseline.coefficients if c.name.endswith("head_count"))
    assert value.unit == "kWh/d per head_count"
    assert value.value == pytest.approx(0.3, abs=0.02)
    noise_only = replace(cooled(seed=5), drivers={"head_count": np.random.default_rng(9).normal(size=365)})
    assert "head_count" not in fit(noise_only).form


def test_a_driver_that_never_changes_is_no_driver() -> None:
    days = replace(cooled(), drivers={"floor_area": np.full(365, 5000.0), "head_count": np.arange(365.0)})
    assert usable_drivers(days) == ("head_count",)
    assert all("floor_area" not in form.drivers for form in forms_for(days))


def test_slopes_are_counted_where_they_should_be_positive() -> None:
    terms = [Term(), Term(by=HEATING, point_c=1), Term(by=COOLING, point_c=2), Term(by="head_count")]
    assert unsound_slopes([-1.0, 0.0, 3.0, -4.0], terms).figure == 1
    assert unsound_slopes([-1.0, 0.1, 3.0, -4.0], terms).ok


@pytest.mark.parametrize(
    ("form", "label"),
    [
        (Form("mean", " by day type"), "day-type mean"),
        (Form("5P"), "5P"),
        (Form("3PH", " by day type", ("daylight", "head_count")), "3PH by day type + daylight + head_count"),
        (Form("mean", " split by day type", ("daylight",)), "workday+daylight"),
    ],
)
def test_a_form_has_a_printed_name(form: Form, label: str) -> None:
    assert form.label == label


def test_a_load_without_any_spread_has_no_balance_points_to_speak_of() -> None:
    days = replace(cooled(), energy_kwh=np.full(len(cooled().days), 123.456))
    found = fit(days)
    tried = [one for one in found.candidates if one.r2 is not None]
    assert {(one.heating_c, one.cooling_c, one.r2) for one in tried} == {(None, None, 0.0)}
    assert found.form == "mean"
