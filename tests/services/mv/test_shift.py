from dataclasses import replace

import numpy as np
import pytest

from services.mv.baseline import fit
from services.mv.model import Days
from services.mv.shift import label_shift
from tests.services.mv.circuits import baseline_part, days_of, noise, two_years
from tests.services.mv.published import building, weather


def moved(days: Days, by: int) -> Days:
    """The same energy under the label of the day `by` days later, as another zone's day boundary makes it."""
    energy = np.roll(days.energy_kwh, by)
    return replace(days, energy_kwh=energy)


def heated(seed: int = 0, working: float = 60.0) -> Days:
    outdoor = weather(seed=seed)
    plain = building(np.zeros(365), outdoor)
    flags = np.array([flag is True for flag in plain.working])
    energy = 100 + working * flags + 9 * np.maximum(14 - outdoor, 0)
    return replace(plain, energy_kwh=energy + 5 * noise(np.random.default_rng(seed + 90), (1, 365), 0.4)[0])


@pytest.mark.parametrize(("by", "found"), [(0, 0), (1, -1), (-1, 1)])
def test_a_lighting_circuit_under_the_wrong_days(by: int, found: int) -> None:
    days = moved(baseline_part(two_years()), by)
    record = label_shift(fit(days), days)
    assert (record.figure, record.ok) == (found, found == 0)


@pytest.mark.parametrize(("by", "found"), [(0, 0), (1, -1), (-1, 1)])
@pytest.mark.parametrize("working", [0.0, 60.0])
def test_a_heated_building_under_the_wrong_days(by: int, found: int, working: float) -> None:
    days = moved(heated(working=working), by)
    assert label_shift(fit(days), days).figure == found


def test_weather_and_energy_together_may_lie_beside_the_calendar() -> None:
    days = moved(heated(), 1)
    assert days.outdoor_c is not None
    together = replace(days, outdoor_c=np.roll(days.outdoor_c, 1))
    assert label_shift(fit(together), together).figure == -1


def test_a_building_that_follows_yesterdays_weather_a_little_is_not_mislabelled() -> None:
    days = heated(seed=4, working=0)
    assert days.outdoor_c is not None
    felt = 0.7 * days.outdoor_c + 0.3 * np.roll(days.outdoor_c, 1)
    energy = 100 + 9 * np.maximum(14 - felt, 0)
    slow = replace(days, energy_kwh=energy + 8 * noise(np.random.default_rng(1), (1, 365), 0.4)[0])
    assert label_shift(fit(slow), slow).ok


@pytest.mark.parametrize("seed", range(6))
def test_noise_has_no_label(seed: int) -> None:
    days = days_of(baseline_part(two_years()).days, 100 + np.random.default_rng(seed).normal(size=365))
    assert label_shift(fit(days), days).ok


def test_a_constant_a_week_and_bills_say_nothing() -> None:
    flat = building(np.full(365, 7.0), weather())
    assert label_shift(fit(flat), flat).ok
    week = flat.take(range(7))
    assert label_shift(fit(week), week).ok
    bills = replace(flat.take(range(0, 360, 30)), length_d=np.full(12, 30.0))
    assert label_shift(fit(bills), bills).ok


def test_gaps_do_not_hide_a_shift() -> None:
    days = moved(baseline_part(two_years()), 1)
    energy = days.energy_kwh.copy()
    energy[50:80] = np.nan
    gappy = replace(days, energy_kwh=energy)
    assert label_shift(fit(gappy), gappy).figure == -1


def test_weather_missing_beside_a_day_is_no_evidence() -> None:
    days = heated(working=0)
    assert days.outdoor_c is not None
    outdoor = days.outdoor_c.copy()
    outdoor[100] = np.nan
    gappy = replace(days, outdoor_c=outdoor)
    assert label_shift(fit(gappy), gappy).ok
