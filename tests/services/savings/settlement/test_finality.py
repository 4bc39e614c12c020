"""When a month is final: whole, or past its patience, which is dated configuration."""

from dataclasses import replace
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
    assert is_final(june(*coverage), end=END, today=today, lines=load_patience()) is final


def test_one_meter_that_lacks_a_day_keeps_the_month_open() -> None:
    two = np.array([[1.0, 1.0], [1.0, 0.5]])
    days = MeterDays(("a", "b"), june(1, 1).days, (True, True), None, two, two, two)
    assert not is_final(days, end=END, today=END, lines=LINES)


@pytest.mark.parametrize(
    ("outdoor_c", "final"), [((21.5, 22.0), True), ((21.5, float("nan")), False), ((0.0, -3.0), True)]
)
def test_weather_that_was_asked_for_is_waited_for_as_readings_are(
    outdoor_c: tuple[float, float], final: bool
) -> None:
    days = replace(june(1.0, 1.0), outdoor_c=np.array(outdoor_c))
    assert is_final(days, end=END, today=END, lines=LINES) is final
    assert is_final(days, end=END, today=END + timedelta(days=9), lines=LINES) is final
    assert is_final(days, end=END, today=END + timedelta(days=10), lines=LINES)
    assert not is_final(days, end=END, today=END - timedelta(days=1), lines=LINES)
    gap = replace(june(1.0, 0.5), outdoor_c=np.array(outdoor_c))
    assert not is_final(gap, end=END, today=END, lines=LINES)


def test_what_is_not_metered_is_not_waited_for() -> None:
    none = np.zeros((0, 2))
    days = MeterDays((), june(1, 1).days, (True, True), None, none, none, none)
    assert is_final(days, end=END, today=END, lines=LINES)


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


GOOD = """
[[patience]]
effective_from = 2026-07-01
days = 15
source = "contract 2026-07, clause 9"
mark = "V"
"""


@pytest.fixture(name="file")
def own_file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def test_lines_of_ones_own_stand_beside_the_built_in_ones(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    lines = load_patience(file)
    own = Patience(date(2026, 7, 1), 15, "contract 2026-07, clause 9", "V")
    assert lines == (*load_patience(), own)
    assert final_from(date(2026, 6, 1), lines) == date(2026, 6, 11)
    assert final_from(date(2026, 7, 1), lines) == date(2026, 7, 16)


def test_a_line_of_ones_own_takes_the_place_of_a_built_in_one_of_the_same_day(file: Path) -> None:
    (built_in,) = load_patience()
    file.write_text(GOOD.replace("2026-07-01", built_in.effective_from.isoformat()), encoding="utf-8")
    (line,) = load_patience(file)
    assert line.days == 15


def test_a_file_without_lines_changes_nothing(file: Path) -> None:
    file.write_text("# none yet\n", encoding="utf-8")
    assert load_patience(file) == load_patience()


WRONG = [
    ("days = 15", "days = -1", "patience.0.days: Input should be greater than or equal to 0"),
    ("days = 15", "days = 367", "patience.0.days: Input should be less than or equal to 366"),
    ("days = 15", "days = 1.0", "patience.0.days: Input should be a valid integer"),
    ("days = 15", "days = true", "patience.0.days: Input should be a valid integer"),
    ("days = 15\n", "", "patience.0.days: Field required"),
    ("2026-07-01", '"soon"', "patience.0.effective_from: "),
    ('mark = "V"', 'mark = "sure"', "patience.0.mark: Input should be 'V', 'V2', 'M' or 'mem'"),
    ('"contract 2026-07, clause 9"', '" "', "patience.0.source: "),
    ('mark = "V"', 'mark = "V"\nfor = "hall"', "patience.0.for: Extra inputs are not permitted"),
    ("[[patience]]", "[[patiences]]", "patiences: Extra inputs are not permitted"),
    ("[[patience]]", "[patience]", "patience: "),
    ("[[patience]]", "[[", "not TOML ("),
    ('mark = "V"\n', f'mark = "V"\n{GOOD}', "patience: two lines have the same effective_from"),
]


@pytest.mark.parametrize(("there", "instead", "reason"), WRONG, ids=[row[2] for row in WRONG])
def test_what_is_wrong_is_named_with_file_key_and_reason_in_one_line(
    file: Path, there: str, instead: str, reason: str
) -> None:
    assert there in GOOD
    file.write_text(GOOD.replace(there, instead, 1), encoding="utf-8")
    with pytest.raises(PatienceError) as caught:
        load_patience(file)
    assert str(caught.value).startswith(f"{file}: {reason}")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, file: Path) -> None:
    for path in (file, tmp_path):
        with pytest.raises(PatienceError, match=f"^{path}: "):
            load_patience(path)
    file.write_bytes(b"\xff")
    with pytest.raises(PatienceError, match=f"^{file}: not TOML"):
        load_patience(file)
