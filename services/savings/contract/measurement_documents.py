"""How a contract document spells its measurement: JSON in, plain values out."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.metering.schemas import Code
from services.mv.forms import RESERVED
from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.option_a import option_a
from services.mv.lighting.sampling import Agreed, Sample
from services.mv.lighting.saving_rate import FixtureTest, saving_rate
from services.mv.operating_days import On, Period
from services.mv.shapes import METHODS
from services.savings.contract.measurement import (
    Closure,
    Driver,
    DriverStep,
    LampInventory,
    Limits,
    RateTests,
    Regression,
)
from services.savings.contract.terms_documents import Day, Document, Positive, Share, Text, unsaid

Finite = Annotated[float, Field(allow_inf_nan=False)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_DAY_TYPES = frozenset({"working_day", "non_working_day"})
_ANY_DAY = Period(date(2025, 1, 1), date(2025, 1, 2), (True,))


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
            raise ValueError(f"closures: {self.kind} is the calendar's own word")
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
    steps: tuple[DriverStepDocument, ...] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _check(self) -> Self:
        days = [step.effective_from for step in self.steps]
        if days != sorted(set(days)):
            raise ValueError(f"drivers: {self.name}: steps are in date order, one a day")
        if self.name in RESERVED:
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


class SampleDocument(Document):
    """A figure measured on some units of a population."""

    mean: Finite
    deviation: Finite
    size: int
    population: int
    shared: str = unsaid("")

    def figure(self) -> Sample:
        """As it is computed with; `ValueError` for figures no sample can have."""
        return Sample(self.mean, self.deviation, self.size, self.population, self.shared)


class AgreedDocument(Document):
    """A figure both sides stipulate."""

    value: Finite
    source: Text
    standard_error: Finite = unsaid(0.0)
    shared: str = unsaid("")

    def figure(self) -> Agreed:
        """As it is computed with; `ValueError` for an error below zero."""
        return Agreed(self.value, self.source, self.standard_error, self.shared)


FigureDocument = SampleDocument | AgreedDocument
_FIGURES = (
    "watts_before", "watts_after", "hours", "hours_before", "days_a_month", "control_before", "control_after",
    "in_service", "interactive",
)  # fmt: skip


class LampGroupDocument(Document):
    """One line of the lamp inventory."""

    name: Text
    type_before: Text
    type_after: Text
    count: int
    watts_before: FigureDocument
    watts_after: FigureDocument
    hours: FigureDocument
    hours_before: FigureDocument | None = unsaid(None)
    on: On = unsaid(On.EVERY_DAY)
    days_a_month: FigureDocument | None = unsaid(None)
    control_before: FigureDocument | None = unsaid(None)
    control_after: FigureDocument | None = unsaid(None)
    in_service: FigureDocument | None = unsaid(None)
    interactive: FigureDocument | None = unsaid(None)

    def group(self) -> LampGroup:
        """As it is computed with; `ValueError` names a figure out of bounds."""
        said = {name: getattr(self, name) for name in _FIGURES}
        figures = {name: one.figure() for name, one in said.items() if one is not None}
        return LampGroup(self.name, self.type_before, self.type_after, self.count, on=self.on, **figures)


class LampsDocument(Document):
    """An inventory of lamps (IPMVP option A)."""

    by: Literal["lamps"]
    groups: tuple[LampGroupDocument, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _check(self) -> Self:
        option_a(self.measurement().groups, _ANY_DAY)  # names once, a shared figure alike everywhere
        return self

    def measurement(self) -> LampInventory:
        """As it is computed with."""
        return LampInventory(tuple(one.group() for one in self.groups))


class FixtureTestDocument(Document):
    """One fixture metered before and after."""

    fixture: Text
    before_kwh: Finite
    after_kwh: Finite
    before_on: Day
    after_on: Day
    hours_before: Finite = unsaid(24.0)
    hours_after: Finite = unsaid(24.0)

    def test(self) -> FixtureTest:
        """As it is computed with; `ValueError` for energies or hours no test can have."""
        return FixtureTest(**{name: getattr(self, name) for name in FixtureTestDocument.model_fields})


class RateDocument(Document):
    """The saving rate of fixture tests."""

    by: Literal["saving_rate"]
    tests: tuple[FixtureTestDocument, ...] = Field(min_length=1, max_length=1000)
    population: int = Field(ge=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = self.measurement()
        rate = saving_rate(known.tests, population=known.population)
        if rate.multiple is None:
            raise ValueError("tests: nothing was used before or after, so there is no rate")
        if rate.multiple_uncertainty is None:
            raise ValueError("tests: one fixture that speaks for others has no known error: test two")
        return self

    def measurement(self) -> RateTests:
        """As it is computed with."""
        return RateTests(tuple(one.test() for one in self.tests), self.population)


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
