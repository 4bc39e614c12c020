"""Savings valued as the contract says: a part's measured energy and the prices of its days in, lines out.

The three ways: the contract's own dated price; the price in force at the time (a tariff's row for users
without periods, or the average of the month's bill); or the tariff's prices by period, each on the saving
within it. What both sides agreed on demand or capacity comes beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.mv.model import Record
from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    BillValuation,
    CurrentValuation,
    FixedValuation,
    PeriodValuation,
    PriceLine,
    Valuation,
)
from services.savings.money.demand import agreed, has_basic_price, with_demand
from services.savings.money.lines import ZERO, Line, Part, Valued, energy_lines, printed
from services.savings.money.tariffs.plan import NoPrice, Period, Plan, Tariffs, non_tou


@dataclass(frozen=True, slots=True)
class Price:
    """One row of a statement's price table; `period` is None for a price of all hours."""

    yuan_per_kwh: Decimal
    period: Period | None
    source: str
    mark: str | None


def prices(valuation: Valuation, day: date, tariffs: Tariffs) -> tuple[Price, ...]:
    """The price, or the prices by period, that savings of a local day are valued at. Raises `NoPrice`."""
    match valuation:
        case FixedValuation(lines):
            begun = [line for line in lines if line.effective_from <= day]
            return (_of_line(begun[-1] if begun else None, f"no price of the contract on {day}"),)
        case BillValuation():
            return (_of_line(_bill(valuation, day), f"no bill of {day:%Y-%m}"),)
        case CurrentValuation(tariff):
            plan = _plan(tariff, day, tariffs)
            return (Price(non_tou(plan), None, f"{plan.id}: {plan.source}", plan.mark),)
        case PeriodValuation(tariff):
            plan = _plan(tariff, day, tariffs)
            if plan.hours is None:
                raise NoPrice(f"{tariff}: has no periods on {day}")
            there = plan.hours.minutes(day.month)
            source = f"{plan.id}: {plan.source}"
            return tuple(Price(plan.prices[p], p, source, plan.mark) for p in Period if p in there)


def _bill(valuation: BillValuation, day: date) -> PriceLine | None:
    return next((line for line in valuation.bills if line.effective_from == day.replace(day=1)), None)


def _of_line(line: PriceLine | None, missing: str) -> Price:
    if line is None:
        raise NoPrice(missing)
    return Price(line.whole_yuan_per_kwh, None, line.source, None)


def _plan(tariff: str, day: date, tariffs: Tariffs) -> Plan:
    plan = tariffs.on(tariff, day)
    if plan is None:
        raise NoPrice(f"{tariff}: no prices on {day}")
    return plan


def tariff_of(contract: Contract) -> str | None:
    """The id of the tariff that savings of energy are valued by, or None."""
    valuation = contract.valued_by
    return valuation.tariff if isinstance(valuation, CurrentValuation | PeriodValuation) else None


def tariffs_of(contract: Contract) -> tuple[str, ...]:
    """The ids of all tariffs that savings are valued by: settle with their plans among the inputs."""
    of_demand = None if contract.demand is None else contract.demand.tariff
    return tuple(dict.fromkeys(one for one in (tariff_of(contract), of_demand) if one is not None))


def tariff_lacks(contract: Contract, tariffs: Tariffs) -> str | None:
    """What no plan on file has of what the contract is valued by, after the place in the document."""
    tariff, demand = tariff_of(contract), contract.demand
    if tariff is not None and not tariffs.known(tariff):
        return f"valuation/tariff: no tariff {tariff!r}"
    if demand is not None and not any(has_basic_price(plan, demand) for plan in tariffs.plans):
        return f"demand/tariff: no tariff {demand.tariff!r} with a price of {demand.basis}"
    return None


def price_record(contract: Contract, start: date, end: date, tariffs: Tariffs) -> Record:
    """On which part of the days [start, end) a price is known; a month with less than all of them waits."""
    days = [start + timedelta(days=i) for i in range((end - start).days)]
    known = sum(_known(contract, day, tariffs) for day in days)
    figure = round(known / len(days), 6) if days else 1.0
    return Record("price_completeness", figure, 1.0, f"contract {contract.code}", known == len(days))


def _known(contract: Contract, day: date, tariffs: Tariffs) -> bool:
    try:
        prices(contract.valued_by, day, tariffs)
        if contract.demand is not None:
            agreed(contract.demand, day, tariffs)
    except NoPrice:
        return False
    return True


