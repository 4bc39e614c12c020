"""Savings by day, month and in total: a baseline's error model and reporting Days in, Savings out.

Savings = adjusted baseline − actual, positive when less is used (GB/T 28750-2012 writes the same with the
other sign). A day that is not complete is left out and listed; nothing is filled in and nothing annualised.
Figures are rounded to a watt-hour before they are summed, so that they add up on paper.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.mv.extrapolation import extrapolation
from services.mv.model import Days, Record
from services.mv.uncertainty.error_model import Band, ErrorModel

_WH = 3


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


def next_month(day: date) -> date:
    """The first day of the calendar month after the day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def account(model: ErrorModel, days: Days, *, minimum_coverage: float = 0.95) -> Savings:
    """Compare the reporting `days` (at least one) with what the baseline says of them.

    Where rows are billing periods, a row's energies are those of all of its days.
    """
    length = days.lengths
    columns = (
        np.round(model.baseline.predict(days) * length, _WH).tolist(),
        np.round(days.energy_kwh * length, _WH).tolist(),
        np.round(model.of_days(days), _WH).tolist(),
        np.nan_to_num(days.coverage).tolist(),
        days.day_types,
    )
    rows = tuple(
        _day(day, *values, minimum_coverage=minimum_coverage)
        for day, *values in zip(days.days, *columns, strict=True)
    )
    spans = [*months_of(days.days), range(len(rows))]
    measured = [[i for i in span if rows[i].left_out is None] for span in spans]
    bands = model.of_sums(days, measured)
    last = [int(length[span[-1]]) for span in spans]
    *of_months, total = (summed(rows, *of) for of in zip(spans, measured, bands, last, strict=True))
    return Savings(rows, tuple(of_months), total, bands[-1], _records(model, days, rows))


def _day(
    day: date,
    expected: float,
    actual: float,
    half_width: float,
    coverage: float,
    day_type: str | None,
    *,
    minimum_coverage: float,
) -> DaySavings:
    reason = None
    if math.isnan(actual) or coverage < minimum_coverage:
        reason = "incomplete"
    elif day_type is None:
        reason = "no_calendar"
    elif math.isnan(expected):
        reason = "no_model"
    return DaySavings(
        day=day,
        baseline_kwh=None if math.isnan(expected) else expected,
        actual_kwh=None if math.isnan(actual) else actual,
        savings_kwh=None if reason else round(expected - actual, _WH) + 0.0,
        uncertainty_kwh=None if reason else half_width,
        coverage=coverage,
        left_out=reason,
    )


def months_of(days: Sequence[date]) -> list[range]:
    """The rows of each calendar month."""
    months = [(day.year, day.month) for day in days]
    starts = [i for i, month in enumerate(months) if i == 0 or month != months[i - 1]]
    return [range(a, b) for a, b in zip(starts, [*starts[1:], len(days)], strict=True)]


def summed(
    rows: Sequence[DaySavings], span: Sequence[int], measured: Sequence[int], band: Band, last_days: int = 1
) -> PeriodSavings:
    """The sums of a span's `measured` rows with the band of that very sum; its last row has `last_days`."""
    baseline_kwh = round(sum(rows[i].baseline_kwh or 0.0 for i in measured), _WH)
    actual_kwh = round(sum(rows[i].actual_kwh or 0.0 for i in measured), _WH)
    return PeriodSavings(
        start=rows[span[0]].day,
        end=rows[span[-1]].day + timedelta(days=last_days),
        baseline_kwh=baseline_kwh,
        actual_kwh=actual_kwh,
        savings_kwh=round(baseline_kwh - actual_kwh, _WH) + 0.0,
        uncertainty_kwh=round(band.half_width(), _WH),
        coverage=round(sum(rows[i].coverage for i in span) / len(span), 6),
        days_measured=len(measured),
        days_left_out=len(span) - len(measured),
    )


def _records(model: ErrorModel, days: Days, rows: Sequence[DaySavings]) -> tuple[Record, ...]:
    left_out = sum(row.left_out is not None for row in rows)
    return (
        Record("reporting_days_left_out", left_out, 0, "completeness", left_out == 0),
        *extrapolation(model.baseline, days),
    )
