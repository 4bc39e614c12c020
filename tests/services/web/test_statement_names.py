"""Every name that the engine can give a form, a term, a finding or its source has words in both languages."""

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from services.mv import limits
from services.mv.forms import COOLING, DAYLIGHT, EVERY_DAY, HEATING, TEMPERATURE, Term
from services.mv.shapes import BY_TYPE, COMMON, DAYLIGHT_FORM, POINTS_OF, SHAPES, SPLIT, Form, terms_of
from services.savings.contract.measurement import DAYS, Closure, Driver, DriverStep, LampInventory, Regression
from services.web.i18n import LANGUAGES, Language, texts
from services.web.statement_names import Names
from services.web.statement_words import slug, source_words

SERVICES = Path(limits.__file__).parents[1]
CLOSED = Closure("summer_holiday", date(2025, 7, 1), date(2025, 8, 31), "school calendar")
HEADS = Driver("head_count", "persons", (DriverStep(date(2024, 1, 1), 300.0, "register"),))
BEDS = Driver("beds_taken", "", (DriverStep(date(2024, 1, 1), 30.0, "register"),))
MEASURED = Regression(weather="hall-weather", closures=(CLOSED,), drivers=(HEADS, BEDS))
TYPES = ["working_day", "non_working_day", "summer_holiday"]
FORMS = [
    Form(shape, types, drivers)
    for shape, types, drivers in product(
        SHAPES, (COMMON, BY_TYPE, SPLIT), ((), (DAYLIGHT,), (DAYLIGHT, "head_count"), ("head_count",))
    )
]
CALLS = frozenset({"Record", "_count", "_at_most", "_at_least", "size_record"})
ELSEWHERE = {"contract_cvrmse", "contract_net_bias", "band_windows_held", "guideline_14_windows_held"}
"""Names that are handed on to a record from a table beside it."""


def names(language: Language = "en") -> Names:
    return Names(texts(language), MEASURED)


def records() -> Iterator[tuple[str, str | None]]:
    """Every name that the code gives a record, with its source where that stands there; subjects as `x`.

    Findings of the command about a file's rows are not among them: they reach no statement.
    """
    for folder in ("mv", "savings"):
        for file in sorted((SERVICES / folder).rglob("*.py")):
            if "command" in file.parts:
                continue
            for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CALLS:
                    name = _spelled(call.args[0]) if call.args else None
                    source = call.args[3] if call.func.id == "Record" and len(call.args) > 3 else None
                    if name is not None:
                        yield name, source.value if isinstance(source, ast.Constant) else None  # type: ignore[misc]


def _spelled(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(str(value)):
            return value
        case ast.JoinedStr(values):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "x" for one in values)
    return None


def test_the_search_for_records_finds_them() -> None:
    found = {name for name, _ in records()}
    assert found > {"baseline_days", "sample_size:x", "adjustment_approved:x", "adjustments_overlap:x:x"}
    assert len(found) > 50


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_record_has_words(language: Language) -> None:
    spelled = {
        "ashrae_xly_cvrmse": ("ashrae_monthly_cvrmse", "ashrae_hourly_cvrmse"),
        "ashrae_xly_nmbe": ("ashrae_monthly_nmbe", "ashrae_hourly_nmbe"),
        "x_lowered": ("demand_lowered", "capacity_lowered"),
        "x_price": ("demand_price", "capacity_price"),
    }
    for name in {name for name, _ in records()} | ELSEWHERE:
        for what in spelled.get(name, (name,)):
            words = names(language).record(what)
            assert words != what, what
            assert "_" not in words, what


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_source_has_words(language: Language) -> None:
    t = texts(language)
    document = tomllib.loads((SERVICES / "mv" / "limits.toml").read_text(encoding="utf-8"))
    rows = [row for group in document.values() if isinstance(group, dict) for row in group.values()]
    known = {str(row["source"]) for row in rows} | {source for _, source in records() if source}
    assert [one for one in known if not t.has(f"source.{slug(one)}")] == []


def test_sources_are_in_the_readers_words_and_several_are_parted() -> None:
    both = "CalTRACK 2.0, least days of a bill; CalTRACK 2.0, most days of a monthly bill"
    assert source_words(both, texts("zh")) == "CalTRACK 2.0，账单最少天数；CalTRACK 2.0，月度账单最多天数"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
def test_every_form_has_words_of_its_own(form: Form, language: Language) -> None:
    found = names(language)
    words = found.form(form.label)
    assert re.search(r"_|\{|by day type \+", words) is None
    if language == "zh":
        assert re.findall(r"[A-Za-z]{3,}", words) == []
    others = {found.form(one.label) for one in FORMS if one.label != form.label}
    assert words not in others


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
def test_a_form_in_short_tells_the_same_three_things(form: Form) -> None:
    shape, types, drivers = names().in_short(form.label)
    assert shape.split(" ")[-1] == form.shape
    assert types == {COMMON: "one for all", BY_TYPE: "intercepts", SPLIT: "with slopes"}[form.types]
    assert drivers == ", ".join(
        {"daylight": "daylight", "head_count": "head count"}[one] for one in form.drivers
    )


