"""Tables of the quarantine: what was set aside, and every decision ever made about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Table, text_type

_Name = text_type(64)


class QuarantineCaseRow(Table):
    """Something set aside; its identity: meter, channel, where it begins, and whether it is one reading."""

    __tablename__ = "quarantine_case"
    __table_args__ = (Index("ix_quarantine_case_state", "state", "at_ms"),)

    meter: Mapped[str] = mapped_column(ForeignKey("meter.code", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(_Name, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(text_type(16), primary_key=True)
    from_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[float]
    after: Mapped[float]
    reading: Mapped[float | None]
    code: Mapped[str]
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    choices: Mapped[list[Any]] = mapped_column(JSON)
    """Pairs of what accepting can mean and what that would count."""
    state: Mapped[str]
    found_at: Mapped[datetime]


class QuarantineDecisionRow(Table):
    """One decision, never changed: the figures it was made on, what was decided, who, when and why."""

    __tablename__ = "quarantine_decision"
    __table_args__ = (Index("ix_quarantine_decision_case", "meter", "channel", "at_ms"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    meter: Mapped[str] = mapped_column(ForeignKey("meter.code", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(_Name)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[float]
    after: Mapped[float]
    reading: Mapped[float | None]
    verdict: Mapped[str]
    amount: Mapped[float | None]
    by: Mapped[str]
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    followed: Mapped[bool] = mapped_column(default=False, index=True)
    """Whether the intervals were computed with it."""
