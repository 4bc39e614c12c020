from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.savings.contract.documents import ContractDocument
from services.savings.contract.model import ContractKind, SettlementState
from services.savings.meter_days import from_rows
from services.savings.settlement.document import Json, Settlement, learn, settle
from services.savings.settlement.statement import METHODS, SIGNATORIES, Statement, statement
from tests.services.savings.examples import frozen
from tests.services.savings.methods import (
    ADJUSTMENTS,
    every_method,
    lamps,
    rate,
    weather,
    with_adjustments,
)


def settlement(document: Json, *, version: int = 1) -> Settlement:
    fee = document["results"]["esco_fee_yuan"]
    return Settlement(
        contract="emc-001",
        month=document["inputs"]["month"],
        version=version,
        state=SettlementState(document["results"]["state"]),
        settled_at=datetime(2025, 7, 3, tzinfo=UTC),
        input_sha256=document["input_sha256"],
        esco_fee_yuan=None if fee is None else Decimal(fee),
        difference_yuan=None,
        document=document,
    )


@pytest.mark.parametrize("kind", list(ContractKind))
def test_every_kind_has_its_lines_and_amounts(kind: ContractKind) -> None:
    kept = settlement(settle(frozen(kind=kind.value)))
    found = statement(kept, [kept], institution=None)
    assert found.contract.kind is kind
    values = {line.key: line.value for line in found.lines}
    assert values["total_savings_yuan"] == found.savings_yuan
    assert values["total_esco_fee_yuan"] == found.esco_fee_yuan == kept.esco_fee_yuan
    assert values["client_keeps_yuan"] == found.client_keeps_yuan
    assert all(line.formula for line in found.lines if line.unit == "yuan")


def test_the_series_of_the_chart_is_the_settled_days() -> None:
    kept = settlement(settle(frozen(lost_days=1)))
    found = statement(kept, [kept], institution=None)
    assert [row.day for row in found.days] == [date(2025, 6, 1 + i) for i in range(30)]
    assert found.days[0].left_out == "incomplete"
    assert found.days[0].uncertainty_kwh is None
    measured = [row for row in found.days if row.left_out is None]
    assert sum(row.savings_kwh or 0 for row in measured) == pytest.approx(found.period.savings_kwh)


def test_the_table_has_a_row_for_each_month_given() -> None:
    may, june = (settlement(settle(frozen(month))) for month in ("2025-05", "2025-06"))
    held = settlement(settle(frozen("2025-07", lost_days=9)))
    found = statement(june, [may, june, held], institution=None)
    assert [row.month for row in found.months] == ["2025-05", "2025-06", "2025-07"]
    assert found.months[0].period.start == date(2025, 5, 15)
    assert found.months[1].savings_yuan == found.savings_yuan
    assert found.months[2].state is SettlementState.HELD
    assert found.months[2].esco_fee_yuan is None


def test_figures_of_the_fit_and_the_gates_stand_side_by_side() -> None:
    kept = settlement(settle(frozen()))
    found = statement(kept, [kept], institution=None)
    assert found.fit is not None
    assert found.fit.n == 365
    assert found.fit.r2 > 0.95
    assert {row.what for row in found.gates} > {"ashrae_cvrmse", "uncertainty_68", "ipmvp_r2"}
    assert all(row.source for row in (*found.gates, *found.records))
    assert "reporting_days_left_out" in {row.what for row in found.records}


def test_both_signs_and_the_blanks_to_fill() -> None:
    kept = settlement(settle(frozen()))
    found = statement(kept, [kept], institution=None)
    assert found.gbt_28750_savings_kwh + found.period.savings_kwh == 0
    assert found.signatories == SIGNATORIES
    assert found.rounding.startswith("ROUND_HALF_UP")


def test_a_saving_of_nothing_has_no_rate() -> None:
    inputs = frozen(lost_days=30)
    kept = settlement(settle(inputs))
    found = statement(kept, [kept], institution=None)
    assert found.savings_rate is None
    assert str(found.gbt_28750_savings_kwh) == "0.0"


def test_every_form_has_a_method_to_print() -> None:
    inputs = frozen()
    assert settle(inputs)["results"]["model"]["form"] in METHODS
    for rows in (inputs["baseline_days"], inputs["reporting_days"]):
        for row in rows:
            row[2] = None
    inputs["place"] = None
    kept = settlement(settle(inputs))
    assert statement(kept, [kept], institution=None).method == "method.day_type_mean"


