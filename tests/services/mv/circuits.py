"""Made-up lighting circuits with a known truth: working rhythm, daylight and autocorrelated noise."""

from datetime import date, timedelta

import numpy as np

from services.mv.daylight import daylight_hours
from services.mv.model import Days, Floats
from services.workdays import Workdays

LATITUDE, LONGITUDE = 30.7, 111.3
BASELINE_START = date(2024, 5, 1)
BASELINE_DAYS, INSTALLATION_DAYS, REPORTING_DAYS = 365, 14, 365
WORKDAYS = Workdays()


def calendar(start: date, count: int) -> tuple[date, ...]:
    return tuple(start + timedelta(days=i) for i in range(count))


def days_of(days: tuple[date, ...], energy_kwh: Floats, coverage: Floats | None = None) -> Days:
    """Days at the test's place on the Chinese calendar."""
    return Days(
        days,
        energy_kwh,
        np.ones(len(days)) if coverage is None else coverage,
        tuple(WORKDAYS.is_working_day(day) for day in days),
        daylight_hours(days, LATITUDE, LONGITUDE),
    )


def mean_kwh(days: Days) -> Floats:
    """What such a circuit uses on average: 100 kWh on a 12-hour working day, 20 on another."""
    assert days.daylight_h is not None
    away = days.daylight_h - 12
    working = np.array([flag is True for flag in days.working])
    return np.where(working, 100 - 6 * away, 20 - away)


def noise(rng: np.random.Generator, shape: tuple[int, int], rho: float) -> Floats:
    """First-order autoregressive noise of unit variance along the last axis."""
    drawn = rng.standard_normal(shape)
    out = drawn.copy()
    for t in range(1, shape[1]):
        out[:, t] = rho * out[:, t - 1] + np.sqrt(1 - rho**2) * drawn[:, t]
    return out


def two_years(*, seed: int = 1, rho: float = 0.4, sigma: float = 0.05) -> Days:
    """Baseline, installation and reporting year of one circuit that nobody retrofits."""
    days = calendar(BASELINE_START, BASELINE_DAYS + INSTALLATION_DAYS + REPORTING_DAYS)
    plain = days_of(days, np.zeros(len(days)))
    rng = np.random.default_rng(seed)
    return days_of(days, mean_kwh(plain) * (1 + sigma * noise(rng, (1, len(days)), rho)[0]))


def baseline_part(days: Days) -> Days:
    return days.take(range(BASELINE_DAYS))


def reporting_part(days: Days, *, remaining: float = 1.0) -> Days:
    """The reporting year, with the given share of the old consumption left by the retrofit."""
    rows = days.take(range(BASELINE_DAYS + INSTALLATION_DAYS, len(days.days)))
    return Days(rows.days, rows.energy_kwh * remaining, rows.coverage, rows.working, rows.daylight_h)
