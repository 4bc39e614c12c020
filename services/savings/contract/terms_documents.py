"""How a contract document spells its terms and its valuation: JSON in, plain terms out.

What is at its default is not spelled: a document hashes as it did before the term could be said.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from services.savings.contract.fields import (
    Amount,
    AverageCharge,
    Day,
    Document,
    Positive,
    Price,
    Share,
    Signed,
    Text,
    as_it_was,
    unsaid,
)
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    CustodyAdjustment,
    CustodyTerms,
    FeeFloor,
    FixedValuation,
    GuaranteedTerms,
    GuaranteeSettled,
    LeaseTerms,
    MixedTerms,
    Parameter,
    PeriodValuation,
    PriceLine,
    ProportionalAdjustment,
    Rent,
    SharedTerms,
    SingleTerms,
    StatedAdjustment,
)


class SharedDocument(Document):
    """Terms of shared savings; the last share goes on for the years after it."""

    kind: Literal["shared"] = Field(exclude=True, repr=False)
    esco_share_by_year: tuple[Share, ...] = Field(min_length=1, max_length=30)
    fee_floor: FeeFloor = unsaid(FeeFloor.MONTH)

    def terms(self) -> SharedTerms:
        """As they are computed with."""
        return SharedTerms(self.esco_share_by_year, self.fee_floor)


class GuaranteedDocument(Document):
    """Terms of guaranteed savings."""

    kind: Literal["guaranteed"] = Field(exclude=True, repr=False)
    guaranteed_kwh_per_year: Amount
    service_fee_yuan_per_year: Amount
    esco_share_of_excess: Share
    settled: GuaranteeSettled = unsaid(GuaranteeSettled.MONTH)
    fee_floor: FeeFloor = unsaid(FeeFloor.NONE)

    def terms(self) -> GuaranteedTerms:
        """As they are computed with."""
        return GuaranteedTerms(
            self.guaranteed_kwh_per_year,
            self.service_fee_yuan_per_year,
            self.esco_share_of_excess,
            self.settled,
            self.fee_floor,
        )


class ProportionalDocument(Document):
    """A part of the fee follows a parameter."""

    share: Share
    agreed: Positive
    actual: Amount

    def change(self) -> ProportionalAdjustment:
        """As it is computed with."""
        return ProportionalAdjustment(self.share, self.agreed, self.actual)


class StatedDocument(Document):
    """An amount with the parties' own formula."""

    amount_yuan_per_year: Signed
    formula: Text

    def change(self) -> StatedAdjustment:
        """As it is computed with."""
        return StatedAdjustment(self.amount_yuan_per_year, self.formula)


class AdjustmentDocument(Document):
    """A dated, signed change of a custody fee."""

    parameter: Parameter
    effective_from: Day
    effective_to: Day | None = unsaid(None)
    change: ProportionalDocument | StatedDocument
    signed_on: Day
    signed_by_client: Text
    signed_by_esco: Text
    evidence: Text

    def adjustment(self) -> CustodyAdjustment:
        """As it is computed with."""
        given = {name: getattr(self, name) for name in AdjustmentDocument.model_fields if name != "change"}
        return CustodyAdjustment(**given, change=self.change.change())


class CustodyDocument(Document):
    """Terms of energy-cost custody."""

    kind: Literal["custody"] = Field(exclude=True, repr=False)
    custody_fee_yuan_per_year: Amount
    baseline_cost_yuan_per_year: Amount
    adjustments: tuple[AdjustmentDocument, ...] = unsaid((), max_length=200)
    baseline_costs_yuan: tuple[Positive, ...] = unsaid((), max_length=3)
    fee_floor: FeeFloor = unsaid(FeeFloor.NONE)

    def terms(self) -> CustodyTerms:
        """As they are computed with."""
        return CustodyTerms(
            self.custody_fee_yuan_per_year,
            self.baseline_cost_yuan_per_year,
            tuple(one.adjustment() for one in self.adjustments),
            self.baseline_costs_yuan,
            self.fee_floor,
        )


class RentDocument(Document):
    """A rent and its day."""

    due_on: Day
    yuan: Amount


