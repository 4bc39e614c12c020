"""Coefficients as dated data: standard coal per unit, densities, emission and grid factors, with sources.

`Coefficients` is the whole table of `coefficients.toml`; `Coefficients.at(day)` gives the `CoefficientSet`
in force for a report made on that day, whose `id` goes with every figure computed from it: figures of
different sets are never compared.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("coefficients.toml")
DEFAULT_COAL_SET = "GB/T 2589-2020 dangliang"
MARKS = frozenset({"V", "V2", "M"})


class CoefficientError(ValueError):
    """The table lacks what is asked for, or a row is malformed; the message names it."""


@dataclass(frozen=True, slots=True)
class GridFactor:
    """Carbon dioxide of a grid's electricity [kg/kWh] in one data year, and when it was made public."""

    region: str
    data_year: int
    published_on: date
    kg_per_kwh: float
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class CoefficientSet:
    """What one report computes with.

    `kgce` is standard coal per unit: electricity [kgce/kWh], gas [kgce/m³], heat [kgce/GJ], gasoline and
    diesel [kgce/kg]; `kg_per_litre` the fuels' densities; `co2_kg` the emission of gas [kg/m³] and heat
    [kg/GJ]; `grid` is None when no factor of the region was public yet.
    """

    coal_set: str
    kgce: Mapping[str, float]
    kg_per_litre: Mapping[str, float]
    co2_kg: Mapping[str, float]
    grid: GridFactor | None

    @property
    def id(self) -> str:
        """Names the set and the grid factor, for example `GB/T 2589-2020 dangliang; grid hubei 2023`."""
        grid = f"grid {self.grid.region} {self.grid.data_year}" if self.grid else "no grid factor"
        return f"{self.coal_set}; {grid}"


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The table, read once: `at` picks what is in force."""

    coal_sets: Mapping[str, Mapping[str, float]]
    kg_per_litre: Mapping[str, float]
    co2_kg: Mapping[str, float]
    grid_factors: Sequence[GridFactor]

    def at(self, day: date, *, region: str, coal_set: str = DEFAULT_COAL_SET) -> CoefficientSet:
        """The set for a report made on `day`: the region's latest grid factor published by then.

        Raises `CoefficientError` for a region or set that the table does not have.
        """
        if coal_set not in self.coal_sets:
            raise CoefficientError(f"no coefficient set {coal_set!r}; there are {sorted(self.coal_sets)}")
        of_region = [factor for factor in self.grid_factors if factor.region == region]
        if not of_region:
            regions = sorted({factor.region for factor in self.grid_factors})
            raise CoefficientError(f"no grid factor for region {region!r}; there are {regions}")
        public = [factor for factor in of_region if factor.published_on <= day]
        latest = max(public, key=lambda factor: (factor.published_on, factor.data_year), default=None)
        return CoefficientSet(coal_set, self.coal_sets[coal_set], self.kg_per_litre, self.co2_kg, latest)


def load_coefficients(path: Path = TABLE) -> Coefficients:
    """Read a table; raises `CoefficientError` that names the row without a value, a source or a mark."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return Coefficients(
            coal_sets={
                row["id"]: {line["energy"]: _value(line, "kgce") for line in row["coefficient"]}
                for row in document["set"]
            },
            kg_per_litre={row["fuel"]: _value(row, "kg_per_litre") for row in document["density"]},
            co2_kg={row["energy"]: _value(row, "kg") for row in document["emission"]},
            grid_factors=tuple(_grid(row) for row in document["grid"]),
        )
    except KeyError as missing:
        raise CoefficientError(f"{path.name}: a row lacks {missing}") from missing


def _grid(row: Mapping[str, Any]) -> GridFactor:
    value = _value(row, "kg_per_kwh")
    return GridFactor(row["region"], row["data_year"], row["published_on"], value, row["source"], row["mark"])


def _value(row: Mapping[str, Any], key: str) -> float:
    value = float(row[key])
    if value <= 0:
        raise CoefficientError(f"{dict(row)}: {key} is not positive")
    if not row["source"] or row["mark"] not in MARKS:
        raise CoefficientError(f"{dict(row)}: needs a source, and a mark of {sorted(MARKS)}")
    return value
