"""Every line that money can have, whatever the contract and its valuation, has words in both languages."""

import re
from datetime import date
from decimal import Decimal

import pytest

from services.mv.model import Record
from services.savings.contract.demand import Basis, DemandTerms, Lowered
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
    SharedTerms,
    SingleTerms,
    StatedAdjustment,
    Terms,
    figures,
)
from services.savings.contract.years import contract_year
from services.savings.money.charge import charge
from services.savings.money.custody_baseline import baseline_records
from services.savings.money.demand import demand_records, with_demand
from services.savings.money.lines import Line, Part
from services.savings.money.period_energy import PeriodEnergies, ProfileRule
from services.savings.money.tariffs.files import load_tariffs
from services.savings.money.tariffs.plan import Period, Tariffs
from services.savings.money.valuation import at_price, by_period, price_record
from services.savings.money.year_to_date import year_record
from services.web.i18n import LANGUAGES, texts
from services.web.statement_words import direction, unit_key
from tests.services.savings.examples import contract
from tests.services.savings.money.tariffs.plans import night

ACCEPTED, START = date(2025, 5, 14), date(2026, 5, 1)
ONE = Decimal(1)
CHANGES = (ProportionalAdjustment(ONE, ONE, ONE), StatedAdjustment(ONE, "so"))
SINGLES: list[SingleTerms] = [
    SharedTerms((ONE,), FeeFloor.YEAR),
    *(GuaranteedTerms(ONE, ONE, ONE, settled, FeeFloor.YEAR) for settled in GuaranteeSettled),
    *(
        CustodyTerms(ONE, ONE, tuple(
            CustodyAdjustment(one, START, None, change, ACCEPTED, "a", "b", "c") for one in Parameter
        ), (ONE, ONE, ONE), FeeFloor.YEAR)
        for change in CHANGES
    ),
    LeaseTerms((ONE, ONE), (), ONE, GuaranteeSettled.MONTH_AND_YEAR, FeeFloor.YEAR),
]  # fmt: skip
TERMS: list[Terms] = [
    *SINGLES,
    MixedTerms((SINGLES[0], SINGLES[1], SINGLES[4])),
    MixedTerms(tuple(SINGLES[-2:])),
]


TWO_PART = Tariffs(
    (night(structure="two-part", demand_yuan_per_kw_month=ONE, capacity_yuan_per_kva_month=ONE),)
)


def lowered(basis: Basis) -> DemandTerms:
    return DemandTerms(basis, "night", (Lowered(START, ONE, ACCEPTED, "a", "b", "c"),))


def lines_of(terms: Terms, days: int) -> list[Line]:
    quarters = dict.fromkeys(Period, ONE)
    part = Part(
        year=contract_year(ACCEPTED, START), start=START, days=days, days_measured=days,
        baseline_kwh=Decimal(4), actual_kwh=Decimal(4),
        by_period=PeriodEnergies(quarters, quarters, dict.fromkeys(ProfileRule, 1)),
    )  # fmt: skip
    plan = load_tariffs().on("hubei-single-1kv", date(2026, 1, 1))
    assert plan is not None
    ways = [
        at_price(part, ONE, of_it_basic=ONE),
        by_period(part, plan.prices, promised_price=ONE),
        *(with_demand(lowered(basis), at_price(part, ONE), TWO_PART) for basis in Basis),
    ]
    return [line for way in ways for line in charge(terms, [way], so_far={}).lines]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", [13, 14], ids=["open year", "closing year"])
@pytest.mark.parametrize("terms", TERMS, ids=lambda terms: type(terms).__name__)
def test_every_line_its_unit_and_every_name_in_its_formula_has_words(
    terms: Terms, days: int, language: str
) -> None:
    t = texts("zh" if language == "zh" else "en")
    lines = lines_of(terms, days)
    names = {name for line in lines for name in re.findall(r"[a-z_]+", line.formula or "")}
    names = (names - {"max", "sum"}) | {line.key for line in lines} | dict(figures(terms)).keys()
    assert [name for name in names if not t.has(f"line.{name}")] == []
    assert [line.unit for line in lines if not t.has(f"unit.{unit_key(line.unit)}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_about_money_have_words_and_a_sign(language: str) -> None:
    t = texts("zh" if language == "zh" else "en")
    custody = CustodyTerms(ONE, ONE * 4, baseline_costs_yuan=(ONE, ONE * 3, ONE * 2))
    found: list[Record] = [
        price_record(contract(), START, date(2026, 6, 1), Tariffs()),
        year_record(contract(), START, []),
        *baseline_records(custody, agreed_on=ACCEPTED),
    ]
    for record in found:
        assert t.has(f"record.{record.what}")
        assert record.limit is not None
        at_least = direction(record.what) == "at_least"
        assert record.ok == (record.figure >= record.limit if at_least else record.figure <= record.limit)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("basis", Basis)
def test_what_is_agreed_of_demand_has_words_and_no_limit(basis: Basis, language: str) -> None:
    t = texts("zh" if language == "zh" else "en")
    found = demand_records(lowered(basis), START, date(2026, 6, 1), TWO_PART)
    assert len(found) == 2
    assert all(t.has(f"record.{record.what}") and record.limit is None for record in found)
