"""The terms a baseline may have: a form is a list of columns, each linear in its coefficient.

A further driver is a further column.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.mv.model import Days, Floats

_REFERENCE_DAYLIGHT_H = 12.0


@dataclass(frozen=True, slots=True)
class Column:
    """One term of a model: its unit as a coefficient, and its value per day (0 where it does not apply)."""

    unit: str
    values: Callable[[Days], Floats]


def _flag(days: Days, working: bool) -> Floats:
    return np.array([float(day is working) for day in days.working])


def _daylight(days: Days) -> Floats:
    if days.daylight_h is None:
        raise ValueError("a day has no hours of daylight, which the baseline needs")
    return days.daylight_h - _REFERENCE_DAYLIGHT_H


COLUMNS: dict[str, Column] = {
    "working_day": Column("kWh/d", lambda days: _flag(days, True)),
    "non_working_day": Column("kWh/d", lambda days: _flag(days, False)),
    "working_day_daylight": Column("kWh/d per h", lambda days: _flag(days, True) * _daylight(days)),
    "non_working_day_daylight": Column("kWh/d per h", lambda days: _flag(days, False) * _daylight(days)),
}
"""Intercepts are the energy of a day with 12 h of daylight, or of any day where no slope stands beside."""


def design_matrix(names: Sequence[str], days: Days) -> Floats:
    """The named columns for the given days, shape (n, p)."""
    return np.column_stack([COLUMNS[name].values(days) for name in names])
