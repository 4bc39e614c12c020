"""A month's money by the terms of its contract: valued parts in, printed lines and amounts out.

The rounding rule stands in `lines`. A fee's floor is the terms' own: in each month, over each contract year,
or none. Over a contract year, a month's due is what the year's floored fees have grown by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.savings.contract.model import Contract
from services.savings.contract.terms import (
    CustodyTerms,
    FeeFloor,
    GuaranteedTerms,
    LeaseTerms,
    MixedTerms,
    SharedTerms,
    SingleTerms,
    Terms,
)
from services.savings.money.fees import Fee, fee
from services.savings.money.lines import ROUNDING, ZERO, Line, Part, SoFar, Valued, energy_lines, printed
from services.savings.money.tariffs.plan import Tariffs
from services.savings.money.valuation import value

__all__ = ["ROUNDING", "Line", "Money", "Part", "charge", "energy_lines", "money", "printed"]

_KINDS: Mapping[type, str] = {
    SharedTerms: "shared",
    GuaranteedTerms: "guaranteed",
    CustodyTerms: "custody",
    LeaseTerms: "lease",
}


@dataclass(frozen=True, slots=True)
class Money:
    """The lines of a settlement and its three amounts [yuan].

    `esco_fee_yuan` is due to the ESCO; below zero, where the terms have no floor, it is due to the client.
    """

    lines: tuple[Line, ...]
    savings_yuan: Decimal
    esco_fee_yuan: Decimal
    client_keeps_yuan: Decimal


@dataclass(frozen=True, slots=True)
class _Component:
    """One kind's terms and what its lines are called: `esco_fee_yuan`, or by the kind in mixed terms."""

    terms: SingleTerms
    name: str

    @property
    def due(self) -> str:
        """The name of what is due of the fee where a floor over the year stands between."""
        return f"{self.name.removesuffix('_yuan')}_due_yuan"


def money(contract: Contract, parts: Sequence[Part], *, tariffs: Tariffs, so_far: SoFar) -> Money:
    """The money of a contract's month.

    `tariffs` are needed where `valuation.tariffs_of(contract)` names any, `so_far` where
    `year_to_date.needed(contract.terms)`. Raises `NoPrice` where a price is missing (ask
    `valuation.price_record` first).
    """
    return charge(contract.terms, [value(contract, part, tariffs) for part in parts], so_far=so_far)


def charge(terms: Terms, valued: Sequence[Valued], *, so_far: SoFar) -> Money:
    """Apply a contract's terms to the valued parts of one month."""
    components = _components(terms)
    dues: list[list[Decimal]] = [[] for _ in components]
    lines: list[Line] = []
    costs = ZERO
    for one in valued:
        before = so_far.get(one.part.year.number, {})
        lines += one.lines
        for component, due in zip(components, dues, strict=True):
            found = fee(component.terms, one, before)
            added = _fee_lines(component, one, found, before)
            lines += [*found.lines, *added]
            due.append(added[-1].value)
            costs += found.baseline_cost
    totals = [_total(one, due, mixed=len(components) > 1) for one, due in zip(components, dues, strict=True)]
    return _money(
        components, lines, totals, saved=sum((one.savings_yuan for one in valued), ZERO), costs=costs
    )


def _components(terms: Terms) -> tuple[_Component, ...]:
    if isinstance(terms, MixedTerms):
        return tuple(_Component(one, f"{_KINDS[type(one)]}_fee_yuan") for one in terms.components)
    return (_Component(terms, "esco_fee_yuan"),)


def _fee_lines(
    component: _Component, valued: Valued, found: Fee, before: Mapping[str, Decimal]
) -> tuple[Line, ...]:
    """The fee, and where its floor is over the year what is due of it now; the last is what counts."""
    line = valued.yuan(component.name, found.amount, found.formula)
    if component.terms.fee_floor is not FeeFloor.YEAR:
        return (line,)
    earlier, name = before.get(component.name, ZERO), f"year_{component.name}_before"
    due = max(ZERO, earlier + line.value) - max(ZERO, earlier)
    formula = f"max(0, {name} + {component.name}) - max(0, {name})"
    return (line, valued.yuan(name, earlier), valued.yuan(component.due, due, formula))


def _total(component: _Component, dues: Iterable[Decimal], *, mixed: bool) -> Line:
    floor = component.terms.fee_floor
    total = sum(dues, ZERO)
    rule = f"sum({component.due if floor is FeeFloor.YEAR else component.name})"
    if floor is FeeFloor.MONTH:
        total, rule = max(ZERO, total), f"max(0, {rule})"
    return Line(f"total_{component.name if mixed else 'esco_fee_yuan'}", None, total, "yuan", rule)


def _money(
    components: Sequence[_Component], lines: list[Line], totals: list[Line], *, saved: Decimal, costs: Decimal
) -> Money:
    fees = sum((line.value for line in totals), ZERO)
    custody = any(isinstance(one.terms, CustodyTerms) for one in components)
    paid_from, before_fee = ("baseline_cost_yuan", costs) if custody else ("savings_yuan", saved)
    lines.append(Line("total_savings_yuan", None, saved, "yuan", "sum(savings_yuan)"))
    lines += totals
    if len(totals) > 1:
        rule = " + ".join(line.key for line in totals)
        lines.append(Line("total_esco_fee_yuan", None, fees, "yuan", rule))
    keeps = before_fee - fees
    rule = f"sum({paid_from}) - total_esco_fee_yuan"
    lines.append(Line("client_keeps_yuan", None, keeps, "yuan", rule))
    return Money(tuple(lines), saved, fees, keeps)
