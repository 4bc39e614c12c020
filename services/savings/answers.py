"""What savings answer over HTTP: contracts, savings by day and month, and which months are to be settled."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.http import Page, encode_cursor
from services.mv.accounting import DaySavings, PeriodSavings, Savings
from services.savings.contract.documents import ContractDocument
from services.savings.contract.on_file import Unreadable

MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"


class SettlementRequest(BaseModel):
    """Which calendar month to settle."""

    model_config = ConfigDict(extra="forbid")

    month: Annotated[str, StringConstraints(pattern=MONTH)]


class SavingsItem(BaseModel):
    """A day, a month or the total; `end` is excluded. Figures are null where nothing was measured.

    `left_out` says why a day is not measured; its actual energy, if any, is then shown and not counted.
    """

    start: date
    end: date
    baseline_kwh: float | None
    actual_kwh: float | None
    savings_kwh: float | None
    uncertainty_kwh: float | None
    coverage: float
    left_out: str | None = None

    @classmethod
    def of_day(cls, row: DaySavings) -> Self:
        """One day."""
        return cls(
            start=row.day,
            end=row.day + timedelta(days=1),
            baseline_kwh=row.baseline_kwh,
            actual_kwh=row.actual_kwh,
            savings_kwh=row.savings_kwh,
            uncertainty_kwh=row.uncertainty_kwh,
            coverage=row.coverage,
            left_out=row.left_out,
        )

    @classmethod
    def of_period(cls, row: PeriodSavings) -> Self:
        """A month, or all of it."""
        known = row.days_measured > 0
        return cls(
            start=row.start,
            end=row.end,
            baseline_kwh=row.baseline_kwh if known else None,
            actual_kwh=row.actual_kwh if known else None,
            savings_kwh=row.savings_kwh if known else None,
            uncertainty_kwh=row.uncertainty_kwh if known else None,
            coverage=row.coverage,
            left_out=None if known else "incomplete",
        )


class SavingsAnswer(BaseModel):
    """Savings since acceptance. `total` is null, and `reason` says why, while there is nothing to report."""

    total: SavingsItem | None
    items: Sequence[SavingsItem]
    reason: str | None = None

    @classmethod
    def of(cls, savings: Savings, grain: str) -> Self:
        """By day or by month."""
        days = [SavingsItem.of_day(row) for row in savings.days] if grain == "day" else None
        items = days if days is not None else [SavingsItem.of_period(row) for row in savings.months]
        return cls(total=SavingsItem.of_period(savings.total), items=items)


class RefusedContract(BaseModel):
    """A contract on file that the rules have come to refuse, what to do, and its JSON text as stored."""

    code: str
    rule: str
    detail: str
    document: str

    @classmethod
    def of(cls, found: Unreadable) -> Self:
        """With its line."""
        return cls(code=found.code, rule=found.rule, detail=found.told, document=found.document)


class ContractsPage(Page[ContractDocument]):
    """A page of contracts by code; `refused` are those between them that cannot be computed with."""

    refused: Sequence[RefusedContract] = ()

    @classmethod
    def of(cls, found: Sequence[ContractDocument | Unreadable], limit: int) -> Self:
        """The first `limit` of what was found, and whether there is more."""
        shown = found[:limit]
        return cls(
            items=[one for one in shown if isinstance(one, ContractDocument)],
            refused=[RefusedContract.of(one) for one in shown if isinstance(one, Unreadable)],
            next_cursor=encode_cursor(shown[-1].code) if len(found) > limit else None,
        )
