"""Tables of the registry: institutions as a tree, their buildings, and meters with dated ledgers.

References among rows of one table are checked at commit, so that the order inside a document does not matter.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.database import Table, text_type

Code = text_type(64)


def _refers(column: str) -> ForeignKey:
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


class InstitutionRow(Table):
    """A public institution, or the county bureau above it."""

    __tablename__ = "institution"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[str]
    county: Mapped[str]
    parent: Mapped[str | None] = mapped_column(Code, _refers("institution.code"))
    floor_area_m2: Mapped[float | None]
    head_count: Mapped[int | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class BuildingRow(Table):
    """A building of an institution."""

    __tablename__ = "building"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    institution: Mapped[str] = mapped_column(Code, _refers("institution.code"), index=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    floor_area_m2: Mapped[float | None]


class MeterLedgerRow(Table):
    """One dated line of a meter's ledger."""

    __tablename__ = "meter_ledger"

    meter: Mapped[str] = mapped_column(ForeignKey("meter.code", ondelete="CASCADE"), primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    ct: Mapped[float]
    pt: Mapped[float]
    already_primary: Mapped[bool]
    digits: Mapped[int]
    closing: Mapped[float | None]
    opening: Mapped[float | None]
    rated_kw: Mapped[float | None]
    channels: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Terms of single channels, as in the document: what is not told is absent."""


class MeterRow(Table):
    """A metering point. Its intervals follow its description when `rolled_up` reaches `revision`."""

    __tablename__ = "meter"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    institution: Mapped[str] = mapped_column(Code, _refers("institution.code"), index=True)
    building: Mapped[str | None] = mapped_column(Code, _refers("building.code"))
    name_zh: Mapped[str]
    name_en: Mapped[str]
    role: Mapped[str]
    use: Mapped[str]
    parent: Mapped[str | None] = mapped_column(Code, _refers("meter.code"))
    address: Mapped[str] = mapped_column(text_type(129), index=True)
    rated_kw: Mapped[float | None]
    gap_limit_s: Mapped[int]
    time_zone: Mapped[str | None] = mapped_column(Code)
    revision: Mapped[int] = mapped_column(default=1)
    """Grows with every change of what intervals are computed from."""
    rolled_up: Mapped[int] = mapped_column(default=0)
    """The revision the stored intervals were computed with."""
    ledger: Mapped[list[MeterLedgerRow]] = relationship(
        order_by=MeterLedgerRow.valid_from, cascade="all, delete-orphan", lazy="selectin"
    )
