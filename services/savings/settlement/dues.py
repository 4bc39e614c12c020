"""What has changed hands for a month and what still has to: its payments and portions in, signed yuan out.

Above zero the client pays the ESCO, below zero the ESCO pays the client. A version made after a payment owes
what it differs from all that was paid before it, under whichever versions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from services.savings.settlement.events import Event

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Payment:
    """What changed hands with one payment step [yuan]; zero where all had been paid already."""

    event: Event
    yuan: Decimal


def net(payments: Iterable[Payment]) -> Decimal:
    """What was paid less what was paid back [yuan]."""
    return sum((one.yuan for one in payments), NOTHING)


def falls_due(settled: Decimal, waiting: Decimal, *, before: Decimal, paid: Decimal) -> Decimal:
    """What has to change hands so that the amounts `settled` of a version are paid [yuan].

    `waiting` are its other amounts, disputed or not issued yet; `before` was paid under earlier versions and
    `paid` under this one. What was paid before stays for amounts that wait, as far as it covers them: nobody
    hands back what may be due after all.
    """
    return settled + _stays(before - settled, waiting, before) - before - paid


def _stays(left: Decimal, waiting: Decimal, before: Decimal) -> Decimal:
    if before * waiting <= 0:
        return NOTHING
    low, high = sorted((NOTHING, waiting))
    return min(max(left, low), high)
