"""The coefficient table: sources and marks on every row, and the factor of the day of the report."""

from datetime import date
from pathlib import Path

import pytest

from services.indicators.coefficients import TABLE, CoefficientError, load_coefficients

COEFFICIENTS = load_coefficients()


@pytest.mark.parametrize(
    ("day", "data_year", "factor"),
    [
        (date(2026, 11, 22), 2023, 0.4044),
        (date(2025, 12, 31), 2023, 0.4044),
        (date(2025, 12, 30), 2022, 0.4364),
        (date(2024, 4, 12), 2021, 0.3672),
    ],
)
def test_latest_factor_published_by_the_day_of_the_report(day: date, data_year: int, factor: float) -> None:
    grid = COEFFICIENTS.at(day, region="hubei").grid
    assert grid is not None
    assert (grid.data_year, grid.kg_per_kwh) == (data_year, factor)


def test_a_region_without_a_newer_row_keeps_its_latest() -> None:
    grid = COEFFICIENTS.at(date(2026, 11, 22), region="central_china").grid
    assert grid is not None
    assert grid.data_year == 2022


def test_id_names_the_set_and_the_grid_factor() -> None:
    chosen = COEFFICIENTS.at(date(2026, 11, 22), region="hubei")
    assert chosen.id == "GB/T 2589-2020 dangliang; grid hubei 2023"


def test_an_unknown_region_or_set_is_named() -> None:
    with pytest.raises(CoefficientError, match=r"atlantis.*hubei"):
        COEFFICIENTS.at(date(2026, 1, 1), region="atlantis")
    with pytest.raises(CoefficientError, match="no coefficient set 'x'"):
        COEFFICIENTS.at(date(2026, 1, 1), region="hubei", coal_set="x")


def test_every_set_has_every_energy() -> None:
    energies = {"electricity", "gas", "heat", "gasoline", "diesel"}
    assert all(set(kgce) == energies for kgce in COEFFICIENTS.coal_sets.values())
    assert COEFFICIENTS.coal_sets["GB/T 2589-2020 dangliang, oil-field gas"]["gas"] == 1.33


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('mark = "V2"', 'mark = "sure"', "needs a source"),
        ('source = "MEE announcement 2025 no. 47"', 'source = ""', "needs a source"),
        ("kg_per_kwh = 0.5306", "kg_per_kwh = -1.0", "not positive"),
        ("kg_per_kwh = 0.5306", "kg = 0.5306", "lacks 'kg_per_kwh'"),
    ],
)
def test_a_row_without_source_mark_or_value_is_refused(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    broken = tmp_path / "coefficients.toml"
    text = TABLE.read_text(encoding="utf-8")
    assert old in text
    broken.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CoefficientError, match=complaint):
        load_coefficients(broken)
