"""Which readings a settlement rests on: those of the store, or those the bundle before has quoted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.metering.model import Meter
from services.metering.spans import Integers
from services.savings.bundle.days import HOURS, differences, grids, source
from services.savings.bundle.gauge import Gauge, around
from services.savings.bundle.parts import days_of
from services.savings.bundle.register import MICRO, WH, Quote, Register, essential
from services.savings.bundle.rows import Key
from services.savings.meter_days import MeterDays
from services.timeseries.schema import READINGS
from services.timeseries.store import TimeSeriesStore

_MARGIN_MS = 2 * 86_400_000
"""Read around a period, so that its first and last readings are judged by their neighbours."""


def quotes(
    store: TimeSeriesStore,
    registers: Mapping[str, Register],
    document: Mapping[str, Any],
    *,
    zone: ZoneInfo,
    known: Mapping[Key, Quote],
) -> dict[Key, Quote]:
    """The readings to quote, by series; `known` ones that still give the same days are kept."""
    found: dict[Key, Quote] = {}
    tables = days_of(document)
    for key, edges in grids(document, zone).items():
        one = source(registers, key)
        if key in known and key[0] in tables and _gives(one, key, known[key], edges, tables[key[0]]):
            found[key] = known[key]
        elif len(edges):
            found[key] = _needed(one, key, _stored(store, one.meter, key[2], edges), edges)
    return found


def _needed(one: Register | Gauge, key: Key, quote: Quote, edges: Integers) -> Quote:
    if isinstance(one, Gauge):
        return around(quote, edges)
    return essential(one, quote, edges, places=MICRO if key[0] == HOURS else WH)


def _gives(one: Register | Gauge, key: Key, quote: Quote, edges: Integers, table: MeterDays) -> bool:
    """Whether the quoted readings give the frozen days of their series."""
    meters = [] if isinstance(one, Gauge) else [table.meters.index(one.meter.code)]
    of_series = replace(
        table,
        meters=tuple(table.meters[m] for m in meters),
        measured_kwh=table.measured_kwh[meters],
        estimated_kwh=table.estimated_kwh[meters],
        coverage=table.coverage[meters],
        outdoor_c=table.outdoor_c if isinstance(one, Gauge) else None,
    )
    return not differences(key[0], of_series, {key: one.cut(quote, edges)})


def _stored(store: TimeSeriesStore, meter: Meter, channel: str, edges: Integers) -> Quote:
    institution, device = meter.address.split("/", 1)
    found = store.read(
        READINGS,
        {"institution": institution, "meter": device},
        start_ms=int(edges[0]) - _MARGIN_MS,
        end_ms=int(edges[-1]) + _MARGIN_MS,
        fields=(channel, "quality"),
        edges=True,
    )
    if not found:
        return Quote.none()
    series = found[0]
    there = np.isfinite(series.fields[channel])
    marks = np.nan_to_num(series.fields["quality"]).astype(np.int64)
    return Quote(series.times_ms, series.fields[channel], marks).only(there)
