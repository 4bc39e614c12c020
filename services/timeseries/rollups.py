"""Rollups: after raw readings changed, exactly the hours and local days they touch are computed again.

Touched ranges of the raw series go in. Around each, enough history is read that every interval comes out as
it would from all readings ever; only points that differ from the stored ones are written.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from services.metering.channels import CHANNELS, REGISTERS
from services.metering.doubts import Doubt
from services.metering.ledger import is_register
from services.metering.model import Meter
from services.metering.quarantine_round import Round
from services.metering.registers import REACH
from services.metering.rulings import Ruling
from services.metering.spans import Booleans, Integers
from services.timeseries.derived import Derived, Edges, derive, differences, local_date
from services.timeseries.schema import GAUGE_DAY, GAUGE_HOUR, INTERVAL_DAY, INTERVAL_HOUR, READINGS
from services.timeseries.store import Point, Series, TimeSeriesStore, Touched

DERIVED = (INTERVAL_HOUR, INTERVAL_DAY, GAUGE_HOUR, GAUGE_DAY)
MOST_POINTS = 20_000

_DAY_MS = 86_400_000
_FIRST_LOOK_MS = 2 * _DAY_MS
_WIDER = 8


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The local days, both included, whose intervals of a meter may have changed."""

    meter: str
    first: date
    last: date


def roll_up(
    store: TimeSeriesStore, meters: Iterable[Meter], touched: Iterable[Touched], *, zone: ZoneInfo,
    quarantine: Round | None = None,
) -> list[RolledUp]:  # fmt: skip
    """Bring the intervals of registered meters up to date with the touched raw ranges.

    The `quarantine` says what was decided, and hears what was set aside. Told the same ranges again nothing
    is written and the same days are returned. Raises what the store raises; then tell it the same again.
    """
    by_address = {meter.address: meter for meter in meters}
    found = []
    with _Writer(store) as writer:
        for address, (first_ms, last_ms) in _ranges(touched):
            meter = by_address.get(address)
            around = None if meter is None else _around(store, meter, first_ms, last_ms, zone)
            if meter is not None and around is not None:
                _bring_up_to_date(store, writer, meter, around, quarantine)
                found.append(RolledUp(meter.code, around.edges.first, around.edges.last))
    return found


def roll_up_anew(
    store: TimeSeriesStore, meter: Meter, *, zone: ZoneInfo, quarantine: Round | None = None
) -> RolledUp | None:
    """Compute everything of one meter after its description changed; what no longer holds is blanked.

    None when nothing was ever read or stored of it.
    """
    raw = _read(store, meter)
    stored = {measurement: store.read(measurement, {"meter": meter.code}) for measurement in DERIVED}
    times = [row.times_ms for series in stored.values() for row in series]
    fresh: list[Derived] = []
    doubted: dict[str, Sequence[Doubt]] = dict.fromkeys(REGISTERS, ())
    if raw is not None:
        times.append(raw.times_ms)
        edges = Edges.around(int(raw.times_ms[0]), int(raw.times_ms[-1]), zone)
        for channel in _channels(raw):
            found = derive(meter, raw, channel, edges, _rulings(quarantine, meter, channel))
            fresh += found.rows
            doubted[channel] = found.doubts
    with _Writer(store) as writer:
        for measurement, series in stored.items():
            of_it = [row for row in fresh if row.measurement is measurement]
            writer.add(differences(of_it, series, measurement))
    if quarantine is not None:
        for channel, doubts in doubted.items():
            quarantine.settle(meter.code, channel, doubts)
    if not times:
        return None
    first_ms, last_ms = min(int(row[0]) for row in times), max(int(row[-1]) for row in times)
    return RolledUp(meter.code, local_date(first_ms, zone), local_date(last_ms, zone))


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """The raw series around a touched range, its touched channels, and the days to compute."""

    raw: Series
    channels: Sequence[str]
    edges: Edges


