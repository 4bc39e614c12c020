"""IPMVP option A from one file: an inventory and a period in, the printed object out."""

import argparse
import math
from datetime import timedelta
from typing import Any

from services.mv.canonical import plain, sha256_of
from services.mv.command.lamps_file import read_inventory
from services.mv.command.refusals import FileRefused
from services.mv.gates import of_saving
from services.mv.lighting.accounting import SampledBand
from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.option_a import error_of, option_a
from services.mv.lighting.sampling import added
from services.mv.model import ENGINE
from services.mv.operating_days import On, Period
from services.workdays import Workdays

_MOST_YEARS = 25
"""No lamp is accounted for so long: a year is mistyped."""
_DAYS_A_YEAR = 365.25


def lamps_answer(options: argparse.Namespace) -> dict[str, Any]:
    """What the lamps of `options.lamps` saved in [start, end). Raises `FileRefused`.

    `adjusted_baseline_kwh` holds the interactive effect, so that it less `reporting_kwh` is the saving.
    """
    rows, inventory = read_inventory(options.lamps)
    period = _period(options, inventory)
    try:
        found = option_a(inventory, period)
    except ValueError as error:
        raise FileRefused("engine", file=options.lamps, reason=error) from error
    spread = error_of(inventory, period)
    band = SampledBand(spread.standard_error, math.inf if spread.freedom is None else spread.freedom)
    inputs = {"lamps": inventory, "start": period.start, "working": period.working}
    answer: dict[str, Any] = plain(
        {
            "form": "option_a",
            "lamps": found.lines,
            "interactive_kwh": found.interactive_kwh,
            "adjusted_baseline_kwh": added([found.baseline_kwh, found.interactive_kwh]),
            "reporting_kwh": found.actual_kwh,
            "savings_kwh": found.savings_kwh,
            "uncertainty_kwh": found.uncertainty_kwh,
            "periods": {"reporting": [found.start, found.end]},
            "gates": of_saving(found.savings_kwh, band),
            "records": (*found.records, rows.record),
            "engine": ENGINE,
            "input_sha256": sha256_of(inputs),
        }
    )
    return answer


def _period(options: argparse.Namespace, inventory: tuple[LampGroup, ...]) -> Period:
    start, end = options.start, options.end
    if start is None or end is None:
        raise FileRefused("lamps_period")
    if end <= start:
        raise FileRefused("period_ends", column=None, file="--end", start=start)
    if (end - start).days > _MOST_YEARS * _DAYS_A_YEAR:
        raise FileRefused("period_long", file="--end", years=_MOST_YEARS, start=start)
    by_calendar = [g.name for g in inventory if g.on is not On.EVERY_DAY and g.days_a_month is None]
    if options.calendar == "none" and by_calendar:
        raise FileRefused("no_calendar_for_lamps", file=options.lamps, groups=", ".join(by_calendar))
    days = [start + timedelta(days=i) for i in range((end - start).days)]
    calendar = Workdays()
    working = (None if options.calendar == "none" else calendar.is_working_day(day) for day in days)
    period = Period(start, end, tuple(working))
    if by_calendar and period.unknown == len(days):
        raise FileRefused(
            "calendar_unknown_for_lamps", file=options.lamps, day=start, groups=", ".join(by_calendar)
        )
    return period
