"""What a contract year has come to before a month: the printed lines of its earlier settlements in, sums out.

Only terms that look at a whole year need it: a floor over the year, or a guarantee that the year settles.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from services.mv.model import Record
from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    FeeFloor,
    GuaranteedTerms,
    LeaseTerms,
    MixedTerms,
    SingleTerms,
    Terms,
)
from services.savings.contract.years import contract_year
from services.savings.money.lines import Line

KEYS = frozenset({
    "days_measured", "savings_kwh", "settled_yuan",
    "esco_fee_yuan", "shared_fee_yuan", "guaranteed_fee_yuan", "custody_fee_yuan", "lease_fee_yuan",
})  # fmt: skip
"""The lines whose sums over a year terms ask for."""


def needed(terms: Terms) -> bool:
    """Whether the terms look at a whole contract year."""
    return any(map(_looks_back, terms.components if isinstance(terms, MixedTerms) else (terms,)))


def _looks_back(terms: SingleTerms) -> bool:
    yearly = isinstance(terms, GuaranteedTerms | LeaseTerms) and terms.settled.yearly
    return yearly or terms.fee_floor is FeeFloor.YEAR


def earlier_months(contract: Contract, start: date) -> tuple[str, ...]:
    """The months `YYYY-MM` with days of the contract year of `start` before it, oldest first.

    `start` is the first day of the month to be settled that the contract covers.
    """
    day = contract_year(contract.accepted_on, start).start
    months: list[str] = []
    while day < start:
        months.append(f"{day:%Y-%m}")
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return tuple(months)


def year_record(contract: Contract, start: date, settled: Collection[str]) -> Record:
    """Which part of the contract year's earlier months is `settled` with amounts; with less a month waits."""
    months = earlier_months(contract, start)
    known = sum(month in settled for month in months)
    figure = round(known / len(months), 6) if months else 1.0
    return Record("year_completeness", figure, 1.0, f"contract {contract.code}", known == len(months))


def so_far(earlier: Iterable[Iterable[Line]]) -> dict[int, dict[str, Decimal]]:
    """Add up the lines of earlier settlements, the newest version of each month, by contract year and key."""
    found: dict[int, dict[str, Decimal]] = {}
    for lines in earlier:
        for line in lines:
            if line.year is not None and line.key in KEYS:
                sums = found.setdefault(line.year, {})
                sums[line.key] = sums.get(line.key, Decimal()) + line.value
    return found
