"""The printed lines of a settlement, and the days of one contract year that they are computed from.

One rounding rule: every printed line is rounded half up, money to the fen (0.01 yuan), energy to 0.01 kWh,
and the next line is computed from the printed one. What follows from a yearly figure is taken pro rata of the
days of the contract year it belongs to (365 or 366).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from services.savings.contract.years import ContractYear
from services.savings.money.period_energy import PeriodEnergies

ROUNDING = "ROUND_HALF_UP to 0.01 at each printed line"
ZERO = Decimal("0.00")
_CENT = Decimal("0.01")


def printed(value: Decimal) -> Decimal:
    """The value as a line prints it: two decimals, half up, never a minus before zero."""
    return value.quantize(_CENT, ROUND_HALF_UP) + ZERO


@dataclass(frozen=True, slots=True)
class Part:
    """The days of a settled month that lie in one contract year, with their measured energy.

    `days` are all that the contract covers, from `start` on; `days_measured` those whose saving is known.
    `by_period` is needed where savings are valued by period: the same energies, apart.
    """

    year: ContractYear
    start: date
    days: int
    days_measured: int
    baseline_kwh: Decimal
    actual_kwh: Decimal
    by_period: PeriodEnergies | None = None

    @property
    def closes_year(self) -> bool:
        """Whether the contract year ends with this part's last day."""
        return (self.year.end - self.start).days == self.days


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; `year` is the contract year it belongs to, None for the whole month."""

    key: str
    year: int | None
    value: Decimal
    unit: str
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class Valued:
    """A part whose saving is printed and valued: its lines, and the price [yuan/kWh] of what was promised.

    `price` stands among the `lines` unless the saving is valued by period.
    """

    part: Part
    lines: tuple[Line, ...]
    savings_kwh: Decimal
    savings_yuan: Decimal
    price: Decimal

    def line(self, key: str, value: Decimal, unit: str, formula: str | None = None) -> Line:
        """A line of the part's contract year."""
        return Line(key, self.part.year.number, value, unit, formula)

    def yuan(self, key: str, value: Decimal, formula: str | None = None) -> Line:
        """A line of money, printed."""
        return self.line(key, printed(value), "yuan", formula)

    def kwh(self, key: str, value: Decimal, formula: str | None = None) -> Line:
        """A line of energy, printed."""
        return self.line(key, printed(value), "kWh", formula)

    def pro_rata(self, yearly: Decimal, days: int | Decimal) -> Decimal:
        """The part of a contract year's figure that falls on some of its days."""
        return yearly * days / self.part.year.days


def energy_lines(part: Part) -> tuple[Line, Line, Line]:
    """Adjusted baseline, actual and saving of a part; the saving is the difference of the printed two."""
    number = part.year.number
    baseline, actual = printed(part.baseline_kwh), printed(part.actual_kwh)
    return (
        Line("baseline_kwh", number, baseline, "kWh"),
        Line("actual_kwh", number, actual, "kWh"),
        Line("savings_kwh", number, baseline - actual, "kWh", "baseline_kwh - actual_kwh"),
    )


SoFar = Mapping[int, Mapping[str, Decimal]]
"""By contract year, what earlier months of it have come to: the sums of their printed lines, by key."""
