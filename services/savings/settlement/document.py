"""A month's settlement: frozen inputs in, the whole document out; the same inputs give the same bytes.

The document holds the inputs (contract, price, calendar, day values of every meter), their SHA-256 and the
results (model, days, gates, printed lines, amounts), so that anyone can recompute it without this service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from services.mv.accounting import PeriodSavings, Savings, next_month
from services.mv.adjustments.adjustment import Adjustment
from services.mv.adjustments.applying import applied
from services.mv.canonical import plain, sha256_of_text, spelled
from services.mv.model import ENGINE, Record
from services.savings import measuring
from services.savings.contract.documents import ContractDocument
from services.savings.contract.measurement import learns
from services.savings.contract.model import Contract, SettlementState
from services.savings.contract.on_file import frozen
from services.savings.contract.years import parts_by_year, term_end
from services.savings.measuring import Basis
from services.savings.meter_days import MeterDays, from_rows
from services.savings.money import inputs as money_inputs
from services.savings.money.charge import ROUNDING, Line, Part, energy_lines, money
from services.savings.money.custody_baseline import baseline_records
from services.savings.money.demand import demand_records
from services.savings.money.inputs import MoneyInputs

FORMAT = "kilowitness-settlement/2"
_NOT_DATA = frozenset({"engine", "calendar", "release"})
"""Inputs that are not what the month was: another engine or calendar file alone restates nothing settled."""

_NO_MORE = MoneyInputs()
_ADJUSTMENTS = TypeAdapter(tuple[Adjustment, ...])

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A version of a month's settlement; `document` is what `settle` made of its inputs."""

    contract: str
    month: str
    version: int
    state: SettlementState
    settled_at: datetime
    input_sha256: str
    esco_fee_yuan: Decimal | None
    difference_yuan: Decimal | None
    document: Json
    difference_kwh: Decimal | None = None

    @property
    def institution(self) -> str:
        """The institution's code in the frozen contract."""
        return str(self.document["inputs"]["contract"]["institution"])


@dataclass(frozen=True, slots=True)
class Version:
    """A version's figures without its document; `agreed_at` is when both parties first held some of it."""

    month: str
    version: int
    state: SettlementState
    settled_at: datetime
    period: PeriodSavings
    savings_yuan: Decimal | None
    esco_fee_yuan: Decimal | None
    client_keeps_yuan: Decimal | None
    difference_kwh: Decimal | None
    difference_yuan: Decimal | None
    agreed_at: datetime | None


def figures(results: Mapping[str, Any]) -> Json:
    """The period and the amounts of a document's results."""
    return {name: results[name] for name in ("period", "savings_yuan", "esco_fee_yuan", "client_keeps_yuan")}


class NothingToSettle(ValueError):
    """The month lies outside the contract's reporting period."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where daylight is computed for [degrees, north and east positive]."""

    latitude: float
    longitude: float


def settled_period(contract: Contract, month: str) -> tuple[date, date]:
    """The days [start, end) of the month `YYYY-MM` that the contract covers; else `NothingToSettle`."""
    first = date.fromisoformat(f"{month}-01")
    start, end = max(first, contract.reporting_start), min(next_month(first), term_end(contract))
    if start >= end:
        raise NothingToSettle(f"{month}: {contract.code} counts savings from {contract.reporting_start} on")
    return start, end


def freeze(
    document: ContractDocument,
    *,
    month: str,
    place: Place | None,
    calendar: str,
    baseline: MeterDays,
    reporting: MeterDays,
    money: MoneyInputs = _NO_MORE,
    adjustments: Sequence[Adjustment] = (),
) -> Json:
    """The inputs of a month's settlement as plain JSON; those of `money` only where there are any.

    `adjustments` are those of the month that both sides approved. Of the `baseline` days none are kept where
    nothing is learnt from them.
    """
    kept = learns(document.contract().measurement)
    agreed = {"adjustments": plain(list(adjustments))} if adjustments else {}
    return {
        "engine": ENGINE,
        "contract": document.model_dump(mode="json"),
        "month": month,
        "place": plain(place),
        "calendar": calendar,
        "columns": list(reporting.columns),
        "baseline_days": baseline.rows() if kept else [],
        "reporting_days": reporting.rows(),
        **agreed,
        **money_inputs.spelled(money),
    }


def released(inputs: Mapping[str, Any], *, by: str, role: str, reason: str, at: datetime) -> Json:
    """The inputs of a held month with a person's word that it may be settled as it is."""
    word = {"by": by, "role": role, "reason": reason, "at": at.isoformat()}
    return {**inputs, "engine": ENGINE, "release": word}


def data_sha256(inputs: Mapping[str, Any]) -> str:
    """The hash of a month's days, contract and place alone: the same whoever computes or releases it."""
    return sha256_of_text(spelled({name: value for name, value in inputs.items() if name not in _NOT_DATA}))


def unreleased_sha256(inputs: Mapping[str, Any]) -> str:
    """The hash that the inputs had before a person released them, if one did."""
    return sha256_of_text(spelled({name: value for name, value in inputs.items() if name != "release"}))


