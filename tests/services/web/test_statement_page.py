"""The statement's view model: every figure follows from the frozen inputs and the lines before."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.app import Parts
from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import SettlementState
from services.savings.money.charge import Line
from services.savings.service import SavingsService
from services.savings.settlement.statement import Statement, statement
from services.web.i18n import LANGUAGES, texts
from services.web.statement_page import Calculation, StatementView, build_statement, given
from services.web.statement_words import (
    css_string,
    direction,
    origin,
    recorded,
    slug,
    source_words,
    unit_key,
    unit_of,
)
from tests.services.web.city import CONTRACT, savings_of

TERMS: dict[str, dict[str, Any]] = {
    "shared": {"esco_share_by_year": ["0.80", "0.70"]},
    "guaranteed": {
        "guaranteed_kwh_per_year": "20000", "service_fee_yuan_per_year": "9000",
        "esco_share_of_excess": "0.50",
    },
    "custody": {"custody_fee_yuan_per_year": "20000", "baseline_cost_yuan_per_year": "30000"},
}  # fmt: skip


@pytest.fixture(name="service", scope="module")
def savings_service(city: Parts) -> SavingsService:
    return savings_of(city)


def view_of(service: SavingsService, kind: str = "shared", **changes: object) -> StatementView:
    document = ContractDocument.model_validate(CONTRACT | {"kind": kind, "terms": TERMS[kind], **changes})
    settled = service.settled(service.history(document), "2026-10")
    frozen = service.settlements.get("emc-01", "2026-10")
    assert frozen is not None
    state = SettlementState(settled["results"]["state"])
    own = replace(frozen, document=settled, input_sha256=settled["input_sha256"], state=state)
    institution = service.registry.institution("school")
    return build_statement(statement(own, [own], institution=institution), settled["inputs"])


def value(figures: str) -> Decimal:
    """What a formula in figures comes to."""
    plain = figures.replace(",", "\0").replace("\0 ", ", ").replace("\0", "")
    plain = plain.replace("×", "*").replace("÷", "/").replace("−", "-")
    assert re.fullmatch(r"[-+*/()., 0-9max]+", plain), plain
    exact = re.sub(r"\d+(\.\d+)?", lambda number: f"Decimal('{number[0]}')", plain)
    result = eval(exact, {"Decimal": Decimal, "max": max})
    assert isinstance(result, Decimal)
    return result


def test_the_stored_settlement_of_the_job_makes_a_statement(service: SavingsService) -> None:
    found, frozen = service.statement("emc-01", "2026-10"), service.settlements.get("emc-01", "2026-10")
    assert found is not None
    assert frozen is not None
    view = build_statement(found, frozen.document["inputs"])
    assert (view.month, view.last_day) == (date(2026, 10, 1), date(2026, 10, 31))
    assert view.place == (30.6, 114.3)
    assert view.years == (1,)
    assert view.statement.period.days_left_out == 2


@pytest.mark.parametrize("kind", TERMS)
def test_every_line_comes_to_what_its_formula_in_figures_says(service: SavingsService, kind: str) -> None:
    view = view_of(service, kind)
    computed = [one for one in (*view.calculations, *view.totals) if one.figures]
    assert computed
    for one in computed:
        assert abs(value(one.figures) - one.line.value) <= Decimal("0.005"), one


@pytest.mark.parametrize("kind", TERMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_in_a_formula_has_words(service: SavingsService, kind: str, language: str) -> None:
    t = texts("zh" if language == "zh" else "en")
    view = view_of(service, kind)
    for one in (*view.calculations, *view.totals):
        assert t.has(f"line.{one.line.key}")
        assert [name for name in one.names if not t.has(f"line.{name}")] == []
        assert "_" not in one.words(t)
    assert [name for name, _ in view.terms if not t.has(f"line.{name}")] == []


def test_a_month_over_two_contract_years_is_laid_out_by_year(service: SavingsService) -> None:
    view = view_of(service, "shared", accepted_on="2026-09-30")
    later = [replace(line, year=2) for line in view.statement.lines if line.year == 1]
    total = Line("total_savings_yuan", None, Decimal(0), "yuan", "sum(savings_yuan)")
    both = replace(view.statement, lines=(*view.statement.lines, *later, total))
    found = build_statement(both, _inputs(service))
    assert found.years == (1, 2)
    assert re.fullmatch(r"\(([\d,.]+) \+ \1\)", found.totals[-1].figures)


def _inputs(service: SavingsService) -> dict[str, Any]:
    frozen = service.settlements.get("emc-01", "2026-10")
    assert frozen is not None
    inputs: dict[str, Any] = frozen.document["inputs"]
    return inputs


def test_the_baseline_is_shown_day_by_day_with_its_fit(service: SavingsService) -> None:
    series = view_of(service).learned.baseline
    assert series is not None
    assert (series.days[0], series.days[-1], len(series.days)) == (date(2026, 8, 21), date(2026, 9, 20), 31)
    pairs = list(zip(series.measured_kwh, series.fitted_kwh, strict=True))
    assert all(measured and fitted and abs(measured - fitted) < 6 for measured, fitted in pairs)


def test_each_meter_tells_how_complete_it_is(service: SavingsService) -> None:
    (meter,) = view_of(service).meters
    assert meter.code == "school-lighting"
    assert meter.days_short == 2
    assert meter.least < 0.6 < meter.coverage < 1
    assert meter.estimated_kwh > 0


def test_a_held_month_has_energy_and_no_amount(service: SavingsService) -> None:
    view = view_of(service, minimum_completeness="0.995")
    assert view.statement.state == "held"
    assert view.statement.esco_fee_yuan is None
    assert [one.line.key for one in view.calculations] == ["baseline_kwh", "actual_kwh", "savings_kwh"]
    assert view.totals == ()


def test_terms_are_those_of_the_kind(service: SavingsService) -> None:
    terms = dict(view_of(service, "guaranteed").terms)
    assert list(terms) == [
        "guaranteed_kwh_per_year", "service_fee_yuan_per_year", "esco_share_of_excess",
    ]  # fmt: skip
    assert terms["guaranteed_kwh_per_year"] == Decimal(20000)


def words_missing(found: Statement, language: str) -> list[str]:
    t = texts("zh" if language == "zh" else "en")
    keys = [f"record.{one.what}" for one in (*found.gates, *found.records, *found.holds)]
    units = {one.unit for one in found.coefficients} | {one.unit for one in found.lines}
    keys += [f"unit.{unit_key(unit)}" for unit in units]
    keys += [found.method, found.sign_convention, f"rounding.{slug(found.rounding)}"]
    keys += [f"signatory.{who}" for who in found.signatories]
    return [key for key in keys if not t.has(key)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", TERMS)
def test_whatever_the_slice_says_has_words(service: SavingsService, kind: str, language: str) -> None:
    assert words_missing(view_of(service, kind).statement, language) == []
    assert words_missing(view_of(service, kind, minimum_completeness="0.995").statement, language) == []


def test_the_sign_of_a_limit_agrees_with_its_verdict(service: SavingsService) -> None:
    found = view_of(service, minimum_completeness="0.995").statement
    for record in (*found.gates, *found.records, *found.holds):
        if record.limit is not None and record.what != "uncertainty_68":
            meets = (
                record.figure >= record.limit
                if direction(record.what) == "at_least"
                else record.figure <= record.limit
            )
            assert meets == record.ok, record


def test_a_given_line_has_no_formula(service: SavingsService) -> None:
    first = view_of(service).calculations[0]
    assert first == Calculation(first.line, (), "", "")
    assert first.words(texts("en")) == ""


def test_figures_of_records_are_read_by_their_kind() -> None:
    assert recorded(0.1234, "ashrae_cvrmse") == "12.34\xa0%"
    assert recorded(360.0, "baseline_days") == "360"
    assert recorded(0.99, "ipmvp_r2") == "0.990"


def test_units_of_terms_follow_their_names() -> None:
    names = ("service_fee_yuan_per_year", "guaranteed_kwh_per_year", "esco_share_of_excess")
    assert [unit_of(name) for name in names] == ["yuan", "kwh", "one"]
    assert unit_key("lx") == "lx"


def test_a_running_title_cannot_leave_its_css_string() -> None:
    made = str(css_string('a"; } </style><script>节'))
    assert re.fullmatch(r'"(?:[A-Za-z0-9]|\\[0-9a-f]{6})*"', made)
    assert made.startswith('"a\\000022')


def test_sources_are_said_in_the_readers_words_where_there_are_some() -> None:
    zh, en = texts("zh"), texts("en")
    assert source_words("contract emc-01", zh) == "合同 emc-01"
    assert (
        source_words("CalTRACK 2.0, baseline sufficiency (365 - 37)", zh)
        == "CalTRACK 2.0，基准期充分性（365 − 37）"
    )
    assert source_words("zeros are data", en) == "zeros are data"
    assert source_words("a rule that nobody translated", zh) == "a rule that nobody translated"


@pytest.mark.parametrize("kind", TERMS)
def test_every_source_of_a_settled_month_has_words_in_chinese(service: SavingsService, kind: str) -> None:
    found = view_of(service, kind, minimum_completeness="0.995").statement
    sources = {one.source for one in (*found.holds, *found.gates, *found.records)} - {"IPMVP"}
    assert [one for one in sources if source_words(one, texts("zh")) == one] == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("baseline_kwh", "days"), ("actual_kwh_sharp", "days"), ("days_by_actual_profile", "days"),
        ("price_yuan_per_kwh_peak", "prices"), ("year_savings_kwh_before", "earlier"),
        ("guaranteed_kwh_per_year", "contract"), ("esco_share", "contract"),
    ],
)  # fmt: skip
def test_a_given_line_comes_from_somewhere(key: str, expected: str) -> None:
    assert origin(key) == expected
    assert all(texts(language).has(f"statement.from_{expected}") for language in LANGUAGES)


def test_what_formulas_name_is_given_once_and_by_its_contract_year(service: SavingsService) -> None:
    known = given(view_of(service, "custody").statement)
    assert known["custody_fee_yuan_per_year", None] == Decimal(20000)
    assert (known["days", 1], known["days_measured", 1], known["days_of_contract_year", 1]) == (31, 29, 365)


def test_the_saving_is_that_of_the_printed_lines(service: SavingsService) -> None:
    view = view_of(service)
    printed = [one.line.value for one in view.calculations if one.line.key == "savings_kwh"]
    assert view.savings_kwh == sum(printed)
    assert abs(float(view.savings_kwh) - view.statement.period.savings_kwh) <= 0.015
