"""What `GET /energy` answers."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

Figure = Annotated[float | None, Field(description="null: no meter, or nothing known")]


class GridFactorOut(BaseModel):
    """The grid's CO2 factor that carbon was computed with."""

    region: str
    data_year: int
    published_on: date
    kg_per_kwh: float
    source: str
    mark: Annotated[str, Field(description="V verified, V2 quoted by a secondary source, M from memory")]


class InstitutionEnergyOut(BaseModel):
    """An institution's energy in the period, measured and estimated together, not annualised.

    Electricity, water, gas and heat are of main meters; lighting, hvac and sockets of sub-meters.
    """

    institution: str
    electricity_kwh: Figure
    estimated_kwh: Annotated[Figure, Field(description="the part of electricity_kwh that is estimated")]
    lighting_kwh: Figure
    hvac_kwh: Figure
    sockets_kwh: Figure
    water_m3: Figure
    gas_m3: Figure
    heat_gj: Figure
    energy_kgce: Figure
    energy_kgce_per_m2: Figure
    energy_kgce_per_person: Figure
    electricity_kwh_per_m2: Figure
    water_m3_per_person: Figure
    carbon_kg: Figure
    carbon_kg_per_m2: Figure
    coverage: Annotated[float | None, Field(description="0-1, the least of the meters; null: no meter")]


class EnergyOut(BaseModel):
    """The institutions, and the coefficients that all figures share; `end` is excluded."""

    start: date
    end: date
    coefficient_set: str
    grid_factor: GridFactorOut | None
    items: list[InstitutionEnergyOut]
