"""Contracts drawn at random, each settled month by month over its first contract year and into the second."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from services.savings.contract.consistency import check
from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    CustodyAdjustment,
    CustodyTerms,
    FeeFloor,
    GuaranteedTerms,
    GuaranteeSettled,
    LeaseTerms,
    MixedTerms,
    Parameter,
    ProportionalAdjustment,
    Rent,
    SharedTerms,
    SingleTerms,
    StatedAdjustment,
    Terms,
    figures,
)
from services.savings.contract.years import parts_by_year, years_after
from services.savings.money.charge import Money, money
from services.savings.money.lines import Part
from services.savings.money.tariffs.plan import Tariffs
from services.savings.money.year_to_date import so_far
from tests.services.savings.examples import contract
from tests.services.savings.money.paper import Known

TERM_YEARS = 3


def _places(most: int, places: int, *, least: int = 0) -> st.SearchStrategy[Decimal]:
    """Decimals with so many places; whole numbers shrink quicker than decimals do."""
    return st.integers(least * 10**places, most * 10**places).map(lambda n: Decimal(n).scaleb(-places))


YUAN = _places(300_000, 2)
SHARE = _places(1, 4)
KWH = _places(40_000, 3)
FLOORS = st.sampled_from(FeeFloor)
SETTLED_WITH = st.sampled_from(
    [
        (settled, floor)
        for settled in GuaranteeSettled
        for floor in FeeFloor
        if (settled, floor) != (GuaranteeSettled.MONTH_AND_YEAR, FeeFloor.MONTH)
    ]
)
ACCEPTED = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@dataclass(frozen=True, slots=True)
class Month:
    """A settled month: its parts, and what came of them."""

    parts: tuple[Part, ...]
    found: Money


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract and its months, one after the other."""

    contract: Contract
    months: tuple[Month, ...]

    def given(self, month: Month) -> dict[int | None, Known]:
        """By contract year what formulas may name besides printed lines: terms, and days."""
        terms = {name: Fraction(value) for name, value in figures(self.contract.terms)
                 if isinstance(value, Decimal)}  # fmt: skip
        known: dict[int | None, Known] = {None: terms}
        for part in month.parts:
            year = part.year
            counts = (part.days, part.days_measured, (year.end - year.start).days)
            names = ("days", "days_measured", "days_of_contract_year")
            known[year.number] = terms | {
                name: Fraction(count) for name, count in zip(names, counts, strict=True)
            }
        return known


def months_after(accepted_on: date, count: int) -> Iterator[tuple[date, date]]:
    """The days [start, end) of the first months that a contract covers."""
    start = accepted_on + timedelta(days=1)
    for _ in range(count):
        end = start.replace(day=monthrange(start.year, start.month)[1]) + timedelta(days=1)
        yield start, end
        start = end


def settled(deal: Contract, drawn: Sequence[tuple[Decimal, Decimal, int]]) -> Deal:
    """Settle one month for each draw of baseline, actual, and days that were not measured."""
    months: list[Month] = []
    periods = months_after(deal.accepted_on, len(drawn))
    for (start, end), (baseline, actual, lost) in zip(periods, drawn, strict=True):
        parts = tuple(
            Part(year, first, (after - first).days, max(0, (after - first).days - lost),
                 baseline * (number + 1), actual)
            for number, (year, first, after) in enumerate(parts_by_year(deal, start, end))
        )  # fmt: skip
        before = so_far(month.found.lines for month in months)
        months.append(Month(parts, money(deal, parts, tariffs=Tariffs(), so_far=before)))
    return Deal(deal, tuple(months))


def shared() -> st.SearchStrategy[SingleTerms]:
    shares = st.lists(SHARE, min_size=1, max_size=TERM_YEARS).map(tuple)
    return st.builds(SharedTerms, shares, FLOORS)


