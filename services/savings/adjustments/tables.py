"""The tables of adjustments: every wording, and who approved which. Rows are added, never changed.

`spoken_as` is the speaker whose token it was said with, where there was one.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Table


class AdjustmentWordingRow(Table):
    """A wording: `document` is the adjustment without approvals, of which `content_sha256` is the hash.

    `number` counts from 1 in each adjustment.
    """

    __tablename__ = "adjustment_wording"

    contract: Mapped[str] = mapped_column(ForeignKey("contract.code"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)
    content_sha256: Mapped[str]
    by: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]
    spoken_as: Mapped[str | None]


class AdjustmentApprovalRow(Table):
    """A side's approval of a wording, of which it saw `content_sha256`; one a side."""

    __tablename__ = "adjustment_approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract", "code", "number"],
            ["adjustment_wording.contract", "adjustment_wording.code", "adjustment_wording.number"],
        ),
    )

    contract: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    side: Mapped[str] = mapped_column(primary_key=True)
    by: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]
    content_sha256: Mapped[str]
    spoken_as: Mapped[str | None]
