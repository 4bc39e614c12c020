"""Positions to trips: a pure function of a vehicle's points, whatever order they arrived in.

A trip runs from ignition on to ignition off. A silence longer than the limit ends it at the last point before
the silence. Where a tracker does not tell the ignition, a point that moves counts as on; a point that tells
neither is passed over. The distance is what the odometer counted, or the way between the fixes where it did
not count.

Between some neighbouring points no trip can run on: the earlier one has the ignition off, or the silence is
too long. These boundaries make a late batch cheap: `window` finds the span that it can have changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Column = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_EARTH_KM = 6371.0088
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What tells a trip from noise; speeds above `jump_kmh` are errors of the fix or the odometer."""

    silence_ms: int = 30 * 60_000
    jump_kmh: float = 200.0
    movement_km: float = 0.2


@dataclass(frozen=True, slots=True)
class Positions:
    """A vehicle's points in time order; every column has shape (n,), NaN where the tracker said nothing.

    `lat` and `lon` are WGS-84 degrees, `ignition` is 0 or 1.
    """

    times_ms: Times
    lat: Column
    lon: Column
    speed_kmh: Column
    ignition: Column
    odometer_km: Column

    def telling(self) -> "Positions":
        """The points that say whether the vehicle is under way."""
        return self._only(np.isfinite(self.ignition) | (self.speed_kmh > 0))

    def within(self, start_ms: int, end_ms: int) -> "Positions":
        """The points in [start, end)."""
        return self._only((self.times_ms >= start_ms) & (self.times_ms < end_ms))

    def _only(self, keep: Mask) -> "Positions":
        columns = (self.lat, self.lon, self.speed_kmh, self.ignition, self.odometer_km)
        return Positions(self.times_ms[keep], *(column[keep] for column in columns))

    @property
    def on(self) -> Mask:
        """Whether the engine runs, by point."""
        return np.where(np.isfinite(self.ignition), self.ignition >= 0.5, self.speed_kmh > 0)


@dataclass(frozen=True, slots=True)
class Journey:
    """A trip as the positions tell it; the odometer is None where it cannot be believed."""

    start_ms: int
    end_ms: int
    distance_km: float
    start_odometer_km: float | None
    end_odometer_km: float | None


def find_journeys(positions: Positions, limits: Limits) -> list[Journey]:
    """The trips of a vehicle's points that moved at least `limits.movement_km`, in time order."""
    points = positions.telling()
    first, last = _runs(points, limits)
    odometers = _odometers(points, first, last, limits=limits)
    journeys = []
    for a, b, odometer in zip(first.tolist(), last.tolist(), odometers, strict=True):
        start, end = odometer or (None, None)
        if start is None or end is None:
            distance = _way_km(points, a, b, limits=limits)
        else:
            distance = round(end - start, 3)
        if distance >= limits.movement_km:
            times = int(points.times_ms[a]), int(points.times_ms[b])
            journeys.append(Journey(*times, distance, start, end))
    return journeys


def window(
    positions: Positions, touched: tuple[int, int], read: tuple[int, int], limits: Limits
) -> tuple[int, int] | None:
    """The span [start, end) in ms whose trips the points `touched` (first, last) can have changed.

    `positions` are all points in the span `read` [start, end), which contains the touched ones. None when no
    boundary is in sight on one side, and more has to be read.
    """
    points = positions.telling()
    times, boundary = points.times_ms, _boundaries(points, limits)
    if not len(times):
        return touched[0], touched[1] + 1
    before = np.flatnonzero(boundary & (times <= touched[0]))
    if len(before):
        start = int(times[before[-1]])
    elif times[0] - read[0] > limits.silence_ms:
        start = min(touched[0], int(times[0]))
    else:
        return None
    after = np.flatnonzero(boundary[1:] & (times[:-1] > touched[1]))
    if len(after):
        return start, int(times[after[0] + 1])
    return (start, read[1]) if read[1] - times[-1] > limits.silence_ms else None


def _boundaries(points: Positions, limits: Limits) -> Mask:
    """Whether no trip runs on from the point before; unknown, so False, for the first."""
    boundary = np.zeros(len(points.times_ms), dtype=bool)
    boundary[1:] = ~points.on[:-1] | (np.diff(points.times_ms) > limits.silence_ms)
    return boundary


def _runs(points: Positions, limits: Limits) -> tuple[Times, Times]:
    """First and last index of every trip; the last is the point with the ignition off, where it was told."""
    on, count = points.on, len(points.times_ms)
    fresh = _boundaries(points, limits)
    fresh[:1] = True
    first = np.flatnonzero(on & fresh)
    breaks = np.append(np.flatnonzero(~on | fresh), count)
    end = breaks[np.searchsorted(breaks, first, side="right")]  # the first point that is no part of the run
    told = np.zeros(len(end), dtype=bool)
    inside = end < count
    told[inside] = ~on[end[inside]] & ~fresh[end[inside]]
    return first, np.where(told, end, end - 1)


def _odometers(
    points: Positions, first: Times, last: Times, *, limits: Limits
) -> Sequence[tuple[float, float] | None]:
    """What the odometer showed first and last on each trip; None where it is absent, fell or leapt."""
    told = np.flatnonzero(np.isfinite(points.odometer_km))
    a, b = np.searchsorted(told, first), np.searchsorted(told, last, side="right") - 1
    found: list[tuple[float, float] | None] = []
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        pair = None
        if i < j:
            start, end = float(points.odometer_km[told[i]]), float(points.odometer_km[told[j]])
            hours = float(points.times_ms[told[j]] - points.times_ms[told[i]]) / _HOUR_MS
            if 0 <= end - start <= limits.jump_kmh * hours:
                pair = start, end
        found.append(pair)
    return found


def _way_km(points: Positions, first: int, last: int, *, limits: Limits) -> float:
    """The way between the fixes [km]; a lone fix out of reach is dropped, two that agree are followed."""
    rows = slice(first, last + 1)
    lat, lon, times = points.lat[rows], points.lon[rows], points.times_ms[rows]
    fixed = (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ~((lat == 0) & (lon == 0))
    fixes = list(zip(lat[fixed].tolist(), lon[fixed].tolist(), times[fixed].tolist(), strict=True))
    total, here, stray = 0.0, fixes[0] if fixes else None, None
    for fix in fixes[1:]:
        leg = _reach(here, fix, limits)
        if leg is None and stray is not None:
            leg = _reach(stray, fix, limits)
        if leg is None:
            stray = fix
        else:
            total, here, stray = total + leg, fix, None
    return round(total, 3)


def _reach(
    start: tuple[float, float, int] | None, end: tuple[float, float, int], limits: Limits
) -> float | None:
    """The way between two fixes [km], None when no car could have made it in the time between them."""
    if start is None:
        return None
    km = great_circle_km(start[:2], end[:2])
    return km if km <= limits.jump_kmh * (end[2] - start[2]) / _HOUR_MS else None


def great_circle_km(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Distance [km] between two (latitude, longitude) pairs [degrees] on a sphere, by the haversine."""
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(start), np.radians(end)
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return float(2 * _EARTH_KM * np.arcsin(np.sqrt(min(1.0, half))))
