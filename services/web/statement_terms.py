"""What a statement says of its contract besides figures: prices in force, adjustments, the IPMVP option.

Everything is read from the frozen document; the registry only tells what stands where a meter measures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from services.metering.model import Meter, MeterRole
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    FixedValuation,
    PeriodValuation,
    Valuation,
)
from services.savings.money import inputs as money_inputs
from services.savings.money.tariffs.plan import NoPrice, Period, Tariffs
from services.savings.money.valuation import Price, prices
from services.savings.settlement.statement import Statement

_NAMES: Mapping[type, str] = {
    FixedValuation: "fixed", BillValuation: "bill", CurrentValuation: "current", PeriodValuation: "period",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price [yuan/kWh] of the statement's days from `start` to `end` (included).

    `period` is that of a tariff, with its `hours` on the clock; `mark` says how far its source was read.
    """

    yuan_per_kwh: Decimal
    start: date
    end: date
    source: str
    period: Period | None = None
    mark: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """Who approved an adjustment, for which side, on which day."""

    side: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """A non-routine adjustment of the baseline [kWh]; it counts once both sides approved it."""

    code: str
    kind: str
    reason: str
    first_day: date
    last_day: date
    formula: str
    evidence: tuple[str, ...]
    kwh: float | None
    half_width_kwh: float | None
    approvals: tuple[ApprovalRow, ...]

    @property
    def counts(self) -> bool:
        """Whether it is in the figures."""
        return self.kwh is not None


def valuation_name(valuation: Valuation) -> str:
    """The rule of valuation, as the texts name it."""
    return _NAMES[type(valuation)]


def price_rows(statement: Statement, inputs: Mapping[str, Any]) -> tuple[PriceRow, ...]:
    """The prices of the period's days, each with the days in a row that it holds for."""
    period, tariffs = statement.period, money_inputs.read(inputs).tariffs
    days = [period.start + timedelta(days=i) for i in range((period.end - period.start).days)]
    found: list[PriceRow] = []
    for known, run in groupby(days, key=lambda day: _prices_on(statement.contract.valued_by, day, tariffs)):
        first, *others = run
        last = others[-1] if others else first
        found += [
            PriceRow(one.yuan_per_kwh, first, last, one.source, one.period, one.mark or "", hours)
            for one, hours in known
        ]
    return tuple(found)


def _prices_on(valuation: Valuation, day: date, tariffs: Tariffs) -> tuple[tuple[Price, str], ...]:
    """The prices of one day with their hours; none where there is none."""
    try:
        known = prices(valuation, day, tariffs)
    except NoPrice:
        return ()
    return tuple((one, _hours(valuation, one.period, day, tariffs)) for one in known)


def _hours(valuation: Valuation, period: Period | None, day: date, tariffs: Tariffs) -> str:
    """The clock hours of a tariff's period."""
    plan = tariffs.on(valuation.tariff, day) if isinstance(valuation, PeriodValuation) else None
    if plan is None or plan.hours is None:
        return ""
    spans = (span for span in plan.hours.spans(day.month) if span.period is period)
    return ", ".join(f"{_clock(span.start)}–{_clock(span.end)}" for span in spans)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def adjustment_rows(inputs: Mapping[str, Any], results: Mapping[str, Any]) -> tuple[AdjustmentRow, ...]:
    """The adjustments frozen with the month, and what those that count come to."""
    lines = {one["code"]: one for one in results.get("adjustments", ())}
    return tuple(_adjustment(one, lines.get(one["code"], {})) for one in inputs.get("adjustments", ()))


def _adjustment(one: Mapping[str, Any], line: Mapping[str, Any]) -> AdjustmentRow:
    approvals = tuple(
        ApprovalRow(who["side"], who["by"], datetime.fromisoformat(who["at"]).date())
        for who in one.get("approvals", ())
    )
    return AdjustmentRow(
        code=one["code"],
        kind=one["kind"],
        reason=one["reason"],
        first_day=date.fromisoformat(one["first_day"]),
        last_day=date.fromisoformat(one["last_day"]),
        formula=line.get("formula") or one["term"]["formula"],
        evidence=tuple(one.get("evidence", ())),
        kwh=line.get("adjustment_kwh"),
        half_width_kwh=line.get("uncertainty_kwh"),
        approvals=approvals,
    )


def option(meters: Iterable[Meter]) -> str:
    """The IPMVP option: `b` for meters of the retrofitted circuits, `c` for those of whole facilities."""
    main = {meter.role is MeterRole.MAIN for meter in meters}
    return "unknown" if not main else "mixed" if len(main) > 1 else "c" if True in main else "b"
