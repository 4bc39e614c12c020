"""How a contract document spells lamps and fixture tests: JSON in, plain values out.

A list that may not be empty says so itself: beside what is wrong in an item, `min_length` would call the
list empty, too.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from services.mv.lighting.lamps import LampGroup
from services.mv.lighting.option_a import option_a
from services.mv.lighting.sampling import Agreed, Sample
from services.mv.lighting.saving_rate import FixtureTest, saving_rate
from services.mv.operating_days import On, Period
from services.savings.contract.fields import Day, Document, Text, unsaid
from services.savings.contract.measurement import LampInventory, RateTests

Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]
NotNegative = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e9)]
Hours = Annotated[float, Field(allow_inf_nan=False, ge=0.01, le=1e5)]
Count = Annotated[int, Field(ge=1, le=10**7)]
Shared = Annotated[str, StringConstraints(max_length=100)]
_ANY_DAY = Period(date(2025, 1, 1), date(2025, 1, 2), (True,))


class SampleDocument(Document):
    """A figure measured on some units of a population."""

    mean: Finite
    deviation: NotNegative
    size: Count
    population: Count
    shared: Shared = unsaid("")

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.figure()
        return self

    def figure(self) -> Sample:
        """As it is computed with; `ValueError` for figures no sample can have."""
        return Sample(self.mean, self.deviation, self.size, self.population, self.shared)


class AgreedDocument(Document):
    """A figure both sides stipulate."""

    value: Finite
    source: Text
    standard_error: NotNegative = unsaid(0.0)
    shared: Shared = unsaid("")

    def figure(self) -> Agreed:
        """As it is computed with."""
        return Agreed(self.value, self.source, self.standard_error, self.shared)


def _sort(figure: Any) -> str:
    """What a figure is meant to be, so that only what that lacks is told."""
    measured = "mean" in figure if isinstance(figure, Mapping) else isinstance(figure, SampleDocument)
    return "sample" if measured else "agreed"


FigureDocument = Annotated[
    Annotated[SampleDocument, Tag("sample")] | Annotated[AgreedDocument, Tag("agreed")], Discriminator(_sort)
]
_FIGURES = (
    "watts_before", "watts_after", "hours", "hours_before", "days_a_month", "control_before", "control_after",
    "in_service", "interactive",
)  # fmt: skip


class LampGroupDocument(Document):
    """One line of the lamp inventory."""

    name: Text
    type_before: Text
    type_after: Text
    count: Count
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

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.group()
        return self

    def group(self) -> LampGroup:
        """As it is computed with; `ValueError` names a figure out of bounds."""
        said = {name: getattr(self, name) for name in _FIGURES}
        figures = {name: one.figure() for name, one in said.items() if one is not None}
        return LampGroup(self.name, self.type_before, self.type_after, self.count, on=self.on, **figures)


class LampsDocument(Document):
    """An inventory of lamps (IPMVP option A)."""

    by: Literal["lamps"]
    groups: tuple[LampGroupDocument, ...] = Field(max_length=500)

    @model_validator(mode="after")
    def _check(self) -> Self:
        option_a(self.measurement().groups, _ANY_DAY)  # at least one, names once, what is shared alike
        return self

    def measurement(self) -> LampInventory:
        """As it is computed with."""
        return LampInventory(tuple(one.group() for one in self.groups))


class FixtureTestDocument(Document):
    """One fixture metered before and after."""

    fixture: Text
    before_kwh: NotNegative
    after_kwh: NotNegative
    before_on: Day
    after_on: Day
    hours_before: Hours = unsaid(24.0)
    hours_after: Hours = unsaid(24.0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.after_on < self.before_on:
            raise ValueError("tests: after_on is before before_on")
        return self

    def test(self) -> FixtureTest:
        """As it is computed with."""
        return FixtureTest(**{name: getattr(self, name) for name in FixtureTestDocument.model_fields})


class RateDocument(Document):
    """The saving rate of fixture tests."""

    by: Literal["saving_rate"]
    tests: tuple[FixtureTestDocument, ...] = Field(max_length=1000)
    population: Count

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = self.measurement()
        try:
            rate = saving_rate(known.tests, population=known.population)
        except OverflowError as error:
            raise ValueError("tests: so little was used after that there is no rate") from error
        if rate.rate is None or rate.multiple is None:
            raise ValueError("tests: nothing was used before or after, so there is no rate")
        if rate.multiple_uncertainty is None:
            raise ValueError("tests: one fixture that speaks for others has no known error: test two")
        return self

    def measurement(self) -> RateTests:
        """As it is computed with."""
        return RateTests(tuple(one.test() for one in self.tests), self.population)
