"""What is true of the contracts: savings, lamps, rates, agreed changes and steps, as the ledger tells them.

City in, rows out. What both sides agreed counts in what would have been used; a change that nobody has put
into words counts as used only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from simulators import days
from simulators.changes import Change, extra_kwh
from simulators.city import City, under_contract
from simulators.contracts import Contract, Method
from simulators.faults import FaultPlan, incomplete_days
from simulators.lamps import OUTDOOR_HOURS, fixtures, outdoor_lamps
from simulators.weather import Array

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingsTruth:
    """What a contract truly saved over its reporting days but those `left_out`; `all_days_kwh` counts all."""

    contract: str
    method: Method
    reporting_start: date
    would_have_used_kwh: float
    used_kwh: float
    savings_kwh: float
    all_days_kwh: float
    left_out: list[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class LampTruth:
    """A group of a contract's lamp inventory: the mean of all of its lamps [W], burning `hours` [h/d]."""

    contract: str
    group: str
    reporting_start: date
    count: int
    hours: float
    watts_before: float
    watts_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTruth:
    """The saving rate of all fixtures of a contract, tested or not."""

    contract: str
    rate: float
    population: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentTruth:
    """What an agreed change truly used [kWh] on the days that count, by month `YYYY-MM`."""

    contract: str
    adjustment: str
    kwh_by_month: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTruth:
    """The first day of a change that nobody has put into words."""

    contract: str
    first_day: date


def savings_truth(city: City, contract: Contract, faults: FaultPlan) -> SavingsTruth:
    """What the contract would have used, used and saved."""
    code, first = contract.place.code, (contract.reporting_start - city.plan.start).days
    agreed = [change for change in _of(city, contract) if change.adjustment]
    would = [*under_contract(contract, city.loads[code]), *(extra_kwh(city.plan, one) for one in agreed)]
    reporting = slice(first, city.plan.history_days)
    wanted, used = _by_day(would)[reporting], _by_day(under_contract(contract, city.used[code]))[reporting]
    hidden = _hidden(city, contract, faults)[reporting]
    return SavingsTruth(
        contract=contract.code,
        method=contract.method,
        reporting_start=contract.reporting_start,
        would_have_used_kwh=_sum(wanted[~hidden]),
        used_kwh=_sum(used[~hidden]),
        savings_kwh=_sum((wanted - used)[~hidden]),
        all_days_kwh=_sum(wanted - used),
        left_out=[contract.reporting_start + timedelta(days=int(n)) for n in np.flatnonzero(hidden).tolist()],
    )


def lamp_truths(city: City) -> list[LampTruth]:
    """Every group of every lamp inventory."""
    return [
        LampTruth(
            contract=contract.code,
            group=group.name,
            reporting_start=contract.reporting_start,
            count=group.count,
            hours=OUTDOOR_HOURS,
            watts_before=round(float(group.watts_before.mean()), 4),
            watts_after=round(float(group.watts_after.mean()), 4),
        )
        for contract in city.contracts
        if contract.method is Method.LAMPS
        for group in outdoor_lamps(city.plan, contract.place)
    ]


def rate_truths(city: City) -> list[RateTruth]:
    """The rate of every contract that is measured by one."""
    return [
        RateTruth(
            contract=contract.code,
            rate=round(contract.saving_rate, 6),
            population=len(fixtures(city.plan, contract.place).watts_before),
        )
        for contract in city.contracts
        if contract.method is Method.RATE
    ]


def adjustment_truths(city: City, faults: FaultPlan) -> list[AdjustmentTruth]:
    """Every change that both sides agreed on."""
    found = []
    calendar = days.span(city.plan.start, city.plan.history_days)
    for contract in city.contracts:
        counted = ~_hidden(city, contract, faults)
        for change in _of(city, contract):
            if change.adjustment is None:
                continue
            months: dict[str, float] = {}
            for day, kwh, counts in zip(
                calendar, _by_day([extra_kwh(city.plan, change)]), counted, strict=False
            ):
                if counts and day >= change.first_day:
                    months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", 0.0) + float(kwh)
            by_month = {month: round(kwh, 2) for month, kwh in months.items()}
            found.append(
                AdjustmentTruth(contract=contract.code, adjustment=change.adjustment, kwh_by_month=by_month)
            )
    return found


def step_truths(city: City) -> list[StepTruth]:
    """Every change that nobody has put into words."""
    return [
        StepTruth(contract=change.contract, first_day=change.first_day)
        for change in city.changes
        if change.adjustment is None
    ]


def _of(city: City, contract: Contract) -> list[Change]:
    return [change for change in city.changes if change.contract == contract.code]


def _hidden(city: City, contract: Contract, faults: FaultPlan) -> Flags:
    """Days of the history that cannot count: of unknown course, or of a calendar that a regression lacks."""
    hidden: Flags = np.zeros(city.plan.history_days, dtype=bool)
    if contract.method in {Method.DAYS, Method.WEATHER}:
        calendar = days.span(city.plan.start, city.plan.history_days)
        hidden |= np.array([days.known_working_day(day) is None for day in calendar])
    for code in contract.meters:
        if code in faults.missing:
            hidden |= incomplete_days(faults.missing[code])
    return hidden


def _by_day(circuits: Sequence[Array]) -> Array:
    return np.asarray(sum(circuit.reshape(-1, 24).sum(axis=1) for circuit in circuits))


def _sum(kwh: Array) -> float:
    return round(float(kwh.sum()), 2)
