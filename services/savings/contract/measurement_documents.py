"""How a contract document spells its measurement and its limits: JSON in, plain values out."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.metering.schemas import Code
from services.mv.forms import EVERY_DAY, RESERVED
from services.mv.shapes import METHOD_OF, METHODS, SHAPES
from services.savings.contract.fields import Day, Document, Positive, Share, Text, unsaid
from services.savings.contract.measurement import Closure, Driver, DriverStep, Limits, Regression
from services.savings.contract.measurement_lighting import Finite, LampsDocument, RateDocument

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_DAY_TYPES = frozenset({EVERY_DAY, "working_day", "non_working_day"})
_OF_WEATHER = frozenset(method for (shape, _), method in METHOD_OF.items() if SHAPES[shape])


class ClosureDocument(Document):
    """Days of a kind of their own."""

    kind: Slug
    first_day: Day
    last_day: Day
    source: Text

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("closures: last_day is before first_day")
        if self.kind in _DAY_TYPES:
            raise ValueError(f"closures: {self.kind} is the engine's own word")
        return self

    def closure(self) -> Closure:
        """As it is computed with."""
        return Closure(self.kind, self.first_day, self.last_day, self.source)


class DriverStepDocument(Document):
    """A driver's value from a day on."""

    effective_from: Day
    value: Finite
    source: Text


class DriverDocument(Document):
    """A driver and its values, in date order."""

    name: Slug
    unit: Annotated[str, StringConstraints(max_length=20)]
    steps: tuple[DriverStepDocument, ...] = Field(max_length=1000)

    @model_validator(mode="after")
    def _check(self) -> Self:
        days = [step.effective_from for step in self.steps]
        if not days or days != sorted(set(days)):
            raise ValueError(f"drivers: {self.name}: steps are at least one, in date order, one a day")
        if self.name in RESERVED | _DAY_TYPES:
            raise ValueError(f"drivers: {self.name} is the engine's own word")
        return self

    def driver(self) -> Driver:
        """As it is computed with."""
        steps = tuple(DriverStep(one.effective_from, one.value, one.source) for one in self.steps)
        return Driver(self.name, self.unit, steps)


class RegressionDocument(Document):
    """A baseline of days."""

    by: Literal["regression"]
    form: str = unsaid("auto")
    weather: Code | None = unsaid(None)
    closures: tuple[ClosureDocument, ...] = unsaid((), max_length=400)
    drivers: tuple[DriverDocument, ...] = unsaid((), max_length=8)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.form not in {"auto", *METHODS}:
            raise ValueError(f"form: {self.form!r} is none of auto, {', '.join(METHODS)}")
        if self.form in _OF_WEATHER and self.weather is None:
            raise ValueError(f"weather: {self.form} needs the meter whose temperature_c is outdoors")
        ordered = sorted(self.closures, key=lambda one: one.first_day)
        for one, other in pairwise(ordered):
            if one.last_day >= other.first_day:
                raise ValueError(f"closures: two hold on {other.first_day}")
        if len({one.name for one in self.drivers}) < len(self.drivers):
            raise ValueError("drivers: one is named twice")
        return self

    def measurement(self) -> Regression:
        """As it is computed with."""
        return Regression(
            self.form,
            self.weather,
            tuple(one.closure() for one in self.closures),
            tuple(one.driver() for one in self.drivers),
        )


class LimitsDocument(Document):
    """What the contract asks of a month's figures, beside completeness."""

    cvrmse: Share | None = unsaid(None)
    net_bias: Share | None = unsaid(None)
    r2: Share | None = unsaid(None)
    uncertainty_share: Positive | None = unsaid(None)

    def limits(self) -> Limits:
        """As they are held against."""
        said = {name: getattr(self, name) for name in LimitsDocument.model_fields}
        return Limits(**{name: None if one is None else float(one) for name, one in said.items()})


MeasurementDocument = Annotated[RegressionDocument | LampsDocument | RateDocument, Field(discriminator="by")]
