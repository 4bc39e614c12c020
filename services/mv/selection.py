"""Which form a baseline takes: complete days in, the chosen form and every other with its figures out.

The criterion is Schwarz's BIC at the effective number of days,

    BIC = n′·ln(SSE/n) + p·ln(n′),   n′ = n·(1−ρ)/(1+ρ),

with ρ the lag-1 autocorrelation of the residuals of the form with the least SSE, one figure for all forms.
Adjusted R² (CalTRACK 2.0) stands beside it, and is not the criterion: it takes a further term as soon as its
F exceeds 1, which pure noise does every third time, so a flat load would be given a weather response. Daily
residuals are not independent either, and weather drifts with the seasons as they do: n in place of n′ would
take that drift for a response. Balance points count as parameters. The smallest BIC wins among forms whose
responses to weather are positive (a 2P line and further drivers may fall).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.mv.changepoint import Points, search
from services.mv.changepoint_tables import Block, basis_of
from services.mv.figures import lag_one, rounded
from services.mv.forms import COOLING, EVERY_DAY, HEATING, Term, design_matrix
from services.mv.model import Days, Floats, Record
from services.mv.shapes import POINTS_OF, SPLIT, Form, UnknownMethod, terms_of, types_of

CRITERION = "BIC at the effective number of days"
_LEAST_EFFECTIVE = 3.0
_FLAT = 1e-20
"""Of the squares of energy: what spreads no more is rounding, and has no balance points to speak of."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form that was tried, with its figures; `why_not` is empty for the chosen one.

    `why_not` else: `bic` (another has a smaller one), `slope` (one is not positive), `days` (too few on one
    side of every balance point; such a form has no figures).
    """

    form: str
    p: int
    heating_c: float | None
    cooling_c: float | None
    r2: float | None
    adjusted_r2: float | None
    cvrmse: float | None
    bic: float | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen form, its terms and balance points, and all candidates in the order they were tried."""

    form: Form
    terms: tuple[Term, ...]
    points: Points | None
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Tried:
    form: Form
    terms: tuple[Term, ...]
    points: Points | None
    sse: float
    sound: bool

    @property
    def p(self) -> int:
        return len(self.terms) + POINTS_OF[self.form.shape]


def select(days: Days, root_weight: Floats, *, forms: Sequence[Form], given: Points | None = None) -> Choice:
    """Fit every form to complete `days` and choose; `given` balance points are not searched for.

    `root_weight` (n,) is the root of the rows' weights, whose mean is 1. Raises `UnknownMethod` when not one
    form can be fitted. When no form's responses are positive the best of all is taken as it is.
    """
    types = types_of(days)
    found = _searched(days, root_weight, forms, types) if given is None else {}
    tried: list[_Tried] = []
    for form in forms:
        points = (given or found[form]) if POINTS_OF[form.shape] else None
        if points is not None or not POINTS_OF[form.shape]:
            tried.append(_tried(days, root_weight, form, terms_of(form, types, points), points))
    if not tried:
        raise UnknownMethod(f"{forms[0].label}: too few days on one side of every balance point")
    candidates, best = _compared(days, root_weight, tried)
    by_form = dict(zip((t.form for t in tried), candidates, strict=True))
    won = tried[best]
    listed = [by_form.get(form) or _without_figures(form, types) for form in forms]
    return Choice(won.form, won.terms, won.points, tuple(listed))


