"""The tables of savings: contracts as documents, and every version of every month's settlement."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Table


class ContractRow(Table):
    """A contract as the document that was put; the columns beside it are for finding it."""

    __tablename__ = "contract"

    code: Mapped[str] = mapped_column(primary_key=True)
    institution: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    document: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


class SettlementRow(Table):
    """One version of a month's settlement. `document` never changes; `state` moves on by its table.

    `difference_yuan` is its fee less that of the version it supersedes, where both have one.
    """

    __tablename__ = "settlement"

    contract: Mapped[str] = mapped_column(ForeignKey("contract.code"), primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(index=True)
    settled_at: Mapped[datetime]
    input_sha256: Mapped[str]
    esco_fee_yuan: Mapped[Decimal | None]
    difference_yuan: Mapped[Decimal | None]
    document: Mapped[str] = mapped_column(Text)
