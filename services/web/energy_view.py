"""Electricity for the pages: days by use, today's hours against last week's, the ranking, completeness.

Everything is read from the rolled-up measurements; a figure nobody measured is None, never zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import local_day_start, to_ms
from services.metering.model import Institution, Meter, MeterRole, MeterUse, counted
from services.timeseries.intervals import HOUR_MS, hourly_many
from services.timeseries.store import TimeSeriesStore
from services.web.meter_table import day_table, local_days, sums_of_known
from services.web.told_days import Told, split

ENOUGH_COVERAGE = 0.95
"""Days under it are drawn pale; contracts have limits of their own."""


_SHOWN = (
    (MeterRole.MAIN, MeterUse.ELECTRICITY),
    (MeterRole.SUB, MeterUse.LIGHTING),
    (MeterRole.SUB, MeterUse.HVAC),
    (MeterRole.SUB, MeterUse.SOCKETS),
)
"""The meters of a day's uses; the days of others are not read."""


@dataclass(frozen=True, slots=True)
class Use:
    """Electricity of main meters over the local day or month that begins at `start` [kWh].

    `other` is what no sub-meter explains; `coverage` is the mean of the main meters'.
    """

    start: date
    lighting: float | None
    hvac: float | None
    sockets: float | None
    total: float | None
    coverage: float

    @property
    def other(self) -> float | None:
        """Main meters less the sub-metered uses, not below zero: sub-meters may run ahead of it."""
        if self.total is None:
            return None
        return max(0.0, self.total - sum(part or 0.0 for part in (self.lighting, self.hvac, self.sockets)))


@dataclass(frozen=True, slots=True)
class Today:
    """Today against the same weekday of last week [kWh], hour by hour of the local day.

    `so_far` sums the hours up to `through`; `comparable` and `last_week` those of them known on both days.
    """

    hours: tuple[float | None, ...]
    hours_last_week: tuple[float | None, ...]
    through: int
    so_far: float | None
    comparable: float | None
    last_week: float | None

    @property
    def change(self) -> float | None:
        """(today − last week) / last week, or None."""
        if self.comparable is None or not self.last_week:
            return None
        return self.comparable / self.last_week - 1


@dataclass(frozen=True, slots=True)
class Ranked:
    """One institution's electricity per floor area over the ranking's period [kWh/m²]."""

    institution: Institution
    kwh_per_m2: float
    coverage: float


@dataclass(frozen=True, slots=True)
class MeterCoverage:
    """How much of a local day a meter's readings prove (0–1)."""

    meter: Meter
    coverage: float


@dataclass(frozen=True, slots=True)
class Completeness:
    """The mean coverage of all meters on `day`, how many fall `short`, and the worst of those first."""

    day: date
    coverage: float | None
    short: int
    worst: tuple[MeterCoverage, ...]


def days_of_use(
    store: TimeSeriesStore, meters: Iterable[Meter], *, start: date, end: date, zone: ZoneInfo,
    told: Told | None = None,
) -> tuple[Use, ...]:  # fmt: skip
    """Every local day of [start, end) over the given meters.

    `told` (`told_days` of the same period, where `meters` are all of the registry's) saves reading the
    sub-meters of institutions whose every day is told.
    """
    mains, *subs = (counted(meters, role, use) for role, use in _SHOWN)
    known, left = split(told or {}, chain(*subs), start=start, end=end, zone=zone)
    table = day_table(store, [*mains, *left], start=start, end=end, zone=zone)
    lighting, hvac, sockets = (
        sums_of_known(np.vstack([table.rows(role, use), *known[use]])) for role, use in _SHOWN[1:]
    )
    totals = table.total(*_SHOWN[0])
    return tuple(
        map(Use, local_days(start, end), lighting, hvac, sockets, totals, table.mean_coverage(*_SHOWN[0]))
    )


def by_month(days: Iterable[Use]) -> tuple[Use, ...]:
    """Days added up by calendar month: known days are summed, and the mean coverage tells how many were."""
    months: dict[date, list[Use]] = defaultdict(list)
    for day in days:
        months[day.start.replace(day=1)].append(day)
    return tuple(_added(month, uses) for month, uses in sorted(months.items()))


