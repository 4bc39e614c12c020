import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.mv.canonical import canonical
from services.savings.money import inputs as money_inputs
from services.savings.money.inputs import MoneyInputs
from services.savings.money.lines import Line
from services.savings.money.tariffs.plan import Tariffs
from services.savings.money.year_to_date import so_far
from services.savings.settlement.document import Json, settle
from tests.services.savings.examples import TERMS, frozen
from tests.services.savings.money.tariffs.plans import night, spelling

OFFICE = tuple(Decimal(8 <= hour < 18) for hour in range(24))
JUNE = [date(2025, 6, 1) + timedelta(days=i) for i in range(30)]


def tariffs() -> Tariffs:
    return Tariffs((night(effective_from=date(2025, 6, 1)),))


def lines(found: Json) -> dict[str, str]:
    return {row["key"]: row["value"] for row in found["results"]["lines"]}


def settled(given: MoneyInputs, month: str = "2025-06", kind: str = "shared", **fields: Any) -> Json:
    return settle({**frozen(month, kind, **fields), **money_inputs.spelled(given)})


def test_nothing_is_frozen_where_nothing_is_asked_for() -> None:
    assert money_inputs.spelled(MoneyInputs()) == {}
    assert money_inputs.read({}) == MoneyInputs()


def test_what_is_frozen_survives_a_file() -> None:
    hours = {JUNE[1]: (None, *OFFICE[1:]), JUNE[0]: OFFICE}
    given = MoneyInputs(tariffs(), hours, ("2025-05",), {1: {"savings_kwh": Decimal("7.10")}})
    spelled = money_inputs.spelled(given)
    assert list(spelled) == ["tariffs", "hours", "months", "so_far"]
    assert money_inputs.read(json.loads(canonical(spelled))) == given


def test_a_month_is_settled_by_period_from_its_frozen_hours() -> None:
    given = MoneyInputs(tariffs(), dict.fromkeys(JUNE, OFFICE))
    found = settled(given, valuation={"by": "periods", "tariff": "night"})
    assert found["results"]["state"] == "draft"
    printed = lines(found)
    assert printed["days_by_actual_profile"] == "30"
    assert printed["savings_kwh_valley"] == "0.00"
    assert (
        printed["savings_kwh_peak"] == printed["savings_kwh"] == lines(settled(MoneyInputs()))["savings_kwh"]
    )
    worth = Decimal(printed["savings_kwh"]) * Decimal("0.9")
    assert Decimal(found["results"]["savings_yuan"]) == worth.quantize(Decimal("0.01"))
    again = settle(json.loads(canonical(found["inputs"])))
    assert canonical(again) == canonical(found)


def test_without_hours_the_lines_say_so() -> None:
    printed = lines(settled(MoneyInputs(tariffs()), valuation={"by": "periods", "tariff": "night"}))
    assert printed["days_by_even_profile"] == "30"


def test_the_current_price_is_that_of_the_frozen_plan() -> None:
    found = settled(MoneyInputs(tariffs()), valuation={"by": "current", "tariff": "night"})
    assert lines(found)["price_yuan_per_kwh"] == "0.6"


@pytest.mark.parametrize("by", ["current", "periods"])
def test_a_month_without_a_price_is_held_whoever_releases_it(by: str) -> None:
    inputs = frozen(valuation={"by": by, "tariff": "night"}) | {"release": {"by": "a person"}}
    results = settle(inputs)["results"]
    assert results["state"] == "held"
    assert [(row["what"], row["figure"]) for row in results["holds"]] == [("price_completeness", 0.0)]
    assert results["esco_fee_yuan"] is None
    assert float(lines({"results": results})["savings_kwh"]) > 0


def test_a_yearly_guarantee_waits_for_the_years_earlier_months() -> None:
    terms = {**TERMS["guaranteed"], "settled": "year"}
    waiting = settled(MoneyInputs(), kind="guaranteed", terms=terms)["results"]
    assert [row["what"] for row in waiting["holds"]] == ["year_completeness"]
    done = settled(MoneyInputs(months=("2025-05",)), kind="guaranteed", terms=terms)["results"]
    assert (done["state"], done["holds"]) == ("draft", [])


def test_months_of_a_year_follow_one_another() -> None:
    """The second month of a floor over the year knows what the first has come to."""
    terms = {**TERMS["shared"], "fee_floor": "year"}
    first = settled(MoneyInputs(), "2025-05", terms=terms, remaining=1.4)["results"]
    assert first["esco_fee_yuan"] == "0.00"
    earlier = [Line(**row | {"value": Decimal(row["value"])}) for row in first["lines"]]
    second = settled(MoneyInputs(months=("2025-05",), so_far=so_far([earlier])), terms=terms)["results"]
    printed = lines({"results": second})
    fees = Decimal(printed["year_esco_fee_yuan_before"]) + Decimal(printed["esco_fee_yuan"])
    assert Decimal(printed["year_esco_fee_yuan_before"]) < 0
    assert Decimal(second["esco_fee_yuan"]) == max(0, fees)


def test_a_plan_that_was_altered_is_not_read() -> None:
    broken = spelling(price={"valley": "0.3"})
    with pytest.raises(ValueError, match=r"price\.peak: missing"):
        money_inputs.read({"tariffs": [broken]})


def test_a_contract_year_of_which_no_day_was_measured_is_settled_as_nothing() -> None:
    """Accepted on 30 May: of May 2025 only the 31st counts, and its readings were lost."""
    fields: dict[str, Any] = {"valuation": {"by": "periods", "tariff": "night"}}
    month = frozen("2025-05", lost_days=1, accepted_on="2025-05-30", **fields)
    inputs = {**month, **money_inputs.spelled(MoneyInputs(may_tariffs()))}
    assert settle(inputs)["results"]["state"] == "held"
    released = settle({**inputs, "release": {"by": "a person"}})
    assert released["results"]["state"] == "draft"
    found = lines(released)
    assert (found["savings_kwh_peak"], found["savings_kwh"]) == ("0.00", "0.00")
    assert (released["results"]["savings_yuan"], released["results"]["esco_fee_yuan"]) == ("0.00", "0.00")


def may_tariffs() -> Tariffs:
    return Tariffs((night(effective_from=date(2025, 5, 1)),))
