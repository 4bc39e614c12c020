"""When a month is final: whole, or past its patience, which is dated configuration."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.savings.meter_days import MeterDays
from services.savings.settlement.finality import Patience, PatienceError, final_from, is_final, load_patience

END = date(2025, 7, 1)
LINES = (Patience(date(2000, 1, 1), 10, "a", "V"), Patience(date(2025, 8, 1), 3, "b", "M"))


def june(*coverage: float) -> MeterDays:
    """Two days of one meter at the end of June."""
    row = np.array([coverage])
    days = (date(2025, 6, 29), date(2025, 6, 30))
    return MeterDays(("m",), days, (True, True), None, row, row, row)


def test_the_built_in_patience_is_dated_and_names_its_source() -> None:
    (line,) = load_patience()
    assert (line.days, line.mark) == (10, "V")
    assert "day 10" in line.source


@pytest.mark.parametrize(
    ("coverage", "today", "final"),
    [
        ((1.0, 1.0), END, True),
        ((1.0, 1.0), END - timedelta(days=1), False),
        ((1.0, 0.999), END, False),
        ((1.0, 0.9996), END, True),
        ((1.0, float("nan")), END + timedelta(days=9), False),
        ((0.0, 0.0), END + timedelta(days=10), True),
    ],
)
def test_a_month_is_final_once_whole_or_once_patience_ends(
    coverage: tuple[float, float], today: date, final: bool
) -> None:
    assert is_final(june(*coverage), end=END, today=today) is final


def test_one_meter_that_lacks_a_day_keeps_the_month_open() -> None:
    two = np.array([[1.0, 1.0], [1.0, 0.5]])
    days = MeterDays(("a", "b"), june(1, 1).days, (True, True), None, two, two, two)
    assert not is_final(days, end=END, today=END)


def test_patience_is_that_in_force_at_the_months_end() -> None:
    assert final_from(END, LINES) == date(2025, 7, 11)
    assert final_from(date(2025, 8, 1), LINES) == date(2025, 8, 4)
    assert final_from(date(1999, 1, 1), LINES) == date(1999, 1, 11)


@given(st.integers(0, 60), st.floats(0, 1))
def test_what_is_final_stays_final(days: int, coverage: float) -> None:
    found = [
        is_final(june(coverage, 1.0), end=END, today=END + timedelta(days=n), lines=LINES)
        for n in range(days, days + 3)
    ]
    assert found == sorted(found)


BELOW = '[[patience]]\neffective_from = 2000-01-01\ndays = -1\nsource = "x"\nmark = "M"'


@pytest.mark.parametrize("text", ["", "patience = 1", "[[patience]]\ndays = 1", BELOW, "[["])
def test_a_file_that_says_no_patience_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settlement.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PatienceError, match=r"settlement\.toml"):
        load_patience(file)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PatienceError, match=r"nowhere\.toml"):
        load_patience(tmp_path / "nowhere.toml")
