"""One run of `kilowitness mv`: options in, everything that was measured out, and the printed object."""

import argparse
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.mv.accounting import Savings, account
from services.mv.baseline import Baseline, fit
from services.mv.canonical import plain, sha256_of
from services.mv.changepoint import Points
from services.mv.command.files import FileRefused, Reading, read_closures, read_table
from services.mv.command.periods import Calendar, Period, period_of
from services.mv.figures import Fit
from services.mv.forms import COOLING, HEATING, RESERVED, TEMPERATURE
from services.mv.gates import calibration_gates, gates
from services.mv.model import ENGINE, Days, Record
from services.mv.selection import CRITERION
from services.mv.shapes import UnknownMethod
from services.mv.shift import label_shift
from services.mv.towt import fit_towt
from services.mv.uncertainty.comparison import Comparison, comparison
from services.mv.uncertainty.comparison import records as of_bands
from services.mv.uncertainty.error_model import ErrorModel, error_model
from services.workdays import Workdays

_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one run found: the model, the reporting `days` as it saw them, the saving, the records."""

    model: ErrorModel
    days: Days
    savings: Savings
    comparison: Comparison
    hourly: Fit | None
    gates: tuple[Record, ...]
    records: tuple[Record, ...]
    input_sha256: str


def measure(options: argparse.Namespace) -> Measured:
    """Read both files, fit and account. Raises `FileRefused`, `NoBaseline` or `UnknownMethod`."""
    reading, calendar, points = _reading(options), _calendar(options), _points(options)
    before, after = (
        period_of(read_table(file, reading), calendar) for file in (options.baseline, options.reporting)
    )
    baseline, days, hourly = _fitted(before, after, options.method, points)
    model = error_model(baseline)
    savings = account(model, days)
    measured = [i for i, row in enumerate(savings.days) if row.left_out is None]
    compared = comparison(model, days.take(measured))
    records = (
        *(_named("baseline", record) for record in before.records),
        *(_named("reporting", record) for record in after.records),
        *baseline.records,
        label_shift(baseline, before.days),
        *savings.records,
        *of_bands(compared),
    )
    inputs = {
        "baseline": before.plain(),
        "reporting": after.plain(),
        "method": options.method,
        "points": points and [points.heating_c, points.cooling_c],
    }
    held = _gates(model, days, savings, hourly)
    return Measured(model, days, savings, compared, hourly, held, records, sha256_of(inputs))


def _gates(model: ErrorModel, days: Days, savings: Savings, hourly: Fit | None) -> tuple[Record, ...]:
    fit_of_rows = model.baseline.fit
    held = gates(
        fit_of_rows,
        savings_kwh=savings.total.savings_kwh,
        band=savings.band,
        reporting_months=float(days.lengths.sum()) / _MONTH_DAYS,
    )
    if hourly is not None:
        return (*held, *calibration_gates(hourly, "hour"))
    if model.baseline.days.length_d is not None:
        return (*held, *calibration_gates(fit_of_rows, "month"))
    return held


def _fitted(
    before: Period, after: Period, method: str, points: Points | None
) -> tuple[Baseline, Days, Fit | None]:
    if method != "towt":
        baseline = fit(before.days, method=method, points=points)
        return baseline, _comparable(baseline, after.days), None
    if before.hours is None or after.hours is None:
        raise UnknownMethod("towt: needs hourly files")
    towt = fit_towt(before.hours, before.days)
    return towt.baseline, towt.days(after.hours, after.days), towt.hourly


def _comparable(baseline: Baseline, days: Days) -> Days:
    weather = {HEATING, COOLING, TEMPERATURE} & {term.by for term in baseline.terms}
    if weather and days.outdoor_c is None:
        raise FileRefused("the reporting file has no temperature, which the baseline needs")
    return days


def _named(period: str, record: Record) -> Record:
    return replace(record, what=f"{period}_{record.what}")


def _reading(options: argparse.Namespace) -> Reading:
    try:
        zone = ZoneInfo(options.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise FileRefused(f"--zone: no zone {options.zone!r}") from error
    taken = sorted(RESERVED & set(options.driver))
    if taken:
        raise FileRefused(f"--driver: {taken[0]} is the engine's own word")
    return Reading(zone, options.utc, options.unit == "f", tuple(options.driver))


def _calendar(options: argparse.Namespace) -> Calendar:
    if (options.latitude is None) != (options.longitude is None):
        raise FileRefused("--latitude and --longitude go together")
    place = None if options.latitude is None else (options.latitude, options.longitude)
    closures = read_closures(options.closures) if options.closures else ()
    workdays = Workdays()
    return Calendar(workdays.is_working_day if options.calendar == "cn" else lambda _: True, closures, place)


def _points(options: argparse.Namespace) -> Points | None:
    given = [options.heating_point, options.cooling_point]
    if given == [None, None]:
        return None
    if options.unit == "f":
        given = [None if at is None else (at - 32) / 1.8 for at in given]
    heating, cooling = (None if at is None else round(at, 6) for at in given)
    shape = options.method.partition("-")[0]
    needs = {"3ph": (True, False), "3pc": (False, True), "4p": (True, True), "5p": (True, True)}
    if (heating is not None, cooling is not None) != needs.get(shape):
        raise FileRefused("--heating-point is for --method 3ph, --cooling-point for 3pc, both for 4p and 5p")
    return Points(heating, cooling)


def document(found: Measured) -> dict[str, Any]:
    """The printed object."""
    baseline, total = found.model.baseline, found.savings.total
    figures = baseline.fit
    answer: dict[str, Any] = plain(
        {
            "form": baseline.form,
            "coefficients": baseline.coefficients,
            "cvrmse": figures.cvrmse,
            "nmbe": figures.nmbe,
            "r2": figures.r2,
            "n_effective": figures.n_effective,
            "fit": figures,
            "hourly": found.hourly,
            "gates": found.gates,
            "baseline_kwh": round(float(baseline.days.energy_kwh @ baseline.days.lengths), 3),
            "reporting_kwh": total.actual_kwh,
            "adjusted_baseline_kwh": total.baseline_kwh,
            "savings_kwh": total.savings_kwh,
            "uncertainty_kwh": total.uncertainty_kwh,
            "periods": {
                "baseline": [baseline.days.days[0], baseline.days.days[-1]],
                "reporting": [total.start, total.end],
                "reporting_days_measured": total.days_measured,
            },
            "months": found.savings.months,
            "comparison": found.comparison,
            "records": found.records,
            "criterion": CRITERION if baseline.candidates else None,
            "candidates": baseline.candidates,
            "engine": ENGINE,
            "input_sha256": found.input_sha256,
        }
    )
    return answer
