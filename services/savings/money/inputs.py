"""What a month's money needs beside its energy, as a settlement freezes it: the plans of a tariff, the hours
of the reporting days, and what the contract year has come to. Empty where the contract asks for none of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from services.mv.accounting import DaySavings
from services.mv.canonical import plain
from services.mv.model import Record
from services.savings.contract.model import Contract
from services.savings.contract.terms import PeriodValuation
from services.savings.money.lines import SoFar
from services.savings.money.period_energy import DayEnergy, PeriodEnergies, energy_by_period
from services.savings.money.tariffs import document
from services.savings.money.tariffs.plan import Tariffs
from services.savings.money.valuation import price_record
from services.savings.money.year_to_date import needed, year_record


@dataclass(frozen=True, slots=True)
class MoneyInputs:
    """The plans of the contract's tariff, and what is known of hours and of the contract year.

    `hours` are the actual energies [kWh] of the 24 local hours of each day, all meters together, None where
    one is not known; `months` those of the contract year that are settled, `so_far` the sums of their lines.
    """

    tariffs: Tariffs = field(default_factory=Tariffs)
    hours: Mapping[date, Sequence[Decimal | None]] = field(default_factory=dict)
    months: tuple[str, ...] = ()
    so_far: SoFar = field(default_factory=dict)


def spelled(given: MoneyInputs) -> dict[str, Any]:
    """The keys to freeze among a settlement's inputs; none for what is empty."""
    keys = {
        "tariffs": [document.spelled(plan) for plan in given.tariffs.plans],
        "hours": [[day.isoformat(), plain(list(hours))] for day, hours in sorted(given.hours.items())],
        "months": list(given.months),
        "so_far": plain(given.so_far),
    }
    return {key: value for key, value in keys.items() if value}


def read(inputs: Mapping[str, Any]) -> MoneyInputs:
    """The inverse of `spelled`. Raises `ValueError` or `TypeError` for anything else."""
    so_far = {
        int(year): {key: Decimal(value) for key, value in sums.items()}
        for year, sums in inputs.get("so_far", {}).items()
    }
    return MoneyInputs(
        tariffs=Tariffs(tuple(document.read(row) for row in inputs.get("tariffs", []))),
        hours={
            date.fromisoformat(day): tuple(None if one is None else Decimal(one) for one in hours)
            for day, hours in inputs.get("hours", [])
        },
        months=tuple(inputs.get("months", [])),
        so_far=so_far,
    )


def demands(contract: Contract, start: date, end: date, given: MoneyInputs) -> tuple[Record, ...]:
    """Without which the days [start, end) have no amount, whoever might release them."""
    found = [price_record(contract, start, end, given.tariffs)]
    if needed(contract.terms):
        found.append(year_record(contract, start, given.months))
    return tuple(found)


def by_period(contract: Contract, days: Sequence[DaySavings], given: MoneyInputs) -> PeriodEnergies | None:
    """The energies of a part's measured days by period, or None where they are not valued so.

    A part of which no day was measured has no energy in any period, and settles as nothing.
    """
    if not isinstance(contract.valued_by, PeriodValuation):
        return None
    if not days:
        return PeriodEnergies({}, {}, {})
    plan = given.tariffs.on(contract.valued_by.tariff, days[0].day)
    if plan is None or plan.hours is None:
        return None
    unknown: tuple[Decimal | None, ...] = (None,) * 24
    rows = [
        DayEnergy(
            row.day,
            Decimal(str(row.baseline_kwh)),
            Decimal(str(row.actual_kwh)),
            given.hours.get(row.day, unknown),
        )
        for row in days
    ]
    return energy_by_period(rows, plan.hours)
