"""The rows about contracts: the truth agrees, and every figure that is off fails its own row."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from simulators.contract_checks import (
    adjustment_rows,
    lamp_rows,
    rate_rows,
    saved_before,
    savings_rows,
    step_rows,
)
from simulators.contract_truth import AdjustmentTruth, LampTruth, RateTruth, SavingsTruth, StepTruth
from simulators.contracts import Method
from simulators.rows import Row
from tests.simulators.faithful import adjustment_line, lamp_line, settlement

SAVINGS = SavingsTruth(
    contract="emc-1", method=Method.DAYS, reporting_start=date(2026, 7, 1), would_have_used_kwh=1000.0,
    used_kwh=400.0, savings_kwh=600.0, all_days_kwh=600.0, left_out=[],
)  # fmt: skip
LAMPS = LampTruth(
    contract="emc-1", group="yard", reporting_start=date(2026, 7, 10), count=100, hours=10.0,
    watts_before=250.0, watts_after=100.0,
)  # fmt: skip
RATE = RateTruth(contract="emc-1", rate=0.55, population=400)
AGREED = AdjustmentTruth(
    contract="emc-1", adjustment="nra-1", kwh_by_month={"2026-08": 100.0, "2026-09": 300.0}
)
STEP = StepTruth(contract="emc-1", first_day=date(2026, 8, 20))
TOTAL = {"savings_kwh": 600.0, "uncertainty_kwh": 20.0, "actual_kwh": 400.0}


def bad(rows: Sequence[Row]) -> list[str]:
    return [row.quantity for row in rows if not row.agrees]


@pytest.mark.parametrize(
    ("told", "failing"),
    [
        ({}, []),
        ({"savings_kwh": 639.0}, []),
        ({"savings_kwh": 641.0}, ["savings emc-1 kWh"]),
        ({"uncertainty_kwh": 301.0}, ["savings emc-1, ± kWh"]),
        ({"uncertainty_kwh": None}, ["savings emc-1, ± kWh"]),
        ({"actual_kwh": 404.5}, ["actual use emc-1 kWh"]),
        ({"savings_kwh": None}, ["savings emc-1 kWh", "savings emc-1, ± kWh"]),
    ],
)
def test_a_saving_is_held_against_its_own_band(told: dict[str, Any], failing: list[str]) -> None:
    assert bad(list(savings_rows(SAVINGS, TOTAL | told))) == failing


INVENTORY = replace(SAVINGS, method=Method.LAMPS)


def by_days(*days: str) -> dict[str, Any]:
    """An answer of 60 kWh +- 2 a day, and as many days in its total."""
    one = {"savings_kwh": 60.0, "uncertainty_kwh": 2.0, "actual_kwh": 40.0}
    total = {name: value * len(days) for name, value in one.items()}
    return {"total": total, "items": [{"start": day, **one} for day in days]}


def test_lamps_that_go_on_saving_after_the_history_are_counted_up_to_its_end() -> None:
    answer = by_days("2026-11-20", "2026-11-21", "2026-11-22", "2028-02-29")
    told = saved_before(date(2026, 11, 22), INVENTORY, answer)
    assert told == {"savings_kwh": 120.0, "uncertainty_kwh": 4.0, "actual_kwh": 80.0}


def test_of_metered_days_the_product_s_own_total_stands() -> None:
    answer = by_days("2026-11-20", "2026-11-21", "2026-11-22", "2028-02-29")
    assert saved_before(date(2026, 11, 22), SAVINGS, answer) == answer["total"]


@pytest.mark.parametrize("truth", [SAVINGS, INVENTORY], ids=["metered", "lamps"])
@pytest.mark.parametrize("answer", [{"total": None, "items": []}, by_days("2027-01-01")])
def test_where_nothing_is_told_of_the_history_nothing_was_saved(
    truth: SavingsTruth, answer: dict[str, Any]
) -> None:
    told = saved_before(date(2026, 11, 22), truth, answer)
    assert (told["savings_kwh"] is None) == (answer["total"] is None or truth is INVENTORY)


def test_what_lamps_of_an_inventory_use_is_in_the_band_of_their_saving() -> None:
    rows = list(savings_rows(INVENTORY, TOTAL | {"actual_kwh": 480.0}))
    assert [row.quantity for row in rows] == ["savings emc-1 kWh", "savings emc-1, ± kWh"]
    assert bad(rows) == []


def tables(**other: Any) -> list[dict[str, Any]]:
    """July from the tenth on (22 days) and August, each with a line of the yard's lamps and of another's."""
    return [
        settlement("2026-07", "2026-07-10", "2026-08-01",
                   lamps=[lamp_line(LAMPS, 22) | other, {"group": "street"}]),
        settlement("2026-08", "2026-08-01", "2026-09-01",
                   lamps=[{"group": "street"}, lamp_line(LAMPS, 31) | other]),
    ]  # fmt: skip


def test_lamps_are_counted_over_all_settled_months() -> None:
    hours, saved = lamp_rows(LAMPS, tables())
    assert (hours.truth, hours.product) == (53_000, 53_000)
    assert saved.truth == saved.product == 53_000 * 0.15
    assert saved.tolerance == pytest.approx(2 * (22 + 31) * 5)
    assert bad([hours, saved]) == []


@pytest.mark.parametrize(
    ("line", "failing"),
    [
        ({"hours_after": 10.1}, ["lamp hours emc-1 yard"]),
        ({"days": 21.0}, ["lamp hours emc-1 yard"]),
        ({"count": 101}, ["lamp hours emc-1 yard"]),
        ({"savings_kwh": 3720.0}, []),
        ({"savings_kwh": 3700.0}, ["lamps emc-1 yard kWh"]),
        ({"uncertainty_kwh": 0.0, "savings_kwh": 3970.0}, ["lamps emc-1 yard kWh"]),
        ({"group": "garden"}, ["lamp hours emc-1 yard", "lamps emc-1 yard kWh"]),
    ],
)
def test_a_table_that_is_off_fails(line: dict[str, Any], failing: list[str]) -> None:
    assert bad(list(lamp_rows(LAMPS, tables(**line)))) == failing


def test_a_table_that_begins_before_the_saving_counts_fails() -> None:
    """A whole July would pay for nine days on which lamps were still being changed."""
    july = settlement("2026-07", "2026-07-01", "2026-08-01", lamps=[lamp_line(LAMPS, 31)])
    assert bad(list(lamp_rows(LAMPS, [july]))) == ["lamp hours emc-1 yard", "lamps emc-1 yard kWh"]


def rated(**rate: Any) -> list[dict[str, Any]]:
    told = {"rate": 0.552, "uncertainty": 0.002, "population": 400} | rate
    return [settlement("2026-07", "2026-07-01", "2026-08-01", rate=told)]


@pytest.mark.parametrize(
    ("settled", "failing"),
    [
        (rated(), []),
        (rated(rate=0.5545), ["saving rate emc-1"]),
        (rated(rate=None), ["saving rate emc-1"]),
        (rated(population=12), ["fixtures emc-1"]),
        ([], ["saving rate emc-1", "fixtures emc-1"]),
    ],
)
def test_a_rate_is_held_against_that_of_all_fixtures(settled: list[Any], failing: list[str]) -> None:
    assert bad(list(rate_rows(RATE, settled))) == failing


def months(**lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """July, August and September, settled with these adjustments."""
    spans = {"july": ("2026-07", "01", "2026-08-01"), "august": ("2026-08", "01", "2026-09-01"),
             "september": ("2026-09", "01", "2026-10-01")}  # fmt: skip
    return [
        settlement(month, f"{month}-{first}", end, adjustments=lines.get(name, []))
        for name, (month, first, end) in spans.items()
    ]


def agreed(kwh: float, code: str = "nra-1") -> list[dict[str, Any]]:
    return [adjustment_line(code, kwh, 0.05 * kwh)]


NAMES = ("months with emc-1 nra-1", "adjustment emc-1 nra-1 kWh")


@pytest.mark.parametrize(
    ("settled", "failing"),
    [
        (months(august=agreed(104.0), september=agreed(296.0)), []),
        (months(august=agreed(120.0), september=agreed(350.0)), [NAMES[1]]),
        (months(august=agreed(104.0)), list(NAMES)),
        (months(july=agreed(1.0), august=agreed(100.0), september=agreed(300.0)), [NAMES[0]]),
        (months(august=agreed(104.0, "other"), september=agreed(296.0)), list(NAMES)),
        (months(), list(NAMES)),
    ],
    ids=range(6),
)
def test_an_agreed_change_is_frozen_where_it_has_days(settled: list[Any], failing: list[str]) -> None:
    assert bad(list(adjustment_rows(AGREED, settled))) == failing


def test_months_that_are_not_settled_yet_ask_for_nothing() -> None:
    until_august = months(august=agreed(101.0))[:2]
    frozen, kwh = adjustment_rows(AGREED, until_august)
    assert (frozen.truth, kwh.truth) == (1, 100.0)
    assert bad([frozen, kwh]) == []


def proposal(day: str) -> dict[str, Any]:
    return {"first_day": day, "last_day": None, "size_kwh_per_day": 160.0}


@pytest.mark.parametrize(
    ("proposals", "off", "found"),
    [
        (["2026-08-20"], 0, True),
        (["2026-07-20", "2026-08-13"], -7, True),
        (["2026-08-27"], 7, True),
        (["2026-08-12", "2026-08-28"], -8, False),
        ([], None, False),
    ],
)
def test_a_step_is_proposed_within_a_week_of_its_day(
    proposals: list[str], off: int | None, *, found: bool
) -> None:
    day, nothing = step_rows(STEP, [proposal(text) for text in proposals], [])
    assert (day.product, day.agrees) == (off, found)
    assert nothing.agrees


def test_a_step_that_became_an_adjustment_by_itself_fails() -> None:
    rows = list(step_rows(STEP, [proposal("2026-08-20")], [{"code": "step-1"}]))
    assert bad(rows) == ["adjustments emc-1"]
