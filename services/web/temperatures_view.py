"""The outdoor temperatures of a weather meter: its samples, and the means of hours or days that they make.

A statement that follows the weather takes each day's mean from here. Stored means and raw samples flow in,
rows out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.clock import local_day_start, to_ms
from services.metering.gauges import to_primary
from services.metering.model import Meter, Quality
from services.timeseries.intervals import HOUR_MS
from services.timeseries.schema import GAUGE_DAY, GAUGE_HOUR, READINGS, Measurement
from services.web.overview import Sources
from services.web.readings_view import PAGE, by_hours

CHANNEL = "temperature_c"


@dataclass(frozen=True, slots=True)
class SampleRow:
    """What the meter reported at an instant [°C]; None before its ledger begins."""

    time_ms: int
    value_c: float | None
    quality: Quality


@dataclass(frozen=True, slots=True)
class MeanRow:
    """An hour or a local day by its start: mean and extremes [°C], coverage; None where nothing is stored."""

    start_ms: int
    mean_c: float | None
    lowest_c: float | None
    highest_c: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class TemperaturesView:
    """A page of samples of the days `first` to `last`, and their means: of `hours` for a few days, else days.

    `following_ms` is where the next page begins.
    """

    meter: Meter
    first: date
    last: date
    rows: tuple[SampleRow, ...]
    means: tuple[MeanRow, ...]
    hours: bool
    following_ms: int | None


def build_temperatures(
    sources: Sources, meter: Meter, *, first: date, last: date, after_ms: int | None = None
) -> TemperaturesView:
    """The page of samples after an instant, of the local days `first` to `last`."""
    end = last + timedelta(days=1)
    bounds = to_ms(local_day_start(first, sources.zone)), to_ms(local_day_start(end, sources.zone))
    shown = [one for one in _samples(sources, meter, bounds) if after_ms is None or one.time_ms >= after_ms]
    hours = by_hours(first, end)
    if hours:
        found = _means(sources, meter, GAUGE_HOUR, _hours(*bounds), bounds)
    else:
        days = (first + timedelta(days=n) for n in range((end - first).days))
        starts = [to_ms(local_day_start(day, sources.zone)) for day in days]
        found = _means(sources, meter, GAUGE_DAY, starts, bounds)
    following = shown[PAGE].time_ms if len(shown) > PAGE else None
    return TemperaturesView(meter, first, last, tuple(shown[:PAGE]), found, hours, following)


def _samples(sources: Sources, meter: Meter, bounds: tuple[int, int]) -> list[SampleRow]:
    """From the sample before the first day to the one after the last: means go straight between samples."""
    institution, device = meter.address.split("/", 1)
    found = sources.store.read(
        READINGS, {"institution": institution, "meter": device}, start_ms=bounds[0], end_ms=bounds[1],
        fields=(CHANNEL, "quality"), edges=True,
    )  # fmt: skip
    if not found or CHANNEL not in found[0].fields:
        return []
    series = found[0]
    values = to_primary(CHANNEL, series.times_ms, series.fields[CHANNEL], meter.ledger)
    marks = np.nan_to_num(series.fields.get("quality", np.zeros(len(values)))).astype(int)
    said = np.isfinite(series.fields[CHANNEL])
    return [
        SampleRow(int(time), _known(value), Quality(int(bits)))
        for time, value, bits in zip(series.times_ms[said], values[said], marks[said], strict=True)
    ]


def _means(
    sources: Sources, meter: Meter, of: Measurement, starts: Sequence[int], bounds: tuple[int, int]
) -> tuple[MeanRow, ...]:
    where = {"meter": meter.code, "channel": CHANNEL}
    rows: dict[int, MeanRow] = {}
    for series in sources.store.read(of, where, start_ms=bounds[0], end_ms=bounds[1]):
        columns = (series.fields[name].tolist() for name in ("mean", "lowest", "highest", "coverage"))
        for start, *figures in zip(series.times_ms.tolist(), *columns, strict=True):
            rows[start] = MeanRow(start, *map(_known, figures))
    return tuple(rows.get(start, MeanRow(start, None, None, None, None)) for start in starts)


def _hours(start_ms: int, end_ms: int) -> range:
    """The hours, whole ones of UTC as they are stored, that begin within a period [epoch ms]."""
    return range(-(-start_ms // HOUR_MS) * HOUR_MS, end_ms, HOUR_MS)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
