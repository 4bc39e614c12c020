"""Savings with the agreed non-routine adjustments in them: Savings and adjustments in, Savings out.

The baseline of each measured day moves by what is agreed of it; a period's half-width is √(U² + U_adj²), for
what the parties grant an adjustment is independent of the model's error.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from services.mv.accounting import DaySavings, PeriodSavings, Savings
from services.mv.adjustments.adjustment import Adjusted, Adjustment, adjusted
from services.mv.adjustments.terms import Proportional
from services.mv.lighting.sampling import added, to_wh
from services.mv.model import Days
from services.mv.operating_days import ReportingDay, measured_days
from services.mv.uncertainty.band import Band


def applied(savings: Savings, days: Days, adjustments: tuple[Adjustment, ...]) -> tuple[Savings, Adjusted]:
    """Add what both sides approved to the savings of reporting `days`, and say what it came to.

    A day that is left out takes its adjustments with it; a measured day's own half-width stays the model's.
    `ValueError` as `adjusted`.
    """
    measured = measured_days(savings, days)
    found = adjusted(measured, adjustments)
    baselines = {day.day: day.baseline_kwh for day in found.days}
    rows = tuple(_moved(row, baselines.get(row.day)) for row in savings.days)

    def moved(period: PeriodSavings) -> PeriodSavings:
        within = tuple(day for day in measured if period.start <= day.day < period.end)
        return _period(period, rows, adjusted(within, adjustments).uncertainty_kwh)

    total = moved(savings.total)
    return (
        replace(
            savings,
            days=rows,
            months=tuple(moved(month) for month in savings.months),
            total=total,
            band=_wider(savings.band, found.uncertainty_kwh),
            records=(*savings.records, *found.records),
        ),
        found,
    )


def beside(days: tuple[ReportingDay, ...], adjustments: tuple[Adjustment, ...]) -> tuple[ReportingDay, ...]:
    """Measured days whose share of actual in baseline is as if nothing that was agreed had changed.

    What follows the baseline in proportion is taken to be saved from like the rest: the baseline grows with
    it. What was added is used in full: neither baseline nor actual holds it.
    """
    follows = tuple(one for one in adjustments if isinstance(one.term, Proportional))
    grown = adjusted(days, follows).days
    extra = adjusted(days, tuple(one for one in adjustments if one not in follows)).days
    return tuple(
        replace(large, actual_kwh=added([day.actual_kwh, day.baseline_kwh, -more.baseline_kwh]))
        for day, large, more in zip(days, grown, extra, strict=True)
    )


def _moved(row: DaySavings, baseline_kwh: float | None) -> DaySavings:
    if baseline_kwh is None or row.actual_kwh is None:
        return row
    return replace(row, baseline_kwh=baseline_kwh, savings_kwh=added([baseline_kwh, -row.actual_kwh]))


def _period(period: PeriodSavings, rows: Sequence[DaySavings], half_width_kwh: float) -> PeriodSavings:
    counted = [row for row in rows if period.start <= row.day < period.end and row.left_out is None]
    baseline_kwh = added(row.baseline_kwh or 0.0 for row in counted)
    return replace(
        period,
        baseline_kwh=baseline_kwh,
        savings_kwh=added([baseline_kwh, -period.actual_kwh]),
        uncertainty_kwh=to_wh(math.hypot(period.uncertainty_kwh, half_width_kwh)),
    )


def _wider(band: Band, half_width_kwh: float) -> Band:
    """A band whose half-width at the level is √(its own² + the other²), with its degrees of freedom."""
    if not half_width_kwh:
        return band
    unit = replace(band, standard_error_kwh=1.0).half_width()
    return replace(band, standard_error_kwh=math.hypot(band.standard_error_kwh, half_width_kwh / unit))
