"""The indicators against the worked vector, and what unknown and inapplicable quantities do to them."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.coefficients import CoefficientSet, load_coefficients
from services.indicators.indicators import Consumption, compute_indicators, figures

TABLE = load_coefficients()
REPORT_DAY = date(2026, 11, 22)
VECTOR = Consumption(electricity_kwh=850_000, gas_m3=12_000, gasoline_l=9_000, diesel_l=1_000, water_m3=9_600)
AREA, HEADS = 15_000.0, 420


def coefficients(region: str = "hubei", **options: str) -> CoefficientSet:
    return TABLE.at(REPORT_DAY, region=region, **options)


def test_worked_vector() -> None:
    result = compute_indicators(VECTOR, coefficients(), floor_area_m2=AREA, head_count=HEADS)
    assert round(result.energy_kgce or 0, 2) == 130_074.66
    assert round(result.energy_kgce_per_m2 or 0, 3) == 7.936
    assert round(result.energy_kgce_per_person or 0, 2) == 309.70
    assert round(result.electricity_kwh_per_m2 or 0, 2) == 56.67
    assert round(result.water_m3_per_person or 0, 2) == 22.86
    assert round(result.carbon_kg or 0) == 367_260
    assert round(result.carbon_kg_per_m2 or 0, 3) == 24.484


@pytest.mark.parametrize(
    ("part", "kgce"),
    [
        (Consumption(electricity_kwh=850_000), 104_465.00),
        (Consumption(gas_m3=12_000), 14_571.60),
        (Consumption(gasoline_l=9_000), 9_799.52),
        (Consumption(diesel_l=1_000), 1_238.54),
        (Consumption(heat_gj=1), 34.12),
    ],
)
def test_each_part_of_the_vector(part: Consumption, kgce: float) -> None:
    result = compute_indicators(part, coefficients(), floor_area_m2=AREA, head_count=HEADS)
    assert result.energy_kgce == pytest.approx(kgce, abs=0.0051)


def test_national_grid_factor() -> None:
    result = compute_indicators(VECTOR, coefficients("national"), floor_area_m2=AREA, head_count=HEADS)
    assert round(result.carbon_kg_per_m2 or 0, 3) == 31.635


def test_equal_value_set_differs_two_and_a_half_times() -> None:
    equal = coefficients(coal_set="DB37/T 2672-2019 dengjia")
    result = compute_indicators(
        Consumption(electricity_kwh=850_000), equal, floor_area_m2=None, head_count=None
    )
    assert result.energy_kgce == pytest.approx(263_500)


def test_water_is_not_energy() -> None:
    result = compute_indicators(
        Consumption(water_m3=9_600), coefficients(), floor_area_m2=AREA, head_count=HEADS
    )
    assert result.energy_kgce is None
    assert result.carbon_kg is None
    assert result.water_m3_per_person is not None


def test_vehicle_fuel_is_in_the_total_and_not_in_the_area_indicator() -> None:
    result = compute_indicators(
        Consumption(gasoline_l=100), coefficients(), floor_area_m2=AREA, head_count=HEADS
    )
    assert result.energy_kgce is not None
    assert result.energy_kgce_per_m2 is None


def test_an_unknown_part_makes_the_sum_unknown_and_an_absent_one_does_not() -> None:
    unknown = compute_indicators(
        Consumption(electricity_kwh=100, gas_m3=math.nan),
        coefficients(),
        floor_area_m2=AREA,
        head_count=HEADS,
    )
    assert unknown.energy_kgce is None
    assert unknown.carbon_kg is None
    assert unknown.electricity_kwh_per_m2 is not None
    absent = compute_indicators(
        Consumption(electricity_kwh=100), coefficients(), floor_area_m2=AREA, head_count=HEADS
    )
    assert absent.energy_kgce == pytest.approx(12.29)


def test_zero_is_a_figure() -> None:
    result = compute_indicators(
        Consumption(electricity_kwh=0.0), coefficients(), floor_area_m2=AREA, head_count=HEADS
    )
    assert result.energy_kgce == 0
    assert result.energy_kgce_per_m2 == 0


@pytest.mark.parametrize("area", [None, 0.0])
def test_without_area_or_people_there_is_no_intensity(area: float | None) -> None:
    result = compute_indicators(VECTOR, coefficients(), floor_area_m2=area, head_count=None)
    assert result.energy_kgce is not None
    assert result.energy_kgce_per_m2 is None
    assert result.energy_kgce_per_person is None
    assert set(figures(result)) == {"energy_kgce", "carbon_kg"}


def test_before_any_factor_was_public_carbon_is_unknown() -> None:
    early = TABLE.at(date(2024, 1, 1), region="hubei")
    result = compute_indicators(VECTOR, early, floor_area_m2=AREA, head_count=HEADS)
    assert result.carbon_kg is None
    assert result.energy_kgce is not None
    assert "no grid factor" in early.id


quantities = st.floats(0, 1e9)


@given(electricity=quantities, gas=quantities, more=st.floats(0, 1e6))
def test_more_use_is_never_less_energy(electricity: float, gas: float, more: float) -> None:
    less = compute_indicators(
        Consumption(electricity_kwh=electricity, gas_m3=gas),
        coefficients(),
        floor_area_m2=AREA,
        head_count=HEADS,
    )
    greater = compute_indicators(
        Consumption(electricity_kwh=electricity + more, gas_m3=gas),
        coefficients(),
        floor_area_m2=AREA,
        head_count=HEADS,
    )
    assert less.energy_kgce is not None
    assert greater.energy_kgce is not None
    assert greater.energy_kgce >= less.energy_kgce
    assert (greater.carbon_kg or 0) >= (less.carbon_kg or 0)
