"""The contract document: one spelling for the HTTP body, the database row and a settlement's frozen input."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.metering.schemas import Code
from services.savings.model import Contract, ContractKind, CustodyTerms, GuaranteedTerms, SharedTerms, Terms

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1))]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SharedDocument(_Document):
    """Terms of shared savings; the last share goes on for the years after it."""

    kind: Literal["shared"] = Field(exclude=True, repr=False)
    esco_share_by_year: tuple[Share, ...] = Field(min_length=1, max_length=30)

    def terms(self) -> Terms:
        """As the engine knows them."""
        return SharedTerms(self.esco_share_by_year)


class GuaranteedDocument(_Document):
    """Terms of guaranteed savings."""

    kind: Literal["guaranteed"] = Field(exclude=True, repr=False)
    guaranteed_kwh_per_year: Amount
    service_fee_yuan_per_year: Amount
    esco_share_of_excess: Share

    def terms(self) -> Terms:
        """As the engine knows them."""
        return GuaranteedTerms(
            self.guaranteed_kwh_per_year, self.service_fee_yuan_per_year, self.esco_share_of_excess
        )


class CustodyDocument(_Document):
    """Terms of energy-cost custody."""

    kind: Literal["custody"] = Field(exclude=True, repr=False)
    custody_fee_yuan_per_year: Amount
    baseline_cost_yuan_per_year: Amount

    def terms(self) -> Terms:
        """As the engine knows them."""
        return CustodyTerms(self.custody_fee_yuan_per_year, self.baseline_cost_yuan_per_year)


class ContractBody(_Document):
    """A contract without its code. All dates are local days; `baseline_end` is included."""

    name_zh: Text
    name_en: Text
    institution: Code
    esco_zh: Text
    esco_en: Text
    kind: ContractKind
    meters: tuple[Code, ...] = Field(min_length=1, max_length=200)
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
    terms: Annotated[SharedDocument | GuaranteedDocument | CustodyDocument, Field(discriminator="kind")]

    @model_validator(mode="before")
    @classmethod
    def _terms_by_kind(cls, values: Any) -> Any:
        """The kind stands beside the terms and says which they are."""
        if isinstance(values, dict) and isinstance(values.get("terms"), dict):
            return {**values, "terms": {**values["terms"], "kind": values.get("kind")}}
        return values

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if not self.baseline_start <= self.baseline_end < self.accepted_on:
            raise ValueError("baseline_start, baseline_end and accepted_on must follow one another")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        if len(set(self.meters)) != len(self.meters):
            raise ValueError("meters: one is named twice")
        return self


class ContractDocument(ContractBody):
    """A contract with its code."""

    code: Code

    def contract(self) -> Contract:
        """As the engine knows it."""
        given = {name: getattr(self, name) for name in ContractDocument.model_fields if name != "terms"}
        return Contract(**given, terms=self.terms.terms())
