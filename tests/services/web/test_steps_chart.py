"""The picture of steps: the same days give the same bytes, changes are drawn, words tell of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.mv.adjustments.steps import StepProposal
from services.mv.operating_days import ReportingDay
from services.web.charts.canvas import Chart
from services.web.charts.steps import steps_chart
from services.web.formats import Formats
from services.web.i18n import texts

ZH, EN = (Formats(texts(language), ZoneInfo("Asia/Shanghai")) for language in ("zh", "en"))
START = date(2025, 6, 1)
STEP = StepProposal(date(2025, 9, 1), None, 10.0, 0.995, 0.4, 0.6)
DASHED = "stroke-dasharray"


def drawn(days: Sequence[ReportingDay], steps: Sequence[StepProposal], formats: Formats) -> Chart:
    found = steps_chart(days, steps, formats)
    assert found is not None
    return found


def days(count: int = 150) -> tuple[ReportingDay, ...]:
    """40 % used of 100 kWh, from September on 60 %."""
    dates = [START + timedelta(days=i) for i in range(count)]
    return tuple(ReportingDay(day, True, 100.0, 60.0 if day >= STEP.first_day else 40.0) for day in dates)


def test_the_same_days_give_the_same_bytes_in_two_widths() -> None:
    one, other = (drawn(days(), [STEP], EN) for _ in range(2))
    assert one == other
    assert one.narrow
    assert one.wide != one.narrow
    assert one.wide != drawn(days(), [STEP], ZH).wide


@pytest.mark.parametrize(
    ("steps", "changes"),
    [([], 0), ([STEP], 1), ([replace(STEP, last_day=date(2025, 9, 30))], 2),
     ([STEP, replace(STEP, first_day=date(2025, 7, 1), last_day=date(2025, 8, 31))], 2)],
)  # fmt: skip
def test_every_change_is_a_dashed_line_and_is_in_the_legend(steps: list[StepProposal], changes: int) -> None:
    chart = drawn(days(), steps, EN)
    assert chart.wide.count(DASHED) == changes
    assert (">Step<" in chart.wide) == bool(changes)


def test_the_words_tell_what_the_picture_shows() -> None:
    chart = drawn(days(), [STEP], EN)
    assert chart.description.startswith("Actual ÷ adjusted baseline of 150 days from 1 Jun 2025 to")
    assert chart.description.endswith("Steps: 1 Sep 2025.")
    assert "阶跃：2025年9月1日。" in drawn(days(), [STEP], ZH).description
    assert chart.description in chart.wide


def test_days_of_hardly_any_baseline_and_wild_ones_do_not_set_the_scale() -> None:
    wild = replace(days()[5], actual_kwh=5000.0)
    dark = replace(days()[6], baseline_kwh=0.0, actual_kwh=1.0)
    chart = drawn((*days()[:5], wild, dark, *days()[7:]), [], EN)
    assert "149 days" in chart.description
    assert ">5,000<" not in chart.wide


@pytest.mark.parametrize("count", [1, 2, 20, 1000])
def test_few_and_many_days_are_drawn(count: int) -> None:
    chart = drawn(days(count), [], EN)
    assert f"{count} days" in chart.description
    assert "nan" not in chart.wide.lower()


@pytest.mark.parametrize("baseline_kwh", [0.0, -3.0])
def test_days_without_any_baseline_have_no_picture(baseline_kwh: float) -> None:
    nothing = [replace(day, baseline_kwh=baseline_kwh) for day in days(70)]
    assert steps_chart(nothing, [], EN) is None
    assert steps_chart([], [], EN) is None