def learn(inputs: Mapping[str, Any]) -> Basis:
    """Learn from the frozen baseline days, where there is something to. Raises `NoBaseline` when none is
    complete.
    """
    contract = frozen(inputs["contract"]).contract()
    days = from_rows(contract.meters, inputs["baseline_days"])
    if learns(contract.measurement):
        after = contract.baseline_end + timedelta(days=1)
        _refuse_other_days("baseline_days", days.days, contract.baseline_start, after)
    elif days.days:
        raise ValueError("baseline_days: nothing is learnt from them")
    return measuring.learn(contract, days)


def settle(inputs: Mapping[str, Any], basis: Basis | None = None) -> Json:
    """The whole document that follows from frozen `inputs`; `basis` saves learning it again.

    A month that misses what its contract demands is held, and has no amounts unless the inputs carry its
    release; what it misses is listed either way.

    Raises `NoBaseline`, `NothingToSettle`, `ContractUnreadable`, or another `ValueError` when days are not
    those of the periods.
    """
    contract = frozen(inputs["contract"]).contract()
    learned = basis or learn(inputs)
    table = from_rows(contract.meters, inputs["reporting_days"])
    _refuse_other_days("reporting_days", table.days, *settled_period(contract, inputs["month"]))
    days = table.total()
    savings, agreed = applied(learned.account(days), days, adjustments_of(inputs))
    given = money_inputs.read(inputs)
    period = (savings.total.start, savings.total.end)
    unpriced = [one for one in money_inputs.demands(contract, *period, given) if not one.ok]
    holds = [one for one in _demands(contract, learned, savings) if not one.ok] + unpriced
    held = bool(unpriced) or (bool(holds) and "release" not in inputs)
    agreed_cost = baseline_records(contract.terms, agreed_on=contract.signed_on)
    agreed_demand = demand_records(contract.demand, *period, given.tariffs)
    parts, told = _parts(contract, savings, given), learned.told(days, savings)
    results: Json = {
        "state": SettlementState.HELD if held else SettlementState.DRAFT,
        "holds": holds,
        "rounding": ROUNDING,
        "model": told.model,
        "days": savings.days,
        "period": savings.total,
        "adjustments": agreed.lines,
        "records": [*told.records, *savings.records, *agreed_cost, *agreed_demand],
        "gates": learned.gates(savings),
        "comparison": told.comparison,
        **_money(contract, parts, given, held=held),
    }
    return {
        "format": FORMAT,
        "inputs": dict(inputs),
        "input_sha256": sha256_of_text(spelled(dict(inputs))),
        "results": plain(results),
    }


def _refuse_other_days(name: str, days: Sequence[date], start: date, end: date) -> None:
    if list(days) != [start + timedelta(days=i) for i in range((end - start).days)]:
        raise ValueError(f"{name}: not every day from {start} until before {end}, once and in order")


def _demands(contract: Contract, basis: Basis, savings: Savings) -> list[Record]:
    """What the contract itself asks before a month may be paid."""
    limit, period, source = float(contract.minimum_completeness), savings.total, f"contract {contract.code}"
    found = [
        *basis.demands(contract, savings),
        Record("month_completeness", period.coverage, limit, source, period.coverage >= limit),
    ]
    most = contract.limits.uncertainty_share
    if most is not None:
        known = period.savings_kwh != 0
        share = round(period.uncertainty_kwh / abs(period.savings_kwh), 6) if known else 0.0
        found.append(Record("contract_uncertainty_share", share, most, source, known and share <= most))
    return found


def adjustments_of(inputs: Mapping[str, Any]) -> tuple[Adjustment, ...]:
    """The adjustments frozen among a month's inputs. Raises `ValueError` for anything else."""
    return _ADJUSTMENTS.validate_python(inputs.get("adjustments", []))


def _parts(contract: Contract, savings: Savings, given: MoneyInputs) -> list[Part]:
    """The settled days by contract year, their energies summed exactly."""
    period = savings.total
    parts: list[Part] = []
    for year, start, end in parts_by_year(contract, period.start, period.end):
        measured = [d for d in savings.days if start <= d.day < end and d.left_out is None]
        parts.append(
            Part(
                year=year,
                start=start,
                days=(end - start).days,
                days_measured=len(measured),
                baseline_kwh=sum((Decimal(str(d.baseline_kwh)) for d in measured), Decimal()),
                actual_kwh=sum((Decimal(str(d.actual_kwh)) for d in measured), Decimal()),
                by_period=money_inputs.by_period(contract, measured, given),
            )
        )
    return parts


def _money(contract: Contract, parts: list[Part], given: MoneyInputs, *, held: bool) -> Json:
    """Lines and amounts; a held month shows its energy and no amount."""
    if held:
        lines: list[Line] = [line for part in parts for line in energy_lines(part)]
        return {"lines": lines, "savings_yuan": None, "esco_fee_yuan": None, "client_keeps_yuan": None}
    found = money(contract, parts, tariffs=given.tariffs, so_far=given.so_far)
    return plain(found)  # type: ignore[no-any-return]
