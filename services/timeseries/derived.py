"""Hour and local-day series derived from the raw series of one meter; pure.

Hours are hours of UTC; days are local calendar days, 23 or 25 hours long when the clocks change.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import numpy as np

from services.clock import from_ms, local_day_start, to_ms
from services.metering.doubts import Doubt, doubts
from services.metering.gauges import gauge_intervals, to_primary
from services.metering.ledger import is_register, register_lines
from services.metering.model import Meter
from services.metering.registers import weigh
from services.metering.rulings import Ruling
from services.metering.spans import Floats, Integers, intervals
from services.timeseries.schema import GAUGE_DAY, GAUGE_HOUR, INTERVAL_DAY, INTERVAL_HOUR, Measurement
from services.timeseries.store import Point, Series

HOUR_MS = 3_600_000

_BLANKED = ("measured", "estimated", "coverage", "quality")


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Boundaries [epoch ms] of the local days `first` to `last` and of the hours that they lie in."""

    first: date
    last: date
    days: Integers
    hours: Integers

    @classmethod
    def of(cls, first: date, last: date, zone: ZoneInfo) -> "Edges":
        count = (last - first).days + 2
        days = np.array([to_ms(local_day_start(first + timedelta(days=n), zone)) for n in range(count)])
        begin, end = days[0] // HOUR_MS, -(-days[-1] // HOUR_MS)
        return cls(first, last, days, np.arange(begin, end + 1) * HOUR_MS)

    @classmethod
    def around(cls, first_ms: int, last_ms: int, zone: ZoneInfo) -> "Edges":
        """The local days from that of one instant to that of another."""
        return cls.of(local_date(first_ms, zone), local_date(last_ms, zone), zone)

    @property
    def start_ms(self) -> int:
        """Where the first hour begins."""
        return int(self.hours[0])

    @property
    def end_ms(self) -> int:
        """Where the last hour ends."""
        return int(self.hours[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Columns of one derived series: `times_ms` and every field of `measurement`, all of one shape."""

    measurement: Measurement
    tags: tuple[str, ...]
    times_ms: Integers
    fields: Mapping[str, Floats]


def local_date(time_ms: int, zone: ZoneInfo) -> date:
    """The local calendar day of an instant."""
    return from_ms(time_ms).astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Derivation:
    """The hours and the days of one channel, and what of its readings was set aside on the way."""

    rows: Sequence[Derived]
    doubts: Sequence[Doubt] = ()


def derive(
    meter: Meter, raw: Series, channel: str, edges: Edges, rulings: Collection[Ruling] = ()
) -> Derivation:
    """One channel between the edges, from raw readings around them and the decisions in force."""
    if is_register(channel):
        return _register(meter, raw, channel, edges, rulings)
    return Derivation(_gauge(meter, raw, channel, edges))


def _register(
    meter: Meter, raw: Series, channel: str, edges: Edges, rulings: Collection[Ruling]
) -> Derivation:
    weighed = weigh(
        raw.times_ms,
        raw.fields[channel],
        raw.fields.get("quality"),
        ledger=register_lines(meter, channel),
        gap_limit_s=meter.gap_limit_s,
        rulings=rulings,
    )
    found = []
    for measurement, boundaries in ((INTERVAL_HOUR, edges.hours), (INTERVAL_DAY, edges.days)):
        cut = intervals(weighed.cumulative, boundaries)
        columns = (cut.measured, cut.estimated, cut.coverage, cut.quality.astype(np.float64))
        fields = dict(zip(measurement.fields, columns, strict=True))
        found.append(Derived(measurement, (meter.institution, meter.code, channel), cut.starts_ms, fields))
    inside = [one for one in doubts(weighed) if edges.start_ms <= one.at_ms < edges.end_ms]
    return Derivation(found, inside)


def _gauge(meter: Meter, raw: Series, channel: str, edges: Edges) -> list[Derived]:
    values = to_primary(channel, raw.times_ms, raw.fields[channel], meter.ledger)
    found = []
    for measurement, boundaries in ((GAUGE_HOUR, edges.hours), (GAUGE_DAY, edges.days)):
        cut = gauge_intervals(raw.times_ms, values, boundaries, gap_limit_s=meter.gap_limit_s)
        fields = dict(zip(measurement.fields, (cut.mean, cut.lowest, cut.highest, cut.coverage), strict=True))
        found.append(Derived(measurement, (meter.institution, meter.code, channel), cut.starts_ms, fields))
    return found


def differences(fresh: Iterable[Derived], stored: Iterable[Series], measurement: Measurement) -> list[Point]:
    """The points that turn what is `stored` of a measurement into what is `fresh`.

    A stored point that has no successor cannot be taken back; it is overwritten with coverage 0.
    """
    before = {tuple(row.tags[tag] for tag in measurement.tags): row for row in stored}
    after = {row.tags: row for row in fresh}
    changed = (_changed(row, before.get(tags)) for tags, row in after.items())
    gone = (_blanks(measurement, tags, row, after.get(tags)) for tags, row in before.items())
    return list(chain.from_iterable(chain(changed, gone)))


def _changed(fresh: Derived, stored: Series | None) -> list[Point]:
    keep = np.ones(len(fresh.times_ms), np.bool_)
    if stored is not None:
        place = np.minimum(np.searchsorted(stored.times_ms, fresh.times_ms), len(stored.times_ms) - 1)
        same = stored.times_ms[place] == fresh.times_ms
        for name, column in fresh.fields.items():
            same &= stored.fields[name][place] == column
        keep = ~same
    columns = {name: column[keep] for name, column in fresh.fields.items()}
    return _points(fresh.measurement, fresh.tags, fresh.times_ms[keep], columns)


def _blanks(
    measurement: Measurement, tags: tuple[str, ...], stored: Series, fresh: Derived | None
) -> list[Point]:
    blank = [field for field in _BLANKED if field in measurement.fields]
    gone = np.any([stored.fields[field] != 0 for field in blank], axis=0)
    if fresh is not None:
        gone &= ~np.isin(stored.times_ms, fresh.times_ms)
    times = stored.times_ms[gone]
    return _points(measurement, tags, times, {field: np.zeros(len(times)) for field in blank})


def _points(
    measurement: Measurement, tags: tuple[str, ...], times: Integers, fields: Mapping[str, Floats]
) -> list[Point]:
    names = tuple(fields)
    rows = zip(*(column.tolist() for column in fields.values()), strict=True)
    return [
        Point(measurement, tags, time, dict(zip(names, row, strict=True)))
        for time, row in zip(times.tolist(), rows, strict=True)
    ]
