"""Statements of every way to measure: no code and no foreign word is printed, no figure is lost."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from services.app import Parts
from services.web.formats import number, percent
from services.web.i18n import LANGUAGES, Language
from services.web.paper.blocks import Cell, Paper, Picture, Table, Words
from services.web.statement_sources import Found
from services.web.statement_words import direction, figure_of
from tests.services.savings.methods import STAIRS, every_method, lamps, rate, weather, with_adjustments
from tests.services.web.papers import cells_of, formats, of_document

KEYED = re.compile(r"[a-z]+_[a-z_]+")
"""A code of the engine: words of it are parted by underscores."""
ENGLISH = re.compile(r"[A-Za-z]{3,}")
GIVEN = {
    "hall", "emc", "kWh", "RMSE", "NMBE", "BIC", "IPMVP", "CalTRACK", "ASHRAE", "LED", "NREL", "GUM", "max",
    "kilowitness", "savings", "verify", "SHA", "Guideline", "weather", "price", "table", "January", "light",
    "calendar", "evening", "school", "lamps", "removed", "meter", "outage", "staff",
}  # fmt: skip
"""Names of standards and symbols, codes of meters and adjustments, and what the parties wrote themselves."""
NAMES = list(every_method())


@pytest.fixture(name="statements", scope="module")
def every_statement(city: Parts) -> dict[str, Found]:
    return {name: of_document(city, inputs) for name, inputs in every_method().items()}


@pytest.fixture(name="found", params=NAMES)
def a_statement(request: pytest.FixtureRequest, statements: dict[str, Found]) -> Found:
    return statements[request.param]


def texts_of(paper: Paper) -> list[str]:
    found = [text for cell in cells_of(paper) for text in (cell.text, cell.small) if text]
    for section in paper.sections:
        found.append(section.title)
        for block in section.blocks:
            if isinstance(block, Table):
                found += [block.caption, block.note, *(column.label for column in block.columns)]
            if isinstance(block, Picture):
                found += [block.chart.title, block.chart.description]
    return [*found, *(line for notice in paper.notices for line in (notice.title, *notice.lines))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_is_printed(found: Found, language: Language) -> None:
    said = [re.sub(r"E_[sra]", "", text) for text in texts_of(found.paper(formats(language)))]
    assert [text for text in said if KEYED.search(text.replace("Q_before", "").replace("Q_after", ""))] == []
    assert [text for text in said if "{" in text or re.search(r"\bNone\b(?!:)", text)] == []


def test_the_chinese_statement_has_no_english_beside_names(found: Found) -> None:
    said = texts_of(found.paper(formats("zh")))
    foreign = {word for text in said for word in ENGLISH.findall(text)} - GIVEN
    assert {word for word in foreign if not re.fullmatch(r"[0-9a-f]+|[a-z]?\d.*", word)} == set()


def test_the_english_statement_has_only_the_parties_own_chinese(found: Found) -> None:
    own = set(_texts(found.settlement.document["inputs"])) | {"市第一中学", "照明"}
    for text in texts_of(found.paper(formats("en"))):
        for piece in re.findall(r"[\u4e00-\u9fff]+", text):
            assert any(piece in one for one in own), text


def _texts(tree: Any) -> Iterator[str]:
    match tree:
        case str():
            yield tree
        case dict():
            for value in tree.values():
                yield from _texts(value)
        case list():
            for value in tree:
                yield from _texts(value)


def figures_of(document: dict[str, Any]) -> Iterator[str]:
    """Every figure of the results as the statement writes it."""
    results = document["results"]
    model = results["model"]
    for row in (*results["days"], results["period"]):
        yield from (number(row[name], 3) for name in ("baseline_kwh", "actual_kwh", "savings_kwh"))
        yield number(row["uncertainty_kwh"], 3)
    yield from (number(one["value"], 6) for one in model.get("coefficients", ()))
    for one in model.get("candidates") or ():
        yield from (str(one["p"]), number(one["r2"], 4), percent(one["cvrmse"], 2), number(one["bic"], 2))
    if fit := model.get("fit"):
        yield from (percent(fit["cvrmse"], 2), number(fit["r2"], 4), number(fit["n_effective"], 1))
    for one in model.get("lamps", ()):
        yield from (number(one[name], 3) for name in one if name.endswith("_kwh"))
        yield str(one["count"])
    if rate := model.get("rate"):
        yield f"{percent(rate['rate'], 4)} ± {percent(rate['uncertainty'], 4)}"
        yield f"{number(rate['multiple'], 6)} ± {number(rate['multiple_uncertainty'], 6)}"
    if compared := results["comparison"]:
        yield from (number(compared[name], 3) for name in compared if name.endswith("_kwh"))
        yield percent(compared["chosen_held"], 1)
    for line in results["adjustments"]:
        yield number(line["adjustment_kwh"], 3)
        yield number(line["uncertainty_kwh"], 3)
    yield from (f"{Decimal(line['value']):,}".replace("-", "−") for line in results["lines"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_figure_of_the_document_is_missing(found: Found, language: Language) -> None:
    printed = {text.lstrip("+") for text in texts_of(found.paper(formats(language)))}
    missing = [one for one in figures_of(found.settlement.document) if one not in printed]
    assert missing == []


def test_every_finding_stands_with_its_figure_and_a_sign_that_agrees(found: Found) -> None:
    s = found.view.statement
    (gates,) = (one for one in found.paper(formats()).sections if one.anchor == "gates")
    rows = [row for block in gates.blocks if isinstance(block, Table) for row in block.rows]
    records = (*s.demands, *s.gates, *s.records)
    assert [row[1].text for row in rows] == [figure_of(one) for one in records]
    for one in records:
        if one.limit is not None and one.what != "uncertainty_68":
            sign = direction(one.what)
            so = {
                "at_least": one.figure >= one.limit, "at_most": one.figure <= one.limit,
                "above": one.figure > one.limit, "below": one.figure < one.limit,
                "equal": one.figure == one.limit,
            }[sign]  # fmt: skip
            assert so == one.ok, one


def section(found: Found, anchor: str, language: Language = "en") -> list[Any]:
    return [
        block
        for one in found.paper(formats(language)).sections
        if one.anchor == anchor
        for block in one.blocks
    ]


def rows_of(block: Any) -> list[list[str]]:
    assert isinstance(block, Table)
    return [[cell.text for cell in row] for row in block.rows]


def test_a_form_and_its_coefficients_are_named_in_full(statements: dict[str, Found]) -> None:
    facts, words, *rest = section(statements["weather"], "method")
    said = dict(facts.rows)
    assert said["Form of the model"].text == (
        "heating and cooling beyond a balance point each (5P), an intercept for each day type; "
        "with daylight, head count"
    )
    assert said["Outdoor temperature"].text == "daily means of meter hall-weather"
    assert said["Outdoor temperature"].href.startswith("/readings/hall-weather?from=2025-06-01")
    assert isinstance(words, Words)
    pair = next(one for one in rest if hasattr(one, "left"))
    terms = {row[0]: row[2] for row in rows_of(pair.left)}
    assert terms["Summer holiday"] == "kWh/d"
    assert terms["each K above the balance point"] == "kWh/d per K"
    assert terms["each unit of head count more"] == "kWh/d per persons"
    assert terms["Cooling balance point"] == "°C"
    assert pair.left.note == (
        "An intercept is a day's energy without heating or cooling, at 12 h of daylight, at head count 0."
    )


def test_a_split_form_names_the_day_type_of_each_slope(statements: dict[str, Found]) -> None:
    pair = next(one for one in section(statements["weather split"], "method", "zh") if hasattr(one, "left"))
    assert "非工作日，气温每高于平衡点 1 K" in {row[0] for row in rows_of(pair.left)}


def test_closures_and_drivers_stand_with_their_days_and_sources(statements: dict[str, Found]) -> None:
    shut, heads = [one for one in section(statements["weather"], "method") if isinstance(one, Table)][:2]
    assert rows_of(shut)[0] == ["Summer holiday", "10 Jul 2024", "25 Aug 2024", "baseline", "校历 2024/25"]
    assert [row[1:] for row in rows_of(heads)[1:]] == [
        ["420", "persons", "1 Nov 2024", "15 Jun 2025", "baseline and this period", "人事科 2024-11"],
        ["380", "persons", "16 Jun 2025", "onward", "this period", "人事科 2025-06"],
    ]


def test_one_form_is_taken_and_every_other_says_why_not(statements: dict[str, Found]) -> None:
    tried = [one for one in section(statements["weather"], "method") if isinstance(one, Table)][-1]
    outcomes = [row[-1] for row in rows_of(tried)]
    assert outcomes.count("taken") == 1
    assert len(outcomes) == len(statements["weather"].view.statement.candidates) > 50
    assert all(one == "taken" or one == "slope ≤ 0" or one.startswith("BIC + ") for one in outcomes)
    (taken,) = (row for row in tried.rows if row[-1].text == "taken")
    assert {cell.tone for cell in taken} == {"strong"}
    assert "Schwarz's criterion" in tried.note


def test_the_baseline_is_drawn_over_time_and_over_temperature(statements: dict[str, Found]) -> None:
    def titles(name: str) -> list[str]:
        return [one.chart.title for one in section(statements[name], "method") if isinstance(one, Picture)]

    assert titles("weather") == [
        "Baseline period: measured and fitted",
        "Daily energy against outdoor temperature",
    ]
    assert titles("days") == ["Baseline period: measured and fitted"]
    assert titles("lamps") == titles("rate") == []


def test_the_band_that_is_used_stands_first_and_a_sentence_says_why(statements: dict[str, Found]) -> None:
    table, why = section(statements["weather"], "bands")
    s = statements["weather"].view.statement
    assert rows_of(table)[0][1] == number(s.period.uncertainty_kwh, 3)
    assert [row[0].split(" ")[0] for row in rows_of(table)] == [
        "Used",
        "ASHRAE",
        "Prediction",
        "Out-of-sample",
    ]
    assert why.text.startswith("The first row is used")
    assert "112 windows of 30 days" in table.note


def test_an_inventory_has_no_meters_and_its_sums_add_up(statements: dict[str, Found]) -> None:
    found = statements["lamps"]
    assert section(found, "completeness") == []
    assert dict(section(found, "method")[0].rows)["IPMVP option"].text.startswith("A, retrofit isolation")
    table, words, figures = section(found, "lamps")
    for column in (5, 6, 7, 8):
        total = sum(Decimal(row[column].replace(",", "")) for row in rows_of(table))
        assert number(total, 3) == table.foot[column].text
    assert table.foot[9].text == number(found.view.statement.period.uncertainty_kwh, 3)
    baseline = found.view.statement.period.baseline_kwh
    assert f"= {number(baseline, 3)} kWh" in words.text
    how = {(row[0], row[1]): row[4] for row in rows_of(figures)}
    assert how["门厅", "watts before"] == "measured: 12 of 400, standard deviation 1.1 W"
    assert how["楼梯", "days a month"] == "agreed: 合同附件二 第 4 条"
    assert ("门厅", "control factor before") not in how


def test_an_inventory_without_an_interactive_effect_says_so(city: Parts) -> None:
    found = of_document(city, lamps([STAIRS]))
    assert section(found, "lamps")[1].text == "No interactive effect was agreed: it counts as 0."


def test_a_rate_shows_its_tests_and_says_which_option_it_is_not(statements: dict[str, Found]) -> None:
    found = statements["rate"]
    option = dict(section(found, "method")[0].rows)["IPMVP option"].text
    assert option.endswith("so it is not called option B")
    tests, facts = section(found, "tests")
    assert rows_of(tests)[0] == [
        "3F-01", "9 Apr 2025", "7 May 2025", "24", "2.130", "24", "0.850", "60.09\xa0%",
    ]  # fmt: skip
    assert tests.foot[7].text == "61.52\xa0%"
    words = dict(facts.rows)
    assert words["Fixtures tested"].text == "8 of 240 alike"
    model = sum(one.model_kwh for one in found.view.learned.parts.values())
    assert words["Baseline = energy × m"].text.endswith(f"≈ {number(model, 3)} kWh")
    product = Decimal(str(found.view.statement.period.actual_kwh)) * Decimal("2.598837")
    assert abs(product - Decimal(model)) < Decimal("0.02")


@pytest.mark.parametrize("name", [one for one in NAMES if one.startswith("adjusted")])
def test_adjustments_and_the_models_baseline_add_up_to_the_adjusted_one(
    statements: dict[str, Found], name: str
) -> None:
    found = statements[name]
    _, approvals, sums = section(found, "adjustments")
    assert len(approvals.rows) == 8
    parts = [Decimal(row[1].replace(",", "").replace("−", "-")) for row in rows_of(sums)]
    assert number(sum(parts), 3) == sums.foot[1].text
    assert sums.foot[1].text == number(found.view.statement.period.baseline_kwh, 3)
    line = next(row for row in section(found, "calculation")[0].rows if row[0].text == "adjusted baseline")
    first, sign, second = line[1].small.removeprefix("= ").replace(",", "").split(" ")
    total = Decimal(first) + Decimal(second) * (1 if sign == "+" else -1)
    assert abs(total - Decimal(line[2].text.replace(",", ""))) <= Decimal("0.005")


def test_formulas_of_adjustments_are_in_the_readers_words(statements: dict[str, Found]) -> None:
    table = section(statements["adjusted"], "adjustments", "zh")[0]
    assert [row[2] for row in rows_of(table)] == [
        "18.5 kWh/d",
        "−40 只 × 36 W × 10 小时/天 ÷ 1000",
        "合计 −120.5 kWh，平均分摊到各日",
        "模型基准 × 0.4 ×（330 ÷ 300 − 1），用能人数（人）由 300 变为 330",
    ]
    smalls = [row[2].small for row in table.rows]
    assert smalls[0] == "凭证：函〔2025〕7 号；± 约定为调整量的 10.0\xa0%"
    assert smalls[1] == "无凭证"
    approved = section(statements["adjusted"], "adjustments", "zh")[1].rows[0]
    assert [cell.text for cell in approved] == [
        "evening-school", "用能单位", "王敏", "总务科", "2025年6月20日 09:00",
    ]  # fmt: skip


def test_the_error_granted_to_adjustments_is_told_beside_the_models(statements: dict[str, Found]) -> None:
    found = statements["adjusted lamps"]
    words = section(found, "bands")[-1].text
    model, total = found.view.learned.half_width_kwh, found.view.statement.period.uncertainty_kwh
    assert model < total
    assert number(model, 3) in words
    assert number(total, 3) in words
    assert section(found, "lamps")[0].foot[9].text == number(model, 3)


LIMITS = {"cvrmse": "0.01", "net_bias": "0.005", "r2": "0.99", "uncertainty_share": "0.01"}


def test_a_contracts_own_limits_hold_a_month_and_say_so_in_words(city: Parts) -> None:
    found = of_document(city, weather(limits=LIMITS))
    (notice,) = found.paper(formats()).notices
    assert [line.split(" (asked")[0] for line in notice.lines] == [
        "CV(RMSE)", "R²", "Uncertainty at 90 % of the saving",
    ]  # fmt: skip
    assert ", ≥ 0.990: a limit that both sides agreed" in notice.lines[1]
    table = section(found, "gates")[0]
    verdicts = {row[0]: row[4] for row in rows_of(table)}
    assert verdicts["Net bias (asked by the contract)"] == "met"
    assert verdicts["R² (asked by the contract)"] == "not met"


def test_lamps_on_days_the_calendar_does_not_know_hold_the_month(city: Parts) -> None:
    inputs = lamps()
    inputs["reporting_days"][3][1] = None
    (notice,) = of_document(city, inputs).paper(formats()).notices
    assert notice.lines == ("Days that the working calendar does not know 1, ≤ 0",)


def test_days_without_weather_are_named(city: Parts) -> None:
    inputs = weather()
    inputs["reporting_days"][4][4] = None
    found = of_document(city, inputs)
    table = section(found, "days")[1]
    assert [cell.text for cell in table.rows[4]][3] == "left out: no outdoor temperature"


def test_days_that_no_meter_measured_lead_nowhere(statements: dict[str, Found]) -> None:
    def links(name: str) -> list[str]:
        return [cell.href for cell in cells_of(statements[name].paper(formats())) if "/days/" in cell.href]

    assert links("lamps") == []
    assert len(links("rate")) > 30


def test_a_months_note_says_how_its_error_adds_up(statements: dict[str, Found]) -> None:
    notes = {
        name: section(statements[name], "days")[1].note for name in ("days", "lamps", "rate", "adjusted")
    }
    assert "is not their sum" in notes["days"]
    assert notes["lamps"].startswith("Nothing is metered")
    assert "that of the total is their sum" in notes["rate"]
    assert notes["adjusted"].endswith("without that of adjustments.")
    period = statements["rate"].view.statement
    total = sum(day.uncertainty_kwh or 0 for day in period.days)
    assert abs(total - period.period.uncertainty_kwh) < 0.02


def test_with_adjustments_of_nothing_the_baseline_is_the_models(city: Parts) -> None:
    found = of_document(city, with_adjustments(rate(), ()))
    assert isinstance(section(found, "adjustments")[0], Words)
    line = next(row for row in section(found, "calculation")[0].rows if row[0].text == "adjusted baseline")
    assert line[1] == Cell("sum of the days below")
