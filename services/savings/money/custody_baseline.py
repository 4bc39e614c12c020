"""The three-year rule for what a custody fee is agreed against: three years' costs in, the baseline out.

JS/T 301-2024 cl. 4.3: a trend that only rises or only falls takes the latest year; years that all lie near
their mean take the mean; otherwise the mean stands for review by a person.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import chain, pairwise
from pathlib import Path

from services.mv.model import Record
from services.savings.contract.terms import CustodyTerms, MixedTerms, Terms
from services.savings.money.lines import printed

TABLE = Path(__file__).with_name("custody_baseline.toml")


class BaselineRule(StrEnum):
    """Which case of the rule three years are."""

    LATEST = "latest_year"
    MEAN = "mean"
    REVIEW = "mean_for_review"


_WORDS = {
    BaselineRule.LATEST: "latest of three years",
    BaselineRule.MEAN: "mean of three years",
    BaselineRule.REVIEW: "mean of three years, for review",
}


@dataclass(frozen=True, slots=True)
class SpreadLimit:
    """How far from the mean a year may lie (share of the mean, included) from a day on, by which source."""

    effective_from: date
    share: Decimal
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class CustodyBaseline:
    """The baseline by the rule, in the unit of the years.

    `spread` is the largest distance from the mean (share of the mean). A `REVIEW` counts only when a person
    has looked at it.
    """

    value: Decimal
    rule: BaselineRule
    mean: Decimal
    spread: Decimal
    limit: SpreadLimit


def custody_baseline(years: Sequence[Decimal], *, agreed_on: date) -> CustodyBaseline:
    """The baseline of three years' energy or costs, oldest first, by the rule in force on `agreed_on`.

    A trend is strict: two equal years are none. Raises `ValueError` for other than three positive figures.
    """
    if len(years) != 3 or min(years) <= 0:
        raise ValueError("a custody baseline is of three years, each above zero")
    mean = sum(years, Decimal()) / 3
    spread = max(abs(year - mean) for year in years) / mean
    in_force = [row for row in _limits() if row.effective_from <= agreed_on]
    limit = in_force[-1] if in_force else _limits()[0]
    rises = all(one < other for one, other in pairwise(years))
    falls = all(one > other for one, other in pairwise(years))
    if rises or falls:
        rule, value = BaselineRule.LATEST, years[-1]
    else:
        # compared without the division, which is not exact
        near = max(abs(3 * year - sum(years)) for year in years) <= limit.share * sum(years)
        rule, value = (BaselineRule.MEAN if near else BaselineRule.REVIEW), mean
    return CustodyBaseline(printed(value), rule, mean, spread, limit)


def baseline_records(terms: Terms, *, agreed_on: date) -> tuple[Record, ...]:
    """Findings about an agreed baseline cost: none where the three years' costs are not given."""
    if isinstance(terms, MixedTerms):
        parts = (baseline_records(one, agreed_on=agreed_on) for one in terms.components)
        return tuple(chain.from_iterable(parts))
    if not isinstance(terms, CustodyTerms) or not terms.baseline_costs_yuan:
        return ()
    by_rule = custody_baseline(terms.baseline_costs_yuan, agreed_on=agreed_on)
    agreed, source = terms.baseline_cost_yuan_per_year, f"{by_rule.limit.source}; {_WORDS[by_rule.rule]}"
    review = float(by_rule.rule is BaselineRule.REVIEW)
    return (
        Record("custody_baseline_cost", float(agreed), float(by_rule.value), source, agreed <= by_rule.value),
        Record("custody_baseline_review", review, 0.0, source, not review),
    )


@cache
def _limits() -> tuple[SpreadLimit, ...]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"), parse_float=Decimal)["limit"]
    return tuple(sorted((SpreadLimit(**row) for row in rows), key=lambda row: row.effective_from))
