"""What a statement says of its contract besides figures: prices in force, adjustments, the IPMVP option.

Everything is read from the frozen document; the registry only tells what stands where a meter measures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.metering.model import Meter, MeterRole
from services.savings.lines import Line
from services.savings.statement import Statement
from services.savings.terms import (
    BillValuation,
    CurrentValuation,
    FixedValuation,
    PeriodValuation,
    PriceLine,
    Valuation,
)

_NAMES: Mapping[type, str] = {
    FixedValuation: "fixed", BillValuation: "bill", CurrentValuation: "current", PeriodValuation: "period",
}  # fmt: skip
_PRICE = "price_yuan_per_kwh"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price [yuan/kWh] of the statement's days from `start` to `end` (included); `period` of a tariff."""

    yuan_per_kwh: Decimal
    start: date
    end: date
    source: str
    period: str | None = None
    mark: str = ""


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
    """The prices of the period's days: a contract's own by date, a tariff's as the lines print them."""
    valuation, period = statement.contract.valued_by, statement.period
    last = period.end - timedelta(days=1)
    match valuation:
        case FixedValuation(lines):
            return tuple(_in_force(lines, period.start, last))
        case BillValuation(lines):
            month = period.start.replace(day=1)
            return tuple(
                PriceRow(one.yuan_per_kwh, period.start, last, one.source)
                for one in lines
                if one.effective_from == month
            )
        case CurrentValuation(tariff) | PeriodValuation(tariff):
            source, mark = _tariff(tariff, inputs)
            return tuple(_printed(statement.lines, period.start, last, source=source, mark=mark))


def _in_force(lines: tuple[PriceLine, ...], start: date, last: date) -> Iterable[PriceRow]:
    ends = [after.effective_from - timedelta(days=1) for after in lines[1:]] + [date.max]
    for line, end in zip(lines, ends, strict=True):
        if line.effective_from <= last and end >= start:
            days = max(line.effective_from, start), min(end, last)
            yield PriceRow(line.yuan_per_kwh, *days, line.source)


def _printed(lines: Iterable[Line], start: date, last: date, *, source: str, mark: str) -> Iterable[PriceRow]:
    seen: set[tuple[str, Decimal]] = set()
    for line in lines:
        if line.key.startswith(_PRICE) and (line.key, line.value) not in seen:
            seen.add((line.key, line.value))
            period = line.key.removeprefix(_PRICE).lstrip("_") or None
            yield PriceRow(line.value, start, last, source, period, mark)


def _tariff(tariff: str, inputs: Mapping[str, Any]) -> tuple[str, str]:
    """Where the tariff's frozen plans stand written, and their mark."""
    plans = (inputs.get("tariffs") or {}).get(tariff, [])
    sources = dict.fromkeys(str(plan.get("source", "")) for plan in plans if isinstance(plan, Mapping))
    marks = dict.fromkeys(str(plan.get("mark", "")) for plan in plans if isinstance(plan, Mapping))
    return "; ".join([tariff, *filter(None, sources)]), " ".join(filter(None, marks))


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
