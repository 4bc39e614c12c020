"""The rows of a verification that are about contracts: savings, lamps, rates, adjustments and steps.

Pure functions of the truth ledger and the product's answers; a settlement is the document of its export.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from simulators.contract_truth import AdjustmentTruth, LampTruth, RateTruth, SavingsTruth, StepTruth
from simulators.contracts import Method
from simulators.rows import Row, banded, exact, near

ACTUAL_TOLERANCE = 0.01
LARGEST_UNCERTAINTY = 0.5
STEP_TOLERANCE_DAYS = 7

Settlements = Sequence[Mapping[str, Any]]
_DIGITS = 3


_SAVED = ("savings_kwh", "uncertainty_kwh", "actual_kwh")


def saved_before(until: date, truth: SavingsTruth, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the product says was saved in the history, from its answer by days; None where it says nothing.

    Days without readings do not count. Lamps of an inventory go on saving without any, as agreed: of them it
    is the days before `until`. One sample speaks for every day, so the half-widths of days add up.
    """
    if answer["total"] is None:
        return dict.fromkeys(_SAVED)
    if truth.method is not Method.LAMPS:
        total: Mapping[str, Any] = answer["total"]
        return total
    days = [day for day in answer["items"] if _day(day["start"]) < until]
    return {name: _total(days, name) for name in _SAVED}


def savings_rows(truth: SavingsTruth, total: Mapping[str, Any]) -> Iterator[Row]:
    """The saving within twice the product's own ±, and that ± small beside the saving.

    What lamps of an inventory use is not metered: it is part of the saving's own ±.
    """
    savings, half_width = total["savings_kwh"], total["uncertainty_kwh"]
    yield banded(f"savings {truth.contract} kWh", truth.savings_kwh, savings, half_width)
    yield Row(
        quantity=f"savings {truth.contract}, ± kWh",
        truth=0.0,
        product=half_width,
        tolerance=LARGEST_UNCERTAINTY * max(savings or 0.0, 0.0),
        reason=f"less than {LARGEST_UNCERTAINTY:.0%} of the saving",
    )
    if truth.method is not Method.LAMPS:
        reason = f"{ACTUAL_TOLERANCE:.0%}: complete days only, registers rounded by day"
        yield near(f"actual use {truth.contract} kWh", truth.used_kwh, total["actual_kwh"],
                   ACTUAL_TOLERANCE, reason)  # fmt: skip


def lamp_rows(truth: LampTruth, settlements: Settlements) -> Iterator[Row]:
    """A group's lines of all settled tables together: lamp hours as agreed, the saving within its own ±.

    One sample speaks for every month, so the half-widths of the months add up.
    """
    settled = [one["results"]["period"] for one in settlements]
    days = sum((_day(one["end"]) - max(_day(one["start"]), truth.reporting_start)).days for one in settled)
    lamp_hours = truth.count * truth.hours * days
    lines = [
        line for one in settlements for line in one["results"]["model"]["lamps"]
        if line["group"] == truth.group
    ]  # fmt: skip
    counted = sum(line["count"] * line["hours_after"] * line["days"] for line in lines)
    name = f"{truth.contract} {truth.group}"
    yield exact(f"lamp hours {name}", lamp_hours, round(counted, _DIGITS), "as agreed")
    yield banded(
        f"lamps {name} kWh",
        round(lamp_hours * (truth.watts_before - truth.watts_after) / 1000, _DIGITS),
        _total(lines, "savings_kwh"),
        _total(lines, "uncertainty_kwh"),
    )


def rate_rows(truth: RateTruth, settlements: Settlements) -> Iterator[Row]:
    """The rate of the tested fixtures within its own ± of the rate of all of them."""
    rate = settlements[-1]["results"]["model"]["rate"] if settlements else {}
    yield banded(f"saving rate {truth.contract}", truth.rate, rate.get("rate"), rate.get("uncertainty"))
    yield exact(f"fixtures {truth.contract}", truth.population, rate.get("population"), "as registered")


def adjustment_rows(truth: AdjustmentTruth, settlements: Settlements) -> Iterator[Row]:
    """An agreed change is frozen into each settled month that has a day of it, with what it truly used."""
    name = f"{truth.contract} {truth.adjustment}"
    months = {one["inputs"]["month"] for one in settlements}
    due = months & set(truth.kwh_by_month)
    frozen = {
        one["inputs"]["month"] for one in settlements
        if any(given["code"] == truth.adjustment for given in one["inputs"].get("adjustments", ()))
    }  # fmt: skip
    yield exact(f"months with {name}", len(due), len(frozen & due) - len(frozen - due), "frozen where due")
    lines = [
        line for one in settlements for line in one["results"]["adjustments"]
        if line["code"] == truth.adjustment
    ]  # fmt: skip
    yield banded(
        f"adjustment {name} kWh",
        round(sum(truth.kwh_by_month[month] for month in due), 2),
        _total(lines, "adjustment_kwh"),
        _total(lines, "uncertainty_kwh"),
    )


def step_rows(
    truth: StepTruth, proposals: Sequence[Mapping[str, Any]], adjustments: Sequence[object]
) -> Iterator[Row]:
    """A change without words is proposed near its day, and nothing is made of it."""
    off = [(_day(one["first_day"]) - truth.first_day).days for one in proposals]
    yield Row(
        quantity=f"step {truth.contract}, days off",
        truth=0,
        product=min(off, key=abs, default=None),
        tolerance=STEP_TOLERANCE_DAYS,
        reason=f"within {STEP_TOLERANCE_DAYS} days of the change",
    )
    yield exact(f"adjustments {truth.contract}", 0, len(adjustments), "a step is proposed, never applied")


def _total(lines: Sequence[Mapping[str, Any]], name: str) -> float | None:
    return round(sum(line[name] for line in lines), _DIGITS) if lines else None


def _day(text: str) -> date:
    return date.fromisoformat(text)
