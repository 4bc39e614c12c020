from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.mv.command.files import (
    Closure,
    FileRefused,
    Reading,
    Table,
    kinds_of,
    read_closures,
    read_table,
)
from tests.services.mv.circuits import WORKDAYS

SHANGHAI = Reading(ZoneInfo("Asia/Shanghai"))
UTC = Reading(ZoneInfo("Asia/Shanghai"), utc=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "b.csv"


def table(file: Path, text: str, reading: Reading = SHANGHAI) -> Table:
    file.write_text("time,temperature,energy_kwh\n" + text)
    return read_table(file, reading)


@pytest.mark.parametrize(
    ("cell", "reading", "local"),
    [
        ("2026-05-01", SHANGHAI, "2026-05-01T00"),
        ("2026-05-01", UTC, "2026-05-01T00"),  # a date is a local date, whatever stamps are
        ("2026-05-01 13:00", SHANGHAI, "2026-05-01T13"),
        ("2026-05-01T20:00", UTC, "2026-05-02T04"),
        ("2026-05-01T20:00Z", SHANGHAI, "2026-05-02T04"),
        ("2026-05-01T20:00+02:00", UTC, "2026-05-02T02"),
    ],
)
def test_a_time_is_a_local_time(file: Path, cell: str, reading: Reading, local: str) -> None:
    assert table(file, f"{cell},10,5\n", reading).times == (datetime.fromisoformat(local),)


def test_fahrenheit_is_celsius_from_here_on(file: Path) -> None:
    found = table(file, "2026-05-01,50,5\n", Reading(SHANGHAI.zone, fahrenheit=True))
    assert found.outdoor_c is not None
    assert found.outdoor_c.tolist() == [10]


def test_rows_come_in_any_order_and_empty_cells_are_unknown(file: Path) -> None:
    found = table(file, "2026-05-02,,\n2026-05-01,10,0\n")
    assert [at.day for at in found.times] == [1, 2]
    np.testing.assert_array_equal(found.energy_kwh, [0, np.nan])
    np.testing.assert_array_equal(found.outdoor_c, [10, np.nan])
    assert table(file, "2026-05-01,,1\n").outdoor_c is None


def test_a_row_twice_counts_once_and_rows_that_contradict_are_a_gap(file: Path) -> None:
    found = table(file, "2026-05-01,9,5\n2026-05-01,9,5\n2026-05-02,9,5\n2026-05-02,9,6\n2026-05-02,9,7\n")
    np.testing.assert_array_equal(found.energy_kwh, [5, np.nan])
    records = {record.what: (record.figure, record.ok) for record in found.records}
    assert records == {"rows_twice": (1, False), "rows_contradicting": (2, False)}


def test_further_columns_are_drivers(file: Path) -> None:
    file.write_text("time,energy_kwh,head_count\n2026-05-01,5,120\n2026-05-02,5,\n")
    found = read_table(file, Reading(SHANGHAI.zone, drivers=("head_count",)))
    np.testing.assert_array_equal(found.drivers["head_count"], [120, np.nan])
    with pytest.raises(FileRefused, match="line 1: needs the columns time and floor_area and energy_kwh"):
        read_table(file, Reading(SHANGHAI.zone, drivers=("floor_area",)))


def test_bills_have_ends_and_estimates(file: Path) -> None:
    file.write_text("time,end,energy_kwh,estimated\n2026-05-01,2026-06-01,5,yes\n2026-06-01,,6,\n")
    found = read_table(file, SHANGHAI)
    assert found.ends == (date(2026, 6, 1), None)
    assert found.estimated == (True, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("start\n2026-05-01\n", "line 1: needs the columns start and end"),
        ("start,end\n2026-05-01,soon\n", "line 2: start and end are local dates"),
        ("start,end\n2026-05-02,2026-05-01\n", "line 2: ends before it starts"),
        (
            "start,end,days\n2026-05-01,2026-05-01,sundays\n",
            "line 2: .* days is neither",
        ),
        ("start,end,kind\n2026-05-01,2026-05-01,base\n", "line 2: kind 'base' is the engine's own word"),
    ],
)
def test_bad_closures_are_named_with_their_line(file: Path, text: str, reason: str) -> None:
    file.write_text(text)
    with pytest.raises(FileRefused, match=reason):
        read_closures(file)


def test_closures_name_kinds_of_days(file: Path) -> None:
    file.write_text(
        "start,end,kind,days\n2026-07-01,2026-08-31,vacation,all\n2026-05-11,2026-05-17,exams,working\n"
        "2026-08-20,2026-08-20,,\n"
    )
    closures = read_closures(file)
    assert closures[0] == Closure(date(2026, 7, 1), date(2026, 8, 31), "vacation", True)
    days = [date(2026, 5, 15), date(2026, 5, 16), date(2026, 7, 4), date(2026, 8, 20), date(2026, 9, 1)]
    kinds = kinds_of(days, closures, WORKDAYS.is_working_day)
    assert kinds == ("exams", None, "vacation", "closure", None)
    assert kinds_of(days, (), WORKDAYS.is_working_day) is None


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"time,energy_kwh\n\xff\xfe\n")
    with pytest.raises(FileRefused, match=r"b\.csv"):
        read_table(file, SHANGHAI)
