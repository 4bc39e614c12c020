"""What a contract agrees about the second part of a two-part tariff (两部制): demand [kW] or capacity [kVA].

A kWh that is saved lowers neither by itself, and no meter reading shows what demand would have been: a saving
of the basic charge (基本电费) counts only as both sides agreed on it, dated and signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Basis(StrEnum):
    """What the basic charge is by, as the user chose: billed demand [kW], or transformer capacity [kVA]."""

    DEMAND = "demand"
    CAPACITY = "capacity"


@dataclass(frozen=True, slots=True)
class Lowered:
    """From a local day on, what is billed is `by` less than without the project [kW or kVA].

    It counts only with the day of signature, the evidence and the names of those who signed for both sides.
    """

    effective_from: date
    by: Decimal
    signed_on: date
    signed_by_client: str
    signed_by_esco: str
    evidence: str


@dataclass(frozen=True, slots=True)
class DemandTerms:
    """The agreed lowering of demand or capacity, in date order, at the price that `tariff` then has."""

    basis: Basis
    tariff: str
    lowered: tuple[Lowered, ...]

    def on(self, day: date) -> Lowered | None:
        """What is agreed for a local day: the last line that has begun."""
        begun: Sequence[Lowered] = [one for one in self.lowered if one.effective_from <= day]
        return begun[-1] if begun else None