def _added(start: date, uses: Sequence[Use]) -> Use:
    return Use(
        start=start,
        lighting=_total([use.lighting for use in uses]),
        hvac=_total([use.hvac for use in uses]),
        sockets=_total([use.sockets for use in uses]),
        total=_total([use.total for use in uses]),
        coverage=sum(use.coverage for use in uses) / len(uses),
    )


def today_against_last_week(
    store: TimeSeriesStore, meters: Iterable[Meter], *, now: datetime, zone: ZoneInfo
) -> Today:
    """The complete hours of the local day of `now`, and those of the same weekday a week before."""
    mains = [meter.code for meter in counted(meters, MeterRole.MAIN, MeterUse.ELECTRICITY)]
    day = now.astimezone(zone).date()
    elapsed = (to_ms(now) - to_ms(local_day_start(day, zone))) // HOUR_MS
    before = _hours(store, mains, day - timedelta(days=7), zone)
    today = _hours(store, mains, day, zone)[:elapsed]
    through = max((i + 1 for i, value in enumerate(today) if value is not None), default=0)
    pairs = [
        (now_kwh, then_kwh)
        for now_kwh, then_kwh in zip(today, before, strict=False)
        if now_kwh is not None and then_kwh is not None
    ]
    return Today(
        hours=(*today, *[None] * (24 - len(today))),
        hours_last_week=before,
        through=through,
        so_far=_total(today),
        comparable=_total([pair[0] for pair in pairs]),
        last_week=_total([pair[1] for pair in pairs]),
    )


def _hours(
    store: TimeSeriesStore, meters: Sequence[str], day: date, zone: ZoneInfo
) -> tuple[float | None, ...]:
    """Energy of each hour of a local day over the meters; None where nothing is known."""
    if not meters:
        return (None,) * 24
    found = hourly_many(store, meters, start=day, end=day + timedelta(days=1), zone=zone)
    used = [row.measured + np.nan_to_num(row.estimated) for row in found.values()]
    return tuple(sums_of_known(np.vstack(used)))


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def ranking(
    store: TimeSeriesStore, institutions: Iterable[Institution], meters: Sequence[Meter], *, start: date,
    end: date, zone: ZoneInfo,
) -> tuple[Ranked, ...]:  # fmt: skip
    """Institutions by electricity per m² over [start, end), the largest first; those without are left out."""
    mains = [one for one in meters if (one.role, one.use) == (MeterRole.MAIN, MeterUse.ELECTRICITY)]
    tables = day_table(store, mains, start=start, end=end, zone=zone).by_institution()
    ranked: list[Ranked] = []
    for institution in institutions:
        rows = tables.get(institution.code)
        if rows is None:
            continue
        known = [value for value in rows.total(MeterRole.MAIN, MeterUse.ELECTRICITY) if value is not None]
        if institution.floor_area_m2 and known:
            coverage = rows.mean_coverage(MeterRole.MAIN, MeterUse.ELECTRICITY)
            per_m2 = sum(known) / institution.floor_area_m2
            ranked.append(Ranked(institution, per_m2, sum(coverage) / len(coverage)))
    return tuple(sorted(ranked, key=lambda one: -one.kwh_per_m2))


def completeness_of(
    store: TimeSeriesStore, meters: Iterable[Meter], *, day: date, zone: ZoneInfo, most: int = 5
) -> Completeness:
    """Coverage of a local day over the meters with registers; one without a point counts as 0."""
    counted = [m for m in meters if m.role is not MeterRole.VIRTUAL and m.use is not MeterUse.WEATHER]
    table = day_table(store, counted, start=day, end=day + timedelta(days=1), zone=zone)
    shares = [
        MeterCoverage(meter, float(np.nan_to_num(table.coverage[i, 0])))
        for i, meter in enumerate(counted)
        if table.standing[i, 0]
    ]
    worst = sorted(
        (one for one in shares if one.coverage < ENOUGH_COVERAGE),
        key=lambda one: (one.coverage, one.meter.code),
    )
    mean = sum(one.coverage for one in shares) / len(shares) if shares else None
    return Completeness(day, mean, len(worst), tuple(worst[:most]))
