"""Made-up buildings that nobody retrofitted: a Case in, baseline and reporting Days of each building out.

Two years on the Chinese calendar at one place: energy is a known response to weather or daylight, plus noise
of unit lag-1 autocorrelation scaled by day type, plus what no form can fit: a misfit of the seasons that
returns every year, and slow drift that does not. The truth is that the saving is zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.mv.baseline import Baseline, fit
from services.mv.billing import Bill, bill_rows
from services.mv.daylight import daylight_hours
from services.mv.hours import HOURS, Hours, roll_up
from services.mv.model import Days, Floats
from services.mv.towt import fit_towt
from services.workdays import Workdays

BASELINE_DAYS, GAP_DAYS, REPORTING_DAYS = 365, 14, 365
WHOLE_YEAR = (0, BASELINE_DAYS)
SPREAD_KWH = (40.0, 20.0)
"""Of a working and of another day."""
_COUNT = BASELINE_DAYS + GAP_DAYS + REPORTING_DAYS
_DRIFT = 0.96
"""Lag-1 figure of slow drift: it fades over 25 days."""
_HOURLY_RHO = 0.9
_BILL_STARTS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)

Range = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Case:
    """One ensemble. `form` is mean, 3PH, 3PC, 5P or lighting; `of` is days, hours or bills.

    `misfit` is the amplitude of the season's misfit in working-day spreads, `drift` the share of the noise's
    variance that is slow, `growing` how much more days spread for each mean response to weather: what heats
    and cools errs more. `learnt` are the first row of the baseline and the one after its last: half a year of
    days has not seen every season.
    """

    form: str
    rho: float
    misfit: float = 0.0
    drift: float = 0.0
    growing: float = 0.0
    of: str = "days"
    learnt: tuple[int, int] = WHOLE_YEAR


@dataclass(frozen=True, slots=True)
class Building:
    """A fitted baseline and the rows [Days] of the year after it."""

    baseline: Baseline
    reporting: Days


@cache
def _calendar() -> tuple[tuple[date, ...], tuple[bool, ...], Floats]:
    days = tuple(date(2024, 1, 1) + timedelta(days=i) for i in range(_COUNT))
    workdays = Workdays()
    return (
        days,
        tuple(workdays.is_working_day(day) is True for day in days),
        daylight_hours(days, 30.7, 111.3),
    )


def noise(rng: np.random.Generator, count: int, rho: float) -> Floats:
    """First-order autoregressive noise of unit variance, shape (count,)."""
    found = rng.standard_normal(count)
    fresh = np.sqrt(1 - rho**2)
    for i in range(1, count):
        found[i] = rho * found[i - 1] + fresh * found[i]
    return found


def buildings(case: Case, *, seed: int, count: int) -> Iterator[Building]:
    """`count` buildings of a case, the same for the same seed."""
    rng = np.random.default_rng([seed, round(case.rho * 100), round(case.misfit * 100)])
    made = {"days": _of_days, "hours": _of_hours, "bills": _of_bills}[case.of]
    for _ in range(count):
        yield made(case, _days(case, rng), rng)


def _days(case: Case, rng: np.random.Generator) -> Days:
    days, working, daylight_h = _calendar()
    at = np.arange(_COUNT)
    outdoor = 16 - 12 * np.cos(2 * np.pi * (at - 15) / 365.25) + 3.5 * noise(rng, _COUNT, 0.75)
    works = np.array(working)
    moved = np.sqrt(1 - case.drift) * noise(rng, _COUNT, case.rho)
    if case.drift:
        moved += np.sqrt(case.drift) * noise(rng, _COUNT, _DRIFT)
    bend = case.misfit * SPREAD_KWH[0] * np.sin(2 * np.pi * (2 * at / 365.25 + rng.random()))
    lighting = case.form == "lighting"
    spread = np.where(works, *SPREAD_KWH)
    if case.growing:
        weather, flat = (_response(form, works, outdoor, daylight_h) for form in (case.form, "mean"))
        weather = weather - flat
        spread = spread * (1 + case.growing * weather / weather.mean())
    return Days(
        days=days,
        energy_kwh=_response(case.form, works, outdoor, daylight_h) + spread * moved + bend,
        coverage=np.ones(_COUNT),
        working=working,
        daylight_h=daylight_h if lighting else None,
        outdoor_c=None if lighting else outdoor,
    )


def _response(form: str, works: npt.NDArray[np.bool_], outdoor: Floats, daylight_h: Floats) -> Floats:
    if form == "lighting":
        return np.where(works, 500 - 30 * (daylight_h - 12), 100 - 5 * (daylight_h - 12))
    heating = {"3PH": 15.0, "5P": 12.0}.get(form, 0.0)
    cooling = {"3PC": 20.0, "5P": 20.0}.get(form, 0.0)
    return (
        np.where(works, 500.0, 300.0)
        + heating * np.maximum(14 - outdoor, 0)
        + cooling * np.maximum(outdoor - 22, 0)
    )


def _parts(days: Days) -> tuple[Days, Days]:
    return days.take(range(BASELINE_DAYS)), days.take(range(BASELINE_DAYS + GAP_DAYS, _COUNT))


def _of_days(case: Case, days: Days, rng: np.random.Generator) -> Building:
    return Building(fit(days.take(range(*case.learnt))), _parts(days)[1])


def _of_hours(case: Case, days: Days, rng: np.random.Generator) -> Building:
    """Days cut into hours: people from 8 to 18 h, temperature that swings by 4 K, hourly noise of its own."""
    hour = np.arange(HOURS)
    there = np.where((hour >= 8) & (hour < 18), 2.0, 0.5)
    outdoor = days.outdoor_c if days.outdoor_c is not None else np.zeros(_COUNT)
    swing = np.repeat(outdoor, HOURS) + np.tile(4 * np.cos(2 * np.pi * (hour - 15) / HOURS), _COUNT)
    own = 2.0 * noise(rng, _COUNT * HOURS, _HOURLY_RHO)
    energy = np.outer(days.energy_kwh, there / there.sum()).ravel() + own
    hours = Hours(days.days[0], energy, swing)
    rolled = roll_up(hours, days.working)
    first = BASELINE_DAYS * HOURS
    towt = fit_towt(Hours(hours.first, energy[:first], swing[:first]), rolled.take(range(BASELINE_DAYS)))
    return Building(towt.baseline, _parts(towt.days(hours, rolled))[1])


def _of_bills(case: Case, days: Days, rng: np.random.Generator) -> Building:
    """Monthly bills with the daily temperatures inside them."""
    outdoor = days.outdoor_c if days.outdoor_c is not None else np.zeros(_COUNT)
    daily_c = dict(zip(days.days, outdoor.tolist(), strict=True))
    before, after = (
        [
            Bill(part.days[a], part.days[a] + timedelta(days=b - a), float(part.energy_kwh[a:b].sum()))
            for a, b in pairwise(_BILL_STARTS)
        ]
        for part in _parts(days)
    )
    weather = daily_c if days.outdoor_c is not None else None
    return Building(fit(bill_rows(before, daily_c=weather)[0]), bill_rows(after, daily_c=weather)[0])
