"""What a statement draws of its baseline: series, scatter and lines follow from the frozen days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from services.app import Parts
from services.savings.contract.documents import ContractDocument
from services.savings.contract.measurement import Measurement
from services.savings.settlement.document import Json
from services.web.charts.weather import scatter
from services.web.formats import Formats
from services.web.i18n import texts
from services.web.statement_model import Learned, Scatter
from services.web.statement_names import Names
from tests.services.savings.examples import frozen
from tests.services.savings.methods import ADJUSTMENTS, lamps, rate, weather, with_adjustments
from tests.services.web.city import ZONE
from tests.services.web.papers import of_document


def learned_of(city: Parts, inputs: Json) -> Learned:
    return of_document(city, inputs).view.learned


@pytest.fixture(name="weather_scatter", scope="module")
def a_scatter(city: Parts) -> Scatter:
    found = learned_of(city, weather()).scatter
    assert found is not None
    return found


def test_every_complete_day_is_a_dot_and_every_measured_day_another(weather_scatter: Scatter) -> None:
    assert len(weather_scatter.baseline) == 365
    assert len(weather_scatter.reporting) == 30
    assert {of for _, _, of in weather_scatter.baseline} == {
        "working_day",
        "non_working_day",
        "summer_holiday",
    }
    assert sum(of == "summer_holiday" for _, _, of in weather_scatter.reporting) == 8


def test_a_line_runs_from_the_coldest_to_the_warmest_day_of_its_type(weather_scatter: Scatter) -> None:
    assert [line.day_type for line in weather_scatter.lines] == [
        "working_day", "non_working_day", "summer_holiday",
    ]  # fmt: skip
    for line in weather_scatter.lines:
        outdoor = [x for x, _, of in weather_scatter.baseline if of == line.day_type]
        assert line.outdoor_c[0] == pytest.approx(min(outdoor), abs=0.001)
        assert line.outdoor_c[-1] == pytest.approx(max(outdoor), abs=0.001)
        assert list(line.outdoor_c) == sorted(line.outdoor_c)


def test_a_line_lies_among_the_days_it_was_fitted_to(weather_scatter: Scatter) -> None:
    for line in weather_scatter.lines:
        points = [(x, y) for x, y, of in weather_scatter.baseline if of == line.day_type]
        expected = np.interp([x for x, _ in points], line.outdoor_c, line.energy_kwh)
        misses = np.array([y for _, y in points]) - expected
        assert abs(misses.mean()) < 5
        assert np.abs(misses).max() < 150


def test_a_line_bends_at_its_balance_points(city: Parts) -> None:
    found = of_document(city, weather("5p-split", closures=False, drivers=False))
    points = [one.value for one in found.view.statement.coefficients if one.unit == "°C"]
    assert len(points) == 2
    assert found.view.learned.scatter is not None
    for line in found.view.learned.scatter.lines:
        assert set(points) <= set(line.outdoor_c)


def test_a_form_that_knows_no_day_types_is_one_line(city: Parts) -> None:
    found = learned_of(city, weather("2p", closures=False, drivers=False)).scatter
    assert found is not None
    (line,) = found.lines
    assert line.day_type == "base"
    slopes = np.diff(line.energy_kwh) / np.diff(line.outdoor_c)
    assert slopes == pytest.approx(np.full(len(slopes), slopes[0]), abs=0.01)


def test_days_left_out_are_no_dots(city: Parts) -> None:
    inputs = weather()
    inputs["reporting_days"][0][4] = None
    inputs["baseline_days"][0][4] = None
    found = learned_of(city, inputs).scatter
    assert found is not None
    assert (len(found.baseline), len(found.reporting)) == (364, 29)


def test_without_weather_there_is_no_scatter_and_without_a_fit_no_series(city: Parts) -> None:
    days = learned_of(city, frozen())
    assert days.scatter is None
    assert days.baseline is not None
    assert days.baseline.days[0] == date(2024, 5, 1)
    for inputs in (lamps(), rate()):
        found = learned_of(city, inputs)
        assert (found.baseline, found.scatter) == (None, None)


@pytest.mark.parametrize(
    "inputs", [frozen(), lamps(), rate(), weather()], ids=["days", "lamps", "rate", "weather"]
)
def test_the_models_part_is_what_it_was_before_any_adjustment(city: Parts, inputs: Json) -> None:
    plain = of_document(city, inputs)
    moved = learned_of(city, with_adjustments(inputs, ADJUSTMENTS[:2]))
    assert moved.parts[1].model_kwh == plain.view.learned.parts[1].model_kwh
    assert plain.view.learned.parts[1].adjustments_kwh == 0
    assert moved.parts[1].adjustments_kwh == Decimal("185.0") - Decimal("172.8")
    assert moved.half_width_kwh == plain.view.statement.period.uncertainty_kwh


def test_parts_are_those_of_each_contract_year(city: Parts) -> None:
    inputs = frozen(
        "2025-11", "mixed", accepted_on="2024-11-14", baseline_start="2024-05-01", baseline_end="2024-10-31"
    )
    found = of_document(city, inputs).view
    assert set(found.learned.parts) == {1, 2}
    total = sum(one.model_kwh for one in found.learned.parts.values())
    assert total == Decimal(str(found.statement.period.baseline_kwh))


def drawn(series: Scatter, language: str = "en") -> str:
    t = texts("zh" if language == "zh" else "en")
    return scatter(series, Names(t, weather_contract()), Formats(t, ZONE)).wide


def weather_contract() -> Measurement:
    return ContractDocument.model_validate(weather()["contract"]).contract().measurement


def words(svg: str) -> set[str]:
    return {"".join(one.itertext()) for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_the_scatter_names_each_line_and_the_days_of_the_period(weather_scatter: Scatter) -> None:
    said = words(drawn(weather_scatter))
    assert {"Model: Working day", "Model: Summer holiday", "Days of this period"} <= said
    assert "室外日平均气温 °C" in words(drawn(weather_scatter, "zh"))
    assert "kWh/d" in said


def test_days_of_the_period_have_a_colour_of_their_own(weather_scatter: Scatter) -> None:
    without = replace(weather_scatter, reporting=())
    amber = "#d98e04"
    assert drawn(weather_scatter).count(amber) > drawn(without).count(amber)


def test_the_same_days_give_the_same_scatter(weather_scatter: Scatter) -> None:
    assert drawn(weather_scatter) == drawn(replace(weather_scatter))


def test_a_model_below_zero_is_not_cut_off(weather_scatter: Scatter) -> None:
    lines = tuple(
        replace(one, energy_kwh=tuple(y - 500 for y in one.energy_kwh)) for one in weather_scatter.lines
    )
    low = replace(weather_scatter, lines=lines)
    assert any(word.startswith("\N{MINUS SIGN}") for word in words(drawn(low)))


def test_a_month_of_one_day_draws(city: Parts) -> None:
    found = of_document(city, weather()).view.learned.scatter
    assert found is not None
    assert drawn(replace(found, reporting=found.reporting[:1], lines=found.lines[:1]))
