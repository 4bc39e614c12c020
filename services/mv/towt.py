"""Time of week and temperature: Hours in, a Baseline of days out that is the sum of its hours.

Mathieu et al. (2011) and the LBNL/CalTRACK form of it: energy of an hour = its slot of the week + a response,
linear in pieces, to temperature, another one in occupied slots than in the rest. Slots follow the working
calendar: a holiday is a Sunday (or the Saturday it falls on), a weekend day worked for it is the weekday
beside it, a named kind of day has its own 24 slots.

The hours of a day sum up to one intercept a class of day (its 24 slots) and the day's sums of the temperature
pieces, with the same coefficients. So the hourly model is handed on as a daily Baseline that is exactly it,
and savings, bands and extrapolation stay those of days. Its `fit` is that of whole days; `Towt.hourly` has
the figures of the hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from services.mv.baseline import Baseline, Coefficient, NoBaseline, complete_rows
from services.mv.figures import Fit, figures, lag_one
from services.mv.forms import Term, design_matrix
from services.mv.hours import HOURS, Hours
from services.mv.model import Days, Floats
from services.mv.sufficiency import sufficiency

Flags = npt.NDArray[np.bool_]
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BOUNDS_C = (-1.1, 7.2, 12.8, 18.3, 23.9, 32.2)
"""CalTRACK 2.0, 3.9: 30, 45, 55, 65, 75 and 90 °F."""
_LEAST_HOURS = 20
_OCCUPIED = 0.65
"""A slot is occupied when more than this part of its hours lies above a fit on weather (CalTRACK 3.8)."""
_HEATING_C, _COOLING_C = 10.0, 18.3
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Towt:
    """What the hours taught: the daily `baseline`, the hourly figures, and how to read other hours.

    `slots` gives each class of day its 24 hours' energy [kWh], `occupied` whether people are there; `bounds`
    [°C] part the pieces of occupied and of other hours.
    """

    baseline: Baseline
    hourly: Fit
    slots: dict[str, Floats]
    occupied: dict[str, Flags]
    bounds: tuple[tuple[float, ...], tuple[float, ...]]

    def days(self, hours: Hours, days: Days) -> Days:
        """The roll-up `days` of other `hours`, with what the baseline needs to speak of them."""
        return _with_pieces(hours, days, day_classes(days), self.occupied, self.bounds)


def day_classes(days: Days) -> list[str | None]:
    """The class of week of each day; where the calendar tells no days apart, the day of the week."""
    plain = set(days.working) == {True}
    found: list[str | None] = []
    kinds = days.kinds or (None,) * len(days.days)
    for day, working, kind in zip(days.days, days.working, kinds, strict=True):
        weekday = day.weekday()
        if kind is None and working is not None and not plain:
            weekday = min(weekday, 4) if working and weekday != 6 else 0 if working else max(weekday, 5)
            if not working and day.weekday() < 5:
                weekday = 6
        found.append(kind or (None if working is None else _WEEK[weekday]))
    return found


def fit_towt(hours: Hours, days: Days, *, minimum_coverage: float = 0.95) -> Towt:
    """Fit to the hours of complete `days` (the roll-up of `hours`). Raises `NoBaseline` without any."""
    if hours.outdoor_c is None:
        raise NoBaseline("time of week and temperature needs a temperature")
    warm: Flags = np.all(np.isfinite(hours.outdoor_c).reshape(-1, HOURS), axis=1)
    rows = [i for i in complete_rows(days, minimum_coverage) if warm[i]]
    if not rows:
        raise NoBaseline("no baseline day is complete, so there is nothing to compare with")
    classes = day_classes(days)
    names = sorted({name for i in rows if (name := classes[i])})
    number = np.zeros(len(classes), dtype=np.int64)
    number[rows] = [names.index(classes[i] or "") for i in rows]
    there = np.zeros(len(classes), dtype=np.bool_)
    there[rows] = True
    at = np.flatnonzero(np.repeat(there, HOURS) & np.isfinite(hours.energy_kwh))
    slot = (np.repeat(number, HOURS) * HOURS + hours.hour_of_day)[at]
    energy, outdoor = hours.energy_kwh[at], hours.outdoor_c[at]
    people: Flags = _occupied(slot, energy, outdoor, len(names) * HOURS)
    bounds = (_merged(outdoor[people[slot]]), _merged(outdoor[~people[slot]]))
    pieces = _pieces(outdoor, people[slot], bounds)
    levels, slopes = _solved(energy, pieces, slot, len(people))
    residuals = energy - levels[slot] - pieces @ slopes
    p = int(np.isfinite(levels).sum()) + len(slopes)
    hourly = figures(energy, residuals, rho=lag_one(residuals, at), p=p)
    by_class = dict(zip(names, levels.reshape(-1, HOURS), strict=True))
    occupied = dict(zip(names, people.reshape(-1, HOURS), strict=True))
    drivers = _with_pieces(hours, days, classes, occupied, bounds)
    return Towt(_daily(drivers, days, rows, by_class, slopes), hourly, by_class, occupied, bounds)


def _solved(energy: Floats, pieces: Floats, slot: npt.NDArray[np.int64], slots: int) -> tuple[Floats, Floats]:
    """Energy of each slot at 0 °C [kWh] and slopes of the pieces [kWh/K], the slots taken out first."""
    centred, means = _centred(np.column_stack([energy, pieces]), slot, slots)
    slopes = np.round(np.linalg.lstsq(centred[:, 1:], centred[:, 0], rcond=None)[0], _DECIMALS) + 0.0
    return np.round(means[:, 0] - means[:, 1:] @ slopes, _DECIMALS) + 0.0, slopes


def _occupied(slot: npt.NDArray[np.int64], energy: Floats, outdoor: Floats, slots: int) -> Flags:
    columns = [
        np.ones_like(outdoor),
        np.maximum(_HEATING_C - outdoor, 0),
        np.maximum(outdoor - _COOLING_C, 0),
    ]
    design = np.column_stack(columns)
    above = energy > design @ np.linalg.lstsq(design, energy, rcond=None)[0]
    counts = np.bincount(slot, minlength=slots)
    often = np.bincount(slot, above, minlength=slots) > _OCCUPIED * np.maximum(counts, 1)
    return np.asarray(often, dtype=np.bool_)


def _merged(outdoor: Floats) -> tuple[float, ...]:
    """Bounds between pieces with enough hours each: a bound with too few hours below it is dropped."""
    kept: list[float] = []
    low = -np.inf
    for bound in _BOUNDS_C:
        below, above = int(((outdoor > low) & (outdoor <= bound)).sum()), int((outdoor > bound).sum())
        if below >= _LEAST_HOURS and above >= _LEAST_HOURS:
            kept.append(bound)
            low = bound
    return tuple(kept)


def _pieces(outdoor: Floats, occupied: Flags, bounds: tuple[tuple[float, ...], tuple[float, ...]]) -> Floats:
    """Degrees within each piece [K], of occupied hours first, then of the others; shape (n, pieces)."""
    columns: list[Floats] = []
    for flags, own in ((occupied, bounds[0]), (~occupied, bounds[1])):
        edges = (-np.inf, *own, np.inf)
        for low, high in pairwise(edges):
            start = low if np.isfinite(low) else 0.0
            inside = np.minimum(outdoor, high) - start
            columns.append(np.where(flags, np.maximum(inside, 0.0) if np.isfinite(low) else inside, 0.0))
    return np.column_stack(columns)


def _centred(columns: Floats, slot: npt.NDArray[np.int64], slots: int) -> tuple[Floats, Floats]:
    """Columns without their slot's mean, and those means (slots, columns), NaN for a slot never seen."""
    counts = np.bincount(slot, minlength=slots)
    sums = np.column_stack([np.bincount(slot, column, minlength=slots) for column in columns.T])
    means = np.divide(sums, counts[:, None], out=np.full(sums.shape, np.nan), where=counts[:, None] > 0)
    return columns - means[slot], means


