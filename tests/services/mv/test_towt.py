from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.mv.accounting import account
from services.mv.baseline import NoBaseline, fit
from services.mv.hours import HOURS, Hours
from services.mv.model import Days
from services.mv.towt import Towt, day_classes, fit_towt, piece_names
from services.mv.uncertainty.error_model import error_model
from tests.services.mv.circuits import WORKDAYS
from tests.services.mv.hourly import days_of_hours, office_hours

NEXT_YEAR = date(2025, 5, 15)


@pytest.fixture(scope="module")
def hours() -> Hours:
    return office_hours()


@pytest.fixture(scope="module")
def towt(hours: Hours) -> Towt:
    return fit_towt(hours, days_of_hours(hours))


def days(*dates: date, working: bool | None = None) -> Days:
    flags = tuple(WORKDAYS.is_working_day(day) if working is None else working for day in dates)
    return Days(dates, np.zeros(len(dates)), np.ones(len(dates)), flags, None)


def test_the_calendar_decides_what_day_of_the_week_it_is() -> None:
    found = day_classes(
        days(date(2025, 9, 28), date(2025, 9, 29), date(2025, 10, 1), date(2025, 10, 11), date(2025, 10, 18))
    )
    assert found == ["monday", "monday", "sunday", "friday", "saturday"]


def test_without_a_calendar_the_week_is_the_week() -> None:
    week = [date(2025, 10, 6 + i) for i in range(7)]
    assert day_classes(days(*week, working=True))[5:] == ["saturday", "sunday"]


def test_a_named_kind_and_an_unknown_day_are_what_they_are() -> None:
    two = days(date(2025, 10, 6), date(2025, 10, 7))
    assert day_classes(replace(two, kinds=("closure", None), working=(None, None))) == ["closure", None]


def test_days_are_exactly_the_sums_of_their_hours(hours: Hours, towt: Towt) -> None:
    day, outdoor = 200, hours.outdoor_c
    assert outdoor is not None
    name = day_classes(days_of_hours(hours))[day] or ""
    low, high = towt.bounds
    total = 0.0
    values = {c.name: c.value for c in towt.baseline.coefficients}
    names = piece_names(towt.bounds)
    for hour in range(HOURS):
        at, busy = outdoor[day * HOURS + hour], towt.occupied[name][hour]
        edges = low if busy else high
        own = names[: len(low) + 1] if busy else names[len(low) + 1 :]
        pieces = [min(at, edges[0])] + [
            max(min(at, top) - bottom, 0.0) for bottom, top in zip(edges, [*edges[1:], np.inf], strict=True)
        ]
        total += towt.slots[name][hour] + sum(values[n] * p for n, p in zip(own, pieces, strict=True))
    assert towt.baseline.predict(towt.baseline.days)[day] == pytest.approx(total, abs=1e-3)


def test_occupied_hours_are_those_of_people(towt: Towt) -> None:
    assert towt.occupied["tuesday"].nonzero()[0].tolist() == list(range(8, 18))
    assert not towt.occupied["sunday"].any()


def test_hours_are_explained_far_better_than_by_days(hours: Hours, towt: Towt) -> None:
    assert towt.hourly.r2 > 0.97
    assert towt.hourly.n == 8760
    assert towt.hourly.cvrmse < 0.1
    assert towt.baseline.form == "TOWT"
    assert towt.baseline.fit.n == 365
    assert towt.baseline.fit.p == len(towt.baseline.coefficients)
    daily = fit(days_of_hours(hours))
    assert towt.baseline.fit.cvrmse < 1.5 * daily.fit.cvrmse


@pytest.mark.parametrize("remaining", [1.0, 0.7])
def test_nothing_and_a_known_reduction_are_within_the_band(towt: Towt, remaining: float) -> None:
    after = office_hours(seed=5, start=NEXT_YEAR)
    truth = (1 - remaining) * after.energy_kwh.sum()
    after = replace(after, energy_kwh=after.energy_kwh * remaining)
    found = account(error_model(towt.baseline), towt.days(after, days_of_hours(after)))
    assert abs(found.total.savings_kwh - truth) <= found.total.uncertainty_kwh
    assert found.total.days_measured == 365


def test_days_without_their_temperature_are_not_modelled(towt: Towt) -> None:
    after = office_hours(10, seed=5, start=NEXT_YEAR)
    assert after.outdoor_c is not None
    after.outdoor_c[30] = np.nan
    predicted = towt.baseline.predict(towt.days(after, days_of_hours(after)))
    assert np.flatnonzero(np.isnan(predicted)).tolist() == [1]


def test_days_with_gaps_are_left_out_of_the_fit(hours: Hours) -> None:
    energy = hours.energy_kwh.copy()
    energy[: 10 * HOURS : 3] = np.nan
    gappy = replace(hours, energy_kwh=energy)
    assert fit_towt(gappy, days_of_hours(gappy)).baseline.fit.n == 355
    with pytest.raises(NoBaseline, match="no baseline day"):
        fit_towt(gappy, days_of_hours(replace(hours, energy_kwh=np.full(8760, np.nan))))
    with pytest.raises(NoBaseline, match="needs a temperature"):
        fit_towt(replace(hours, outdoor_c=None), days_of_hours(hours))


def test_a_closure_has_slots_of_its_own(hours: Hours) -> None:
    days = days_of_hours(hours)
    closed = [date(2024, 7, 15) <= day < date(2024, 8, 15) for day in days.days]
    energy = np.where(np.repeat(closed, HOURS), 10.0, hours.energy_kwh)
    shut = replace(hours, energy_kwh=energy)
    kinds = tuple("closure" if flag else None for flag in closed)
    found = fit_towt(shut, replace(days_of_hours(shut), kinds=kinds))
    assert "closure" in found.slots
    assert found.hourly.r2 > fit_towt(shut, days_of_hours(shut)).hourly.r2 + 0.02


def test_pieces_with_few_hours_are_merged(hours: Hours) -> None:
    assert hours.outdoor_c is not None
    tropical = replace(hours, outdoor_c=np.clip(hours.outdoor_c, 25, 40))
    found = fit_towt(tropical, days_of_hours(tropical))
    assert all(bound >= 24 for bounds in found.bounds for bound in bounds)
    assert piece_names(((), (12.8,))) == ["occupied_any_c", "unoccupied_to_12.8_c", "unoccupied_from_12.8_c"]


def test_the_same_hours_give_the_same_coefficients(hours: Hours, towt: Towt) -> None:
    again = fit_towt(hours, days_of_hours(hours))
    assert again.baseline.coefficients == towt.baseline.coefficients
    assert all(round(c.value, 6) == c.value for c in again.baseline.coefficients)
