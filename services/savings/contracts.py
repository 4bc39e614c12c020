"""The three kinds of contract and their money: measured energy of a month in, printed lines and amounts out.

One rounding rule: every printed line is rounded half up, money to the fen (0.01 yuan), energy to 0.01 kWh,
and the next line is computed from the printed one. What follows from a yearly figure is taken pro rata of the
days of the contract year it belongs to (365 or 366).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.savings.contract_years import ContractYear
from services.savings.model import CustodyTerms, GuaranteedTerms, SharedTerms, Terms

ROUNDING = "ROUND_HALF_UP to 0.01 at each printed line"
_CENT = Decimal("0.01")
_ZERO = Decimal("0.00")


def printed(value: Decimal) -> Decimal:
    """The value as a line prints it: two decimals, half up, never a minus before zero."""
    return value.quantize(_CENT, ROUND_HALF_UP) + _ZERO


@dataclass(frozen=True, slots=True)
class Part:
    """The days of a settled month that lie in one contract year, with their measured energy.

    `days` are all that the contract covers, `days_measured` those whose saving is known.
    """

    year: ContractYear
    days: int
    days_measured: int
    baseline_kwh: Decimal
    actual_kwh: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; `year` is the contract year it belongs to, None for the whole month."""

    key: str
    year: int | None
    value: Decimal
    unit: str
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """The lines of a settlement and its three amounts [yuan].

    `esco_fee_yuan` is due to the ESCO; below zero (guaranteed kind only) it is due to the client.
    """

    lines: tuple[Line, ...]
    savings_yuan: Decimal
    esco_fee_yuan: Decimal
    client_keeps_yuan: Decimal


@dataclass(frozen=True, slots=True)
class _Valued:
    """A part whose saving is printed and valued."""

    part: Part
    savings_kwh: Decimal
    price: Decimal
    savings_yuan: Decimal

    def line(self, key: str, value: Decimal, unit: str, formula: str | None = None) -> Line:
        return Line(key, self.part.year.number, value, unit, formula)

    def pro_rata(self, yearly: Decimal, days: int) -> Decimal:
        return printed(yearly * days / self.part.year.days)


@dataclass(frozen=True, slots=True)
class _Share:
    """What a kind's terms make of a part: its lines, the ESCO's fee, and what the client pays it out of."""

    lines: tuple[Line, ...]
    fee: Decimal
    before_fee: Decimal


def energy_lines(part: Part) -> tuple[Line, Line, Line]:
    """Adjusted baseline, actual and saving of a part; the saving is the difference of the printed two."""
    number = part.year.number
    baseline, actual = printed(part.baseline_kwh), printed(part.actual_kwh)
    return (
        Line("baseline_kwh", number, baseline, "kWh"),
        Line("actual_kwh", number, actual, "kWh"),
        Line("savings_kwh", number, baseline - actual, "kWh", "baseline_kwh - actual_kwh"),
    )


def money(terms: Terms, price_yuan_per_kwh: Decimal, parts: Sequence[Part]) -> Money:
    """Value the parts of one month and apply the contract's terms to them, rounding as the module says."""
    lines: list[Line] = []
    saved, fees, before = _ZERO, _ZERO, _ZERO
    for part in parts:
        energy = energy_lines(part)
        value = printed(energy[2].value * price_yuan_per_kwh)
        valued = _Valued(part, energy[2].value, price_yuan_per_kwh, value)
        share = _apply(terms, valued)
        lines += [
            *energy,
            valued.line("price_yuan_per_kwh", price_yuan_per_kwh, "yuan/kWh"),
            valued.line("savings_yuan", value, "yuan", "savings_kwh * price_yuan_per_kwh"),
            *share.lines,
        ]
        saved, fees, before = saved + value, fees + share.fee, before + share.before_fee
    fee, rule = fees, "sum(esco_fee_yuan)"
    if isinstance(terms, SharedTerms):
        fee, rule = max(_ZERO, fees), "max(0, sum(esco_fee_yuan))"
    paid_from = "baseline_cost_yuan" if isinstance(terms, CustodyTerms) else "savings_yuan"
    lines += [
        Line("total_savings_yuan", None, saved, "yuan", "sum(savings_yuan)"),
        Line("total_esco_fee_yuan", None, fee, "yuan", rule),
        Line("client_keeps_yuan", None, before - fee, "yuan", f"sum({paid_from}) - total_esco_fee_yuan"),
    ]
    return Money(tuple(lines), saved, fee, before - fee)


def _apply(terms: Terms, valued: _Valued) -> _Share:
    match terms:
        case SharedTerms():
            return _shared(terms, valued)
        case GuaranteedTerms():
            return _guaranteed(terms, valued)
        case CustodyTerms():
            return _custody(terms, valued)


def _shared(terms: SharedTerms, valued: _Valued) -> _Share:
    years = terms.esco_share_by_year
    share = years[min(valued.part.year.number, len(years)) - 1]
    fee = printed(valued.savings_yuan * share)
    lines = (
        valued.line("esco_share", share, "1"),
        valued.line("esco_fee_yuan", fee, "yuan", "savings_yuan * esco_share"),
    )
    return _Share(lines, fee, valued.savings_yuan)


def _guaranteed(terms: GuaranteedTerms, valued: _Valued) -> _Share:
    """Each month is held to its days' part of the year's guarantee, measured days only: a day left out
    neither fulfils nor breaks it. Service is owed for every day."""
    part, saved, price = valued.part, valued.savings_kwh, valued.price
    promised = valued.pro_rata(terms.guaranteed_kwh_per_year, part.days_measured)
    short, excess = max(_ZERO, promised - saved), max(_ZERO, saved - promised)
    service = valued.pro_rata(terms.service_fee_yuan_per_year, part.days)
    compensation, bonus = printed(short * price), printed(excess * price * terms.esco_share_of_excess)
    fee = service - compensation + bonus
    lines = (
        valued.line("guaranteed_kwh", promised, "kWh",
                    "guaranteed_kwh_per_year * days_measured / days_of_contract_year"),
        valued.line("shortfall_kwh", short, "kWh", "max(0, guaranteed_kwh - savings_kwh)"),
        valued.line("excess_kwh", excess, "kWh", "max(0, savings_kwh - guaranteed_kwh)"),
        valued.line("service_fee_yuan", service, "yuan",
                    "service_fee_yuan_per_year * days / days_of_contract_year"),
        valued.line("shortfall_yuan", compensation, "yuan", "shortfall_kwh * price_yuan_per_kwh"),
        valued.line("excess_share_yuan", bonus, "yuan",
                    "excess_kwh * price_yuan_per_kwh * esco_share_of_excess"),
        valued.line("esco_fee_yuan", fee, "yuan", "service_fee_yuan - shortfall_yuan + excess_share_yuan"),
    )  # fmt: skip
    return _Share(lines, fee, valued.savings_yuan)


def _custody(terms: CustodyTerms, valued: _Valued) -> _Share:
    """The fee is fixed; the saving's value stands beside it as avoided cost, which is the ESCO's gain."""
    cost = valued.pro_rata(terms.baseline_cost_yuan_per_year, valued.part.days)
    fee = valued.pro_rata(terms.custody_fee_yuan_per_year, valued.part.days)
    lines = (
        valued.line("baseline_cost_yuan", cost, "yuan",
                    "baseline_cost_yuan_per_year * days / days_of_contract_year"),
        valued.line("esco_fee_yuan", fee, "yuan",
                    "custody_fee_yuan_per_year * days / days_of_contract_year"),
    )  # fmt: skip
    return _Share(lines, fee, cost)