def _with_pieces(
    hours: Hours,
    days: Days,
    classes: Sequence[str | None],
    occupied: dict[str, Flags],
    bounds: tuple[tuple[float, ...], tuple[float, ...]],
) -> Days:
    never = np.zeros(HOURS, dtype=bool)
    people = np.concatenate([occupied.get(name or "", never) for name in classes])
    outdoor = hours.outdoor_c if hours.outdoor_c is not None else np.full(len(people), np.nan)
    pieces = _pieces(outdoor, people, bounds)
    sums = pieces.reshape(-1, HOURS, pieces.shape[1]).sum(axis=1)
    sums[~np.isfinite(outdoor).reshape(-1, HOURS).all(axis=1)] = np.nan
    return replace(days, kinds=tuple(classes), drivers=dict(zip(piece_names(bounds), sums.T, strict=True)))


def piece_names(bounds: tuple[tuple[float, ...], tuple[float, ...]]) -> list[str]:
    """Names of the pieces' coefficients, such as `occupied_12.8_to_18.3_c`."""
    names: list[str] = []
    for of, own in zip(("occupied", "unoccupied"), bounds, strict=True):
        edges = ("", *map(str, own), "")
        for low, high in pairwise(edges):
            name = f"to_{high}_c" if not low else f"from_{low}_c" if not high else f"{low}_to_{high}_c"
            names.append(f"{of}_{name if low or high else 'any_c'}")
    return names


def _daily(
    drivers: Days, days: Days, rows: Sequence[int], slots: dict[str, Floats], slopes: Floats
) -> Baseline:
    """The sums of the hourly model over whole days, as a Baseline."""
    sums = {name: float(np.round(levels.sum(), _DECIMALS)) for name, levels in slots.items()}
    known = [name for name, value in sums.items() if np.isfinite(value)]
    used = drivers.take(rows)
    terms = [*(Term(name) for name in known), *(Term(by=name) for name in drivers.drivers)]
    values = [*(sums[name] for name in known), *slopes.tolist()]
    residuals = used.energy_kwh - design_matrix(terms, used) @ np.array(values)
    rho = lag_one(residuals, used.numbers)
    return Baseline(
        form="TOWT",
        coefficients=tuple(Coefficient(t.name, v, t.unit) for t, v in zip(terms, values, strict=True)),
        terms=tuple(terms),
        fit=figures(used.energy_kwh, residuals, rho=rho, p=len(terms)),
        days=used,
        residuals_kwh=residuals,
        records=sufficiency(days, days.take(rows)),
    )
