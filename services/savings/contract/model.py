"""The words of savings: Contract, whose terms turn savings into money, and a settlement's states."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from services.savings.contract.demand import DemandTerms
from services.savings.contract.measurement import DAYS, NO_LIMITS, Limits, Measurement
from services.savings.contract.terms import (
    CustodyTerms,
    FixedValuation,
    GuaranteedTerms,
    LeaseTerms,
    MixedTerms,
    PriceLine,
    SharedTerms,
    Terms,
    Valuation,
)

__all__ = [
    "Contract",
    "ContractKind",
    "CustodyTerms",
    "GuaranteedTerms",
    "LeaseTerms",
    "MixedTerms",
    "SettlementState",
    "SharedTerms",
    "Terms",
]


class ContractKind(StrEnum):
    """How the saving turns into money (GB/T 24915-2020)."""

    SHARED = "shared"
    GUARANTEED = "guaranteed"
    CUSTODY = "custody"
    LEASE = "lease"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Contract:
    """An energy performance contract: parties, meters, periods (local dates), price and terms.

    `baseline_end` is included; the reporting period starts the day after `accepted_on`. Savings are valued at
    `price_yuan_per_kwh` unless `valuation` says otherwise. The basic charge of a two-part tariff is saved
    only as `demand` agrees: energy that is saved lowers no demand by itself.
    """

    code: str
    name_zh: str
    name_en: str
    institution: str
    esco_zh: str
    esco_en: str
    kind: ContractKind
    meters: tuple[str, ...]
    signed_on: date
    accepted_on: date
    term_years: int
    baseline_start: date
    baseline_end: date
    price_yuan_per_kwh: Decimal
    price_source: str
    latitude: float | None
    longitude: float | None
    minimum_completeness: Decimal
    terms: Terms
    valuation: Valuation | None = None
    measurement: Measurement = DAYS
    limits: Limits = NO_LIMITS
    demand: DemandTerms | None = None

    @property
    def valued_by(self) -> Valuation:
        """How savings are valued: as said, else at the contract's one price."""
        only = PriceLine(date.min, self.price_yuan_per_kwh, self.price_source)
        return self.valuation or FixedValuation((only,))

    @property
    def reporting_start(self) -> date:
        """First day whose saving counts."""
        return self.accepted_on + timedelta(days=1)


class SettlementState(StrEnum):
    """Where a version of a month's settlement stands; `states` says what may follow."""

    HELD = "held"
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    ISSUED = "issued"
    PAID = "paid"
    SUPERSEDED = "superseded"
