"""Savings by day, month and in total: a baseline's error model and reporting Days in, Savings out.

Savings = adjusted baseline − actual, positive when less is used (GB/T 28750-2012 writes the same with the
other sign). A day that is not complete is left out and listed; nothing is filled in and nothing annualised.
Figures are rounded to a watt-hour before they are summed, so that they add up on paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from services.mv.extrapolation import extrapolation
from services.mv.model import Days, Floats, Record
from services.mv.uncertainty.error_model import Band, ErrorModel

Flags = npt.NDArray[np.bool_]

_WH = 3
_METERED = frozenset({None, "incomplete"})
"""Reasons, or none, with which a day's coverage is all that it lacks."""


@dataclass(frozen=True, slots=True)
class DaySavings:
    """One local day [kWh]; `uncertainty_kwh` is the half-width at 90 %.

    `left_out` names why a day is not measured (`incomplete`, `no_calendar`, `no_weather`, `no_model`); its
    baseline may still be known, its saving is not.
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
    """Sums [kWh] over the measured days of [start, end); `coverage` is the mean over all of its days, where a
    day of which the baseline says nothing counts as none.

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
    expected = np.round(model.baseline.predict(days) * length, _WH)
    actual = np.round(days.energy_kwh * length, _WH)
    coverage = np.nan_to_num(days.coverage)
    left_out = _left_out(days, expected, complete=~np.isnan(actual) & (coverage >= minimum_coverage))
    counts = np.array([reason is None for reason in left_out])
    columns = (
        _or_none(expected, ~np.isnan(expected)),
        _or_none(actual, ~np.isnan(actual)),
        _or_none(np.round(expected - actual, _WH) + 0.0, counts),
        _or_none(np.round(model.of_days(days), _WH), counts),
        coverage.tolist(),
        left_out,
    )
    rows = tuple(map(DaySavings, days.days, *columns))
    spans = [*months_of(days.days), range(len(rows))]
    measured = [[i for i in span if rows[i].left_out is None] for span in spans]
    bands = model.of_sums(days, measured)
    *of_months, total = (summed(rows, *of, lengths=length) for of in zip(spans, measured, bands, strict=True))
    return Savings(rows, tuple(of_months), total, bands[-1], _records(model, days, total))


def _left_out(days: Days, expected: Floats, *, complete: Flags) -> list[str | None]:
    """Why each day is not measured, None where it is: `incomplete` before `no_calendar` and `no_model`."""
    reasons = np.full(len(days.days), None, dtype=object)
    reasons[np.isnan(expected)] = "no_model"
    if days.outdoor_c is not None:
        reasons[np.isnan(expected) & np.isnan(days.outdoor_c)] = "no_weather"
    reasons[[of is None for of in days.day_types]] = "no_calendar"
    reasons[~complete] = "incomplete"
    return list(reasons)


def _or_none(values: Floats, known: Flags) -> list[float | None]:
    """The values that are known, and None for the others."""
    return [value if there else None for value, there in zip(values.tolist(), known.tolist(), strict=True)]


def months_of(days: Sequence[date]) -> list[range]:
    """The rows of each calendar month."""
    months = [(day.year, day.month) for day in days]
    starts = [i for i, month in enumerate(months) if i == 0 or month != months[i - 1]]
    return [range(a, b) for a, b in zip(starts, [*starts[1:], len(days)], strict=True)]


def summed(
    rows: Sequence[DaySavings],
    span: Sequence[int],
    measured: Sequence[int],
    band: Band,
    *,
    lengths: Floats | None = None,
) -> PeriodSavings:
    """The sums of a span's `measured` rows with the band of that very sum; `lengths` [d] default to a day."""
    days = np.ones(len(rows)) if lengths is None else lengths
    of_span, of_measured = (int(days[list(of)].sum()) for of in (span, measured))
    covered = [rows[i].coverage * days[i] for i in span if rows[i].left_out in _METERED]
    kept = [rows[i] for i in measured]
    baseline_kwh = round(sum([row.baseline_kwh or 0.0 for row in kept]), _WH)
    actual_kwh = round(sum([row.actual_kwh or 0.0 for row in kept]), _WH)
    return PeriodSavings(
        start=rows[span[0]].day,
        end=rows[span[-1]].day + timedelta(days=int(days[span[-1]])),
        baseline_kwh=baseline_kwh,
        actual_kwh=actual_kwh,
        savings_kwh=round(baseline_kwh - actual_kwh, _WH) + 0.0,
        uncertainty_kwh=round(band.half_width(), _WH),
        coverage=round(float(sum(covered)) / of_span, 6),
        days_measured=of_measured,
        days_left_out=of_span - of_measured,
    )


def _records(model: ErrorModel, days: Days, total: PeriodSavings) -> tuple[Record, ...]:
    left_out = total.days_left_out
    return (
        Record("reporting_days_left_out", left_out, 0, "completeness", left_out == 0),
        *extrapolation(model.baseline, days),
    )
