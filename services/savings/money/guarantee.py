"""A saving promised for each contract year, against what was saved: lines and the amount that follows.

Settled by month, each month is held to its days' part of the year, measured days only: a day left out
neither fulfils nor breaks the promise. Settled by year, the part that closes the contract year holds all
measured days of the year to it, valued at the price then in force; what months have settled on account is
taken off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.savings.contract.terms import GuaranteeSettled
from services.savings.money.lines import ZERO, Line, Valued, printed


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What is promised [kWh] a contract year, the ESCO's share (0–1) of any excess, and when it is settled.

    The share is None where an excess is all the client's.
    """

    kwh_per_year: Decimal
    esco_share_of_excess: Decimal | None
    settled: GuaranteeSettled


@dataclass(frozen=True, slots=True)
class Held:
    """A part held to a guarantee: the lines of energy, those of money, and the amount [yuan] for the ESCO.

    `formula` adds the amount to the formula of a fee, beginning with its sign; empty where nothing is due.
    """

    energy: tuple[Line, ...]
    money: tuple[Line, ...]
    amount: Decimal
    formula: str


def hold(guarantee: Guarantee, valued: Valued, before: Mapping[str, Decimal]) -> Held:
    """Hold a part to the guarantee; `before` are the sums of the contract year's earlier months."""
    closing = guarantee.settled.yearly and valued.part.closes_year
    promised = printed(valued.pro_rata(guarantee.kwh_per_year, valued.part.days_measured))
    lines: list[Line] = []
    if guarantee.settled.yearly:
        lines.append(valued.line("days_measured", Decimal(valued.part.days_measured), "d"))
    lines.append(
        valued.kwh(
            "guaranteed_kwh", promised, "guaranteed_kwh_per_year * days_measured / days_of_contract_year"
        )
    )
    if closing:
        return _close(guarantee, valued, before, lines)
    if not guarantee.settled.monthly:
        return Held(tuple(lines), (), ZERO, "")
    return _month(guarantee, valued, promised, lines)


def _price_line(valued: Valued) -> list[Line]:
    """The price of a promised kWh, where the saving's own lines do not show it already."""
    shown = any(line.key == "price_yuan_per_kwh" for line in valued.lines)
    return [] if shown else [valued.line("price_yuan_per_kwh", valued.price, "yuan/kWh")]


def _month(guarantee: Guarantee, valued: Valued, promised: Decimal, lines: list[Line]) -> Held:
    energy, money = _compare(guarantee, valued, (promised, valued.savings_kwh), "")
    amount = sum((line.value for line in money[1:]), ZERO) - money[0].value
    formula = " - shortfall_yuan" + " + excess_share_yuan" * (len(money) - 1)
    if guarantee.settled.yearly:
        money.append(valued.yuan("settled_yuan", amount, formula.replace(" - ", "0 - ", 1)))
    return Held((*lines, *energy), (*_price_line(valued), *money), amount, formula)


def _close(guarantee: Guarantee, valued: Valued, before: Mapping[str, Decimal], lines: list[Line]) -> Held:
    days, earlier = before.get("days_measured", Decimal()), before.get("savings_kwh", ZERO)
    promised = printed(valued.pro_rata(guarantee.kwh_per_year, days + valued.part.days_measured))
    saved = earlier + valued.savings_kwh
    energy, money = _compare(guarantee, valued, (promised, saved), "year_")
    settled = before.get("settled_yuan", ZERO)
    amount = sum((line.value for line in money[1:]), ZERO) - money[0].value - settled
    bonus = " + year_excess_share_yuan" * (len(money) - 1)
    energy = [
        *lines,
        valued.line("year_days_measured_before", days, "d"),
        valued.kwh("year_savings_kwh_before", earlier),
        valued.kwh("year_guaranteed_kwh", promised,
                   "guaranteed_kwh_per_year * (year_days_measured_before + days_measured)"
                   " / days_of_contract_year"),
        valued.kwh("year_savings_kwh", saved, "year_savings_kwh_before + savings_kwh"),
        *energy,
    ]  # fmt: skip
    money = [
        *_price_line(valued),
        *money,
        valued.yuan("year_settled_yuan_before", settled),
        valued.yuan("true_up_yuan", amount, f"0 - year_shortfall_yuan{bonus} - year_settled_yuan_before"),
    ]
    return Held(tuple(energy), tuple(money), amount, " + true_up_yuan")


def _compare(
    guarantee: Guarantee, valued: Valued, promised_and_saved: tuple[Decimal, Decimal], of: str
) -> tuple[list[Line], list[Line]]:
    """Shortfall and excess in kWh and in yuan, of a month, or of the year by the prefix `year_`."""
    promised, saved = promised_and_saved
    short, excess = max(ZERO, promised - saved), max(ZERO, saved - promised)
    energy = [
        valued.kwh(f"{of}shortfall_kwh", short, f"max(0, {of}guaranteed_kwh - {of}savings_kwh)"),
        valued.kwh(f"{of}excess_kwh", excess, f"max(0, {of}savings_kwh - {of}guaranteed_kwh)"),
    ]
    money = [
        valued.yuan(f"{of}shortfall_yuan", short * valued.price, f"{of}shortfall_kwh * price_yuan_per_kwh")
    ]
    if guarantee.esco_share_of_excess is not None:
        bonus = excess * valued.price * guarantee.esco_share_of_excess
        formula = f"{of}excess_kwh * price_yuan_per_kwh * esco_share_of_excess"
        money.append(valued.yuan(f"{of}excess_share_yuan", bonus, formula))
    return energy, money