def _around(
    store: TimeSeriesStore, meter: Meter, first_ms: int, last_ms: int, zone: ZoneInfo
) -> _Around | None:
    """Read wider and wider, until every channel has `REACH` readings around the days it can change."""
    look_ms = _FIRST_LOOK_MS
    while True:
        start_ms, end_ms = max(first_ms - look_ms, 0), last_ms + look_ms
        raw = _read(store, meter, start_ms, end_ms)
        if raw is None:
            return None
        inside = (raw.times_ms >= first_ms) & (raw.times_ms <= last_ms)
        channels = _channels(raw, inside)
        times = [raw.times_ms[np.isfinite(raw.fields[channel])] for channel in channels]
        if not times:
            return None
        reached = [_reached(row, first_ms, last_ms) for row in times]
        edges = Edges.around(min(low for low, _ in reached), max(high for _, high in reached), zone)
        before = raw.times_ms[0] >= start_ms or all((row < edges.start_ms).sum() >= REACH for row in times)
        after = raw.times_ms[-1] < end_ms or all((row >= edges.end_ms).sum() >= REACH for row in times)
        if before and after:
            return _Around(raw, channels, edges)
        look_ms *= _WIDER


def _reached(times_ms: Integers, first_ms: int, last_ms: int) -> tuple[int, int]:
    """The readings furthest from a touched range whose spans it can change."""
    low = int(np.searchsorted(times_ms, first_ms, side="left")) - REACH
    high = int(np.searchsorted(times_ms, last_ms, side="right")) - 1 + REACH
    return int(times_ms[max(low, 0)]), int(times_ms[min(high, len(times_ms) - 1)])


def _bring_up_to_date(
    store: TimeSeriesStore, writer: "_Writer", meter: Meter, around: _Around, quarantine: Round | None
) -> None:
    edges = around.edges
    fresh: list[Derived] = []
    for channel in around.channels:
        found = derive(meter, around.raw, channel, edges, _rulings(quarantine, meter, channel))
        fresh += found.rows
        if quarantine is not None and is_register(channel):
            quarantine.settle(meter.code, channel, found.doubts, start_ms=edges.start_ms, end_ms=edges.end_ms)
    for measurement in {row.measurement.name: row.measurement for row in fresh}.values():
        of_it = [row for row in fresh if row.measurement is measurement]
        stored = store.read(measurement, {"meter": meter.code}, start_ms=edges.start_ms, end_ms=edges.end_ms)
        own = {row.tags for row in of_it}
        mine = [row for row in stored if tuple(row.tags[tag] for tag in measurement.tags) in own]
        writer.add(differences(of_it, mine, measurement))


def _rulings(quarantine: Round | None, meter: Meter, channel: str) -> Collection[Ruling]:
    return () if quarantine is None else quarantine.rulings(meter.code, channel)


def _ranges(touched: Iterable[Touched]) -> list[tuple[str, tuple[int, int]]]:
    """Touched ranges of readings by address, those near each other joined."""
    joined: list[tuple[str, tuple[int, int]]] = []
    rows = (("/".join(row.tags), row) for row in touched if row.measurement == READINGS.name)
    for address, row in sorted(rows, key=lambda pair: (pair[0], pair[1].first_ms)):
        if joined and joined[-1][0] == address and row.first_ms - joined[-1][1][1] <= _FIRST_LOOK_MS:
            first_ms, last_ms = joined[-1][1]
            joined[-1] = (address, (first_ms, max(last_ms, row.last_ms)))
        else:
            joined.append((address, (row.first_ms, row.last_ms)))
    return joined


def _read(
    store: TimeSeriesStore, meter: Meter, start_ms: int | None = None, end_ms: int | None = None
) -> Series | None:
    institution, device = meter.address.split("/", 1)
    where = {"institution": institution, "meter": device}
    found = store.read(READINGS, where, start_ms=start_ms, end_ms=end_ms, edges=True)
    return found[0] if found else None


def _channels(raw: Series, inside: Booleans | slice = slice(None)) -> list[str]:
    """The channels that have a value among the readings `inside`."""
    return [name for name in CHANNELS if name in raw.fields and np.isfinite(raw.fields[name][inside]).any()]


class _Writer:
    """Collects points and writes them in chunks; leaving it writes the rest."""

    def __init__(self, store: TimeSeriesStore) -> None:
        self._store = store
        self._points: list[Point] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is None:
            self._flush(1)

    def add(self, points: Sequence[Point]) -> None:
        """Take points, and write whole chunks of what has gathered."""
        self._points.extend(points)
        self._flush(MOST_POINTS)

    def _flush(self, least: int) -> None:
        while len(self._points) >= least:
            self._store.write(self._points[:MOST_POINTS])
            del self._points[:MOST_POINTS]
