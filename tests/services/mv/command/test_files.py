from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.mv.command.files import Reading, Table, read_table
from services.mv.command.refusals import FileRefused

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
    records = {record.what: record for record in found.records if not record.ok}
    assert {what: record.figure for what, record in records.items()} == {
        "rows_twice": 1,
        "rows_contradicting": 2,
    }
    assert records["rows_twice"].source == "counted once (line 3)"
    assert records["rows_contradicting"].source == "energy is unknown there (line 5)"


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("2026-05-01T00:00,9,5\n2026-05-01T01:00,9,5\n", 0),
        ("2026-05-01T00:00,9,5\n2026-05-01T01:00,9,5\n2026-05-01T02:00+08:00,9,5\n", 1),
        ("2026-05-01T02:00Z,9,5\n2026-05-01T03:00+08:00,9,5\n", 0),
        ("2026-05-01,9,5\n2026-05-01 01:00,9,5\n2026-05-01 02:00,9,5\n2026-05-02,9,5\n", 2),
    ],
)
def test_times_written_in_two_ways_are_told(file: Path, text: str, mixed: int) -> None:
    record = next(record for record in table(file, text).records if record.what == "time_stamps_mixed")
    assert (record.figure, record.ok) == (mixed, mixed == 0)


def test_columns_that_are_not_read_are_named(file: Path) -> None:
    file.write_text("time,temp,energy_kwh,remark\n2026-05-01,9,5,x\n")
    found = read_table(file, SHANGHAI)
    record = next(record for record in found.records if record.what == "columns_not_read")
    assert (record.figure, record.source, record.ok) == (2, "temp, remark", False)
    assert found.outdoor_c is None


@pytest.mark.parametrize(("hottest", "ok"), [(30, False), (44.9, False), (45, True), (88, True)])
def test_a_summer_below_45_f_is_doubted(file: Path, hottest: float, ok: bool) -> None:
    rows = f"2026-01-01,10,5\n2026-07-01,{hottest},5\n"
    in_f = {
        record.what: record for record in table(file, rows, Reading(SHANGHAI.zone, fahrenheit=True)).records
    }
    assert (in_f["temperature_hottest_f"].figure, in_f["temperature_hottest_f"].ok) == (hottest, ok)
    assert "temperature_hottest_f" not in {record.what for record in table(file, rows).records}


def test_further_columns_are_drivers(file: Path) -> None:
    file.write_text("time,energy_kwh,head_count\n2026-05-01,5,120\n2026-05-02,5,\n")
    found = read_table(file, Reading(SHANGHAI.zone, drivers=("head_count",)))
    np.testing.assert_array_equal(found.drivers["head_count"], [120, np.nan])
    with pytest.raises(
        FileRefused,
        match="line 1: needs the columns floor_area; the heading has time, energy_kwh, head_count",
    ):
        read_table(file, Reading(SHANGHAI.zone, drivers=("floor_area",)))


def test_bills_have_ends_and_estimates(file: Path) -> None:
    file.write_text("time,end,energy_kwh,estimated\n2026-05-01,2026-06-01,5,yes\n2026-06-01,,6,\n")
    found = read_table(file, SHANGHAI)
    assert found.ends == (date(2026, 6, 1), None)
    assert found.estimated == (True, False)


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"time,energy_kwh\n\xff\xfe\n")
    with pytest.raises(FileRefused, match=r"b\.csv"):
        read_table(file, SHANGHAI)