def _searched(
    days: Days, root_weight: Floats, forms: Sequence[Form], names: list[str]
) -> dict[Form, Points | None]:
    """Balance points of every form that has some: one search a set of fixed columns."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for form in forms:
        if POINTS_OF[form.shape]:
            groups.setdefault((form.types, form.drivers), []).append(form.shape)
    found: dict[Form, Points | None] = {}
    for (types, drivers), shapes in groups.items():
        blocks = _blocks(days, root_weight, Form("mean", types, drivers), names)
        points = search(blocks, shapes)
        found |= {Form(shape, types, drivers): points[shape] for shape in shapes}
    return found


def _blocks(days: Days, root_weight: Floats, fixed: Form, types: list[str]) -> tuple[Block, ...]:
    """All days with their fixed columns, or each day type by itself with its own."""
    if fixed.types != SPLIT:
        columns = design_matrix(terms_of(fixed, types, None), days)
        return (Block(days, root_weight, basis_of(columns, root_weight)),)
    columns = design_matrix([Term(EVERY_DAY), *(Term(EVERY_DAY, name) for name in fixed.drivers)], days)
    parts = [np.flatnonzero(days.flags[name]) for name in types]
    return tuple(
        Block(days.take(rows.tolist()), root_weight[rows], basis_of(columns[rows], root_weight[rows]))
        for rows in parts
    )


def _tried(
    days: Days, root_weight: Floats, form: Form, terms: tuple[Term, ...], points: Points | None
) -> _Tried:
    if points is not None and points.sse is not None:
        return _Tried(form, terms, points, points.sse, points.sound)
    values, residuals = _least_squares(days, root_weight, terms)
    sound = unsound_slopes(values.tolist(), terms).ok
    return _Tried(form, terms, points, float(residuals @ residuals), sound)


def _least_squares(days: Days, root_weight: Floats, terms: Sequence[Term]) -> tuple[Floats, Floats]:
    """Coefficients (p,) and weighted residuals (n,)."""
    design = design_matrix(terms, days) * root_weight[:, None]
    energy = days.energy_kwh * root_weight
    values = np.asarray(np.linalg.lstsq(design, energy, rcond=None)[0], dtype=np.float64)
    return values, energy - design @ values


def _compared(days: Days, root_weight: Floats, tried: Sequence[_Tried]) -> tuple[list[Candidate], int]:
    """Each form's figures, and which of them is chosen."""
    weight = root_weight**2
    n, mean = len(weight), float((weight * days.energy_kwh).mean())
    spread = float(weight @ (days.energy_kwh - mean) ** 2)
    richest = min(tried, key=lambda t: t.sse)
    residuals = _least_squares(days, root_weight, richest.terms)[1]
    rho = min(max(lag_one(residuals, days.numbers, days.length_d), 0.0), 0.99)
    effective = max(n * (1 - rho) / (1 + rho), _LEAST_EFFECTIVE)
    squares = float(weight @ days.energy_kwh**2)
    least = max(1e-12 * spread, 1e-24 * squares, 1e-300)
    flat = spread <= _FLAT * squares
    found: list[Candidate] = []
    for t in tried:
        unexplained, free = 1.0 if flat else t.sse / spread, max(n - t.p, 1)
        points = None if flat else t.points
        bic = effective * math.log(max(t.sse, least) / n) + t.p * math.log(effective)
        found.append(
            Candidate(
                form=t.form.label,
                p=t.p,
                heating_c=points.heating_c if points else None,
                cooling_c=points.cooling_c if points else None,
                r2=rounded(1 - unexplained),
                adjusted_r2=rounded(1 - unexplained * (n - 1) / free),
                cvrmse=rounded(math.sqrt(t.sse / free) / mean) if mean else 0.0,
                bic=rounded(bic),
                why_not="bic" if t.sound else "slope",
            )
        )
    eligible = [i for i, t in enumerate(tried) if t.sound] or list(range(len(tried)))
    best = min(eligible, key=lambda i: (found[i].bic, found[i].p, i))
    found[best] = replace(found[best], why_not="")
    return found, best


def _without_figures(form: Form, types: list[str]) -> Candidate:
    p = len(terms_of(form, types, None)) + POINTS_OF[form.shape]
    return Candidate(form.label, p, None, None, None, None, None, None, "days")


def unsound_slopes(values: Sequence[float], terms: Sequence[Term]) -> Record:
    """How many responses to heating or cooling degrees are not positive."""
    count = sum(v <= 0 for v, t in zip(values, terms, strict=True) if t.by in (HEATING, COOLING))
    return Record("slopes_not_positive", count, 0, "CalTRACK 2.0: all slopes > 0", count == 0)
