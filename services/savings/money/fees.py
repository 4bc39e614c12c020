"""What the terms of each kind make of a valued part: its lines and the ESCO's fee, before any floor.

GB/T 24915-2020 names the kinds; the formulas are those of practice, and stand on the lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.savings.contract.terms import (
    CustodyAdjustment,
    CustodyTerms,
    GuaranteedTerms,
    LeaseTerms,
    Parameter,
    ProportionalAdjustment,
    SharedTerms,
    SingleTerms,
)
from services.savings.money.guarantee import Guarantee, hold
from services.savings.money.lines import ZERO, Line, Valued, printed

UNITS = {
    Parameter.PRICE: "yuan/kWh",
    Parameter.HEAD_COUNT: "persons",
    Parameter.FLOOR_AREA: "m2",
    Parameter.HOURS: "h",
    Parameter.WEATHER: "degree_days",
}
"""What the figures of an adjustment are in."""


@dataclass(frozen=True, slots=True)
class Fee:
    """The lines that lead to a fee, the fee [yuan], its formula, and a custody's baseline cost [yuan]."""

    lines: tuple[Line, ...]
    amount: Decimal
    formula: str
    baseline_cost: Decimal = ZERO


def fee(terms: SingleTerms, valued: Valued, before: Mapping[str, Decimal]) -> Fee:
    """The fee of a part; `before` are the sums of the contract year's earlier months."""
    match terms:
        case SharedTerms():
            return _shared(terms, valued)
        case GuaranteedTerms():
            return _guaranteed(terms, valued, before)
        case CustodyTerms():
            return _custody(terms, valued)
        case LeaseTerms():
            return _lease(terms, valued, before)


def _shared(terms: SharedTerms, valued: Valued) -> Fee:
    years = terms.esco_share_by_year
    share = years[min(valued.part.year.number, len(years)) - 1]
    lines = (valued.line("esco_share", share, "1"),)
    return Fee(lines, printed(valued.savings_yuan * share), "savings_yuan * esco_share")


def _guaranteed(terms: GuaranteedTerms, valued: Valued, before: Mapping[str, Decimal]) -> Fee:
    """Service is owed for every day, also for those that are left out."""
    promised = Guarantee(terms.guaranteed_kwh_per_year, terms.esco_share_of_excess, terms.settled)
    held = hold(promised, valued, before)
    service = valued.yuan(
        "service_fee_yuan",
        valued.pro_rata(terms.service_fee_yuan_per_year, valued.part.days),
        "service_fee_yuan_per_year * days / days_of_contract_year",
    )
    lines = (*held.energy, service, *held.money)
    return Fee(lines, service.value + held.amount, f"service_fee_yuan{held.formula}")


def _custody(terms: CustodyTerms, valued: Valued) -> Fee:
    """The fee is fixed but for agreed adjustments; the saving's value stands beside it as avoided cost, which
    is the ESCO's gain. The baseline cost stays as agreed."""
    part = valued.part
    cost = valued.yuan("baseline_cost_yuan", valued.pro_rata(terms.baseline_cost_yuan_per_year, part.days),
                       "baseline_cost_yuan_per_year * days / days_of_contract_year")  # fmt: skip
    amount = printed(valued.pro_rata(terms.custody_fee_yuan_per_year, part.days))
    formula = "custody_fee_yuan_per_year * days / days_of_contract_year"
    adjusted = [one for one in terms.adjustments if in_force(one, part.start)]
    if not adjusted:
        return Fee((cost,), amount, formula, cost.value)
    lines = [cost, valued.yuan("agreed_fee_yuan", amount, formula)]
    for one in adjusted:
        lines += _adjustment(one, terms, valued)
        amount += lines[-1].value
    names = ["agreed_fee_yuan", *(f"adjustment_{one.parameter}_yuan" for one in adjusted)]
    return Fee(tuple(lines), amount, " + ".join(names), cost.value)


def in_force(adjustment: CustodyAdjustment, day: date) -> bool:
    """Whether an adjustment holds on a local day."""
    until = adjustment.effective_to
    return adjustment.effective_from <= day and (until is None or day <= until)


def _adjustment(one: CustodyAdjustment, terms: CustodyTerms, valued: Valued) -> list[Line]:
    """The lines of an adjustment, the amount last."""
    name, change = f"adjustment_{one.parameter}", one.change
    pro_rata = "days / days_of_contract_year"
    if not isinstance(change, ProportionalAdjustment):
        yearly = change.amount_yuan_per_year
        return [
            valued.line(f"{name}_yuan_per_year", yearly, "yuan_per_year"),
            valued.yuan(f"{name}_yuan", valued.pro_rata(yearly, valued.part.days),
                        f"{name}_yuan_per_year * {pro_rata}"),
        ]  # fmt: skip
    # divided once and last: a third that is cut off too soon can tip a half fen to the wrong side
    moved = terms.custody_fee_yuan_per_year * change.share * (change.actual - change.agreed)
    amount = moved * valued.part.days / (change.agreed * valued.part.year.days)
    unit = UNITS[one.parameter]
    return [
        valued.line(f"{name}_share", change.share, "1"),
        valued.line(f"{name}_agreed", change.agreed, unit),
        valued.line(f"{name}_actual", change.actual, unit),
        valued.yuan(f"{name}_yuan", amount,
                    f"custody_fee_yuan_per_year * {name}_share * ({name}_actual / {name}_agreed - 1)"
                    f" * {pro_rata}"),
    ]  # fmt: skip


def _lease(terms: LeaseTerms, valued: Valued, before: Mapping[str, Decimal]) -> Fee:
    """All savings are the client's; a guarantee only ever lessens the rent."""
    lines, formula = _rent(terms, valued), "rent_yuan"
    amount = lines[-1].value
    if terms.guaranteed_kwh_per_year is not None:
        held = hold(Guarantee(terms.guaranteed_kwh_per_year, None, terms.settled), valued, before)
        lines = [*held.energy, *lines, *held.money]
        amount, formula = amount + held.amount, formula + held.formula
    return Fee(tuple(lines), amount, formula)


def _rent(terms: LeaseTerms, valued: Valued) -> list[Line]:
    part = valued.part
    if terms.rent_yuan_by_year:
        yearly = terms.rent_yuan_by_year[part.year.number - 1]
        return [
            valued.line("rent_yuan_per_year", yearly, "yuan_per_year"),
            valued.yuan("rent_yuan", valued.pro_rata(yearly, part.days),
                        "rent_yuan_per_year * days / days_of_contract_year"),
        ]  # fmt: skip
    end = part.start + timedelta(days=part.days)
    due = (rent.yuan for rent in terms.rents if part.start <= rent.due_on < end)
    return [valued.yuan("rent_yuan", sum(due, ZERO))]
