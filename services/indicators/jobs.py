"""The job that writes every institution's figures of each local day to the time-series store.

It computes all days at the first run of a process, and again when the coefficients change (a new grid factor
restates all days, so that years are compared on one factor) or what the registry says of where meters count
and of how large institutions are; otherwise the days from the earliest that rollups changed. A failed run
owes its days to the next.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.clock import Clock, from_ms, local_day_start, to_ms
from services.indicators.coefficients import Coefficients, CoefficientSet, load_coefficients
from services.indicators.indicators import figures, known
from services.indicators.service import EnergyAccounts, InstitutionDays, indicators_of
from services.metering.repository import Registry
from services.scheduling import Job
from services.timeseries.rollups import RolledUp
from services.timeseries.schema import INSTITUTION_DAY, INTERVAL_DAY
from services.timeseries.store import Point, TimeSeriesStore
from services.timeseries.withdrawal import withdrawn

CHUNK = timedelta(days=366)
"""Days held in memory at a time."""


class ChangedDays:
    """Hears from the rollup job which days changed, and tells the earliest of them once."""

    def __init__(self) -> None:
        self._earliest: date | None = None

    def note(self, changed: Sequence[RolledUp]) -> None:
        """Remember the earliest of the days."""
        days = [one.first for one in changed] + ([self._earliest] if self._earliest else [])
        self._earliest = min(days, default=None)

    def take(self) -> date | None:
        """The earliest day since the last call, None when there was none."""
        earliest, self._earliest = self._earliest, None
        return earliest


def job(
    *,
    store: TimeSeriesStore,
    registry: Registry,
    clock: Clock,
    zone: ZoneInfo,
    region: str = "national",
    coefficients: Coefficients | None = None,
    earliest_change: Callable[[], date | None] | None = None,
) -> Job:
    """The job "indicators".

    `earliest_change` gives the earliest local day whose intervals changed since it was last asked, None when
    none did (`ChangedDays.take`); without it every run computes all days.
    """
    table = coefficients or load_coefficients()
    accounts = EnergyAccounts(store=store, registry=registry, zone=zone)
    owed: date | None = date.min

    def run(cursor: str | None) -> str:
        nonlocal owed
        today = clock().astimezone(zone).date()
        chosen = table.at(today, region=region)
        basis = _basis(registry, chosen)
        changed = earliest_change() if earliest_change else date.min
        if cursor != basis:
            changed = date.min
        owed = min((day for day in (owed, changed) if day is not None), default=None)
        if owed is None:
            return basis
        for start, end in _chunks(max(owed, _first_day(store, zone, today)), today + timedelta(days=1)):
            points = [*_points(accounts.read(start, end), start, end, zone=zone, coefficients=chosen)]
            start_ms, end_ms = (to_ms(local_day_start(day, zone)) for day in (start, end))
            stored = store.read(INSTITUTION_DAY, start_ms=start_ms, end_ms=end_ms)
            store.write([*points, *withdrawn(stored, points, INSTITUTION_DAY)])
        owed = None
        return basis

    return Job("indicators", run)


def _basis(registry: Registry, coefficients: CoefficientSet) -> str:
    """A digest of everything but the intervals that a figure depends on.

    A new ledger line is not in it: rollups tell the days that it changes.
    """
    sizes = [(one.code, one.county, one.floor_area_m2, one.head_count) for one in registry.institutions()]
    described = repr((coefficients, sizes, registry.filings()))
    return hashlib.sha256(described.encode()).hexdigest()


def _first_day(store: TimeSeriesStore, zone: ZoneInfo, today: date) -> date:
    """The local day of the oldest daily interval, or tomorrow when there is none."""
    first = store.read(INTERVAL_DAY, end_ms=0, fields=("coverage",), edges=True)
    times = [int(series.times_ms[0]) for series in first if len(series.times_ms)]
    return from_ms(min(times)).astimezone(zone).date() if times else today + timedelta(days=1)


def _chunks(start: date, end: date) -> Iterator[tuple[date, date]]:
    while start < end:
        stop = min(start + CHUNK, end)
        yield start, stop
        start = stop


def _points(
    institutions: list[InstitutionDays],
    start: date,
    end: date,
    *,
    zone: ZoneInfo,
    coefficients: CoefficientSet,
) -> Iterator[Point]:
    for number in range((end - start).days):
        time_ms = to_ms(local_day_start(start + timedelta(days=number), zone))
        for one in institutions:
            fields = _fields(one, number, coefficients)
            if fields.keys() - {"coverage"}:
                yield Point(INSTITUTION_DAY, (one.institution.code, one.institution.county), time_ms, fields)


def _fields(one: InstitutionDays, number: int, coefficients: CoefficientSet) -> dict[str, float]:
    energy = one.sum(number, number + 1)
    values = {name: known(quantity) for name, quantity in energy.used.items()}
    values["coverage"] = energy.coverage
    computed = figures(indicators_of(energy, one.institution, coefficients))
    everything = {name: value for name, value in values.items() if value is not None} | computed
    return {name: value for name, value in everything.items() if name in INSTITUTION_DAY.fields}
