"""Electricity for the pages: days by use, today's hours against last week's, the ranking, completeness.

Everything is read from the rolled-up measurements; a figure nobody measured is None, never zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.clock import from_ms, local_day_start, to_ms
from services.metering.model import Institution, Meter, MeterRole, MeterUse
from services.timeseries.schema import INSTITUTION_DAY, INTERVAL_DAY, INTERVAL_HOUR, READINGS
from services.timeseries.store import Series, TimeSeriesStore

Floats = npt.NDArray[np.float64]
ENERGY = "energy_kwh"
CHANNEL_OF_USE: Mapping[MeterUse, str] = {
    MeterUse.WATER: "water_m3",
    MeterUse.GAS: "gas_m3",
    MeterUse.HEAT: "heat_gj",
}
USES = ("lighting", "hvac", "sockets")
ENOUGH_COVERAGE = 0.95
"""Days under it are drawn pale; contracts have limits of their own."""


@dataclass(frozen=True, slots=True)
class DayUse:
    """Electricity of all main meters on one local day [kWh]; `other` is what no sub-meter explains."""

    day: date
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

    `so_far` and `last_week` sum the hours up to `through`, the end of the last hour both have.
    """

    hours: tuple[float | None, ...]
    hours_last_week: tuple[float | None, ...]
    through: int
    so_far: float | None
    last_week: float | None

    @property
    def change(self) -> float | None:
        """(today − last week) / last week, or None."""
        if self.so_far is None or not self.last_week:
            return None
        return self.so_far / self.last_week - 1


@dataclass(frozen=True, slots=True)
class Ranked:
    """One institution's electricity per floor area over the ranking's period [kWh/m²]."""

    institution: Institution
    kwh_per_m2: float
    kwh: float
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


def last_reading_at(store: TimeSeriesStore) -> datetime | None:
    """The instant of the newest reading of any device."""
    newest = max((point.time_ms for point in store.latest(READINGS)), default=None)
    return None if newest is None else from_ms(newest)


def days_of_use(
    store: TimeSeriesStore, *, start: date, end: date, zone: ZoneInfo, institution: str | None = None
) -> tuple[DayUse, ...]:
    """Every local day of [start, end), over all institutions or one."""
    days = [start + timedelta(days=i) for i in range((end - start).days)]
    where = {"institution": institution} if institution else None
    columns = ("electricity_kwh", "lighting_kwh", "hvac_kwh", "sockets_kwh", "coverage")
    series = store.read(
        INSTITUTION_DAY, where, start_ms=_day_ms(start, zone), end_ms=_day_ms(end, zone), fields=columns
    )
    place = {_day_ms(day, zone): i for i, day in enumerate(days)}
    sums = {name: np.full((max(1, len(series)), len(days)), np.nan) for name in columns}
    for row, one in enumerate(series):
        for name in columns:
            _lay(sums[name][row], one, name, place)
    total = {name: _sum_known(sums[name]) for name in columns}
    coverage = np.nan_to_num(sums["coverage"]).mean(axis=0)
    return tuple(
        DayUse(
            day, total["lighting_kwh"][i], total["hvac_kwh"][i], total["sockets_kwh"][i],
            total["electricity_kwh"][i], float(coverage[i]),
        )
        for i, day in enumerate(days)
    )  # fmt: skip


def _lay(row: Floats, series: Series, name: str, place: Mapping[int, int]) -> None:
    column = series.fields.get(name)
    if column is None:
        return
    for time_ms, value in zip(series.times_ms.tolist(), column.tolist(), strict=True):
        if time_ms in place:
            row[place[time_ms]] = value


def _sum_known(rows: Floats) -> list[float | None]:
    """Sums over the first axis of what is known; None where nothing is."""
    known = np.isfinite(rows)
    return [float(rows[known[:, i], i].sum()) if known[:, i].any() else None for i in range(rows.shape[1])]


def electricity_mains(meters: Iterable[Meter]) -> frozenset[str]:
    """The codes whose sum is the electricity of their institutions."""
    return frozenset(m.code for m in meters if m.role is MeterRole.MAIN and m.use is MeterUse.ELECTRICITY)


