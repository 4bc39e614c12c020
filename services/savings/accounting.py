"""Savings by day, month and in total: a baseline's error model and reporting Days in, Savings out.

Savings = adjusted baseline − actual, positive when less is used (GB/T 28750-2012 writes the same with the
other sign). A day that is not complete is left out and listed; nothing is filled in and nothing annualised.
Figures are rounded to a watt-hour before they are summed, so that they add up on paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.savings.model import Days, Floats, Record
from services.savings.uncertainty import Band, ErrorModel

_WH = 3
_DAYLIGHT_TOLERANCE_H = 0.1


@dataclass(frozen=True, slots=True)
class DaySavings:
    """One local day [kWh]; `uncertainty_kwh` is the half-width at 90 %.

    `left_out` names why a day is not measured (`incomplete`, `no_calendar`, `no_model`); its baseline may
    still be known, its saving is not.
    """

    day: date
    baseline_kwh: float | None
    actual_kwh: float | None
    savings_kwh: float | None
    uncertainty_kwh: float | None
    coverage: float
    left_out: str | None


@dataclass(frozen=True, slots=True)
class PeriodSavings:
    """Sums [kWh] over the measured days of [start, end); `coverage` is the mean over all of its days.

    `uncertainty_kwh` is the half-width at 90 % of this very sum, not a share of a longer one's.
    """

    start: date
    end: date
    baseline_kwh: float
    actual_kwh: float
    savings_kwh: float
    uncertainty_kwh: float
    coverage: float
    days_measured: int
    days_left_out: int


@dataclass(frozen=True, slots=True)
class Savings:
    """Every day, every calendar month and the total, with the total's band and findings."""

    days: tuple[DaySavings, ...]
    months: tuple[PeriodSavings, ...]
    total: PeriodSavings
    band: Band
    records: tuple[Record, ...]


def month_start(day: date) -> date:
    """The first day of the day's calendar month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the calendar month after the day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def account(model: ErrorModel, days: Days, *, minimum_coverage: float = 0.95) -> Savings:
    """Compare the reporting `days` (at least one) with what the baseline says of them."""
    baseline_kwh = np.round(model.baseline.predict(days), _WH)
    half_widths = np.round(model.of_days(days), _WH)
    rows = tuple(
        _day(days, i, baseline_kwh=baseline_kwh, half_widths=half_widths, minimum_coverage=minimum_coverage)
        for i in range(len(days.days))
    )
    starts = [i for i, day in enumerate(days.days) if i == 0 or day.day == 1]
    months = tuple(
        _period(model, days, rows, range(first, last))[0]
        for first, last in zip(starts, [*starts[1:], len(rows)], strict=True)
    )
    total, band = _period(model, days, rows, range(len(rows)))
    return Savings(rows, months, total, band, _records(model, days, rows))


def _day(
    days: Days, i: int, *, baseline_kwh: Floats, half_widths: Floats, minimum_coverage: float
) -> DaySavings:
    coverage = float(np.nan_to_num(days.coverage[i]))
    expected = None if np.isnan(baseline_kwh[i]) else float(baseline_kwh[i])
    actual = None if np.isnan(days.energy_kwh[i]) else round(float(days.energy_kwh[i]), _WH)
    reason = None
    if actual is None or coverage < minimum_coverage:
        reason = "incomplete"
    elif days.working[i] is None:
        reason = "no_calendar"
    elif expected is None:
        reason = "no_model"
    if reason or actual is None or expected is None:
        return DaySavings(days.days[i], expected, actual, None, None, coverage, reason)
    saved = round(expected - actual, _WH) + 0.0
    return DaySavings(days.days[i], expected, actual, saved, float(half_widths[i]), coverage, None)


def _period(
    model: ErrorModel, days: Days, rows: Sequence[DaySavings], span: range
) -> tuple[PeriodSavings, Band]:
    measured = [i for i in span if rows[i].left_out is None]
    band = model.of_total(days.take(measured))
    baseline_kwh = round(sum(rows[i].baseline_kwh or 0.0 for i in measured), _WH)
    actual_kwh = round(sum(rows[i].actual_kwh or 0.0 for i in measured), _WH)
    period = PeriodSavings(
        start=rows[span[0]].day,
        end=rows[span[-1]].day + timedelta(days=1),
        baseline_kwh=baseline_kwh,
        actual_kwh=actual_kwh,
        savings_kwh=round(baseline_kwh - actual_kwh, _WH) + 0.0,
        uncertainty_kwh=round(band.half_width(), _WH),
        coverage=round(sum(rows[i].coverage for i in span) / len(span), 6),
        days_measured=len(measured),
        days_left_out=len(span) - len(measured),
    )
    return period, band


def _records(model: ErrorModel, days: Days, rows: Sequence[DaySavings]) -> tuple[Record, ...]:
    left_out = sum(row.left_out is not None for row in rows)
    return (
        Record("reporting_days_left_out", left_out, 0, "completeness", left_out == 0),
        _extrapolation(model, days),
    )


def _extrapolation(model: ErrorModel, days: Days) -> Record:
    """How many days have more or less daylight than any baseline day."""
    learned, outside = model.baseline.days.daylight_h, 0
    if learned is not None and days.daylight_h is not None:
        low, high = learned.min() - _DAYLIGHT_TOLERANCE_H, learned.max() + _DAYLIGHT_TOLERANCE_H
        outside = int(((days.daylight_h < low) | (days.daylight_h > high)).sum())
    return Record("reporting_days_beyond_baseline_daylight", outside, 0, "baseline period", outside == 0)
