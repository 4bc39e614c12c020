"""Where a vehicle is while its engine runs: a smooth loop from its yard, a point every few minutes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.outings import Outing
from simulators.plan import CityPlan, generator
from simulators.weather import Array

_EARTH_KM = 6371.0088
_SPACING_MIN = 4.0
_ROAD = 1.003
"""What an odometer counts for each kilometre between neighbouring points."""


@dataclass(frozen=True, slots=True)
class Track:
    """Positions in time order as columns of shape (n,); `outing` is the index of the outing each belongs to.

    The last point of an outing has ignition 0. `fuel_l` is NaN where the vehicle does not tell it.
    """

    times_ms: npt.NDArray[np.int64]
    lat: Array
    lon: Array
    speed_kmh: Array
    ignition: npt.NDArray[np.int64]
    odometer_km: Array
    fuel_l: Array
    outing: npt.NDArray[np.int64]


def great_circle_km(lat: Array, lon: Array) -> Array:
    """Distances [km] between neighbouring points, haversine on a sphere; shape (n − 1,) for n points."""
    phi, lam = np.radians(lat), np.radians(lon)
    h = np.sin(np.diff(phi) / 2) ** 2
    h = h + np.cos(phi[:-1]) * np.cos(phi[1:]) * np.sin(np.diff(lam) / 2) ** 2
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(h)))


def draw_track(
    plan: CityPlan, vehicle: str, outings: Sequence[Outing], *, home: tuple[float, float], odometer_km: float
) -> Track:
    """The positions of every outing of a vehicle that lives at `home` (latitude, longitude)."""
    if not outings:
        empty, whole = np.empty(0), np.empty(0, dtype=np.int64)
        return Track(whole, empty, empty, empty, whole, empty, empty, whole)
    starts = np.array([outing.start_ms for outing in outings])
    lengths = np.array([outing.end_ms for outing in outings]) - starts
    counts = np.maximum(np.rint(lengths / 60_000 / _SPACING_MIN).astype(np.int64) + 1, 3)
    outing = np.repeat(np.arange(len(outings)), counts)
    step = np.arange(len(outing)) - np.repeat(np.cumsum(counts) - counts, counts)
    done = step / (counts - 1)[outing]
    times = starts[outing] + np.rint(lengths[outing] * done / 1000).astype(np.int64) * 1000
    lat, lon = _loops(plan, vehicle, outings, outing=outing, done=done, home=home)
    first, last = step == 0, step == counts[outing] - 1
    legs = np.concatenate([[0.0], great_circle_km(lat, lon)])
    legs[first] = 0.0
    moves = np.array([trip.moves for trip in outings])[outing]
    hours = np.diff(times, prepend=times[0]) / 3_600_000
    speed = np.where(moves & ~last, legs / np.where(hours > 0, hours, np.inf), 0.0)
    odometer = odometer_km + np.cumsum(np.where(moves, legs * _ROAD, 0.0))
    return Track(
        times, lat, lon, _rounded(speed, 1), np.where(last, 0, 1), _rounded(odometer, 2),
        np.full(len(times), np.nan), outing,
    )  # fmt: skip


def _rounded(values: Array, decimals: int) -> Array:
    return np.asarray(np.round(values, decimals), dtype=np.float64)


def _loops(
    plan: CityPlan,
    vehicle: str,
    outings: Sequence[Outing],
    *,
    outing: npt.NDArray[np.int64],
    done: Array,
    home: tuple[float, float],
) -> tuple[Array, Array]:
    """A bent circle through the yard for each outing; a standing vehicle only shows the receiver's noise."""
    draws = generator(plan.seed, "roads", vehicle).uniform(size=(len(outings), 3))
    hours = np.array([(trip.end_ms - trip.start_ms) / 3.6e6 for trip in outings])
    moves = np.array([trip.moves for trip in outings])
    radius = np.where(moves, hours * (18 + 18 * draws[:, 0]) / (2 * np.pi), 0.003)[outing]
    turn = 2 * np.pi * done
    bearing, bend = 2 * np.pi * draws[outing, 1], 2 * np.pi * draws[outing, 2]
    plane = radius * np.exp(1j * bearing) * (np.exp(1j * turn) - 1)
    plane = plane + 0.15 * radius * np.exp(1j * bend) * (np.exp(2j * turn) - 1)
    km_per_degree = np.pi * _EARTH_KM / 180
    lat = home[0] + plane.imag / km_per_degree
    lon = home[1] + plane.real / (km_per_degree * np.cos(np.radians(home[0])))
    return np.round(lat, 6), np.round(lon, 6)
