"""The overview's view model: what stands on the first page, read from store, registry and slices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import Clock, from_ms, local_day_start, to_ms
from services.metering.repository import Registry
from services.repairs.repository import Filter
from services.repairs.service import Repairs
from services.savings.service import SavingsService
from services.timeseries.ingest import newest_reading
from services.timeseries.schema import FLEET_DAY
from services.timeseries.store import TimeSeriesStore
from services.web import energy_view, savings_view
from services.web.energy_view import Completeness, Ranked, Today, Use
from services.web.i18n import Texts
from services.web.repairs_page import Card, card, open_orders
from services.web.savings_view import ContractRow, MonthSavings, Portfolio
from services.web.told_days import told_days

DAYS_SHOWN = 60
RANKING_DAYS = 30
RECENT_DAYS = 30
RECENT_ORDERS = 6
LIVE_WITHIN = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class RepairFigures:
    """Repairs reported in the last `days` days; `open` and `overdue_open` count older ones too."""

    days: int
    reported: int
    open: int
    overdue_open: int
    on_time_rate: float | None


@dataclass(frozen=True, slots=True)
class FleetFigures:
    """Vehicles out on `day`, the last one with figures, and trips to check in the last `days` days."""

    day: date | None
    in_use: int | None
    vehicles: int
    flagged_trips: int
    days: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the first page; `names` are the institutions' by code."""

    now: datetime
    last_reading_at: datetime | None
    today: Today
    savings: Portfolio
    repairs: RepairFigures
    fleet: FleetFigures
    completeness: Completeness
    days: tuple[Use, ...]
    months: tuple[MonthSavings, ...]
    ranking: tuple[Ranked, ...]
    ranking_start: date
    ranking_end: date
    names: Mapping[str, str]
    contracts: tuple[ContractRow, ...]
    recent_repairs: tuple[Card, ...]

    @property
    def live(self) -> bool:
        """Whether readings are coming in."""
        return self.last_reading_at is not None and self.now - self.last_reading_at <= LIVE_WITHIN


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the pages read from."""

    store: TimeSeriesStore
    registry: Registry
    repairs: Repairs
    savings: SavingsService
    clock: Clock
    zone: ZoneInfo

    def today(self) -> date:
        """The local day of the present instant."""
        return self.clock().astimezone(self.zone).date()


def build_overview(sources: Sources, t: Texts) -> Overview:
    """Read everything the first page shows, as of now."""
    now, today, zone = sources.clock(), sources.today(), sources.zone
    store, institutions, meters = sources.store, sources.registry.institutions(), sources.registry.meters()
    names = {one.code: t.name(one) for one in institutions}
    rows = savings_view.rows(sources.savings, names, t)
    ranking_start, yesterday = today - timedelta(days=RANKING_DAYS), today - timedelta(days=1)
    first = today - timedelta(days=DAYS_SHOWN)
    told = told_days(store, start=first, end=today, zone=zone)
    return Overview(
        now=now,
        last_reading_at=newest_reading(store, now),
        today=energy_view.today_against_last_week(store, meters, now=now, zone=zone),
        savings=savings_view.portfolio(rows),
        repairs=_repairs(sources.repairs, today),
        fleet=_fleet(store, today, zone),
        completeness=energy_view.completeness_of(store, meters, day=yesterday, zone=zone),
        days=energy_view.days_of_use(store, meters, start=first, end=today, zone=zone, told=told),
        months=savings_view.months(store, zone),
        ranking=energy_view.ranking(store, institutions, meters, start=ranking_start, end=today, zone=zone),
        ranking_start=ranking_start,
        ranking_end=yesterday,
        names=names,
        contracts=rows,
        recent_repairs=_recent(sources.repairs, names),
    )


def _repairs(repairs: Repairs, today: date) -> RepairFigures:
    found = repairs.summary(today - timedelta(days=RECENT_DAYS - 1), today + timedelta(days=1))
    waiting = open_orders(repairs)
    return RepairFigures(RECENT_DAYS, found.reported, waiting.open, waiting.overdue, found.on_time_rate)


def _recent(repairs: Repairs, names: Mapping[str, str]) -> tuple[Card, ...]:
    return tuple(card(order, names) for order in repairs.select(Filter(limit=RECENT_ORDERS)))


def _fleet(store: TimeSeriesStore, today: date, zone: ZoneInfo) -> FleetFigures:
    start = to_ms(local_day_start(today - timedelta(days=RECENT_DAYS), zone))
    series = store.read(FLEET_DAY, start_ms=start, fields=("in_use", "flagged_trips"))
    flagged = sum(float(np.nansum(one.fields.get("flagged_trips", 0.0))) for one in series)
    newest = max((int(one.times_ms[-1]) for one in series if len(one.times_ms)), default=None)
    if newest is None:
        return FleetFigures(None, None, len(series), round(flagged), RECENT_DAYS)
    out = sum(
        float(np.nan_to_num(one.fields["in_use"][-1]))
        for one in series
        if "in_use" in one.fields and int(one.times_ms[-1]) == newest
    )
    day = from_ms(newest).astimezone(zone).date()
    return FleetFigures(day, round(out), len(series), round(flagged), RECENT_DAYS)
