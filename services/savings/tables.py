"""The tables of savings: contracts as documents, every version of every month, and what happened to it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
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
    """One version of a month's settlement. `document` never changes; the rest of the row but its key and
    figures follows from the month's events, and stands here to be found by.

    `difference_*` is its fee or saving less that of the version before, where both have one. `data_sha256` is
    the hash of its days and contract alone, `figures` are the document's period and amounts (both None where
    they were not kept beside it), `restated_sha256` is the hash of the days which would change it,
    `disputed_yuan` what waits for a resolution (None where nothing does).
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
    data_sha256: Mapped[str | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    difference_kwh: Mapped[Decimal | None]
    disputed_yuan: Mapped[Decimal | None]
    restated_sha256: Mapped[str | None]
    agreed_at: Mapped[datetime | None]


class SettlementEventRow(Table):
    """One event of a month's settlement: added to, never changed. `number` counts from 1 in each month."""

    __tablename__ = "settlement_event"

    contract: Mapped[str] = mapped_column(ForeignKey("contract.code"), primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    kind: Mapped[str]
    by: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    spoken_as: Mapped[str | None]
