"""What a table's rows are, hours, days or bills, and the days that they make: Table in, Period out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from services.mv.billing import Bill, bill_rows
from services.mv.command.closures import Closure, kinds_of
from services.mv.command.files import Table
from services.mv.command.refusals import FileRefused
from services.mv.daylight import daylight_hours
from services.mv.hours import HOURS, Hours, bridged, hour_number, on_grid, roll_up, warmest_hour
from services.mv.model import Days, Floats, Record

_SECONDS_A_DAY = 86_400
_HOTTEST_C = 50.0
_MIN_DAYS_OF_BILLS = 20
_NOTHING = np.array(None, dtype=object)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of days: whether they are worked, what else they are, and where the sun is seen from.

    `records`: what was odd in the file of closures.
    """

    is_working: Callable[[date], bool | None]
    closures: tuple[Closure, ...] = ()
    place: tuple[float, float] | None = None
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """A baseline or reporting period: its `days`, its `hours` where they are known, and what was odd."""

    days: Days
    hours: Hours | None
    records: tuple[Record, ...]

    def plain(self) -> list[list[Any]]:
        """What the result rests on, row by row, for the hash of the inputs."""
        days = self.days
        columns = [days.energy_kwh, days.coverage, days.daylight_h, days.outdoor_c, days.length_d]
        columns += [days.drivers[name] for name in sorted(days.drivers)]
        if self.hours is not None:
            columns += [self.hours.energy_kwh.reshape(-1, HOURS)]
            if self.hours.outdoor_c is not None:
                columns += [self.hours.outdoor_c.reshape(-1, HOURS)]
        values = [None if column is None else _plain(column) for column in columns]
        return [
            [str(day), days.day_types[i], *(None if column is None else column[i] for column in values)]
            for i, day in enumerate(days.days)
        ]


def _plain(column: Floats) -> list[Any]:
    found: list[Any] = np.where(np.isfinite(column), column.astype(object), _NOTHING).tolist()
    return found


def grain(times: tuple[datetime, ...], file: str = "") -> str:
    """`hour`, `day` or `bill`, by the median distance between rows; one row alone is a day.

    `FileRefused` for rows in between: the energy of a week is neither a day's nor a bill's.
    """
    steps = [(b - a).total_seconds() / _SECONDS_A_DAY for a, b in pairwise(times)]
    step = float(np.median(steps)) if steps else 1.0
    if step < 1:
        return "hour"
    if 1 < step < _MIN_DAYS_OF_BILLS:
        raise FileRefused("no_grain", file=file, days=f"{step:g}")
    return "day" if step == 1 else "bill"


def period_of(table: Table, calendar: Calendar) -> Period:
    """The period that a table tells of. Raises `FileRefused` when it makes no day at all."""
    if len(table.times) == 1 and table.ends is None and not table.dated:
        raise FileRefused("one_stamp", file=table.file, line=table.lines[0], column="time")
    rows = "bill" if table.ends is not None else grain(table.times, table.file)
    found = {"hour": _hourly, "day": _daily, "bill": _billed}[rows](table, calendar)
    hottest = -np.inf if table.outdoor_c is None else float(np.nanmax(table.outdoor_c))
    suspect = Record(
        "temperature_hottest_c", round(hottest, 2), _HOTTEST_C, "is it in °F? --unit f", hottest <= _HOTTEST_C
    )
    weather = () if table.outdoor_c is None else (suspect,)
    return replace(found, records=(*table.records, *found.records, *weather))


def _calendar_days(days: Days, calendar: Calendar) -> Days:
    working = tuple(calendar.is_working(day) for day in days.days)
    daylight = None if calendar.place is None else daylight_hours(days.days, *calendar.place)
    kinds = kinds_of(days.days, calendar.closures, calendar.is_working)
    return replace(days, working=working, daylight_h=daylight, kinds=kinds)


