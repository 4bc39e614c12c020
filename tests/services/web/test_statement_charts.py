"""The statement's pictures."""

from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

from services.mv.accounting import DaySavings
from services.web.charts import statement as charts
from services.web.formats import Formats
from services.web.i18n import texts
from services.web.statement_model import BaselineSeries
from tests.services.web.city import ZONE

EN = Formats(texts("en"), ZONE)
START = date(2026, 10, 1)


def days() -> tuple[DaySavings, ...]:
    def one(i: int) -> DaySavings:
        if i == 5:
            return DaySavings(START + timedelta(days=i), 100.0, 30.0, None, None, 0.4, "incomplete")
        if i == 6:
            return DaySavings(START + timedelta(days=i), None, None, None, None, 0.0, "no_calendar")
        return DaySavings(START + timedelta(days=i), 100.0, 40.0 + i, 60.0 - i, 8.0, 1.0, None)

    return tuple(one(i) for i in range(31))


def series(fitted: bool = True) -> BaselineSeries:
    places = [START + timedelta(days=i) for i in range(365)]
    measured = [None if i == 9 else 100.0 + i % 7 for i in range(365)]
    return BaselineSeries(
        tuple(places), tuple(measured), tuple(103.0 if fitted and i > 9 else None for i in range(365))
    )


def words(svg: str) -> set[str]:
    return {"".join(one.itertext()) for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_the_month_is_told_in_words() -> None:
    chart = charts.reporting_days(days(), EN)
    assert chart.description.startswith("29 days measured, 2 left out. Adjusted baseline 2,900 kWh")
    assert {"Adjusted baseline", "Actual energy", "10-01"} <= words(chart.wide)


def test_a_day_left_out_is_a_hollow_bar() -> None:
    whole = tuple(day for day in days() if day.left_out is None)
    hollow = "fill: none; stroke: #9aa7ad"
    assert hollow in charts.reporting_days(days(), EN).wide
    assert hollow not in charts.reporting_days(whole, EN).wide


def test_a_month_of_one_day_or_of_none_measured_still_draws() -> None:
    assert charts.reporting_days(days()[:1], EN).wide
    assert charts.reporting_days(days()[5:7], EN).wide


def test_the_baseline_tells_how_many_days_it_was_fitted_to() -> None:
    chart = charts.baseline(series(), EN)
    assert "365 days, and the model fitted to 355 of them" in chart.description
    assert {"Measured day", "Model", "Day not used", "2026-10"} <= words(chart.wide)
    assert charts.baseline(series(fitted=False), EN).narrow


def test_the_same_days_give_the_same_bytes() -> None:
    assert charts.reporting_days(days(), EN) == charts.reporting_days(
        tuple(replace(day) for day in days()), EN
    )
