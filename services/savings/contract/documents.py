"""The contract document: one spelling for the HTTP body, the database row and a settlement's frozen input."""

from decimal import Decimal
from typing import Any, Self

from pydantic import Field, ValidationInfo, model_validator

from services.metering.schemas import Code
from services.savings.contract.consistency import check, check_demand
from services.savings.contract.demand_documents import DemandDocument
from services.savings.contract.fields import Day, Document, Text, as_it_was, unsaid
from services.savings.contract.measurement import DAYS, NO_LIMITS
from services.savings.contract.measurement_documents import (
    LimitsDocument,
    MeasurementDocument,
    RegressionDocument,
)
from services.savings.contract.measurement_lighting import LampsDocument
from services.savings.contract.model import Contract, ContractKind
from services.savings.contract.terms_documents import (
    PeriodsDocument,
    TermsDocument,
    ValuationDocument,
    terms_by_kind,
)


class ContractBody(Document):
    """A contract without its code. All dates are local days; `baseline_end` is included.

    Without `valuation` savings are valued at `price_yuan_per_kwh`; where they are valued by period, that is
    the price of what was promised and not saved.
    """

    name_zh: Text
    name_en: Text
    institution: Code
    esco_zh: Text
    esco_en: Text
    kind: ContractKind
    meters: tuple[Code, ...] = Field(max_length=200)
    signed_on: Day
    accepted_on: Day
    term_years: int = Field(ge=1, le=30)
    baseline_start: Day
    baseline_end: Day
    price_yuan_per_kwh: Decimal = Field(gt=0, max_digits=10)
    price_source: Text
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    minimum_completeness: Decimal = Field(Decimal("0.95"), gt=0, le=1, max_digits=6)
    terms: TermsDocument
    valuation: ValuationDocument | None = unsaid(None)
    measurement: MeasurementDocument | None = unsaid(None)
    limits: LimitsDocument | None = unsaid(None)
    demand: DemandDocument | None = unsaid(None)

    @model_validator(mode="before")
    @classmethod
    def _terms_by_kind(cls, values: Any) -> Any:
        return terms_by_kind(values)

    @model_validator(mode="after")
    def _in_order(self, info: ValidationInfo) -> Self:
        if not as_it_was(info):
            self._check()
        return self

    def _check(self) -> None:
        if not self.baseline_start <= self.baseline_end < self.accepted_on:
            raise ValueError("baseline_start, baseline_end and accepted_on must follow one another")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        self._check_meters()
        self._check_measurement()
        valuation = self.valuation.valuation() if self.valuation else None
        check(self.terms.terms(), valuation, accepted_on=self.accepted_on, term_years=self.term_years)
        if self.demand is not None:
            check_demand(self.demand.terms(), valuation, accepted_on=self.accepted_on)

    def _check_meters(self) -> None:
        if len(set(self.meters)) != len(self.meters):
            raise ValueError("meters: one is named twice")
        lamps = isinstance(self.measurement, LampsDocument)
        if lamps == bool(self.meters):
            raise ValueError("meters: at least one, unless an inventory of lamps takes their place")
        if lamps and isinstance(self.valuation, PeriodsDocument):
            raise ValueError("valuation: an inventory of lamps does not say in which hours they burn")

    def _check_measurement(self) -> None:
        if isinstance(self.measurement, RegressionDocument):
            for one in self.measurement.drivers:
                if one.steps[0].effective_from > self.baseline_start:
                    raise ValueError(
                        f"measurement/drivers: {one.name} has no value on {self.baseline_start}, "
                        "the first baseline day"
                    )
        elif self.measurement is not None and self.limits is not None:
            for name in ("cvrmse", "net_bias", "r2"):
                if getattr(self.limits, name) is not None:
                    raise ValueError(f"limits/{name}: is of a regression, and nothing is fitted here")


class ContractDocument(ContractBody):
    """A contract with its code."""

    code: Code

    def contract(self) -> Contract:
        """As the engine knows it."""
        given = {name: getattr(self, name) for name in ContractDocument.model_fields}
        valuation = self.valuation.valuation() if self.valuation else None
        plain = {
            "terms": self.terms.terms(),
            "valuation": valuation,
            "measurement": self.measurement.measurement() if self.measurement else DAYS,
            "limits": self.limits.limits() if self.limits else NO_LIMITS,
            "demand": self.demand.terms() if self.demand else None,
        }
        return Contract(**given | plain)
