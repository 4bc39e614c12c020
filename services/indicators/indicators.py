"""Energy indicators of an institution over a period: standard coal, carbon, per area and per person. Pure.

Formulas follow the national statistics of public institutions and the criteria of resource-saving organs:
water is never turned into coal, and fuel of vehicles counts in the total but not in the area indicator.
"""

import math
from dataclasses import dataclass, fields

from services.indicators.coefficients import CoefficientSet

Quantity = float | None
"""NaN where a meter stands but told nothing; None where there is nothing to meter. NaN makes every figure
that needs it unknown, None is left out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """What an institution used in a period: electricity [kWh], gas and water [m³], heat [GJ], fuels [L]."""

    electricity_kwh: Quantity = None
    gas_m3: Quantity = None
    heat_gj: Quantity = None
    gasoline_l: Quantity = None
    diesel_l: Quantity = None
    water_m3: Quantity = None


@dataclass(frozen=True, slots=True)
class Indicators:
    """The figures, None where they cannot be known.

    `energy_kgce` includes vehicle fuel, `energy_kgce_per_m2` does not; `carbon_kg` covers electricity, gas
    and heat. All are of the period itself, not annualised.
    """

    energy_kgce: float | None
    energy_kgce_per_m2: float | None
    energy_kgce_per_person: float | None
    electricity_kwh_per_m2: float | None
    water_m3_per_person: float | None
    carbon_kg: float | None
    carbon_kg_per_m2: float | None


def compute_indicators(
    used: Consumption, coefficients: CoefficientSet, *, floor_area_m2: float | None, head_count: int | None
) -> Indicators:
    """Comprehensive energy E = Σ quantity x coefficient [kgce] and what follows from it.

    Area indicator: (E - vehicle fuel) / floor area [kgce/m²]; per person: E / energy users [kgce]; carbon:
    grid factor x electricity + emission factors x gas, heat [kg CO2] (GB/T 2589-2020; DB37/T 2672-2019).
    """
    building = _building_kgce(used, coefficients)
    total = _sum(building, _fuel_kgce(used, coefficients))
    carbon = _carbon_kg(used, coefficients)
    return Indicators(
        energy_kgce=known(total),
        energy_kgce_per_m2=_per(building, floor_area_m2),
        energy_kgce_per_person=_per(total, head_count),
        electricity_kwh_per_m2=_per(used.electricity_kwh, floor_area_m2),
        water_m3_per_person=_per(used.water_m3, head_count),
        carbon_kg=known(carbon),
        carbon_kg_per_m2=_per(carbon, floor_area_m2),
    )


def figures(indicators: Indicators) -> dict[str, float]:
    """The known figures by name."""
    pairs = ((field.name, getattr(indicators, field.name)) for field in fields(indicators))
    return {name: value for name, value in pairs if value is not None}


def known(quantity: Quantity) -> float | None:
    """The figure, or None where it is unknown or does not apply."""
    return None if quantity is None or math.isnan(quantity) else quantity


def _building_kgce(used: Consumption, coefficients: CoefficientSet) -> Quantity:
    return _sum(
        _times(used.electricity_kwh, coefficients.kgce["electricity"]),
        _times(used.gas_m3, coefficients.kgce["gas"]),
        _times(used.heat_gj, coefficients.kgce["heat"]),
    )


def _fuel_kgce(used: Consumption, coefficients: CoefficientSet) -> Quantity:
    density, kgce = coefficients.kg_per_litre, coefficients.kgce
    return _sum(
        _times(used.gasoline_l, density["gasoline"] * kgce["gasoline"]),
        _times(used.diesel_l, density["diesel"] * kgce["diesel"]),
    )


def _carbon_kg(used: Consumption, coefficients: CoefficientSet) -> Quantity:
    grid_factor = coefficients.grid.kg_per_kwh if coefficients.grid else math.nan
    return _sum(
        _times(used.electricity_kwh, grid_factor),
        _times(used.gas_m3, coefficients.co2_kg["gas"]),
        _times(used.heat_gj, coefficients.co2_kg["heat"]),
    )


def _times(quantity: Quantity, factor: float) -> Quantity:
    return None if quantity is None else quantity * factor


def _sum(*parts: Quantity) -> Quantity:
    applicable = [part for part in parts if part is not None]
    return math.fsum(applicable) if applicable else None


def _per(quantity: Quantity, divisor: float | None) -> float | None:
    amount = known(quantity)
    return None if amount is None or not divisor else amount / divisor
