"""The saving of the basic charge (基本电费) beside that of energy: a valued part in, more of its lines out.

`lowered [kW or kVA] × price [yuan a month] × days ÷ days of the month`: the charge is billed by the calendar
month, and the days of a contract's first and last month are their part of it. The price is that of the table
in force. It is owed for every day, also for those whose energy is left out.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from services.mv.model import Record
from services.savings.contract.demand import Basis, DemandTerms, Lowered
from services.savings.money.lines import Valued
from services.savings.money.tariffs.plan import NoPrice, Plan, Tariffs

UNITS = {Basis.DEMAND: "kW", Basis.CAPACITY: "kVA"}
"""What is lowered, in."""


def basic_price(plan: Plan, basis: Basis) -> Decimal:
    """The price of a plan's second part [yuan/kW or yuan/kVA per month]. Raises `NoPrice` without one."""
    found = plan.demand_yuan_per_kw_month if basis is Basis.DEMAND else plan.capacity_yuan_per_kva_month
    if found is None:
        raise NoPrice(f"{plan.id}: has no price of {basis}")
    return found


def has_basic_price(plan: Plan, terms: DemandTerms) -> bool:
    """Whether a plan is of the terms' tariff and prices their basis."""
    try:
        return plan.id == terms.tariff and basic_price(plan, terms.basis) > 0
    except NoPrice:
        return False


def agreed(terms: DemandTerms, day: date, tariffs: Tariffs) -> tuple[Lowered, Plan] | None:
    """What is agreed for a local day, and the plan it is valued by; None before anything is.

    Raises `NoPrice`.
    """
    lowered = terms.on(day)
    if lowered is None:
        return None
    plan = tariffs.on(terms.tariff, day)
    if plan is None:
        raise NoPrice(f"{terms.tariff}: no prices on {day}")
    basic_price(plan, terms.basis)
    return lowered, plan


def with_demand(terms: DemandTerms, valued: Valued, tariffs: Tariffs) -> Valued:
    """The part with its saving of the basic charge; as it was where nothing is agreed yet.

    Raises `NoPrice`.
    """
    part = valued.part
    found = agreed(terms, part.start, tariffs)
    if found is None:
        return valued
    lowered, plan = found
    unit, name = UNITS[terms.basis], terms.basis.value
    of, price = f"{name}_lowered_{unit.lower()}", f"price_yuan_per_{unit.lower()}_month"
    month = monthrange(part.start.year, part.start.month)[1]
    worth = basic_price(plan, terms.basis)
    saved = valued.yuan(
        f"{name}_savings_yuan", lowered.by * worth * part.days / month, f"{of} * {price} * days / {month}"
    )
    total = valued.yuan(
        "savings_yuan", valued.savings_yuan + saved.value, f"energy_savings_yuan + {name}_savings_yuan"
    )
    energy = [
        replace(line, key="energy_savings_yuan") if line.key == "savings_yuan" else line
        for line in valued.lines
    ]
    given = (valued.line(of, lowered.by, unit), valued.line(price, worth, f"yuan/{unit}/month"))
    return replace(valued, lines=(*energy, *given, saved, total), savings_yuan=total.value)


def demand_records(terms: DemandTerms | None, start: date, end: date, tariffs: Tariffs) -> tuple[Record, ...]:
    """What of the days [start, end) is agreed and at which price, with their sources: told, not judged."""
    if terms is None:
        return ()
    return tuple(dict.fromkeys(_records(terms, start, end, tariffs)))


def _records(terms: DemandTerms, start: date, end: date, tariffs: Tariffs) -> Iterator[Record]:
    for day in (start + timedelta(days=i) for i in range((end - start).days)):
        try:
            found = agreed(terms, day, tariffs)
        except NoPrice:
            continue
        if found is not None:
            lowered, plan = found
            who = f"{lowered.signed_by_client}, {lowered.signed_by_esco}"
            paper = f"{lowered.evidence}; {lowered.signed_on}; {who}"
            yield Record(f"{terms.basis}_lowered", float(lowered.by), None, paper, ok=True)
            worth, table = basic_price(plan, terms.basis), f"{plan.id}: {plan.source}"
            yield Record(f"{terms.basis}_price", float(worth), None, table, ok=True)