def said(inputs: Json) -> Statement:
    kept = settlement(settle(inputs))
    return statement(kept, [kept], institution=None)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("days", "method.workday_daylight"), ("weather", "method.weather"), ("lamps", "method.option_a"),
        ("rate", "method.saving_rate"), ("weather line", "method.weather"),
    ],
)  # fmt: skip
def test_the_method_follows_from_how_the_contract_measures(name: str, method: str) -> None:
    assert said(every_method()[name]).method == method


def test_a_regression_with_drivers_and_no_weather_has_a_method_of_its_own() -> None:
    inputs = weather()
    del inputs["contract"]["measurement"]["weather"]
    for rows in (inputs["baseline_days"], inputs["reporting_days"]):
        for row in rows:
            del row[4]
    assert said(inputs).method == "method.regression"


def test_the_forms_that_lost_are_kept_beside_the_one_that_won() -> None:
    found = said(weather())
    (taken,) = (one for one in found.candidates if not one.why_not)
    assert taken.form == found.form
    assert found.criterion == "BIC at the effective number of days"
    assert {one.why_not for one in found.candidates} >= {"", "bic"}
    assert found.comparison is not None
    assert found.comparison.chosen_kwh == found.period.uncertainty_kwh
    assert (found.lamps, found.rate) == ((), None)


def test_lamps_and_rates_are_told_in_place_of_a_fit() -> None:
    of_lamps, of_rate = said(lamps()), said(rate())
    assert [line.group for line in of_lamps.lamps] == ["门厅", "楼梯"]
    assert of_rate.rate is not None
    assert of_rate.rate.size == 8
    for found in (of_lamps, of_rate):
        assert (found.fit, found.comparison, found.candidates, found.coefficients) == (None, None, (), ())


def test_every_demand_stands_whether_it_is_met_or_not() -> None:
    limits = {"cvrmse": "0.01", "net_bias": "0.005", "r2": "0.75", "uncertainty_share": "0.5"}
    found = said(weather(limits=limits))
    demands = {one.what: one.ok for one in found.demands}
    assert demands == {
        "contract_cvrmse": False, "baseline_completeness": True, "baseline_days_learnt": True,
        "contract_net_bias": True,
        "contract_r2": True, "month_completeness": True, "contract_uncertainty_share": True,
    }  # fmt: skip
    assert [one for one in found.demands if not one.ok] == list(found.holds)


@pytest.mark.parametrize("limits", [{"cvrmse": "0.5"}, {"r2": "0.5"}, {"uncertainty_share": "0.9"}])
def test_a_demand_that_is_met_has_the_figure_it_would_fail_with(limits: dict[str, str]) -> None:
    (name,) = limits
    strict = {name: "0.999" if name == "r2" else "0.001"}
    what = f"contract_{name}"
    met, failed = (
        next(one for one in said(weather(limits=of)).demands if one.what == what) for of in (limits, strict)
    )
    assert (met.ok, failed.ok) == (True, False)
    assert (met.figure, met.source) == (failed.figure, failed.source)


def test_an_inventory_is_asked_for_its_calendar_and_not_for_meters() -> None:
    assert [one.what for one in said(lamps()).demands] == ["days_without_calendar"]
    assert [one.what for one in said(rate()).demands] == ["month_completeness"]


@pytest.mark.parametrize("name", every_method())
def test_no_demand_of_the_engine_is_missing(name: str) -> None:
    inputs = every_method()[name]
    contract = ContractDocument.model_validate(inputs["contract"]).contract()
    basis = learn(inputs)
    savings = basis.account(from_rows(contract.meters, inputs["reporting_days"]).total())
    known = {one.what: one for one in said(inputs).demands}
    for asked in basis.demands(contract, savings):
        assert known[asked.what] == asked


def test_adjustments_move_the_baseline_of_every_method() -> None:
    for inputs in (frozen(), lamps(), rate(), weather()):
        plain, moved = said(inputs), said(with_adjustments(inputs, ADJUSTMENTS[:1]))
        assert moved.period.baseline_kwh == pytest.approx(plain.period.baseline_kwh + 185.0)
        assert moved.period.uncertainty_kwh > plain.period.uncertainty_kwh
