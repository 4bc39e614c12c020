"""The workbook's sheets of each way to measure, read back: formulas come to the document's figures."""

from decimal import Decimal
from typing import Any

import pytest

from services.app import Parts
from services.web.i18n import LANGUAGES, Language
from services.web.statement_sources import Found
from services.web.workbook.statement import workbook
from tests.services.savings.methods import every_method
from tests.services.web.papers import formats, of_document
from tests.services.web.workbook.calculator import Calculator

SHEETS = {
    "days": ["Model"], "weather": ["Model"], "lamps": ["Lamps"], "rate": ["Tests"],
    "adjusted": ["Model", "Adjustments"], "adjusted lamps": ["Lamps", "Adjustments"],
    "adjusted rate": ["Tests", "Adjustments"],
}  # fmt: skip


@pytest.fixture(name="statements", scope="module")
def every_statement(city: Parts) -> dict[str, Found]:
    return {name: of_document(city, inputs) for name, inputs in every_method().items()}


def opened(found: Found, language: Language = "en") -> Calculator:
    return Calculator(workbook(found, formats(language)))


def model_of(found: Found) -> dict[str, Any]:
    model: dict[str, Any] = found.settlement.document["results"]["model"]
    return model


def cells(book: Calculator, sheet: str) -> list[tuple[Any, ...]]:
    return list(book.shown[sheet].iter_rows(values_only=True))


@pytest.mark.parametrize("name", SHEETS)
def test_each_method_has_its_sheets(statements: dict[str, Found], name: str) -> None:
    assert opened(statements[name]).formulas.sheetnames[5:] == SHEETS[name]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHEETS)
def test_whatever_a_formula_computes_is_what_is_shown(
    statements: dict[str, Found], name: str, language: Language
) -> None:
    book = opened(statements[name], language)
    computed = 0
    for sheet in book.formulas.sheetnames[5:]:
        for row in book.formulas[sheet].iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    shown = Decimal(str(book.shown[sheet][cell.coordinate].value))
                    assert abs(Decimal(book.value(sheet, cell.coordinate)) - shown) < Decimal("1e-9"), cell
                    computed += 1
    assert computed or name in {"days", "weather"}


def test_the_model_stands_with_all_forms_that_were_tried(statements: dict[str, Found]) -> None:
    found = statements["weather"]
    rows = cells(opened(found), "Model")
    values = {row[1] for row in rows if isinstance(row[1], int | float)}
    model = model_of(found)
    assert {one["value"] for one in model["coefficients"]} <= values
    assert {one["bic"] for one in model["candidates"]} <= {row[6] for row in rows}
    assert [row[7] for row in rows].count("taken") == 1
    compared = found.settlement.document["results"]["comparison"]
    assert {compared[name] for name in compared if name.endswith("_kwh")} <= values
    assert {model["fit"][name] for name in ("cvrmse", "r2", "rho", "n_effective", "n")} <= values


def test_a_baseline_without_a_choice_lists_no_forms(statements: dict[str, Found]) -> None:
    rows = cells(opened(statements["days"]), "Model")
    assert not any(row[0] == "Forms of the model that were tried" for row in rows)


def test_lamps_are_computed_from_their_figures(statements: dict[str, Found]) -> None:
    found = statements["lamps"]
    book = opened(found)
    lines = model_of(found)["lamps"]
    for row, line in enumerate(lines, start=2):
        for column, name in zip("MNOP", ("baseline", "actual", "interactive", "savings"), strict=True):
            assert str(book.formulas["Lamps"][f"{column}{row}"].value).startswith("=ROUND(")
            assert book.value("Lamps", f"{column}{row}") == Decimal(str(line[f"{name}_kwh"]))
    period = found.view.statement.period
    assert book.value("Lamps", "P4") == Decimal(str(period.savings_kwh))
    assert book.value("Lamps", "M4") + book.value("Lamps", "O4") == Decimal(str(period.baseline_kwh))
    assert book.formulas["Lamps"]["Q4"].value == period.uncertainty_kwh


def test_an_altered_wattage_changes_the_lamps_energy(statements: dict[str, Found]) -> None:
    book = opened(statements["lamps"])
    before = book.value("Lamps", "P4")
    book.formulas["Lamps"]["D2"].value += 1
    assert book.value("Lamps", "P4") - before == pytest.approx(Decimal("87.2592"), abs=Decimal("0.002"))


def test_the_rate_is_the_ratio_of_the_tests(statements: dict[str, Found]) -> None:
    found = statements["rate"]
    book, rate = opened(found), model_of(found)["rate"]
    rows = {row[0]: number for number, row in enumerate(cells(book, "Tests"), start=1)}
    place = rows["Saving rate r, at 90 %"]
    assert book.value("Tests", f"B{place}") == Decimal(str(rate["rate"]))
    assert book.formulas["Tests"][f"D{place}"].value == rate["uncertainty"]
    assert book.value("Tests", f"B{place + 1}") == Decimal(str(rate["multiple"]))
    assert cells(book, "Tests")[rows["Fixtures tested"] - 1][1:3] == (8, 240)


@pytest.mark.parametrize("name", ["adjusted", "adjusted lamps", "adjusted rate"])
def test_adjustments_sum_to_the_adjusted_baseline(statements: dict[str, Found], name: str) -> None:
    found = statements[name]
    book = opened(found)
    rows = cells(book, "Adjustments")
    results = found.settlement.document["results"]
    assert [row[5] for row in rows[2:6]] == [one["adjustment_kwh"] for one in results["adjustments"]]
    assert [row[6] for row in rows[2:6]] == [one["uncertainty_kwh"] for one in results["adjustments"]]
    assert book.value("Adjustments", "F7") == Decimal(str(results["period"]["baseline_kwh"]))
    assert rows[2][8].startswith("client, 王敏, 总务科, 20 Jun 2025")
    assert rows[2][7] == "夜校开班; 函〔2025〕7 号"


def test_the_front_names_the_method_and_no_meter_of_lamps(statements: dict[str, Found]) -> None:
    said = {row[0]: row[1] for row in cells(opened(statements["lamps"]), "Statement")}
    assert said["Form of the model"] == "lamp inventory"
    assert said["IPMVP option"].startswith("A, retrofit isolation")
    assert "Meters" not in said
    assert "Meters" in {row[0] for row in cells(opened(statements["rate"]), "Statement")}


def test_what_is_only_shown_is_not_called_met(statements: dict[str, Found]) -> None:
    verdicts = {row[0]: row[4] for row in cells(opened(statements["lamps"]), "Records")}
    assert verdicts["Share of figures that were stipulated"] == "shown"
    assert verdicts["Sample size: 门厅: watts before"] == "met"