class LeaseDocument(Document):
    """Terms of a lease: rents by contract year, or by day."""

    kind: Literal["lease"] = Field(exclude=True, repr=False)
    rent_yuan_by_year: tuple[Amount, ...] = unsaid((), max_length=30)
    rents: tuple[RentDocument, ...] = unsaid((), max_length=400)
    guaranteed_kwh_per_year: Amount | None = unsaid(None)
    settled: GuaranteeSettled = unsaid(GuaranteeSettled.MONTH)
    fee_floor: FeeFloor = unsaid(FeeFloor.NONE)

    def terms(self) -> LeaseTerms:
        """As they are computed with."""
        rents = tuple(Rent(rent.due_on, rent.yuan) for rent in self.rents)
        return LeaseTerms(
            self.rent_yuan_by_year, rents, self.guaranteed_kwh_per_year, self.settled, self.fee_floor
        )


SingleDocument = Annotated[
    SharedDocument | GuaranteedDocument | CustodyDocument | LeaseDocument, Field(discriminator="kind")
]


def terms_by_kind(values: Any) -> Any:
    """The kind stands beside the terms and says which they are."""
    if isinstance(values, dict) and isinstance(values.get("terms"), dict):
        if "kind" in values["terms"]:
            raise ValueError("terms: the kind stands beside them")
        return {**values, "terms": {**values["terms"], "kind": values.get("kind")}}
    return values


class ComponentDocument(Document):
    """One kind of a mixed contract, with its terms."""

    kind: Literal["shared", "guaranteed", "custody", "lease"]
    terms: SingleDocument

    @model_validator(mode="before")
    @classmethod
    def _terms_by_kind(cls, values: Any) -> Any:
        return terms_by_kind(values)

    def component(self) -> SingleTerms:
        """As it is computed with."""
        return self.terms.terms()


class MixedDocument(Document):
    """Terms of several kinds, whose fees add up."""

    kind: Literal["mixed"] = Field(exclude=True, repr=False)
    components: tuple[ComponentDocument, ...] = Field(min_length=2, max_length=4)

    @model_validator(mode="after")
    def _each_once(self, info: ValidationInfo) -> Self:
        if as_it_was(info):
            return self
        if len({one.kind for one in self.components}) < len(self.components):
            raise ValueError("components: one kind stands there twice")
        promises = [one for one in self.components if "guaranteed_kwh_per_year" in one.terms.model_dump()]
        if len(promises) > 1:
            raise ValueError("components: two guarantee a saving")
        return self

    def terms(self) -> MixedTerms:
        """As they are computed with."""
        return MixedTerms(tuple(one.component() for one in self.components))


TermsDocument = Annotated[
    SharedDocument | GuaranteedDocument | CustodyDocument | LeaseDocument | MixedDocument,
    Field(discriminator="kind"),
]


class PriceDocument(Document):
    """A price from a day on."""

    effective_from: Day
    yuan_per_kwh: Price
    source: Text

    def line(self) -> PriceLine:
        """As it is computed with."""
        return PriceLine(self.effective_from, self.yuan_per_kwh, self.source)


class FixedDocument(Document):
    """Savings at the contract's own price."""

    by: Literal["fixed"]
    prices: tuple[PriceDocument, ...] = Field(min_length=1, max_length=200)

    def valuation(self) -> FixedValuation:
        """As it is computed with."""
        return FixedValuation(tuple(one.line() for one in self.prices))


class BillDocument(PriceDocument):
    """A month's average price of energy; of a two-part tariff, that of its basic charge where it counts."""

    basic_yuan_per_kwh: AverageCharge | None = unsaid(None)

    def line(self) -> PriceLine:
        """As it is computed with."""
        return PriceLine(self.effective_from, self.yuan_per_kwh, self.source, self.basic_yuan_per_kwh)


class BillsDocument(Document):
    """Savings at the average price of each month's bill, without or with the basic charge."""

    by: Literal["bills"]
    bills: tuple[BillDocument, ...] = Field(max_length=400)
    with_basic_charge: bool = unsaid(False)

    def valuation(self) -> BillValuation:
        """As it is computed with."""
        return BillValuation(tuple(one.line() for one in self.bills), self.with_basic_charge)


class CurrentDocument(Document):
    """Savings at a tariff's price for users without periods."""

    by: Literal["current"]
    tariff: Text

    def valuation(self) -> CurrentValuation:
        """As it is computed with."""
        return CurrentValuation(self.tariff)


class PeriodsDocument(Document):
    """Savings at a tariff's prices by period."""

    by: Literal["periods"]
    tariff: Text

    def valuation(self) -> PeriodValuation:
        """As it is computed with."""
        return PeriodValuation(self.tariff)


ValuationDocument = Annotated[
    FixedDocument | BillsDocument | CurrentDocument | PeriodsDocument, Field(discriminator="by")
]
