"""The statement's view model: what the slice says of a settled month, and beside it the series and sums that
a reader with a red pen asks for: the baseline's days with their fit, each meter's completeness, each line's
formula in words and in figures.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from services.metering.model import Meter
from services.savings.contract.terms import figures
from services.savings.contract.years import parts_by_year
from services.savings.meter_days import from_rows
from services.savings.money.charge import Line
from services.savings.settlement.statement import Statement
from services.web.formats import exact, number
from services.web.i18n import Texts
from services.web.statement_model import Learned, learned
from services.web.statement_terms import (
    AdjustmentRow,
    PriceRow,
    adjustment_rows,
    option,
    price_rows,
    valuation_name,
)

_NAME = re.compile(r"[a-z_]+")
_SUM = re.compile(r"sum\(([a-z_]+)\)")
_OPERATORS = (("*", "×"), ("/", "÷"), (" - ", " − "))


@dataclass(frozen=True, slots=True)
class MeterCompleteness:
    """One meter over the settled days: energy [kWh], mean and least coverage, days under the limit."""

    code: str
    measured_kwh: float
    estimated_kwh: float
    coverage: float
    least: float
    days_short: int


@dataclass(frozen=True, slots=True)
class Calculation:
    """A printed line with its formula in names and in figures (empty where it is given, not computed)."""

    line: Line
    names: tuple[str, ...]
    template: str
    figures: str

    def words(self, t: Texts) -> str:
        """The formula in the words of a language."""
        return _NAME.sub(lambda match: t.code("line", match[0]), self.template)


@dataclass(frozen=True, slots=True)
class StatementView:
    """Everything on the statement; `savings_kwh` is the saving as its lines print it, which money follows."""

    statement: Statement
    month: date
    last_day: date
    place: tuple[float, float] | None
    learned: Learned
    meters: tuple[MeterCompleteness, ...]
    years: tuple[int, ...]
    calculations: tuple[Calculation, ...]
    totals: tuple[Calculation, ...]
    terms: tuple[tuple[str, object], ...]
    savings_kwh: Decimal
    registered: Mapping[str, Meter]
    option: str
    valuation: str
    prices: tuple[PriceRow, ...]
    adjustments: tuple[AdjustmentRow, ...]


def build_statement(
    statement: Statement,
    inputs: Mapping[str, Any],
    *,
    results: Mapping[str, Any] | None = None,
    registered: Mapping[str, Meter] | None = None,
) -> StatementView:
    """Lay out a statement with the frozen `inputs` and `results` of its settlement.

    `registered` are the meters that the contract names, by code: for their names and places in the building.
    """
    place, known = inputs["place"], registered or {}
    calculations = _calculations(statement)
    return StatementView(
        statement=statement,
        month=date.fromisoformat(f"{statement.month}-01"),
        last_day=statement.period.end - timedelta(days=1),
        place=None if place is None else (place["latitude"], place["longitude"]),
        learned=learned(statement, inputs),
        meters=_meters(statement, inputs),
        years=tuple(sorted({line.year for line in statement.lines if line.year is not None})),
        calculations=tuple(one for one in calculations if one.line.year is not None),
        totals=tuple(one for one in calculations if one.line.year is None),
        terms=tuple(figures(statement.contract.terms)),
        savings_kwh=sum((one.value for one in statement.lines if one.key == "savings_kwh"), Decimal()),
        registered=known,
        option=option(
            statement.contract.measurement,
            [one for code, one in known.items() if code in statement.contract.meters],
        ),
        valuation=valuation_name(statement.contract, inputs),
        prices=price_rows(statement, inputs),
        adjustments=adjustment_rows(inputs, results or {}),
    )


def _meters(statement: Statement, inputs: Mapping[str, Any]) -> tuple[MeterCompleteness, ...]:
    table = from_rows(statement.contract.meters, inputs["reporting_days"])
    limit = float(statement.contract.minimum_completeness)
    covered = np.nan_to_num(table.coverage)
    return tuple(
        MeterCompleteness(
            code, float(np.nansum(table.measured_kwh[i])), float(np.nansum(table.estimated_kwh[i])),
            float(covered[i].mean()), float(covered[i].min()), int((covered[i] < limit).sum()),
        )
        for i, code in enumerate(table.meters)
    )  # fmt: skip


def given(statement: Statement) -> dict[tuple[str, int | None], Decimal | int]:
    """What formulas name and no line prints: the terms' figures (year None), days of each contract year."""
    terms = figures(statement.contract.terms)
    found: dict[tuple[str, int | None], Decimal | int] = {
        (name, None): value for name, value in terms if isinstance(value, Decimal)
    }
    for year, counts in _counts(statement).items():
        found |= {(name, year): value for name, value in counts.items()}
    return found


def _calculations(statement: Statement) -> list[Calculation]:
    """Every line with what its formula names, in words and in the figures printed before it."""
    known = given(statement)
    known["price_yuan_per_kwh", None] = statement.contract.price_yuan_per_kwh
    found: list[Calculation] = []
    for line in statement.lines:
        figures_of = {name: value for (name, year), value in known.items() if year in {None, line.year}}
        found.append(_calculation(line, figures_of | _printed(statement.lines, line), statement.lines))
    return found


def _counts(statement: Statement) -> dict[int, dict[str, int]]:
    """The day counts that yearly figures are taken pro rata of, by contract year."""
    period = statement.period
    return {
        year.number: {
            "days": (end - start).days,
            "days_measured": sum(start <= d.day < end and d.left_out is None for d in statement.days),
            "days_of_contract_year": year.days,
        }
        for year, start, end in parts_by_year(statement.contract, period.start, period.end)
    }


def _printed(lines: Iterable[Line], of: Line) -> dict[str, Decimal | int]:
    """The lines of the same contract year, and those of the month."""
    return {line.key: line.value for line in lines if line.year == of.year}


def _calculation(line: Line, known: Mapping[str, object], lines: Sequence[Line]) -> Calculation:
    if line.formula is None:
        return Calculation(line, (), "", "")

    def added(match: re.Match[str]) -> str:
        parts = [_figure(one.value) for one in lines if one.key == match[1] and one.year is not None]
        return " + ".join(parts) if len(parts) < 2 else f"({' + '.join(parts)})"

    def named(match: re.Match[str]) -> str:
        return _figure(known[match[0]]) if match[0] in known else match[0]

    figures = _NAME.sub(named, _SUM.sub(added, line.formula))
    template = _SUM.sub(r"Σ \1", line.formula)
    names = tuple(name for name in _NAME.findall(template) if name != "max")
    return Calculation(line, names, _written(template), _written(figures))


def _written(formula: str) -> str:
    for sign, printed in _OPERATORS:
        formula = formula.replace(sign, printed)
    return formula


def _figure(value: object) -> str:
    if isinstance(value, Decimal):
        return exact(value)
    return number(value) if isinstance(value, int) else str(value)
