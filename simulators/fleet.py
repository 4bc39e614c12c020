"""The official vehicles: outings, tracks, approval slips and refuels, and what is true of their trips."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from simulators.outings import Outing, outside_working_hours, timetable
from simulators.plan import CityPlan, generator
from simulators.tracks import Track, draw_track
from simulators.weather import Array

TRIP_MIN_KM = 0.2
"""An engine that ran without moving this far made no trip."""

_KINDS = ("confidential", "emergency", "law_enforcement", "special", "other", "other", "law_enforcement")
_SLIP_MARGIN_MS = 10 * 60_000
_YUAN_PER_LITRE = {"petrol": Decimal("7.62"), "diesel": Decimal("7.25")}
_PURPOSES = ("公文交换", "下乡调研", "会议保障", "应急值班", "现场检查", "机要通信")


@dataclass(frozen=True, slots=True)
class Trip:
    """Ignition on to ignition off, with movement; `flagged`: outside working hours without a slip."""

    start_ms: int
    end_ms: int
    distance_km: float
    flagged: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """A slip that allows the vehicle out between two instants."""

    number: str
    start_ms: int
    end_ms: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Refuel:
    """Litres filled in at an instant; `full` when the tank was filled to the brim."""

    at_ms: int
    litres: float
    full: bool
    odometer_km: float
    cost_yuan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A vehicle and all it does; `burnt_l` is the fuel truly used on each trip."""

    code: str
    plate: str
    institution: str
    kind: str
    fuel: str
    archive_l_per_100km: float | None
    track: Track
    trips: tuple[Trip, ...]
    burnt_l: Array
    approvals: tuple[Approval, ...]
    refuels: tuple[Refuel, ...]


def drive(plan: CityPlan, homes: Sequence[tuple[str, float, float]]) -> tuple[Vehicle, ...]:
    """The plan's vehicles, spread over `homes` (institution, latitude, longitude), with all their outings."""
    return tuple(_drive_one(plan, number, homes[number % len(homes)]) for number in range(plan.vehicles))


def _drive_one(plan: CityPlan, number: int, home: tuple[str, float, float]) -> Vehicle:
    code = f"v-{number + 1:03}"
    rng = generator(plan.seed, "vehicle", code)
    fuel = "electric" if number % 7 == 6 else "diesel" if number % 9 == 4 else "petrol"
    archive = None if fuel == "electric" else round(float(rng.uniform(7.2, 11.5)), 1)
    outings = timetable(plan, code)
    odometer = round(float(rng.uniform(8_000, 140_000)), 2)
    track = draw_track(plan, code, outings, home=home[1:], odometer_km=odometer)
    trips = trips_of(outings, track)
    burnt, refuels = np.zeros(len(trips)), tuple[Refuel, ...]()
    if archive is not None:
        burnt, track, refuels = _burn(plan, code, track, outings, archive=archive, fuel=fuel)
    return Vehicle(
        code=code, plate=f"鄂Z{number + 1:05}", institution=home[0], kind=_KINDS[number % len(_KINDS)],
        fuel=fuel, archive_l_per_100km=archive, track=track, trips=trips, burnt_l=burnt,
        approvals=_slips(code, outings, rng), refuels=refuels,
    )  # fmt: skip


def trips_of(outings: Sequence[Outing], track: Track) -> tuple[Trip, ...]:
    """The outings that are trips, with their odometer distance [km]."""
    return tuple(
        Trip(
            outing.start_ms, outing.end_ms, distance,
            outside_working_hours(outing.start_ms, outing.end_ms) and not outing.approved,
        )
        for outing, distance in zip(outings, _distances(track, len(outings)).tolist(), strict=True)
        if distance >= TRIP_MIN_KM
    )  # fmt: skip


def _distances(track: Track, count: int) -> Array:
    edges = np.searchsorted(track.outing, np.arange(count + 1))
    return np.round(track.odometer_km[edges[1:] - 1] - track.odometer_km[edges[:-1]], 2)


def _slips(code: str, outings: Sequence[Outing], rng: np.random.Generator) -> tuple[Approval, ...]:
    return tuple(
        Approval(
            f"pc-{code}-{number + 1:04}", outing.start_ms - _SLIP_MARGIN_MS, outing.end_ms + _SLIP_MARGIN_MS,
            _PURPOSES[int(rng.integers(len(_PURPOSES)))],
        )
        for number, outing in enumerate(outings)
        if outing.approved
    )  # fmt: skip


def _burn(
    plan: CityPlan, code: str, track: Track, outings: Sequence[Outing], *, archive: float, fuel: str
) -> tuple[Array, Track, tuple[Refuel, ...]]:
    """Fuel used on each trip, the track with the tank's level, and the refuels between the outings."""
    distances = _distances(track, len(outings))
    chance = generator(plan.seed, "refuels", code).random((len(outings), 2))
    noise = generator(plan.seed, "fuel", code).standard_normal(len(outings))
    litres = distances * archive / 100 * (1.02 + 0.05 * noise)
    tank, level = 55.0, 45.0
    before = np.empty(len(outings))
    refuels: list[Refuel] = []
    edges = np.searchsorted(track.outing, np.arange(len(outings) + 1))
    for index, used in enumerate(litres.tolist()):
        before[index] = level
        level -= used
        if level < 0.3 * tank and outings[index].moves:
            full = bool(chance[index, 0] < 0.8)
            filled = round(tank - level if full else 15 + 10 * float(chance[index, 1]), 2)
            level += filled
            cost = Decimal(str(filled)) * _YUAN_PER_LITRE[fuel]
            odometer = float(track.odometer_km[edges[index + 1] - 1])
            at_ms = outings[index].end_ms + 6 * 60_000
            refuels.append(Refuel(at_ms, filled, full, odometer, f"{cost:.2f}"))
    driven = track.odometer_km - track.odometer_km[edges[:-1]][track.outing]
    share = driven / np.maximum(distances, 1e-9)[track.outing]
    left = before[track.outing] - litres[track.outing] * np.clip(share, 0, 1)
    track = replace(track, fuel_l=np.round(left, 1))
    return litres[distances >= TRIP_MIN_KM], track, tuple(refuels)
