"""Least squares of energy on the days' drivers: Days in, a frozen Baseline out.

Coefficients are rounded before anything is derived from them, so the printed model is the model. Given its
balance points a Baseline is linear in its coefficients: `predict` is `design` times them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.mv.changepoint import Points
from services.mv.figures import Fit, figures, lag_one, rounded
from services.mv.forms import COOLING, DAYLIGHT, HEATING, Term, design_matrix
from services.mv.limits import limit
from services.mv.model import ENGINE, Days, Floats, Record
from services.mv.selection import Candidate, select, unsound_slopes
from services.mv.shapes import BY_TYPE, Form, forms_for, types_of
from services.mv.sufficiency import sufficiency

__all__ = ["Baseline", "Coefficient", "Fit", "NoBaseline", "complete_rows", "fit", "lag_one"]

_DECIMALS = 6
_LEAST_SPREAD_H = 1.0
"""A slope over less daylight than this is noise, not a response."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A fitted coefficient, or a balance point, with the unit it is in."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A fitted model, the complete `days` it was fitted to, and their residuals [kWh/d] in date order.

    `coefficients` are those of `terms`, in their order, and after them the balance points [°C], so that there
    are p. `candidates` are all forms that were tried, empty where there was no choice to make.
    """

    form: str
    coefficients: tuple[Coefficient, ...]
    terms: tuple[Term, ...]
    fit: Fit
    days: Days
    residuals_kwh: Floats
    records: tuple[Record, ...]
    candidates: tuple[Candidate, ...] = ()
    engine: str = ENGINE

    def design(self, days: Days) -> Floats:
        """The model's columns for other days, shape (n, terms)."""
        return design_matrix(self.terms, days)

    def predict(self, days: Days) -> Floats:
        """Adjusted baseline [kWh/d], shape (n,); NaN where the model says nothing of such a day."""
        design = self.design(days)
        values = design @ np.array([c.value for c in self.coefficients[: len(self.terms)]])
        intercepts = [i for i, term in enumerate(self.terms) if term.by is None]
        return np.where(np.any(design[:, intercepts] != 0, axis=1), values, np.nan)


class NoBaseline(ValueError):
    """Not one complete baseline day is there to learn from."""


def complete_rows(days: Days, minimum_coverage: float) -> list[int]:
    """Rows whose energy is known well enough and whose day type, weather and drivers are known."""
    known = np.isfinite(days.energy_kwh) & (days.coverage >= minimum_coverage)
    for column in (days.outdoor_c, *days.drivers.values()):
        if column is not None:
            known &= np.isfinite(column)
    types = days.day_types
    return [i for i in np.flatnonzero(known).tolist() if types[i] is not None]


def fit(
    days: Days, *, minimum_coverage: float = 0.95, method: str = "auto", points: Points | None = None
) -> Baseline:
    """Fit a baseline; days under `minimum_coverage` are left out, with a record.

    `method` is `auto` (the best form that the days can carry, see `selection`) or one of `METHODS`; `points`
    fixes the balance points of a change-point form, which are else searched for. Without weather and further
    drivers `auto` is the day-type mean, with a slope over daylight where that varies.

    Raises `NoBaseline` when not one day is complete and `UnknownMethod` for a form they cannot carry.
    """
    weather = days.outdoor_c is not None and bool(np.isfinite(days.outdoor_c).any())
    seen = days if weather else replace(days, outdoor_c=None)
    used = seen.take(complete_rows(seen, minimum_coverage))
    if not used.days:
        raise NoBaseline("no baseline day is complete, so there is nothing to compare with")
    if method == "auto" and used.outdoor_c is None and not used.drivers and used.length_d is None:
        return _by_day_type(days, used)
    weight = used.lengths / used.lengths.mean()
    choice = select(used, np.sqrt(weight), forms=forms_for(used, method), given=points)
    found = _fitted(choice.form.label, choice.terms, days, used, choice.points)
    values = [c.value for c in found.coefficients[: len(choice.terms)]]
    records = (*found.records, unsound_slopes(values, choice.terms))
    return replace(found, records=records, candidates=choice.candidates)


def _by_day_type(days: Days, used: Days) -> Baseline:
    terms = _daylight_terms(used)
    sloped = any(term.by == DAYLIGHT for term in terms)
    return _fitted("workday+daylight" if sloped else Form("mean", BY_TYPE).label, terms, days, used)


def _daylight_terms(days: Days) -> list[Term]:
    """What these days can tell apart: a mean by day type, and a slope where daylight varies."""
    terms: list[Term] = []
    types = days.day_types
    for name in types_of(days):
        rows = [i for i, found in enumerate(types) if found == name]
        terms.append(Term(name))
        if days.daylight_h is None or len(rows) < limit("sufficiency", "days_of_each_type").figure:
            continue
        if np.ptp(days.daylight_h[rows]) >= _LEAST_SPREAD_H:
            terms.append(Term(name, DAYLIGHT))
    return terms


def _fitted(
    form: str, terms: Sequence[Term], days: Days, used: Days, points: Points | None = None
) -> Baseline:
    design = design_matrix(terms, used)
    weight = None if used.length_d is None else used.length_d / used.length_d.mean()
    root = np.ones(1) if weight is None else np.sqrt(weight)
    solved = np.linalg.lstsq(design * root.reshape(-1, 1), used.energy_kwh * root, rcond=None)[0]
    values = np.round(solved, _DECIMALS) + 0.0
    residuals = used.energy_kwh - design @ values
    coefficients = [Coefficient(t.name, float(v), t.unit) for t, v in zip(terms, values, strict=True)]
    coefficients += _balance_points(points)
    return Baseline(
        form=form,
        coefficients=tuple(coefficients),
        terms=tuple(terms),
        fit=figures(
            used.energy_kwh,
            residuals,
            rho=lag_one(residuals, used.numbers, used.length_d),
            p=len(coefficients),
            weight=weight,
        ),
        days=used,
        residuals_kwh=residuals,
        records=sufficiency(days, used),
    )


def _balance_points(points: Points | None) -> list[Coefficient]:
    if points is None:
        return []
    if points.shared:
        return [Coefficient("change_point", rounded(points.heating_c or 0.0), "°C")]
    named = ((HEATING, points.heating_c), (COOLING, points.cooling_c))
    return [Coefficient(f"{side}_balance_point", rounded(at), "°C") for side, at in named if at is not None]