def guaranteed() -> st.SearchStrategy[SingleTerms]:
    return st.builds(
        lambda kwh, fee, share, with_: GuaranteedTerms(kwh, fee, share, *with_),
        YUAN,
        YUAN,
        SHARE,
        SETTLED_WITH,
    )


def changes() -> st.SearchStrategy[ProportionalAdjustment | StatedAdjustment]:
    counted = st.builds(
        ProportionalAdjustment, SHARE, st.integers(1, 2000).map(Decimal), st.integers(0, 2000).map(Decimal)
    )
    return counted | st.builds(StatedAdjustment, _places(9_999, 2, least=-9_999), st.just("by letter"))


@st.composite
def adjustments(draw: st.DrawFn, accepted_on: date) -> tuple[CustodyAdjustment, ...]:
    """At most one for each parameter, from the first of a month or of a contract year to the eve of one."""
    days = [accepted_on + timedelta(days=1), years_after(accepted_on, 1) + timedelta(days=1)]
    days = sorted({*days, *(end for _, end in months_after(accepted_on, 13))})
    found = []
    for parameter in draw(st.sets(st.sampled_from(Parameter), max_size=3).map(sorted)):
        first, after = sorted(draw(st.lists(st.sampled_from(days), min_size=2, max_size=2, unique=True)))
        until = draw(st.sampled_from([None, after - timedelta(days=1)]))
        found.append(
            CustodyAdjustment(parameter, first, until, draw(changes()), accepted_on, "甲", "乙", "letter 3")
        )
    return tuple(found)


@st.composite
def custody(draw: st.DrawFn, accepted_on: date) -> SingleTerms:
    return CustodyTerms(draw(YUAN), draw(YUAN), draw(adjustments(accepted_on)), (), draw(FLOORS))


@st.composite
def lease(draw: st.DrawFn, accepted_on: date, *, promised: bool = True) -> SingleTerms:
    """By year or by due day, with a guarantee or without."""
    by_year: tuple[Decimal, ...] = ()
    rents: tuple[Rent, ...] = ()
    if draw(st.booleans()):
        by_year = tuple(draw(st.lists(YUAN, min_size=TERM_YEARS, max_size=TERM_YEARS)))
    else:
        after = st.integers(1, 420).map(lambda days: accepted_on + timedelta(days=days))
        rents = tuple(draw(st.lists(st.builds(Rent, after, YUAN), min_size=1, max_size=6)))
    kwh = draw(st.none() | YUAN) if promised else None
    return LeaseTerms(by_year, rents, kwh, *draw(SETTLED_WITH))


@st.composite
def mixed(draw: st.DrawFn, accepted_on: date) -> Terms:
    kinds = {
        "shared": shared(), "guaranteed": guaranteed(), "custody": custody(accepted_on),
        "lease": lease(accepted_on),
    }  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=2, max_size=4, unique=True))
    if "guaranteed" in chosen:
        kinds["lease"] = lease(accepted_on, promised=False)
    return MixedTerms(tuple(draw(kinds[kind]) for kind in chosen))


@st.composite
def deals(draw: st.DrawFn, *, count: int = 14) -> Deal:
    """A contract that its own document would take, settled for `count` months."""
    accepted_on = draw(ACCEPTED)
    one: st.SearchStrategy[Terms] = st.one_of(
        shared(), guaranteed(), custody(accepted_on), lease(accepted_on), mixed(accepted_on)
    )
    deal = replace(
        contract(draw(one), accepted_on=accepted_on),
        term_years=TERM_YEARS,
        price_yuan_per_kwh=draw(st.integers(200_000, 2_000_000)) / Decimal(10**6),
    )
    check(deal.terms, deal.valuation, accepted_on=accepted_on, term_years=TERM_YEARS)
    months = st.lists(
        st.tuples(KWH, KWH, st.sampled_from([0, 0, 0, 1, 7, 31])), min_size=count, max_size=count
    )
    return settled(deal, draw(months))
