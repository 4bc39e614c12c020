"""The workbook read back: its figures are the document's, and its formulas come to them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.app import Parts
from services.savings.money import inputs as money_inputs
from services.savings.money.inputs import MoneyInputs
from services.savings.money.lines import Line
from services.savings.money.tariffs.files import load_tariffs
from services.savings.money.tariffs.plan import Tariffs
from services.web.capitals import capitals
from services.web.i18n import LANGUAGES, Language
from services.web.statement_sources import Found
from services.web.workbook.statement import workbook
from tests.services.savings.examples import frozen
from tests.services.web.papers import (
    TERMS,
    changed,
    formats,
    found_of,
    nothing_measured,
    of_document,
    settled_anew,
)
from tests.services.web.workbook.calculator import Calculator

TARIFF = "hubei-single-1kv"
SHEETS = {
    "en": ["Statement", "Days", "Calculation", "Prices", "Records", "Model"],
    "zh": ["结算单", "逐日", "计算", "电价", "判据", "模型"],
}


@pytest.fixture(name="found", scope="module")
def a_statement(city: Parts) -> Found:
    return found_of(city)


def opened(found: Found, language: Language = "en") -> Calculator:
    return Calculator(workbook(found, formats(language)))


def rows(book: Calculator, sheet: str) -> dict[str, int]:
    return {str(cell.value): cell.row for cell in book.formulas[sheet]["A"] if cell.value is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_its_sheets(found: Found, language: Language) -> None:
    assert opened(found, language).formulas.sheetnames == SHEETS[language]


def test_the_chinese_front_writes_the_fee_in_capitals(found: Found) -> None:
    fee = found.view.statement.esco_fee_yuan
    assert fee is not None
    assert f"应付节能服务公司金额（大写）：{capitals(fee)}" in rows(opened(found, "zh"), "结算单")


@pytest.mark.parametrize("kind", TERMS)
def test_every_line_computes_to_what_the_document_prints(city: Parts, kind: str) -> None:
    all_lines_compute(settled_anew(city, kind))


@pytest.mark.parametrize("kind", ["lease", "mixed"])
def test_so_do_the_lines_of_leases_and_mixed_contracts(city: Parts, kind: str) -> None:
    all_lines_compute(of_document(city, frozen(kind=kind)))


def test_so_do_savings_valued_by_period(city: Parts) -> None:
    inputs = frozen()
    inputs["contract"]["valuation"] = {"by": "periods", "tariff": TARIFF}
    plans = [plan for plan in load_tariffs().plans if plan.id == TARIFF]
    tariffs = Tariffs(
        tuple(replace(plan, effective_from=date(2025, 6, 1), effective_to=None) for plan in plans)
    )
    course = [Decimal("0.2")] * 7 + [Decimal(6)] * 13 + [Decimal("0.7")] * 4
    hours = {date.fromisoformat(row[0]): course for row in inputs["reporting_days"]}
    found = of_document(city, inputs | money_inputs.spelled(MoneyInputs(tariffs=tariffs, hours=hours)))
    assert {line.key for line in found.view.statement.lines} > {"savings_yuan_sharp", "savings_yuan_valley"}
    all_lines_compute(found)


def all_lines_compute(found: Found) -> None:
    book = opened(found)
    sheet = book.formulas["Calculation"]
    printed = [row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 6).value is not None]
    assert len(printed) == len(found.view.statement.lines)
    for row, line in zip(printed, found.view.statement.lines, strict=True):
        assert book.value("Calculation", f"D{row}") == line.value, line
        assert Decimal(str(sheet.cell(row, 6).value)) == line.value
        assert book.value("Calculation", f"G{row}") == "="
        computed = line.formula is not None or line.key in {"baseline_kwh", "actual_kwh"}
        assert str(sheet.cell(row, 4).value).startswith("=") == computed


def test_a_figure_that_was_altered_no_longer_agrees(found: Found) -> None:
    lines = list(found.view.statement.lines)
    at = next(i for i, line in enumerate(lines) if line.key == "savings_yuan")
    lines[at] = replace(lines[at], value=lines[at].value + Decimal("0.01"))
    book = opened(changed(found, lines=tuple(lines)))
    sheet = book.formulas["Calculation"]
    wrong = [row for row in range(2, sheet.max_row) if book.value("Calculation", f"G{row}") == "≠"]
    assert [sheet.cell(row, 1).value for row in wrong] == ["value of the saving"]


def test_readers_that_do_not_compute_see_the_same(found: Found) -> None:
    book = opened(found)
    for name in book.formulas.sheetnames:
        for row in book.formulas[name].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    shown = book.shown[name][cell.coordinate].value
                    computed = book.value(name, cell.coordinate)
                    same = shown == computed or Decimal(str(shown)) == computed
                    assert same, (name, cell.coordinate, shown, computed)


def test_days_left_out_are_in_no_sum(found: Found) -> None:
    book, s = opened(found), found.view.statement
    sheet = book.formulas["Days"]
    last = 2 + len(s.days)
    assert sheet.cell(last, 1).value == "Sum (days measured)"
    for column, value in (
        ("C", s.period.baseline_kwh),
        ("D", s.period.actual_kwh),
        ("E", s.period.savings_kwh),
    ):
        assert book.value("Days", f"{column}{last}") == Decimal(str(value))
    left_out = [row for row in range(2, last) if sheet.cell(row, 9).value]
    assert len(left_out) == s.period.days_left_out
    assert all(sheet.cell(row, 5).value is None for row in left_out)
    assert str(sheet.cell(2, 1).value) == f"{s.days[0].day} 00:00:00"


def test_the_front_takes_its_figures_from_the_other_sheets(found: Found) -> None:
    book, s = opened(found), found.view.statement
    places = rows(book, "Statement")
    fee = book.value("Statement", f"B{places['due to the ESCO, total']}")
    assert fee == s.esco_fee_yuan
    assert book.value("Statement", f"B{places['Savings kWh']}") == found.view.savings_kwh
    assert book.formulas["Statement"][f"B{places['SHA-256 of the inputs']}"].value == s.input_sha256


def test_prices_and_records_are_those_of_the_statement(found: Found) -> None:
    book, s = opened(found), found.view.statement
    prices = [[cell.value for cell in row] for row in book.formulas["Prices"].iter_rows(min_row=2, max_row=2)]
    assert prices[0][1] == 0.735686
    assert prices[0][4] == "合同第 5 条"
    records = list(book.formulas["Records"].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in records] == [one.figure for one in (*s.demands, *s.gates, *s.records)]
    assert {row[4] for row in records} <= {"met", "not met", "shown"}


def test_days_that_figures_are_taken_pro_rata_of_come_from_the_calendar(city: Parts) -> None:
    book = opened(settled_anew(city, "guaranteed"))
    given = {row[0]: row[1] for row in book.formulas["Calculation"].iter_rows(min_row=2, values_only=True)}
    assert given["guaranteed saving of a year"] == "contract"
    assert given["days of the contract year"] == given["days"] == "calendar of this period"


def test_shares_of_records_are_read_in_percent(found: Found) -> None:
    s, records = found.view.statement, opened(found).formulas["Records"]
    every = (*s.demands, *s.gates, *s.records)
    looks = {one.what: records[f"B{n}"].number_format for n, one in enumerate(every, start=2)}
    assert looks["month_completeness"] == looks["ashrae_cvrmse"] == "0.00 %"
    assert "%" not in looks["baseline_days"] + looks["ipmvp_r2"]


def test_where_no_day_was_measured_the_front_has_dashes_never_zeros(city: Parts) -> None:
    book = opened(nothing_measured(city))
    places = rows(book, "Statement")
    for name in ("Adjusted baseline kWh", "Actual kWh", "Savings kWh"):
        assert book.formulas["Statement"][f"B{places[name]}"].value == "—"


def test_a_held_month_has_energy_and_no_amounts(city: Parts) -> None:
    book = opened(settled_anew(city, minimum_completeness="0.995"))
    assert "saving" in rows(book, "Calculation")
    assert "due to the ESCO, total" not in rows(book, "Statement")


def test_words_are_never_formulas(found: Found) -> None:
    contract = replace(found.view.statement.contract, esco_en='=HYPERLINK("http://x")', price_source="=1+1")
    named = changed(found, contract=contract)
    book = opened(replace(named, view=replace(named.view, prices=(
        replace(found.view.prices[0], source="=1+1"),))))  # fmt: skip
    cells = [cell for name in ("Statement", "Prices") for row in book.formulas[name] for cell in row]
    tricks = [cell for cell in cells if cell.value in {'=HYPERLINK("http://x")', "=1+1"}]
    assert len(tricks) == 2
    assert {cell.data_type for cell in tricks} == {"s"}


def test_a_formula_that_names_what_no_cell_holds_is_given_as_its_figure(found: Found) -> None:
    strange = Line("savings_yuan", 1, Decimal("3.00"), "yuan", "savings_kwh * something_else")
    book = opened(changed(found, lines=(*found.view.statement.lines[:3], strange)))
    row = rows(book, "Calculation")["value of the saving"]
    assert book.formulas["Calculation"].cell(row, 4).value == 3


def test_the_same_statement_gives_the_same_bytes(found: Found) -> None:
    assert workbook(found, formats()) == workbook(found, formats())
