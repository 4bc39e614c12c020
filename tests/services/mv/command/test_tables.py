"""Tables on the terminal: figures as they are read, marks, and titles that stay on one line."""

import io
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from services.mv.command.tables import console, findings, kwh, saving_table, table
from services.mv.command.words import words

EN = words("en")


def printed(part: Table, width: int = 120) -> str:
    sink = io.StringIO()
    Console(file=sink, width=width, highlight=False).print(part)
    return sink.getvalue()


def answer(**changed: Any) -> dict[str, Any]:
    given = {
        "adjusted_baseline_kwh": 8800.0,
        "reporting_kwh": 3520.0,
        "savings_kwh": 5280.0,
        "uncertainty_kwh": 88.0,
        "periods": {"reporting": ["2026-01-01", "2026-02-01"]},
    }
    return given | changed


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.0, "0.0"), (-1234.56, "-1,234.6"), (1e6, "1,000,000.0")]
)
def test_energy_has_one_decimal(value: float | None, text: str) -> None:
    assert kwh(value) == text


def test_the_saving_and_its_band_are_shares_of_the_baseline() -> None:
    lines = printed(saving_table(answer(), EN)).splitlines()
    assert any("[2026-01-01, 2026-02-01)" in line and "8,800.0" in line for line in lines)
    assert any(line.split() == ["Saved", "5,280.0", "60.0"] for line in lines)
    assert any(line.split() == ["Band", "at", "90", "%", "±", "88.0", "1.0"] for line in lines)


def test_without_a_baseline_there_is_no_share() -> None:
    nothing = answer(adjusted_baseline_kwh=0.0, reporting_kwh=0.0, savings_kwh=0.0, uncertainty_kwh=0.0)
    assert any(line.split() == ["Saved", "0.0"] for line in printed(saving_table(nothing, EN)).splitlines())


def test_findings_have_a_mark_and_their_source() -> None:
    rows = [
        {"what": "ipmvp_r2", "figure": 0.6909, "limit": 0.75, "source": "IPMVP", "ok": False},
        {"what": "stipulated_share", "figure": 1, "limit": None, "source": "by hand", "ok": True},
        {"what": "baseline_days", "figure": 12345678, "limit": 328, "source": "x", "ok": True},
    ]
    lines = [line.split() for line in printed(findings(rows, "Gates", EN)).splitlines() if line.strip()]
    assert ["R²,", "IPMVP", "0.6909", "0.75", "✗", "IPMVP"] in lines
    assert ["stipulated", "share", "1", "–", "✓", "by", "hand"] in lines


def test_a_title_longer_than_its_table_stays_on_one_line() -> None:
    for title in (
        "Steps in the reporting data: put forward, not applied",
        "统计报告期内的阶跃变化：仅提示，未作调整",
    ):
        assert printed(table(title, "a", "b")).splitlines()[0].strip() == title


def test_a_pipe_is_wide_enough_for_the_tables() -> None:
    assert console().width >= 110
