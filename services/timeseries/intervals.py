"""Reading rolled-up intervals back, aligned to every local day or hour of a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import local_day_start, to_ms
from services.metering.spans import Floats, Integers
from services.timeseries.schema import GAUGE_DAY, INTERVAL_DAY, INTERVAL_HOUR, Measurement
from services.timeseries.store import Series, TimeSeriesStore, Where

HOUR_MS = 3_600_000
_AT_ONCE = 50
"""Meters in one read: what names them has to fit an HTTP server's limit of a request line, often 8 KiB."""


@dataclass(frozen=True, slots=True, eq=False)
class DailyEnergy:
    """Consumption of every local day of a period: arrays of the length of `days`, NaN where none is known.

    `measured` and `estimated` are in the channel's unit; `coverage` is 0–1.
    """

    days: tuple[date, ...]
    measured: Floats
    estimated: Floats
    coverage: Floats


@dataclass(frozen=True, slots=True, eq=False)
class HourlyEnergy:
    """Consumption of every hour of a period, by its start [epoch ms]; arrays as in `DailyEnergy`."""

    starts_ms: Integers
    measured: Floats
    estimated: Floats
    coverage: Floats


def daily(
    store: TimeSeriesStore,
    meter: str,
    *,
    start: date,
    end: date,
    zone: ZoneInfo,
    channel: str = "energy_kwh",
) -> DailyEnergy:
    """The local days of [start, end) of one meter's channel."""
    return daily_many(store, [meter], start=start, end=end, zone=zone, channel=channel)[meter]


def daily_many(
    store: TimeSeriesStore,
    meters: Sequence[str],
    *,
    start: date,
    end: date,
    zone: ZoneInfo,
    channel: str = "energy_kwh",
) -> dict[str, DailyEnergy]:
    """The local days of [start, end) of every given meter, also of those that have none."""
    days = tuple(start + timedelta(days=n) for n in range(max((end - start).days, 0)))
    starts = np.array([to_ms(local_day_start(day, zone)) for day in days], np.int64)
    start_ms, end_ms = _period(start, end, zone)
    found = _by_meter(store, INTERVAL_DAY, meters, channel, (start_ms, end_ms))
    return {code: DailyEnergy(days, *_aligned(series, starts)) for code, series in found.items()}


def hourly(
    store: TimeSeriesStore,
    meter: str,
    *,
    start: date,
    end: date,
    zone: ZoneInfo,
    channel: str = "energy_kwh",
) -> HourlyEnergy:
    """The hours that begin within the local days of [start, end) of one meter's channel."""
    return hourly_many(store, [meter], start=start, end=end, zone=zone, channel=channel)[meter]


def hourly_many(
    store: TimeSeriesStore,
    meters: Sequence[str],
    *,
    start: date,
    end: date,
    zone: ZoneInfo,
    channel: str = "energy_kwh",
) -> dict[str, HourlyEnergy]:
    """The hours of [start, end) of every given meter, also of those that have none."""
    start_ms, end_ms = _period(start, end, zone)
    starts = np.arange(-(-start_ms // HOUR_MS), -(-end_ms // HOUR_MS)) * HOUR_MS
    found = _by_meter(store, INTERVAL_HOUR, meters, channel, (start_ms, end_ms))
    return {code: HourlyEnergy(starts, *_aligned(series, starts)) for code, series in found.items()}


def daily_means(
    store: TimeSeriesStore,
    meter: str,
    *,
    start: date,
    end: date,
    zone: ZoneInfo,
    channel: str,
    least_coverage: float,
) -> Floats:
    """A gauge's mean of every local day of [start, end), in its unit; NaN where less of it was measured."""
    days = (start + timedelta(days=n) for n in range(max((end - start).days, 0)))
    starts = np.array([to_ms(local_day_start(day, zone)) for day in days], np.int64)
    start_ms, end_ms = _period(start, end, zone)
    found: Floats = np.full(len(starts), np.nan)
    where = {"meter": meter, "channel": channel}
    for series in store.read(GAUGE_DAY, where, start_ms=start_ms, end_ms=end_ms) if len(starts) else ():
        place = np.minimum(np.searchsorted(starts, series.times_ms), len(starts) - 1)
        use = (starts[place] == series.times_ms) & (series.fields["coverage"] >= least_coverage)
        found[place[use]] = series.fields["mean"][use]
    return found


def _by_meter(
    store: TimeSeriesStore,
    measurement: Measurement,
    meters: Sequence[str],
    channel: str,
    period: tuple[int, int],
) -> dict[str, list[Series]]:
    """The series of each meter in a period [epoch ms], read for some meters at a time and for no others."""
    start_ms, end_ms = period
    by_meter: dict[str, list[Series]] = {code: [] for code in meters}
    for first in range(0, len(meters) if end_ms > start_ms else 0, _AT_ONCE):
        where: Where = {"meter": frozenset(meters[first : first + _AT_ONCE]), "channel": channel}
        for series in store.read(measurement, where, start_ms=start_ms, end_ms=end_ms):
            by_meter[series.tags["meter"]].append(series)
    return by_meter


def _period(start: date, end: date, zone: ZoneInfo) -> tuple[int, int]:
    return to_ms(local_day_start(start, zone)), to_ms(local_day_start(end, zone))


def _aligned(found: Iterable[Series], starts: Integers) -> tuple[Floats, Floats, Floats]:
    """Measured, estimated and coverage at `starts`.

    A meter that moved between institutions has a series under each; at most one speaks of an interval.
    """
    columns = [np.full(len(starts), np.nan) for _ in range(3)]
    for series in found:
        rows = (series.fields["measured"], series.fields["estimated"], series.fields["coverage"])
        place = np.minimum(np.searchsorted(starts, series.times_ms), len(starts) - 1)
        speaks = (rows[1] > 0) | (rows[2] > 0) | (series.fields["quality"] > 0)
        use = speaks & (starts[place] == series.times_ms)
        for column, row in zip(columns, rows, strict=True):
            column[place[use]] = row[use]
    measured, estimated, coverage = columns
    return measured, estimated, coverage
