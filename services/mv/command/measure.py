"""One run of `kilowitness mv` by a baseline: options in, everything that was measured out."""

import argparse
from dataclasses import dataclass, replace
from datetime import timedelta

from services.mv.accounting import Savings, account
from services.mv.adjustments.steps import StepProposal, find_steps
from services.mv.baseline import Baseline, NoBaseline, fit
from services.mv.canonical import sha256_of
from services.mv.changepoint import Points
from services.mv.command.asked import calendar_of, points_of, reading_of
from services.mv.command.closures import elsewhere
from services.mv.command.files import read_table
from services.mv.command.periods import Calendar, Period, period_of
from services.mv.command.refusals import FileRefused
from services.mv.extrapolation import weather_reach
from services.mv.figures import Fit
from services.mv.forms import COOLING, HEATING, TEMPERATURE
from services.mv.gates import calibration_gates, gates
from services.mv.model import Days, Record
from services.mv.operating_days import measured_days
from services.mv.shapes import UnknownMethod
from services.mv.shift import label_shift
from services.mv.towt import fit_towt
from services.mv.uncertainty.comparison import Comparison, comparison
from services.mv.uncertainty.comparison import records as of_bands
from services.mv.uncertainty.error_model import ErrorModel, error_model

_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one run found: the model, the reporting `days` as it saw them, the saving, the records.

    `steps` are put forward and change nothing; bills are too coarse to search.
    """

    model: ErrorModel
    days: Days
    savings: Savings
    comparison: Comparison
    steps: tuple[StepProposal, ...]
    hourly: Fit | None
    gates: tuple[Record, ...]
    records: tuple[Record, ...]
    input_sha256: str


def measure(options: argparse.Namespace) -> Measured:
    """Read both files, fit and account. Raises `FileRefused` or `UnknownMethod`."""
    reading, calendar, points = reading_of(options), calendar_of(options), points_of(options)
    before, after = (
        period_of(read_table(file, reading), calendar) for file in (options.baseline, options.reporting)
    )
    _known_days(options, before, after)
    if before.days.length_d is None and after.days.length_d is not None:
        raise FileRefused("bills_for_days", file=options.reporting)
    try:
        baseline, days, hourly = _fitted(before, after, options.method, points)
    except NoBaseline as error:
        raise FileRefused("no_baseline", file=options.baseline) from error
    _can_be_compared(baseline, days, options)
    model = error_model(baseline)
    savings = account(model, days)
    measured = [i for i, row in enumerate(savings.days) if row.left_out is None]
    if not measured:
        raise FileRefused("nothing_measured", file=options.reporting)
    compared = comparison(model, days.take(measured))
    steps = find_steps(measured_days(savings, days) if days.length_d is None else ())
    records = (
        *(_named("baseline", record) for record in before.records),
        *(_named("reporting", record) for record in after.records),
        *_spans(before.days, after.days, calendar),
        *_asked_of(baseline, options),
        label_shift(baseline, before.days),
        *savings.records,
        *weather_reach(baseline, days.take(measured)),
        *of_bands(compared),
        *steps.records,
    )
    inputs = {
        "baseline": before.plain(),
        "reporting": after.plain(),
        "method": options.method,
        "points": points and [points.heating_c, points.cooling_c],
    }
    held = _gates(model, days, savings, hourly)
    return Measured(model, days, savings, compared, steps.proposals, hourly, held, records, sha256_of(inputs))


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
        return baseline, after.days, None
    if before.hours is None or after.hours is None:
        raise UnknownMethod("towt: needs hourly files")
    towt = fit_towt(before.hours, before.days)
    return towt.baseline, towt.days(after.hours, after.days), towt.hourly


def _can_be_compared(baseline: Baseline, days: Days, options: argparse.Namespace) -> None:
    """As many rows as coefficients leave no residuals: a band of 0 would claim to know."""
    weather = {HEATING, COOLING, TEMPERATURE} & {term.by for term in baseline.terms}
    if weather and days.outdoor_c is None:
        raise FileRefused("no_weather", file=options.reporting)
    n, p = baseline.fit.n, baseline.fit.p
    if n <= p:
        raise FileRefused("too_few", file=options.baseline, n=n, p=p)


def _known_days(options: argparse.Namespace, *periods: Period) -> None:
    """A calendar that knows none of a file's days leaves nothing to compare: say which, and the way out."""
    for file, period in zip((options.baseline, options.reporting), periods, strict=True):
        if all(name is None for name in period.days.day_types):
            raise FileRefused("calendar_unknown", file=file, day=period.days.days[0])


def _spans(before: Days, after: Days, calendar: Calendar) -> tuple[Record, ...]:
    """How the periods lie to each other and to the closures: two files may have been exchanged."""
    first = before.days[0]
    early = sum(int(n) for day, n in zip(after.days, after.lengths, strict=True) if day < first)
    spans = ((rows.days[0], rows.days[-1]) for rows in (before, after))
    return (
        _in_both(before, after),
        Record("days_reported_before_baseline", early, 0, "a baseline comes first", early == 0),
        *calendar.records,
        *((elsewhere(calendar.closures, *spans),) if calendar.closures else ()),
    )


def _in_both(before: Days, after: Days) -> Record:
    """Days of both periods: such a saving is compared with itself."""
    if before.length_d is None and after.length_d is None:
        both = len(set(before.days) & set(after.days))
    else:
        ends = [rows.days[-1] + timedelta(days=int(rows.lengths[-1])) for rows in (before, after)]
        both = max(0, (min(ends) - max(before.days[0], after.days[0])).days)
    return Record("days_in_both_periods", both, 0, "a day is baseline or reporting", both == 0)


def _asked_of(baseline: Baseline, options: argparse.Namespace) -> tuple[Record, ...]:
    """The baseline's records; without a calendar there is no rarer type to have enough days of."""
    if options.calendar == "cn" or options.closures:
        return baseline.records
    return tuple(record for record in baseline.records if record.what != "baseline_days_of_rarer_type")


def _named(period: str, record: Record) -> Record:
    return replace(record, what=f"{period}_{record.what}")
