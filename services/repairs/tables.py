"""The tables of work orders: the request as reported, and the events appended to it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Table


class WorkOrderRow(Table):
    """A request. `status` repeats what the events add up to, for filters; `changed_at` is the last write."""

    __tablename__ = "work_order"

    number: Mapped[str] = mapped_column(primary_key=True)
    institution: Mapped[str] = mapped_column(index=True)
    location: Mapped[str]
    category: Mapped[str]
    size: Mapped[str]
    severity: Mapped[str]
    description: Mapped[str]
    reporter: Mapped[str]
    contact: Mapped[str | None]
    reported_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(index=True)
    changed_at: Mapped[datetime] = mapped_column(index=True)


class WorkOrderEventRow(Table):
    """One event; rows are added and never changed. `sequence` counts from 1 within an order."""

    __tablename__ = "work_order_event"

    number: Mapped[str] = mapped_column(ForeignKey("work_order.number"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str | None]
    size: Mapped[str | None]
    rating: Mapped[int | None]
    recorded_at: Mapped[datetime]
