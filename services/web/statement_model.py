"""What a statement draws of its baseline: the frozen days of a regression in, series for its pictures out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from services.mv.accounting import DaySavings
from services.mv.baseline import Baseline
from services.mv.forms import EVERY_DAY
from services.mv.model import Days, Floats
from services.mv.shapes import types_of
from services.savings.contract.years import parts_by_year
from services.savings.measuring import RegressionBasis, learn, seen
from services.savings.meter_days import from_rows
from services.savings.settlement.statement import Statement

_POINTS_OF_A_LINE = 60
_WH = 3


@dataclass(frozen=True, slots=True)
class BaselineSeries:
    """Every day of the baseline period: measured energy and the model's [kWh], None where unknown.

    A day that was not complete is measured but not fitted.
    """

    days: tuple[date, ...]
    measured_kwh: tuple[float | None, ...]
    fitted_kwh: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The model [kWh/d] along outdoor temperature [°C] on days of a type (`base`: all); the rest is at its
    mean.
    """

    day_type: str
    outdoor_c: tuple[float, ...]
    energy_kwh: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Daily energy against outdoor temperature, as (°C, kWh, day type): fitted days, measured days, lines."""

    baseline: tuple[tuple[float, float, str], ...]
    reporting: tuple[tuple[float, float, str], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the adjusted baseline of a contract year's measured days consists of [kWh]."""

    model_kwh: Decimal
    adjustments_kwh: Decimal


@dataclass(frozen=True, slots=True)
class Learned:
    """A statement's pictures, None where nothing was fitted, and its baseline's parts by contract year.

    `half_width_kwh` is that of the saving at 90 % before any adjustment.
    """

    baseline: BaselineSeries | None
    scatter: Scatter | None
    parts: Mapping[int, Parts]
    half_width_kwh: float


def learned(statement: Statement, inputs: Mapping[str, Any]) -> Learned:
    """Learn again what the frozen days say; the statement's own figures are those of its document."""
    meters = statement.contract.meters
    before, after = (from_rows(meters, inputs[f"{name}_days"]) for name in ("baseline", "reporting"))
    basis, reported = learn(statement.contract, before), after.total()
    unadjusted = basis.account(reported)
    parts, half_width = _by_year(statement, unadjusted.days), unadjusted.total.uncertainty_kwh
    if not isinstance(basis, RegressionBasis):
        return Learned(None, None, parts, half_width)
    baseline = basis.model.baseline
    series = _series(baseline, before.total())
    scatter = _scatter(statement, baseline, seen(basis.measurement, reported))
    return Learned(series, scatter, parts, half_width)


def _by_year(statement: Statement, unadjusted: Sequence[DaySavings]) -> dict[int, Parts]:
    """By the number of the contract year; adjustments are what the frozen days have beside the model's."""
    found: dict[int, Parts] = {}
    for year, start, end in parts_by_year(statement.contract, statement.period.start, statement.period.end):
        counted = [
            (Decimal(str(model.baseline_kwh)), Decimal(str(row.baseline_kwh)))
            for row, model in zip(statement.days, unadjusted, strict=True)
            if start <= row.day < end and row.left_out is None
        ]
        model_kwh = sum((one for one, _ in counted), Decimal())
        found[year.number] = Parts(model_kwh, sum((one for _, one in counted), Decimal()) - model_kwh)
    return found


def _series(baseline: Baseline, days: Days) -> BaselineSeries:
    used = baseline.days
    fitted = dict(zip(used.days, (used.energy_kwh - baseline.residuals_kwh).tolist(), strict=True))
    measured = tuple(None if np.isnan(value) else float(value) for value in days.energy_kwh)
    return BaselineSeries(days.days, measured, tuple(fitted.get(day) for day in days.days))


def _scatter(statement: Statement, baseline: Baseline, days: Days) -> Scatter | None:
    """None where the contract names no weather, or none was known."""
    used, outdoor = baseline.days, baseline.days.outdoor_c
    if outdoor is None or days.outdoor_c is None:
        return None
    counted = {row.day for row in statement.days if row.left_out is None}
    rows = [i for i, day in enumerate(days.days) if day in counted]
    every = {term.of for term in baseline.terms} == {EVERY_DAY}
    groups = {EVERY_DAY: list(range(len(used.days)))} if every else {
        name: [i for i, of in enumerate(used.day_types) if of == name] for name in types_of(used)
    }  # fmt: skip
    lines = tuple(_line(baseline, name, used.take(of), outdoor[of]) for name, of in groups.items())
    return Scatter(_points(used, range(len(used.days))), _points(days, rows), lines)


def _points(days: Days, rows: Sequence[int]) -> tuple[tuple[float, float, str], ...]:
    outdoor = days.outdoor_c
    if outdoor is None:
        return ()
    types = days.day_types
    known = (i for i in rows if np.isfinite(outdoor[i]))
    return tuple((float(outdoor[i]), float(days.energy_kwh[i]), types[i] or "") for i in known)


def _line(baseline: Baseline, name: str, used: Days, outdoor: Floats) -> Line:
    """Between the coldest and the warmest of the days, with a bend exactly at each balance point."""
    low, high = float(outdoor.min()), float(outdoor.max())
    bends = (one.value for one in baseline.coefficients[len(baseline.terms) :] if low < one.value < high)
    along = np.array(sorted({*np.linspace(low, high, _POINTS_OF_A_LINE).tolist(), *bends}))
    n = len(along)
    same = Days(
        days=tuple(used.days[0] + timedelta(days=i) for i in range(n)),
        energy_kwh=np.zeros(n),
        coverage=np.ones(n),
        working=(used.working[0],) * n,
        daylight_h=None if used.daylight_h is None else np.full(n, used.daylight_h.mean()),
        outdoor_c=along,
        kinds=None if used.kinds is None else (used.kinds[0],) * n,
        drivers={one: np.full(n, values.mean()) for one, values in used.drivers.items()},
    )
    energy = np.round(baseline.predict(same), _WH)
    return Line(name, tuple(np.round(along, _WH).tolist()), tuple(energy.tolist()))
