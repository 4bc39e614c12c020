"""How an adjustment is worded and approved over HTTP: JSON in, what the engine knows out."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.mv.adjustments.adjustment import Adjustment, Kind, Side
from services.mv.adjustments.terms import Lamps, PerDay, Proportional, Term, Total
from services.mv.operating_days import On
from services.savings.contract.fields import Day, Document, Text
from services.savings.contract.model import Contract
from services.savings.contract.years import term_end
from services.savings.settlement.answers import Name, Person, Said

_LARGEST = 1e12
"""More energy than any contract has; sums of it still are numbers."""

Energy = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
Quantity = Annotated[float, Field(ge=0, le=_LARGEST, allow_inf_nan=False)]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


class OutsideTheContract(ValueError):
    """The adjustment has no day of its contract; the message names the field."""


class PerDayDocument(Document):
    """The same energy on each day [kWh/d]."""

    formula: Literal["per_day"]
    kwh_per_day: Energy


class TotalDocument(Document):
    """One energy over all of its days [kWh]."""

    formula: Literal["total"]
    total_kwh: Energy


class LampsDocument(Document):
    """So many lamps more, or less, of so many watts [W], so long a day [h/d]."""

    formula: Literal["lamps"]
    count: int = Field(ge=-1_000_000, le=1_000_000)
    watts: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)
    hours: float = Field(ge=0, le=24, allow_inf_nan=False)


class ProportionalDocument(Document):
    """A share of the baseline that follows a quantity."""

    formula: Literal["proportional"]
    quantity: Text
    unit: Unit
    before: float = Field(gt=0, le=_LARGEST, allow_inf_nan=False)
    after: Quantity
    share: float = Field(1.0, ge=0, le=1, allow_inf_nan=False)


TermDocument = Annotated[
    PerDayDocument | TotalDocument | LampsDocument | ProportionalDocument, Field(discriminator="formula")
]
_TERMS: Mapping[str, type[Term]] = {
    "per_day": PerDay, "total": Total, "lamps": Lamps, "proportional": Proportional,
}  # fmt: skip


class AdjustmentBody(Document):
    """A wording: what changed on which local days (both counted), by which formula, why; who words it.

    Above zero the adjusted baseline grows, and the saving with it. `half_width_share` is the half-width at
    90 % that the parties grant it, as a share of its amount.
    """

    kind: Kind
    first_day: Day
    last_day: Day
    term: TermDocument
    reason: Said
    evidence: tuple[Text, ...] = Field((), max_length=20)
    on: On = On.EVERY_DAY
    half_width_share: float = Field(0.0, ge=0, le=10, allow_inf_nan=False)
    by: Name
    role: Person

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("last_day: is before first_day")
        if isinstance(self.term, TotalDocument) and self.on is not On.EVERY_DAY:
            raise ValueError("on: a total is spread over every day")
        return self

    def adjustment(self, contract: Contract, code: str) -> Adjustment:
        """As it is computed with, not approved yet. Raises `OutsideTheContract`."""
        if self.last_day < contract.reporting_start:
            raise OutsideTheContract(f"last_day: {contract.code} counts from {contract.reporting_start} on")
        if self.first_day >= term_end(contract):
            raise OutsideTheContract(f"first_day: {contract.code} counts until before {term_end(contract)}")
        return Adjustment(
            code=code,
            contract=contract.code,
            kind=self.kind,
            first_day=self.first_day,
            last_day=self.last_day,
            term=_TERMS[self.term.formula](**self.term.model_dump()),
            reason=self.reason,
            evidence=self.evidence,
            on=self.on,
            half_width_share=self.half_width_share,
        )


class ApprovalBody(Document):
    """A side's approval of the wording that has this hash; `role` is the office of who gives it."""

    side: Side
    by: Name
    role: Name
    content_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
