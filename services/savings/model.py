"""The words of savings: Contract and its terms, which turn savings into money, and a settlement's states."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class ContractKind(StrEnum):
    """How the saving turns into money (GB/T 24915-2020)."""

    SHARED = "shared"
    GUARANTEED = "guaranteed"
    CUSTODY = "custody"


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """The ESCO's share of the saving's value (0–1) by contract year; the last share goes on."""

    esco_share_by_year: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class GuaranteedTerms:
    """A saving promised for each contract year, the fee for it, and the ESCO's share (0–1) of any excess."""

    guaranteed_kwh_per_year: Decimal
    service_fee_yuan_per_year: Decimal
    esco_share_of_excess: Decimal


@dataclass(frozen=True, slots=True)
class CustodyTerms:
    """A fixed yearly fee for which the ESCO pays the energy, and the yearly cost it was agreed against."""

    custody_fee_yuan_per_year: Decimal
    baseline_cost_yuan_per_year: Decimal


Terms = SharedTerms | GuaranteedTerms | CustodyTerms


@dataclass(frozen=True, slots=True)
class Contract:
    """An energy performance contract: parties, meters, periods (local dates), price and terms.

    `baseline_end` is included; the reporting period starts the day after `accepted_on`.
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

    @property
    def reporting_start(self) -> date:
        """First day whose saving counts."""
        return self.accepted_on + timedelta(days=1)


class SettlementState(StrEnum):
    """Where a version of a month's settlement stands."""

    HELD = "held"
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    ISSUED = "issued"
    PAID = "paid"
    SUPERSEDED = "superseded"


NEXT_STATES: dict[SettlementState, frozenset[SettlementState]] = {
    SettlementState.HELD: frozenset({SettlementState.SUPERSEDED}),
    SettlementState.DRAFT: frozenset({SettlementState.CONFIRMED, SettlementState.SUPERSEDED}),
    SettlementState.CONFIRMED: frozenset({SettlementState.ISSUED, SettlementState.SUPERSEDED}),
    SettlementState.ISSUED: frozenset({SettlementState.PAID, SettlementState.SUPERSEDED}),
    SettlementState.PAID: frozenset({SettlementState.SUPERSEDED}),
    SettlementState.SUPERSEDED: frozenset(),
}
"""Which state may follow which; a held month has no amount, so only a new version leads out of it."""
