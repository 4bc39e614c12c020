"""What a statement says of its contract besides figures: prices in force, adjustments, closures and drivers,
the IPMVP option.

Everything is read from the frozen document; the registry only tells what stands where a meter measures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from services.metering.model import Meter, MeterRole
from services.mv.accounting import PeriodSavings
from services.savings.contract.measurement import LampInventory, Measurement, RateTests, Regression
from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    FixedValuation,
    PeriodValuation,
    Valuation,
)
from services.savings.money import inputs as money_inputs
from services.savings.money.tariffs.plan import NoPrice, Period, Structure, Tariffs
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
    """Who approved an adjustment, for which side, in which role, and when (aware)."""

    side: str
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """A non-routine adjustment of the baseline [kWh]; it counts once both sides approved it.

    `term` is its formula with the formula's inputs, `days` how many days of the period it was counted on.
    """

    code: str
    kind: str
    reason: str
    first_day: date
    last_day: date
    on: str
    term: Mapping[str, Any]
    evidence: tuple[str, ...]
    half_width_share: float
    days: int
    kwh: float | None
    half_width_kwh: float | None
    approvals: tuple[ApprovalRow, ...]

    @property
    def counts(self) -> bool:
        """Whether it is in the figures."""
        return self.kwh is not None


def valuation_name(contract: Contract, inputs: Mapping[str, Any]) -> str:
    """The rule of valuation, as the texts name it.

    Where a two-part tariff's prices of energy are all that the saving is valued by, the texts say so.
    """
    valuation = contract.valued_by
    name = _NAMES[type(valuation)]
    if isinstance(valuation, BillValuation) and valuation.with_basic_charge:
        return f"{name}_with_basic"
    if isinstance(valuation, CurrentValuation | PeriodValuation) and contract.demand is None:
        plans = money_inputs.read(inputs).tariffs.plans
        if any(plan.structure is Structure.TWO_PART for plan in plans):
            return f"{name}_energy_only"
    return name


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
        ApprovalRow(who["side"], who["by"], who["role"], datetime.fromisoformat(who["at"]))
        for who in one.get("approvals", ())
    )
    return AdjustmentRow(
        code=one["code"],
        kind=one["kind"],
        reason=one["reason"],
        first_day=date.fromisoformat(one["first_day"]),
        last_day=date.fromisoformat(one["last_day"]),
        on=one.get("on", "every_day"),
        term=one["term"],
        evidence=tuple(one.get("evidence", ())),
        half_width_share=one.get("half_width_share", 0.0),
        days=line.get("days", 0),
        kwh=line.get("adjustment_kwh"),
        half_width_kwh=line.get("uncertainty_kwh"),
        approvals=approvals,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` to `end` (None: onward) of what a contract records: a closure, a driver's value.

    `within` says in which period they lie: `baseline`, `reporting` or `both`.
    """

    name: str
    start: date
    end: date | None
    source: str
    within: str
    value: float | None = None


def closures(contract: Contract, period: PeriodSavings) -> tuple[Span, ...]:
    """The closures of the baseline and of the settled days, in date order."""
    if not isinstance(contract.measurement, Regression):
        return ()
    found = [
        Span(one.kind, one.first_day, one.last_day, one.source, within)
        for one in contract.measurement.closures
        if (within := _within(contract, period, one.first_day, one.last_day))
    ]
    return tuple(sorted(found, key=lambda one: one.start))


def driver_values(contract: Contract, period: PeriodSavings) -> tuple[Span, ...]:
    """The values that drivers had in the baseline and on the settled days, each with its days."""
    if not isinstance(contract.measurement, Regression):
        return ()
    found: list[Span] = []
    for driver in contract.measurement.drivers:
        ends = [step.effective_from - timedelta(days=1) for step in driver.steps[1:]]
        for step, end in zip(driver.steps, [*ends, None], strict=True):
            within = _within(contract, period, step.effective_from, end)
            if within:
                found.append(Span(driver.name, step.effective_from, end, step.source, within, step.value))
    return tuple(found)


def _within(contract: Contract, period: PeriodSavings, first: date, last: date | None) -> str:
    """In which of the two periods some of the days lie; nothing where in neither."""
    before = first <= contract.baseline_end and (last is None or last >= contract.baseline_start)
    now = first < period.end and (last is None or last >= period.start)
    return "both" if before and now else "baseline" if before else "reporting" if now else ""


def option(measurement: Measurement, meters: Iterable[Meter]) -> str:
    """The IPMVP option: `a` of a lamp inventory, `rate` of fixture tests (beside the options), and of a
    regression `b` with meters of the retrofitted circuits, `c` with those of whole facilities.
    """
    if isinstance(measurement, LampInventory):
        return "a"
    if isinstance(measurement, RateTests):
        return "rate"
    main = {meter.role is MeterRole.MAIN for meter in meters}
    return "unknown" if not main else "mixed" if len(main) > 1 else "c" if True in main else "b"
