"""The table of sealed bundles: one of each issued statement, in the chain of its contract."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Table


class StatementBundleRow(Table):
    """A sealed bundle: added, never changed. `number` counts from 1 in each contract; `previous_sha256` is
    the manifest's hash of number - 1, `content` the file, deflated.
    """

    __tablename__ = "statement_bundle"
    __table_args__ = (UniqueConstraint("contract", "month", "version"),)

    contract: Mapped[str] = mapped_column(ForeignKey("contract.code"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[str]
    version: Mapped[int]
    manifest_sha256: Mapped[str]
    previous_sha256: Mapped[str | None]
    sealed_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