def _daily(table: Table, calendar: Calendar) -> Period:
    """One row a day of the whole span, unknown where the file has none."""
    dates = [at.date() for at in table.times]
    days = tuple(dates[0] + timedelta(days=i) for i in range((dates[-1] - dates[0]).days + 1))
    places = np.array([(day - dates[0]).days for day in dates])

    def column(values: Floats) -> Floats:
        found = np.full(len(days), np.nan)
        found[places] = values
        return found

    energy = column(table.energy_kwh)
    rows = np.bincount(places, minlength=len(days))
    energy[rows > 1] = np.nan
    plain = Days(
        days,
        energy,
        np.isfinite(energy).astype(np.float64),
        (None,) * len(days),
        None,
        None if table.outdoor_c is None else column(table.outdoor_c),
        drivers={name: column(values) for name, values in table.drivers.items()},
    )
    off = sum(at.time() != at.time().min for at in table.times)
    stamps = Record("day_stamps_off_midnight", off, 0, "a day begins at local midnight", off == 0)
    twice = int((rows > 1).sum())
    several = Record("days_of_several_rows", twice, 0, "energy is unknown there", twice == 0)
    return Period(_calendar_days(plain, calendar), None, (stamps, several))


def _hourly(table: Table, calendar: Calendar) -> Period:
    if table.drivers:
        raise FileRefused("drivers_daily", file=table.file)
    numbers = np.array([hour_number(at.date(), at.hour) for at in table.times])
    of_hour = numbers - numbers.min()
    rows = np.bincount(of_hour)
    expected = int(np.median(rows[rows > 0]))

    def mean(values: Floats) -> Floats:
        """Mean of each hour's rows where more than half of them are known."""
        known = np.isfinite(values)
        counts = np.bincount(of_hour, known)
        sums = np.bincount(of_hour, np.where(known, values, 0.0))
        means: Floats = np.full(len(sums), np.nan)
        return np.divide(sums, counts, out=means, where=counts > expected / 2)

    outdoor = None if table.outdoor_c is None else mean(table.outdoor_c)
    hours = on_grid(
        np.arange(len(rows)) + numbers.min(),
        mean(table.energy_kwh) * expected,
        outdoor if outdoor is not None and np.isfinite(outdoor).any() else None,
    )
    warmest = warmest_hour(hours)
    unknown = int((~np.isfinite(hours.energy_kwh)).sum())
    gaps = Record("hours_without_energy", unknown, 0, "a day's mean stands for a few", unknown == 0)
    hours, interpolated = bridged(hours)
    days = _calendar_days(roll_up(hours, [None] * len(hours.days)), calendar)
    return Period(days, hours, (gaps, *(record for record in (interpolated, warmest) if record)))


def _billed(table: Table, calendar: Calendar) -> Period:
    """Each row starts a bill, which its `end` or the next row ends; a last row without either ends only."""
    for option, given in (
        ("--driver", table.drivers),
        ("--closures", calendar.closures),
        ("--latitude", calendar.place),
    ):
        if given:
            raise FileRefused("not_for_bills", file=table.file, option=option)
    starts = [at.date() for at in table.times]
    following: list[date | None] = [*starts[1:], None]
    ends = [end or after for end, after in zip(table.ends or following, following, strict=True)]
    outdoor = [None] * len(starts) if table.outdoor_c is None else table.outdoor_c.tolist()
    for i, (end, after) in enumerate(zip(ends, starts[1:], strict=False)):
        if end is not None and after < end:
            raise FileRefused(
                "bills_overlap", file=table.file, line=table.lines[i + 1], column="time",
                start=after, before=table.lines[i], end=end,
            )  # fmt: skip
    rows = zip(starts, ends, table.energy_kwh.tolist(), outdoor, table.estimated, strict=True)
    bills = [Bill(start, end, *rest) for start, end, *rest in rows if end is not None]
    open_ended = int(ends[-1] is None and np.isfinite(table.energy_kwh[-1]))
    try:
        days, records = bill_rows(bills)
    except ValueError as error:
        raise FileRefused("no_bill", file=table.file) from error
    lost = Record("bills_without_end", open_ended, 0, "its days are unknown", open_ended == 0)
    return Period(days, None, (*records, lost, _between(days)))


def _between(bills: Days) -> Record:
    """Days from the first to the last bill that no kept bill speaks of."""
    last = timedelta(days=int(bills.lengths[-1]))
    days = (bills.days[-1] + last - bills.days[0]).days - int(bills.lengths.sum())
    return Record("days_without_bill", days, 0, "no bill speaks of them", days == 0)
