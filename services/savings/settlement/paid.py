"""What was paid under a contract so far, over HTTP: where each month's versions stand in, sums out.

Above zero it went or is due to the ESCO, below zero to the client.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from services.savings.contract.model import SettlementState
from services.savings.settlement.dues import NOTHING, Payment
from services.savings.settlement.standing import Standing


class PaymentOut(BaseModel):
    """What changed hands with one payment step: above zero to the ESCO, below zero back to the client."""

    version: int
    at: datetime
    yuan: str

    @classmethod
    def of(cls, payment: Payment, zone: ZoneInfo) -> Self:
        """One payment."""
        event = payment.event
        return cls(version=event.version, at=event.at.astimezone(zone), yuan=str(payment.yuan))


class MonthPaid(BaseModel):
    """A month in its latest version: what was paid under all of them, and what of it is still due.

    `still_due_yuan` leaves out what is disputed, and is null while the month is held.
    """

    month: str
    version: int
    state: SettlementState
    paid_yuan: str
    still_due_yuan: str | None
    payments: Sequence[PaymentOut]

    @classmethod
    def of(cls, month: str, standing: Standing, zone: ZoneInfo) -> Self:
        """One month by where its latest version stands."""
        due = standing.still_due_yuan
        return cls(
            month=month,
            version=standing.version,
            state=standing.state,
            paid_yuan=str(standing.paid_before_yuan + standing.paid_yuan),
            still_due_yuan=None if due is None else str(due),
            payments=[PaymentOut.of(one, zone) for one in (*standing.earlier, *standing.payments)],
        )


class ContractPaid(BaseModel):
    """A contract's settled months, oldest first, with the sums of what was paid and of what is still due."""

    contract: str
    paid_yuan: str
    still_due_yuan: str
    months: Sequence[MonthPaid]

    @classmethod
    def of(cls, contract: str, standings: Mapping[str, Sequence[Standing]], zone: ZoneInfo) -> Self:
        """All months of a contract by where their versions stand."""
        months = [MonthPaid.of(month, found[-1], zone) for month, found in sorted(standings.items())]
        paid = sum((Decimal(one.paid_yuan) for one in months), NOTHING)
        due = sum((Decimal(one.still_due_yuan or NOTHING) for one in months), NOTHING)
        return cls(contract=contract, paid_yuan=str(paid), still_due_yuan=str(due), months=months)
