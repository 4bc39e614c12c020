import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.contract.terms import MixedTerms, SharedTerms
from services.savings.money.custody_baseline import TABLE, BaselineRule, baseline_records, custody_baseline
from services.savings.settlement.document import settle
from tests.services.savings.examples import CUSTODY, TERMS, frozen

AGREED = date(2026, 3, 1)
YEARS = st.lists(st.integers(1, 10_000).map(Decimal), min_size=3, max_size=3)


def years(text: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, text.split()))


@pytest.mark.parametrize(
    ("given_years", "expected", "rule"),
    [
        ("100 120 150", "150.00", BaselineRule.LATEST),
        ("150 120 100", "100.00", BaselineRule.LATEST),
        ("100 101 102", "102.00", BaselineRule.LATEST),
        ("100 110 105", "105.00", BaselineRule.MEAN),
        ("100 100 100", "100.00", BaselineRule.MEAN),
        ("110 90 100", "100.00", BaselineRule.MEAN),
        ("110.01 90 99.99", "100.00", BaselineRule.REVIEW),
        ("100 150 120", "123.33", BaselineRule.REVIEW),
        ("100 100 150", "116.67", BaselineRule.REVIEW),
    ],
)
def test_the_three_year_rule(given_years: str, expected: str, rule: BaselineRule) -> None:
    found = custody_baseline(years(given_years), agreed_on=AGREED)
    assert (str(found.value), found.rule) == (expected, rule)


def test_the_rule_names_its_source_and_how_it_is_known() -> None:
    limit = custody_baseline(years("1 2 3"), agreed_on=AGREED).limit
    assert (limit.share, limit.mark, limit.source) == (Decimal("0.10"), "V2", "JS/T 301-2024 cl. 4.3")
    assert custody_baseline(years("1 2 3"), agreed_on=date(2020, 1, 1)).limit == limit
    assert tomllib.loads(TABLE.read_text(encoding="utf-8"))["limit"][0]["effective_from"] == date(2025, 1, 1)


@pytest.mark.parametrize("wrong", ["1 2", "1 2 3 4", "1 0 2", "1 -2 3"])
def test_it_takes_three_years_above_zero(wrong: str) -> None:
    with pytest.raises(ValueError, match="three years, each above zero"):
        custody_baseline(years(wrong), agreed_on=AGREED)


@given(three=YEARS, factor=st.integers(1, 1000))
def test_the_rule_does_not_depend_on_the_unit(three: list[Decimal], factor: int) -> None:
    found = custody_baseline(three, agreed_on=AGREED)
    scaled = custody_baseline([year * factor for year in three], agreed_on=AGREED)
    assert scaled.rule is found.rule
    assert min(three) - 1 < found.value < max(three) + 1


@given(three=YEARS)
def test_every_three_years_are_exactly_one_case(three: list[Decimal]) -> None:
    found = custody_baseline(three, agreed_on=AGREED)
    trend = three in (sorted(three), sorted(three, reverse=True)) and len(set(three)) == 3
    assert (found.rule is BaselineRule.LATEST) == trend
    if not trend:
        assert (found.rule is BaselineRule.MEAN) == (found.spread <= Decimal("0.1") + Decimal("1e-20"))


def test_an_agreed_cost_is_held_against_the_rule() -> None:
    terms = replace(CUSTODY, baseline_costs_yuan=years("39000 41000 40500"))  # their mean is 40166.67
    cost, review = baseline_records(terms, agreed_on=AGREED)
    assert (cost.what, cost.figure, cost.limit, cost.ok) == ("custody_baseline_cost", 40000.0, 40166.67, True)
    assert cost.source == "JS/T 301-2024 cl. 4.3; mean of three years"
    assert (review.what, review.figure, review.ok) == ("custody_baseline_review", 0.0, True)


def test_a_part_of_mixed_terms_is_held_alike_and_other_terms_never() -> None:
    terms = replace(CUSTODY, baseline_costs_yuan=years("39000 41000 40500"))
    mixed = MixedTerms((SharedTerms((Decimal("0.8"),)), terms))
    assert baseline_records(mixed, agreed_on=AGREED) == baseline_records(terms, agreed_on=AGREED)
    assert baseline_records(SharedTerms((Decimal("0.8"),)), agreed_on=AGREED) == ()


def test_a_settlement_tells_of_the_three_years() -> None:
    terms = {**TERMS["custody"], "baseline_costs_yuan": ["39000", "41000", "40500"]}
    results = settle(frozen(kind="custody", terms=terms))["results"]
    told = [one for one in results["records"] if one["what"].startswith("custody_baseline")]
    assert [one["what"] for one in told] == ["custody_baseline_cost", "custody_baseline_review"]
    assert settle(frozen(kind="custody"))["results"]["lines"] == results["lines"]


def test_a_cost_above_the_rule_and_years_apart_are_findings() -> None:
    apart = replace(CUSTODY, baseline_costs_yuan=years("30000 45000 40000"))
    cost, review = baseline_records(apart, agreed_on=AGREED)
    assert (cost.ok, review.ok, review.figure) == (False, False, 1.0)


def test_without_the_three_years_there_is_nothing_to_find() -> None:
    assert baseline_records(CUSTODY, agreed_on=AGREED) == ()
