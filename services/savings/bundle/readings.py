"""Which readings a settlement rests on: those of the store, or those the bundle before has quoted."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.metering.spans import Integers
from services.savings.bundle.days import HOURS, differences, grids
from services.savings.bundle.parts import days_of
from services.savings.bundle.register import CHANNEL, MICRO, WH, Quote, Register, essential
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
    """The readings to quote, by period and meter; `known` ones that still give the same days are kept."""
    found: dict[Key, Quote] = {}
    tables = days_of(document)
    for period, edges in grids(document, zone).items():
        for code, register in registers.items():
            key = (period, code)
            if key in known and period in tables and _gives(register, known[key], edges, tables[period]):
                found[key] = known[key]
            elif len(edges):
                places = MICRO if period == HOURS else WH
                found[key] = essential(register, _stored(store, register, edges), edges, places=places)
    return found


def _gives(register: Register, quote: Quote, edges: Integers, table: MeterDays) -> bool:
    """Whether the quoted readings give the frozen days of the register's meter."""
    place = table.meters.index(register.meter.code)
    of_meter = MeterDays(
        (register.meter.code,), table.days, table.working, table.daylight_h,
        *(column[[place]] for column in (table.measured_kwh, table.estimated_kwh, table.coverage)),
    )  # fmt: skip
    return not differences("", of_meter, {register.meter.code: register.cut(quote, edges).columns})


def _stored(store: TimeSeriesStore, register: Register, edges: Integers) -> Quote:
    institution, device = register.meter.address.split("/", 1)
    found = store.read(
        READINGS,
        {"institution": institution, "meter": device},
        start_ms=int(edges[0]) - _MARGIN_MS,
        end_ms=int(edges[-1]) + _MARGIN_MS,
        fields=(CHANNEL, "quality"),
        edges=True,
    )
    if not found:
        return Quote.none()
    series = found[0]
    there = np.isfinite(series.fields[CHANNEL])
    marks = np.nan_to_num(series.fields["quality"]).astype(np.int64)
    return Quote(series.times_ms, series.fields[CHANNEL], marks).only(there)
