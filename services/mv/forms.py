"""The terms a baseline may have: a form is a list of terms, each linear in its coefficient.

A term is a day type (or every day) times a driver (or one). Balance points are given to terms, so that a
change-point model, too, is a design matrix: Days in, columns out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.mv.model import Days, Floats

EVERY_DAY = "base"
HEATING, COOLING, TEMPERATURE, DAYLIGHT = "heating", "cooling", "temperature", "daylight"
SIDES = (HEATING, COOLING)
RESERVED = frozenset({HEATING, COOLING, TEMPERATURE, DAYLIGHT})
"""Names of drivers that the engine computes itself; no further driver may take one."""

_REFERENCE_DAYLIGHT_H = 12.0
_SIGNS = np.array([1.0, -1.0])[:, None, None]
_UNITS = {
    None: "kWh/d",
    DAYLIGHT: "kWh/d per h",
    TEMPERATURE: "kWh/d per K",
    HEATING: "kWh/d per K",
    COOLING: "kWh/d per K",
}


@dataclass(frozen=True, slots=True)
class Term:
    """One column of a model: the driver `by` on days of the type `of`, 0 on all others.

    Without a driver it is an intercept: the energy of such a day where every driver is 0 (daylight: 12 h).
    `point_c` [°C] is the balance point of `heating`, max(0, point − T), or `cooling`, max(0, T − point).
    """

    of: str = EVERY_DAY
    by: str | None = None
    point_c: float | None = None

    @property
    def name(self) -> str:
        """The coefficient's name: `working_day`, `cooling`, `working_day_cooling`."""
        if self.by is None:
            return self.of
        return self.by if self.of == EVERY_DAY else f"{self.of}_{self.by}"

    @property
    def unit(self) -> str:
        """The coefficient's unit."""
        return _UNITS.get(self.by) or f"kWh/d per {self.by}"


def degrees(days: Days, points_c: Floats) -> Floats:
    """Degrees below and above each point [K], in the order of `SIDES`, shape (2, points, n).

    The mean over the days inside where rows are billing periods and their days' temperatures are known.
    """
    outdoor = _column(days.outdoor_c, "outdoor temperature")
    inside = outdoor if days.inside_c is None else np.concatenate(days.inside_c)
    found: Floats = _SIGNS * (points_c[:, None] - inside)
    np.maximum(found, 0.0, out=found)
    if days.inside_c is None:
        return found
    counts = np.array([len(part) for part in days.inside_c])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    means: Floats = np.add.reduceat(found, starts, axis=2) / counts
    return means


def driver(days: Days, name: str) -> Floats:
    """A driver's values, shape (n,). `ValueError` when the days have none of that name."""
    if name == DAYLIGHT:
        return _column(days.daylight_h, "hours of daylight") - _REFERENCE_DAYLIGHT_H
    if name == TEMPERATURE:
        return _column(days.outdoor_c, "outdoor temperature")
    return _column(days.drivers.get(name), name)


def _column(values: Floats | None, name: str) -> Floats:
    if values is None:
        raise ValueError(f"a day has no {name}, which the baseline needs")
    return values


def design_matrix(terms: Sequence[Term], days: Days) -> Floats:
    """The terms' columns for the given days, shape (n, p)."""
    n = len(days.days)
    columns = []
    for term in terms:
        values = np.ones(n) if term.of == EVERY_DAY else days.flags.get(term.of, np.zeros(n))
        if term.by is not None and term.point_c is not None:
            values = values * degrees(days, np.array([term.point_c]))[SIDES.index(term.by), 0]
        elif term.by is not None:
            values = values * driver(days, term.by)
        columns.append(values)
    return np.column_stack(columns)
