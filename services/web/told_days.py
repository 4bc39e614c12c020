"""What institutions used by local day, as the indicators job told it: one figure for all meters of a use.

A figure stands only where every meter of its use is known on that day, so it is the sum that the meters' own
days would give; one that was taken back is zero, and so a zero says nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import local_day_start, to_ms
from services.metering.model import Meter, MeterUse
from services.timeseries.schema import INSTITUTION_DAY
from services.timeseries.store import TimeSeriesStore
from services.web.meter_table import Floats, local_days

FIELDS: Mapping[MeterUse, str] = {
    MeterUse.LIGHTING: "lighting_kwh",
    MeterUse.HVAC: "hvac_kwh",
    MeterUse.SOCKETS: "sockets_kwh",
}

Told = Mapping[tuple[str, MeterUse], Floats]
"""By institution's code and use, the energy [kWh] of each day of a period, NaN where nothing is told."""


def told_days(store: TimeSeriesStore, *, start: date, end: date, zone: ZoneInfo) -> Told:
    """The days of [start, end) of all institutions, in one read."""
    starts = [to_ms(local_day_start(day, zone)) for day in local_days(start, end)]
    place = {time_ms: i for i, time_ms in enumerate(starts)}
    found: dict[tuple[str, MeterUse], Floats] = defaultdict(lambda: np.full(len(starts), np.nan))
    start_ms, end_ms = (to_ms(local_day_start(day, zone)) for day in (start, end))
    fields = tuple(FIELDS.values())
    for series in store.read(INSTITUTION_DAY, start_ms=start_ms, end_ms=end_ms, fields=fields):
        known = np.array([time_ms in place for time_ms in series.times_ms.tolist()])
        days = np.array([place[time_ms] for time_ms in series.times_ms[known].tolist()], dtype=np.intp)
        for use, field in FIELDS.items():
            values = series.fields[field][known]
            says = np.nan_to_num(values) != 0
            found[series.tags["institution"], use][days[says]] = values[says]
    return dict(found)


def split(
    told: Told, meters: Iterable[Meter], *, start: date, end: date, zone: ZoneInfo
) -> tuple[dict[MeterUse, list[Floats]], list[Meter]]:
    """By use the rows of institutions whose every day is told, and the meters of all others.

    `meters` are those of which an institution's figures are the sum. Days before the first of them stood need
    not be told.
    """
    days = np.array(local_days(start, end), dtype="datetime64[D]")
    rows: dict[MeterUse, list[Floats]] = {use: [] for use in FIELDS}
    left: list[Meter] = []
    groups: dict[tuple[str, MeterUse], list[Meter]] = defaultdict(list)
    for meter in meters:
        groups[meter.institution, meter.use].append(meter)
    for key, own in groups.items():
        figures = told.get(key)
        begun = min(meter.ledger[0].valid_from for meter in own).astimezone(zone).date()
        if figures is None or np.isnan(figures[days >= np.datetime64(begun)]).any():
            left += own
        else:
            rows[key[1]].append(figures)
    return rows, left