def today_against_last_week(
    store: TimeSeriesStore, meters: Iterable[Meter], *, now: datetime, zone: ZoneInfo
) -> Today:
    """The complete hours of the local day of `now`, and those of the same weekday a week before."""
    mains = electricity_mains(meters)
    day = now.astimezone(zone).date()
    complete = [hour for hour in range(24) if _day_ms(day, zone) + (hour + 1) * 3_600_000 <= to_ms(now)]
    today = _hours(store, mains, day, zone)[: len(complete)]
    before = _hours(store, mains, day - timedelta(days=7), zone)
    through = max((i + 1 for i, value in enumerate(today) if value is not None), default=0)
    return Today(
        (*today, *[None] * (24 - len(today))), before, through,
        _total(today[:through]), _total(before[:through]),
    )  # fmt: skip


def _hours(
    store: TimeSeriesStore, mains: frozenset[str], day: date, zone: ZoneInfo
) -> tuple[float | None, ...]:
    start_ms = _day_ms(day, zone)
    series = store.read(
        INTERVAL_HOUR, {"channel": ENERGY}, start_ms=start_ms, end_ms=_day_ms(day + timedelta(days=1), zone)
    )
    rows = np.full((max(1, len(series)), 24), np.nan)
    place = {start_ms + hour * 3_600_000: hour for hour in range(24)}
    for row, one in zip(rows, series, strict=False):
        if one.tags["meter"] in mains:
            _lay_used(row, one, place)
    return tuple(_sum_known(rows))


def _lay_used(row: Floats, series: Series, place: Mapping[int, int]) -> None:
    """Measured plus estimated energy, where something is known."""
    measured, estimated = (series.fields.get(name) for name in ("measured", "estimated"))
    for i, time_ms in enumerate(series.times_ms.tolist()):
        parts = [float(c[i]) for c in (measured, estimated) if c is not None and not np.isnan(c[i])]
        coverage = series.fields["coverage"][i] if "coverage" in series.fields else 1.0
        if time_ms in place and parts and (coverage > 0 or sum(parts) > 0):
            row[place[time_ms]] = sum(parts)


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def ranking(
    store: TimeSeriesStore, institutions: Iterable[Institution], *, start: date, end: date, zone: ZoneInfo
) -> tuple[Ranked, ...]:
    """Institutions with a floor area by electricity per m² over [start, end), the largest first."""
    by_code = {one.code: one for one in institutions if one.floor_area_m2}
    ranked: list[Ranked] = []
    for series in store.read(
        INSTITUTION_DAY,
        start_ms=_day_ms(start, zone),
        end_ms=_day_ms(end, zone),
        fields=("electricity_kwh", "coverage"),
    ):
        institution = by_code.get(series.tags["institution"])
        electricity = series.fields.get("electricity_kwh")
        if institution is None or electricity is None or np.isnan(electricity).all():
            continue
        kwh = float(np.nansum(electricity))
        covered = series.fields.get("coverage", np.ones_like(electricity))
        share = float(np.nansum(covered)) / max(1, (end - start).days)
        ranked.append(Ranked(institution, kwh / float(institution.floor_area_m2 or 1), kwh, min(1.0, share)))
    return tuple(sorted(ranked, key=lambda one: -one.kwh_per_m2))


def completeness_of(
    store: TimeSeriesStore, meters: Iterable[Meter], *, day: date, zone: ZoneInfo, most: int = 5
) -> Completeness:
    """Coverage of a local day over all meters with registers; a meter without a point counts as 0."""
    expected = {
        m.code: m for m in meters if m.role is not MeterRole.VIRTUAL and m.use is not MeterUse.WEATHER
    }
    shares = dict.fromkeys(expected, 0.0)
    for series in store.read(
        INTERVAL_DAY,
        start_ms=_day_ms(day, zone),
        end_ms=_day_ms(day + timedelta(days=1), zone),
        fields=("coverage",),
    ):
        meter = expected.get(series.tags["meter"])
        if meter and series.tags["channel"] == CHANNEL_OF_USE.get(meter.use, ENERGY):
            shares[meter.code] = float(np.nan_to_num(series.fields["coverage"][-1]))
    worst = sorted(
        (MeterCoverage(expected[code], share) for code, share in shares.items() if share < ENOUGH_COVERAGE),
        key=lambda one: (one.coverage, one.meter.code),
    )
    mean = sum(shares.values()) / len(shares) if shares else None
    return Completeness(day, mean, len(worst), tuple(worst[:most]))


def _day_ms(day: date, zone: ZoneInfo) -> int:
    return to_ms(local_day_start(day, zone))
