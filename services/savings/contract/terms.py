"""What a contract agrees about money: how its savings are valued, and the terms of each kind that turn the
value into fees. Plain values; `valuation` and `fees` compute with them.

Everything dated changes only on the first of a month or of a contract year, so that the days of one month in
one contract year have one price and one set of terms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum


class FeeFloor(StrEnum):
    """Where a fee may not fall below zero: nowhere, in each month, or over each contract year."""

    NONE = "none"
    MONTH = "month"
    YEAR = "year"


class GuaranteeSettled(StrEnum):
    """When a yearly guarantee is settled.

    `MONTH`: each month is held to its days' part, for good. `YEAR`: only the year is, with its last month.
    `MONTH_AND_YEAR`: each month on account, and the year's last month brings the difference.
    """

    MONTH = "month"
    YEAR = "year"
    MONTH_AND_YEAR = "month_and_year"

    @property
    def monthly(self) -> bool:
        """Whether a month settles its part."""
        return self is not GuaranteeSettled.YEAR

    @property
    def yearly(self) -> bool:
        """Whether the end of a contract year settles the year."""
        return self is not GuaranteeSettled.MONTH


class Parameter(StrEnum):
    """What a custody fee may be adjusted for (JS/T 301-2024)."""

    PRICE = "price"
    HEAD_COUNT = "head_count"
    FLOOR_AREA = "floor_area"
    HOURS = "hours"
    WEATHER = "weather"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A price [yuan/kWh] from a local day on, and where it stands written.

    `basic_yuan_per_kwh` is a bill's basic charge (of demand or capacity) over its energy, where it counts.
    """

    effective_from: date
    yuan_per_kwh: Decimal
    source: str
    basic_yuan_per_kwh: Decimal | None = None

    @property
    def whole_yuan_per_kwh(self) -> Decimal:
        """With the basic charge where there is one."""
        return self.yuan_per_kwh + (self.basic_yuan_per_kwh or Decimal())


@dataclass(frozen=True, slots=True)
class FixedValuation:
    """The contract's own price: the last of `prices`, in date order, that has begun."""

    prices: tuple[PriceLine, ...]


@dataclass(frozen=True, slots=True)
class BillValuation:
    """The average price of each month's bill; each line holds for the calendar month it begins.

    `with_basic_charge`: of a two-part tariff (两部制) the average holds the charge of demand or capacity too,
    which each line then says apart.
    """

    bills: tuple[PriceLine, ...]
    with_basic_charge: bool = False


@dataclass(frozen=True, slots=True)
class CurrentValuation:
    """The price that a tariff has at the time for users without periods, by the tariff's id."""

    tariff: str


@dataclass(frozen=True, slots=True)
class PeriodValuation:
    """The prices that a tariff has at the time by period (sharp, peak, flat, valley), by the tariff's id."""

    tariff: str


Valuation = FixedValuation | BillValuation | CurrentValuation | PeriodValuation


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """The ESCO's share of the saving's value (0–1) by contract year; the last share goes on."""

    esco_share_by_year: tuple[Decimal, ...]
    fee_floor: FeeFloor = FeeFloor.MONTH


@dataclass(frozen=True, slots=True)
class GuaranteedTerms:
    """A saving promised for each contract year, the fee for it, and the ESCO's share (0–1) of any excess."""

    guaranteed_kwh_per_year: Decimal
    service_fee_yuan_per_year: Decimal
    esco_share_of_excess: Decimal
    settled: GuaranteeSettled = GuaranteeSettled.MONTH
    fee_floor: FeeFloor = FeeFloor.NONE


@dataclass(frozen=True, slots=True)
class ProportionalAdjustment:
    """The `share` (0–1) of the fee follows a parameter that was `agreed` and is now `actual`:
    `custody_fee_yuan_per_year × share × (actual / agreed − 1)`."""

    share: Decimal
    agreed: Decimal
    actual: Decimal


@dataclass(frozen=True, slots=True)
class StatedAdjustment:
    """A yearly amount [yuan], negative where the fee falls, and the parties' formula for it in words."""

    amount_yuan_per_year: Decimal
    formula: str


@dataclass(frozen=True, slots=True)
class CustodyAdjustment:
    """A change of a custody fee from `effective_from` to `effective_to` (included; None: until the end).

    It counts only with the day of signature, the evidence and the names of those who signed for both sides.
    """

    parameter: Parameter
    effective_from: date
    effective_to: date | None
    change: ProportionalAdjustment | StatedAdjustment
    signed_on: date
    signed_by_client: str
    signed_by_esco: str
    evidence: str


@dataclass(frozen=True, slots=True)
class CustodyTerms:
    """A fixed yearly fee for which the ESCO pays the energy, and the yearly cost it was agreed against.

    `baseline_costs_yuan` are the costs of the three years before, oldest first, or empty.
    """

    custody_fee_yuan_per_year: Decimal
    baseline_cost_yuan_per_year: Decimal
    adjustments: tuple[CustodyAdjustment, ...] = ()
    baseline_costs_yuan: tuple[Decimal, ...] = ()
    fee_floor: FeeFloor = FeeFloor.NONE


@dataclass(frozen=True, slots=True)
class Rent:
    """A rent [yuan] that is due on a local day."""

    due_on: date
    yuan: Decimal


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """A finance lease: a rent for each contract year, or rents due on days; the client keeps all savings.

    `guaranteed_kwh_per_year` is None where nothing is guaranteed; a shortfall then is the client's.
    """

    rent_yuan_by_year: tuple[Decimal, ...] = ()
    rents: tuple[Rent, ...] = ()
    guaranteed_kwh_per_year: Decimal | None = None
    settled: GuaranteeSettled = GuaranteeSettled.MONTH
    fee_floor: FeeFloor = FeeFloor.NONE


SingleTerms = SharedTerms | GuaranteedTerms | CustodyTerms | LeaseTerms


@dataclass(frozen=True, slots=True)
class MixedTerms:
    """Several kinds in one contract, each at most once: the fees add up, each with its own floor."""

    components: tuple[SingleTerms, ...]


Terms = SingleTerms | MixedTerms


def figures(terms: Terms) -> Iterator[tuple[str, Decimal | tuple[Decimal, ...]]]:
    """The amounts and shares of terms by name: those fields that are a figure, or one for each year."""
    if isinstance(terms, MixedTerms):
        for component in terms.components:
            yield from figures(component)
        return
    for field in fields(terms):
        value = getattr(terms, field.name)
        given = value if isinstance(value, tuple) else (value,)
        if given and all(isinstance(one, Decimal) for one in given):
            yield field.name, value
