"""Savings by day, month and in total where no baseline of days is fitted: a lamp inventory or a saving rate
and reporting Days in, Savings out, of the same shape as a regression's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.mv.accounting import DaySavings, Savings, months_of, summed
from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.option_a import error_of, option_a
from services.mv.lighting.sampling import added, t_quantile, to_wh
from services.mv.lighting.saving_rate import SavingRate
from services.mv.model import Days, Record
from services.mv.operating_days import Period
from services.mv.uncertainty.band import LEVEL, Band


@dataclass(frozen=True, slots=True)
class SampledBand(Band):
    """A band whose error comes from samples: Student's quantile is exact for two or three units, too."""

    def half_width(self, level: float = LEVEL) -> float:
        """Half-width of the band [kWh] at a two-sided confidence level."""
        return t_quantile(level, self.freedom) * self.standard_error_kwh


def account_lamps(inventory: tuple[LampGroup, ...], days: Days) -> Savings:
    """Savings of an inventory over reporting `days`, neighbours in date order, whose energy is not asked.

    A day's figures are what the month's table has grown by, so that the days add up to it. The baseline holds
    the interactive effect. `coverage` is 1: nothing is metered. `ValueError` as `option_a`.
    """
    months = [period_of(days, span) for span in months_of(days.days)]
    rows = [row for month in months for row in _lamp_days(inventory, month)]
    bands = [_lamp_band(inventory, period) for period in (*months, period_of(days, range(len(rows))))]
    return _savings(rows, bands, option_a(inventory, period_of(days, range(len(rows)))).records)


def period_of(days: Days, span: range) -> Period:
    """Some neighbouring rows as a period."""
    rows = days.days[span.start : span.stop]
    return Period(rows[0], rows[-1] + timedelta(days=1), days.working[span.start : span.stop])


def account_rate(rate: SavingRate, days: Days, *, minimum_coverage: float) -> Savings:
    """Savings of what an after-meter measured on reporting `days`: S = Q_after·(m − 1), day by day.

    The rate's error is one and the same on all days: half-widths add up. `ValueError` where the rate or its
    error is undefined.
    """
    if rate.multiple is None or rate.multiple_uncertainty is None:
        raise ValueError("the saving rate, or its error, is undefined")
    freedom = max(rate.size - 1, 1)
    error = rate.multiple_uncertainty / t_quantile(LEVEL, freedom)
    covered = [0.0 if math.isnan(one) else float(one) for one in days.coverage]
    rows: list[DaySavings] = []
    for day, energy, coverage in zip(days.days, days.energy_kwh.tolist(), covered, strict=True):
        if math.isnan(energy) or coverage < minimum_coverage:
            actual = None if math.isnan(energy) else to_wh(energy)
            rows.append(DaySavings(day, None, actual, None, None, coverage, "incomplete"))
            continue
        band = SampledBand(energy * error, freedom)
        rows.append(_day(day, to_wh(energy * rate.multiple), to_wh(energy), band, coverage))
    spans = [*months_of(days.days), range(len(rows))]
    bands = [SampledBand(error * added(rows[i].actual_kwh or 0.0 for i in _measured(rows, span)), freedom)
             for span in spans]  # fmt: skip
    left_out = sum(row.left_out is not None for row in rows)
    found = Record("reporting_days_left_out", left_out, 0, "completeness", left_out == 0)
    return _savings(rows, bands, (*rate.records, found))


def _lamp_days(inventory: tuple[LampGroup, ...], month: Period) -> list[DaySavings]:
    """The days of a month; days of one flag are alike, so their band is worked out once."""
    rows: list[DaySavings] = []
    valued = [(group, group.values()) for group in inventory]
    bands: dict[bool | None, Band] = {}
    before, after = 0.0, 0.0
    for i, (day, working) in enumerate(month.days(), start=1):
        if working not in bands:
            bands[working] = _lamp_band(inventory, Period(day, day + timedelta(days=1), (working,)))
        upto = Period(month.start, day + timedelta(days=1), month.working[:i])
        baseline, actual = _sums(valued, upto)
        rows.append(_day(day, to_wh(baseline - before), to_wh(actual - after), bands[working], 1.0))
        before, after = baseline, actual
    return rows


def _sums(valued: Sequence[tuple[LampGroup, dict[str, float]]], period: Period) -> tuple[float, float]:
    """Baseline with the interactive effect, and actual [kWh], as the table prints them."""
    energies = [[to_wh(one) for one in group.energies(period, values)] for group, values in valued]
    baseline = added(one for before, _, interactive in energies for one in (before, interactive))
    return baseline, added(after for _, after, _ in energies)


def _lamp_band(inventory: tuple[LampGroup, ...], period: Period) -> SampledBand:
    error = error_of(inventory, period)
    return SampledBand(error.standard_error, math.inf if error.freedom is None else error.freedom)


def _day(day: date, baseline: float, actual: float, band: Band, coverage: float) -> DaySavings:
    saved = to_wh(baseline - actual)
    return DaySavings(day, baseline, actual, saved, to_wh(band.half_width()), coverage, None)


def _measured(rows: Sequence[DaySavings], span: range) -> list[int]:
    return [i for i in span if rows[i].left_out is None]


def _savings(rows: list[DaySavings], bands: Sequence[Band], records: tuple[Record, ...]) -> Savings:
    """Sums by month and in all; the last band is that of all days."""
    spans = [*months_of([row.day for row in rows]), range(len(rows))]
    *months, total = (
        summed(rows, span, _measured(rows, span), band) for span, band in zip(spans, bands, strict=True)
    )
    return Savings(tuple(rows), tuple(months), total, bands[-1], records)
