"""Whether a contract's terms and valuation fit its dates: refusals are `ValueError`s naming the place.

Dated terms change on the first of a month or of a contract year, so that a month's part has one set of them.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from services.savings.contract.demand import DemandTerms
from services.savings.contract.terms import (
    BillValuation,
    CustodyTerms,
    FeeFloor,
    FixedValuation,
    GuaranteedTerms,
    GuaranteeSettled,
    LeaseTerms,
    MixedTerms,
    PriceLine,
    Terms,
    Valuation,
)
from services.savings.contract.years import contract_year, years_after

_ONE = timedelta(days=1)


def check(terms: Terms, valuation: Valuation | None, *, accepted_on: date, term_years: int) -> None:
    """Refuse what does not fit the day of acceptance and the years of the term."""
    for one in terms.components if isinstance(terms, MixedTerms) else (terms,):
        if isinstance(one, GuaranteedTerms | LeaseTerms):
            _guarantee(one)
        match one:
            case CustodyTerms():
                _custody(one, accepted_on)
            case LeaseTerms():
                _lease(one, accepted_on, term_years)
    match valuation:
        case FixedValuation(prices):
            _in_order("valuation.prices", prices)
            if prices[0].effective_from > accepted_on + _ONE:
                raise ValueError(f"valuation.prices: none on {accepted_on + _ONE}, the first day that counts")
            _on_boundaries("valuation.prices", (line.effective_from for line in prices[1:]), accepted_on)
        case BillValuation(bills, with_basic):
            _in_order("valuation.bills", bills)
            if any(line.effective_from.day != 1 for line in bills):
                raise ValueError("valuation.bills: a bill is named by the first day of its month")
            for line in bills:
                if (line.basic_yuan_per_kwh is not None) != with_basic:
                    rule = "each bill says it" if with_basic else "only where with_basic_charge is true"
                    raise ValueError(f"valuation.bills: {line.effective_from}: basic_yuan_per_kwh: {rule}")


def check_demand(demand: DemandTerms, valuation: Valuation | None, *, accepted_on: date) -> None:
    """Refuse an agreed lowering of demand or capacity that would change within a month, or count twice."""
    days = [one.effective_from for one in demand.lowered]
    if any(one >= other for one, other in pairwise(days)):
        raise ValueError("demand.lowered: not in the order of effective_from")
    _on_boundaries("demand.lowered", days, accepted_on)
    if isinstance(valuation, BillValuation) and valuation.with_basic_charge:
        raise ValueError("demand: the bills' average holds the basic charge already, it would count twice")


def _guarantee(terms: GuaranteedTerms | LeaseTerms) -> None:
    """A floor in each month forgives a shortfall that the end of the year would give back once more."""
    if terms.settled is GuaranteeSettled.MONTH_AND_YEAR and terms.fee_floor is FeeFloor.MONTH:
        raise ValueError(
            "terms.fee_floor: with months on account and the year's difference, none or by the year"
        )


def changes_on(day: date, accepted_on: date) -> bool:
    """Whether dated terms may change with a local day: the first of a month or of a contract year."""
    return day.day == 1 or (day > accepted_on and contract_year(accepted_on, day).start == day)


def _on_boundaries(where: str, days: Iterable[date], accepted_on: date) -> None:
    for day in days:
        if not changes_on(day, accepted_on):
            raise ValueError(f"{where}: {day} is not the first of a month or of a contract year")


def _in_order(where: str, lines: tuple[PriceLine, ...]) -> None:
    if any(one.effective_from >= other.effective_from for one, other in pairwise(lines)):
        raise ValueError(f"{where}: not in the order of effective_from")


def _custody(terms: CustodyTerms, accepted_on: date) -> None:
    if len(terms.baseline_costs_yuan) not in {0, 3}:
        raise ValueError("terms.baseline_costs_yuan: of three years, or none")
    for one in terms.adjustments:
        where = f"terms.adjustments: {one.parameter}"
        _on_boundaries(where, [one.effective_from], accepted_on)
        if one.effective_to is None:
            continue
        if one.effective_to < one.effective_from:
            raise ValueError(f"{where}: effective_to is before effective_from")
        if not changes_on(one.effective_to + _ONE, accepted_on):
            raise ValueError(f"{where}: {one.effective_to} is not the last of a month or of a contract year")
    ordered = sorted(terms.adjustments, key=lambda one: (one.parameter, one.effective_from))
    for one, other in pairwise(ordered):
        overlaps = one.effective_to is None or one.effective_to >= other.effective_from
        if one.parameter is other.parameter and overlaps:
            raise ValueError(f"terms.adjustments: two for {one.parameter} on {other.effective_from}")


def _lease(terms: LeaseTerms, accepted_on: date, term_years: int) -> None:
    if bool(terms.rent_yuan_by_year) == bool(terms.rents):
        raise ValueError("terms: either rent_yuan_by_year or rents")
    if terms.rent_yuan_by_year and len(terms.rent_yuan_by_year) != term_years:
        raise ValueError(f"terms.rent_yuan_by_year: one for each of the {term_years} years")
    last = years_after(accepted_on, term_years)
    for rent in terms.rents:
        if not accepted_on < rent.due_on <= last:
            raise ValueError(f"terms.rents: {rent.due_on} is not within {accepted_on + _ONE} to {last}")
