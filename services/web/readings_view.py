"""The readings of one meter and what they make: raw registers in, the energy of each span between them out.

Spans are weighed as rollups weigh them, with the decisions of people in force, so that what is shown adds up
to the stored hours and days, and from there to what was settled.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.clock import local_day_start, to_ms
from services.metering.ledger import main_register, register_lines
from services.metering.model import Meter, Quality
from services.metering.quarantine import Quarantine
from services.metering.registers import Weighed, weigh
from services.metering.spans import MICRO
from services.timeseries.intervals import daily, hourly
from services.timeseries.schema import READINGS
from services.web.overview import Sources

MOST_DAYS = 62
PAGE = 200
_HOURS_FOR_DAYS = 2
_MARGIN_MS = 2 * 86_400_000
"""Readings so far around the days are weighed with them: a doubt reaches a few readings."""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading: `register` as the meter's face shows it, and of the span before it `energy` [the channel's
    unit]: None where nothing is proven, or where the reading was set aside."""

    time_ms: int
    register: float
    ratio: float
    energy: float | None
    quality: Quality
    set_aside: bool


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """An hour or a local day as stored, by its start; None where nothing is stored of it."""

    start_ms: int
    measured: float | None
    estimated: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class ReadingsView:
    """A page of readings from the one at or before the first day to the one at or after the last.

    `intervals` are hours for up to two days, else days; `following_ms` is where the next page begins.
    """

    meter: Meter
    channel: str
    first: date
    last: date
    rows: tuple[ReadingRow, ...]
    intervals: tuple[IntervalRow, ...]
    hours: bool
    following_ms: int | None


def build_readings(
    sources: Sources, quarantine: Quarantine, meter: Meter, *, first: date, last: date,
    after_ms: int | None = None,
) -> ReadingsView:  # fmt: skip
    """The page of readings after an instant, of the local days `first` to `last`."""
    channel, end = main_register(meter.use), last + timedelta(days=1)
    bounds = to_ms(local_day_start(first, sources.zone)), to_ms(local_day_start(end, sources.zone))
    rows = _rows(sources, quarantine, meter, channel, bounds)
    shown = [row for row in rows if after_ms is None or row.time_ms >= after_ms]
    hours = by_hours(first, end)
    return ReadingsView(
        meter=meter,
        channel=channel,
        first=first,
        last=last,
        rows=tuple(shown[:PAGE]),
        intervals=_intervals(sources, meter, channel, first, end, hours=hours),
        hours=hours,
        following_ms=shown[PAGE].time_ms if len(shown) > PAGE else None,
    )


def by_hours(first: date, end: date) -> bool:
    """Whether the days of [first, end) are few enough to be told hour by hour."""
    return (end - first).days <= _HOURS_FOR_DAYS


def _rows(
    sources: Sources, quarantine: Quarantine, meter: Meter, channel: str, bounds: tuple[int, int]
) -> list[ReadingRow]:
    institution, device = meter.address.split("/", 1)
    found = sources.store.read(
        READINGS, {"institution": institution, "meter": device}, start_ms=bounds[0] - _MARGIN_MS,
        end_ms=bounds[1] + _MARGIN_MS, fields=(channel, "quality"), edges=True,
    )  # fmt: skip
    if not found or channel not in found[0].fields:
        return []
    series = found[0]
    weighed = weigh(
        series.times_ms, series.fields[channel], series.fields.get("quality"),
        ledger=register_lines(meter, channel), gap_limit_s=meter.gap_limit_s,
        rulings=quarantine.round().rulings(meter.code, channel),
    )  # fmt: skip
    rows = weighed_rows(weighed)
    times = np.array([row.time_ms for row in rows], np.int64)
    begin = max(int(np.searchsorted(times, bounds[0], side="right")) - 1, 0)
    stop = int(np.searchsorted(times, bounds[1], side="left")) + 1
    return rows[begin:stop]


def weighed_rows(weighed: Weighed) -> list[ReadingRow]:
    """Every reading there was, each with the span that it ends."""
    cumulative, told = weighed.cumulative, weighed.told
    ends = {int(time): i for i, time in enumerate(cumulative.times_ms[1:])}
    kept = {int(time) for time in weighed.kept.times}
    rows: list[ReadingRow] = []
    columns = (told.times.tolist(), told.registers.tolist(), told.bits.tolist(), told.segment.tolist())
    for time, register, bits, segment in zip(*columns, strict=True):
        span, away = ends.get(time), time not in kept
        known = span is not None and not away and bool(cumulative.known[span])
        marks = Quality(bits)
        if span is not None and not away:
            marks |= Quality(int(cumulative.marks[span]))
        energy = float(cumulative.steps[span]) / MICRO if span is not None and known else None
        ratio = weighed.ledger[segment].ratio
        rows.append(ReadingRow(time, register, ratio, energy, marks, away))
    return rows


def _intervals(
    sources: Sources, meter: Meter, channel: str, first: date, end: date, *, hours: bool
) -> tuple[IntervalRow, ...]:
    period = {"start": first, "end": end}
    if hours:
        found = hourly(sources.store, meter.code, zone=sources.zone, channel=channel, **period)
        starts = found.starts_ms.tolist()
        columns = (found.measured, found.estimated, found.coverage)
    else:
        days = daily(sources.store, meter.code, zone=sources.zone, channel=channel, **period)
        starts = [to_ms(local_day_start(day, sources.zone)) for day in days.days]
        columns = (days.measured, days.estimated, days.coverage)
    values = ([None if np.isnan(one) else float(one) for one in column] for column in columns)
    return tuple(IntervalRow(*row) for row in zip(starts, *values, strict=True))