def value(contract: Contract, part: Part, tariffs: Tariffs) -> Valued:
    """A part's saving in yuan, line by line: that of energy, and of the basic charge where it is agreed.

    Raises `NoPrice`, or `ValueError` without energies by period.
    """
    of_energy = _of_energy(contract, part, tariffs)
    return of_energy if contract.demand is None else with_demand(contract.demand, of_energy, tariffs)


def _of_energy(contract: Contract, part: Part, tariffs: Tariffs) -> Valued:
    valuation = contract.valued_by
    if isinstance(valuation, PeriodValuation):
        rows = prices(valuation, part.start, tariffs)
        of_period = {row.period: row.yuan_per_kwh for row in rows if row.period is not None}
        return by_period(part, of_period, promised_price=contract.price_yuan_per_kwh)
    (row,) = prices(valuation, part.start, tariffs)
    bill = _bill(valuation, part.start) if isinstance(valuation, BillValuation) else None
    return at_price(part, row.yuan_per_kwh, of_it_basic=None if bill is None else bill.basic_yuan_per_kwh)


def at_price(part: Part, price: Decimal, *, of_it_basic: Decimal | None = None) -> Valued:
    """A part's saving at one price [yuan/kWh], printed in two where a basic charge is said to be in it."""
    energy = energy_lines(part)
    saved = energy[2].value
    found = Valued(part, energy, saved, printed(saved * price), price)
    parts: tuple[Line, ...] = ()
    formula = None
    if of_it_basic is not None:
        formula = "price_of_energy_yuan_per_kwh + price_of_basic_charge_yuan_per_kwh"
        parts = (
            found.line("price_of_energy_yuan_per_kwh", price - of_it_basic, "yuan/kWh"),
            found.line("price_of_basic_charge_yuan_per_kwh", of_it_basic, "yuan/kWh"),
        )
    lines = (
        *energy,
        *parts,
        found.line("price_yuan_per_kwh", price, "yuan/kWh", formula),
        found.yuan("savings_yuan", found.savings_yuan, "savings_kwh * price_yuan_per_kwh"),
    )
    return Valued(part, lines, saved, found.savings_yuan, price)


def by_period(part: Part, price: Mapping[Period, Decimal], *, promised_price: Decimal) -> Valued:
    """A part's saving at a price [yuan/kWh] for each period; the month's lines are sums of the periods' own.

    Raises `ValueError` where the energies by period are missing or do not add up to the part's.
    """
    energies = part.by_period
    if energies is None:
        raise ValueError("savings are valued by period, and their energies are not apart")
    for whole, apart in ((part.baseline_kwh, energies.baseline_kwh), (part.actual_kwh, energies.actual_kwh)):
        if sum(apart.values()) != whole:
            raise ValueError(f"the energies by period come to {sum(apart.values())} kWh, not {whole}")
    year, lines = part.year.number, list[Line]()
    totals = dict.fromkeys(("baseline_kwh", "actual_kwh", "savings_yuan"), ZERO)
    for period in price:
        rows = _period_lines(year, period, price[period], part)
        lines += rows
        for row in rows:
            key = row.key.removesuffix(f"_{period}")
            if key in totals:
                totals[key] += row.value
    lines += [
        Line(f"days_by_{rule}_profile", year, Decimal(days), "d") for rule, days in energies.days.items()
    ]

    def of_all(key: str, unit: str) -> Line:
        return Line(key, year, totals[key], unit, " + ".join(f"{key}_{period}" for period in price))

    saved = totals["baseline_kwh"] - totals["actual_kwh"]
    lines += [
        of_all("baseline_kwh", "kWh"),
        of_all("actual_kwh", "kWh"),
        Line("savings_kwh", year, saved, "kWh", "baseline_kwh - actual_kwh"),
        of_all("savings_yuan", "yuan"),
    ]
    return Valued(part, tuple(lines), saved, totals["savings_yuan"], promised_price)


def _period_lines(year: int, period: Period, price: Decimal, part: Part) -> list[Line]:
    assert part.by_period is not None  # noqa: S101  (held by `by_period`)
    baseline = printed(part.by_period.baseline_kwh.get(period, ZERO))
    actual = printed(part.by_period.actual_kwh.get(period, ZERO))
    saved = baseline - actual
    return [
        Line(f"baseline_kwh_{period}", year, baseline, "kWh"),
        Line(f"actual_kwh_{period}", year, actual, "kWh"),
        Line(f"savings_kwh_{period}", year, saved, "kWh", f"baseline_kwh_{period} - actual_kwh_{period}"),
        Line(f"price_yuan_per_kwh_{period}", year, price, "yuan/kWh"),
        Line(f"savings_yuan_{period}", year, printed(saved * price), "yuan",
             f"savings_kwh_{period} * price_yuan_per_kwh_{period}"),
    ]  # fmt: skip