def test_forms_read_as_people_say_them() -> None:
    zh, en = names("zh"), names("en")
    assert en.form("5P by day type + head_count") == (
        "heating and cooling beyond a balance point each (5P), an intercept for each day type; "
        "with head count"
    )
    assert zh.form("3PC") == "制冷单变点（三参数，3PC），不分日类型"
    assert zh.form("day-type mean") == "按日类型取平均值"
    assert zh.form(DAYLIGHT_FORM.label) == "按日类型对日照时长回归"
    assert (zh.form("option_a"), zh.form("saving_rate")) == ("灯具清单核算", "灯具测试节电率")
    assert en.form("2P + beds_taken").endswith("with beds_taken")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.label)
def test_every_coefficient_of_a_form_has_words_and_a_unit(form: Form, language: Language) -> None:
    found = names(language)
    terms = terms_of(form, TYPES, None)
    every = [term.name for term in terms]
    words = [found.coefficient(name, every) for name in every]
    assert len(set(words)) == len(words)
    assert [one for one in words if "_" in one or "{" in one] == []
    units = {found.unit(term.unit) for term in terms}
    assert not any("head_count" in unit for unit in units)
    assert POINTS_OF[form.shape] in {0, 1, 2}


def test_an_intercept_tells_where_its_drivers_stand() -> None:
    zh = names("zh")
    every = [Term("working_day").name, Term("working_day", DAYLIGHT).name, Term("non_working_day").name]
    assert zh.coefficient("working_day", every) == "工作日（日照 12 小时）"
    assert zh.coefficient("non_working_day", every) == "非工作日"
    assert zh.conditions(every) is None
    alike = [Term(EVERY_DAY).name, Term(EVERY_DAY, HEATING).name, Term(EVERY_DAY, COOLING).name]
    assert zh.conditions(alike) == "不采暖也不制冷时"
    assert zh.coefficient(EVERY_DAY, alike, at=False) == "每天"
    assert zh.conditions([EVERY_DAY, Term(EVERY_DAY, TEMPERATURE).name]) == "室外 0 °C"
    assert zh.conditions([EVERY_DAY, "head_count"]) == "用能人数为 0"


def test_slopes_and_balance_points_are_said_in_words() -> None:
    zh, en = names("zh"), names("en")
    every = ["summer_holiday", "summer_holiday_heating"]
    assert zh.coefficient("summer_holiday_heating", every) == "暑假，气温每低于平衡点 1 K"
    assert en.coefficient("working_day_head_count", []) == "Working day, each unit of head count more"
    assert (zh.coefficient("change_point", []), en.coefficient("change_point", [])) == (
        "变点温度",
        "Change point",
    )
    assert en.coefficient("something_else", []) == "something_else"


def test_units_are_the_contracts_own() -> None:
    en, zh = names("en"), names("zh")
    assert (en.unit("kWh/d per K"), zh.unit("kWh/d per K")) == ("kWh/d per K", "kWh/(d·K)")
    assert (en.unit("kWh/d per head_count"), zh.unit("kWh/d per head_count")) == (
        "kWh/d per persons", "kWh/(d·人)",
    )  # fmt: skip
    assert en.unit("kWh/d per beds_taken") == "kWh/d per beds_taken"
    assert (en.unit("°C"), en.unit("lx")) == ("°C", "lx")
    assert (zh.driver_unit("head_count"), zh.driver_unit("beds_taken"), zh.driver_unit("nobody")) == (
        "人",
        "",
        "",
    )


def test_findings_name_their_subject() -> None:
    en = names("en")
    assert en.record("sample_size:hall:watts_before") == "Sample size: hall: watts before"
    assert en.record("sample_size:a:b:hours") == "Sample size: a:b: hours a day"
    assert en.record("sample_size:logged hours") == "Sample size: logged hours"
    assert en.record("adjustments_overlap:adj-1:adj-2") == "Days that adjustments adj-1 and adj-2 share"
    assert en.record("adjustment_evidence:adj-1") == "Adjustment adj-1: pieces of evidence"
    assert (
        en.record("reporting_days_beyond_baseline_head_count") == "Days with head count beyond the baseline's"
    )
    assert en.record("reporting_days_beyond_baseline_daylight") == "Days with daylight beyond the baseline's"
    assert (
        en.record("baseline_values_of_driver:head_count") == "Different values of head count in the baseline"
    )
    assert en.record("nobody_knows") == "nobody_knows"


def test_other_measurements_have_no_drivers_to_name() -> None:
    for measurement in (DAYS, LampInventory(())):
        assert Names(texts("en"), measurement).driver_unit("head_count") == ""
        assert Names(texts("en"), measurement).coefficient("working_day", ["working_day"]) == "Working day"
