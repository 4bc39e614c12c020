"""Which forms there are, by name, and which of them days can carry: Days in, Forms and their terms out."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from services.mv.changepoint import Points
from services.mv.forms import COOLING, DAYLIGHT, EVERY_DAY, HEATING, TEMPERATURE, Term
from services.mv.limits import limit
from services.mv.model import Days

SHAPES: dict[str, tuple[str, ...]] = {
    "mean": (),
    "2P": (TEMPERATURE,),
    "3PH": (HEATING,),
    "3PC": (COOLING,),
    "4P": (HEATING, COOLING),
    "5P": (HEATING, COOLING),
}
"""The responses to outdoor temperature of each shape; those of 4P begin at one common change point."""
POINTS_OF = {"mean": 0, "2P": 0, "3PH": 1, "3PC": 1, "4P": 1, "5P": 2}
"""How many balance points a shape has, each of them a parameter."""

COMMON, BY_TYPE, SPLIT = "", " by day type", " split by day type"
"""One line for all days; an intercept for each day type; a line for each day type, balance points shared."""

METHOD_OF = {
    (shape, types): shape.lower() + suffix
    for shape in SHAPES
    for types, suffix in ((COMMON, ""), (BY_TYPE, "-types"), (SPLIT, "-split"))
    if (shape, types) != ("mean", SPLIT)
}
METHODS = (*METHOD_OF.values(), "daylight")
"""Names by which one form is asked for; further drivers join it where they are given and worth it."""


class UnknownMethod(ValueError):
    """No such form, or these days cannot carry it; the message says which."""


@dataclass(frozen=True, slots=True)
class Form:
    """A shape in outdoor temperature, how day types enter it, and the further drivers it has."""

    shape: str
    types: str = COMMON
    drivers: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The printed name: `day-type mean`, `workday+daylight`, `3PC by day type`, `5P + head_count`."""
        if self == DAYLIGHT_FORM:
            return "workday+daylight"
        name = "day-type mean" if (self.shape, self.types) == ("mean", BY_TYPE) else self.shape + self.types
        return " + ".join([name, *self.drivers])


DAYLIGHT_FORM = Form("mean", SPLIT, (DAYLIGHT,))


def forms_for(days: Days, method: str = "auto") -> list[Form]:
    """The forms of a method that complete days can carry, poorest first; `UnknownMethod` without one."""
    if method != "auto" and method not in METHODS:
        raise UnknownMethod(f"{method!r} is none of auto, {', '.join(METHODS)}")
    carried = _carried(days)
    if method == "daylight":
        carried = [form for form in carried if form == DAYLIGHT_FORM]
    elif method != "auto":
        carried = [form for form in carried if METHOD_OF.get((form.shape, form.types)) == method]
    if not carried:
        raise UnknownMethod(f"{method}: these days have not the weather, day types or daylight that it needs")
    return carried


def _carried(days: Days) -> list[Form]:
    types, of_each = types_of(days), days.day_types
    variants = [COMMON]
    if len(types) > 1:
        variants.append(BY_TYPE)
        if min(of_each.count(name) for name in types) >= limit("sufficiency", "days_of_each_type").figure:
            variants.append(SPLIT)
    drivers = usable_drivers(days)
    further: list[tuple[str, ...]] = [(), drivers] if drivers else [()]
    if len(drivers) > 1 and DAYLIGHT in drivers:
        further.insert(1, (DAYLIGHT,))
    shapes = SHAPES if days.outdoor_c is not None else ("mean",)
    every = product(shapes, variants, further)
    return [Form(*form) for form in every if form != ("mean", SPLIT, ())]


def usable_drivers(days: Days) -> tuple[str, ...]:
    """Further drivers whose values differ between the days, in order of their names."""
    columns = dict(days.drivers)
    if days.daylight_h is not None:
        columns[DAYLIGHT] = days.daylight_h
    return tuple(name for name in sorted(columns) if np.ptp(columns[name]) > 0)


def types_of(days: Days) -> list[str]:
    """Day types that occur, in their printed order."""
    first = [name for name in ("working_day", "non_working_day") if name in days.flags]
    return first + sorted(days.flags.keys() - set(first))


def terms_of(form: Form, types: list[str], points: Points | None) -> tuple[Term, ...]:
    """The form's columns for these day types, intercepts first."""
    slopes = types if form.types == SPLIT else [EVERY_DAY]
    by_side = {HEATING: points.heating_c, COOLING: points.cooling_c} if points else {}
    return (
        *(Term(of) for of in ([EVERY_DAY] if form.types == COMMON else types)),
        *(Term(of, side, by_side.get(side)) for of in slopes for side in SHAPES[form.shape]),
        *(Term(of, name) for of in slopes for name in form.drivers),
    )
