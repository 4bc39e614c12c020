"""Files that would once have been believed: each is refused with its place, or told in a record."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.mv.command.main import main
from tests.services.mv.command.buildings import AFTER, Run, Write, bills, cooled, files, hour_rows, rows_of
from tests.services.mv.hourly import office_hours

Rows = list[tuple[object, ...]]
BILL_STARTS = (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1))


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Any:
    def reason(arguments: Sequence[str]) -> str:
        assert main([*arguments, "--json"]) == 2
        printed = capsys.readouterr()
        assert (printed.out, printed.err.count("\n")) == ("", 1)
        return printed.err

    return reason


def odd(found: dict[str, Any]) -> dict[str, float]:
    return {row["what"]: row["figure"] for row in found["records"] if not row["ok"]}


def changed(daily: list[str], column: int, text: str, *, line: int = 6) -> list[str]:
    file = Path(daily[3])
    lines = file.read_text().splitlines()
    cells = lines[line - 1].split(",")
    cells[column] = text
    lines[line - 1] = ",".join(cells)
    file.write_text("\n".join(lines))
    return daily


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        (0, "2205-05-19", "r.csv, line 6, column time: 2205-05-19 is 180 years from the middle of the file"),
        (0, "0001-05-19", "r.csv, line 6, column time: 0001-05-19 is 2024 years from the middle of the file"),
        (0, "9999-12-31T23:00Z", "r.csv, line 6, column time: '9999-12-31T23:00Z' is not a local date"),
        (1, "-9999", "r.csv, line 6, column temperature: -9999 is no outdoor temperature: leave unknown"),
        (1, "-99.9", "r.csv, line 6, column temperature: -99.9 is no outdoor temperature"),
        (1, "999.9", "r.csv, line 6, column temperature: 999.9 is no outdoor temperature"),
        (2, "1e160", "r.csv, line 6, column energy_kwh: 1e160 is more than any row holds"),
        (2, '"0,123"', "r.csv, line 6, column energy_kwh: '0,123' is not a finite number"),
        (2, '"5', "r.csv, line 6: a quotation mark here has no partner"),
    ],
)
def test_one_slip_is_refused_where_it_stands(
    daily: list[str], refused: Any, column: int, text: str, reason: str
) -> None:
    assert reason in refused(changed(daily, column, text))


def test_the_coldest_and_hottest_air_there_was_is_believed(daily: list[str], run: Run) -> None:
    coldest = run(*changed(daily, 1, "-89.2"))
    assert odd(coldest)["reporting_days_colder_than_baseline"] >= 1
    assert odd(run(*changed(daily, 1, "56.7"), "--unit", "c"))["reporting_temperature_hottest_c"] == 56.7


def billed(write: Write, rows: Rows, heading: str = "end") -> list[str]:
    arguments = files(write, bills(cooled(), 1), [])
    file = Path(arguments[3])
    body = [",".join(map(str, row)) for row in rows]
    file.write_text("\n".join([f"time,temperature,energy_kwh,{heading}", *body]))
    return arguments


def four_bills() -> Rows:
    ends = [*BILL_STARTS[1:], date(2025, 5, 1)]
    days = [(end - start).days for start, end in zip(BILL_STARTS, ends, strict=True)]
    return [
        (start, 12 + i, 100 * n, end)
        for i, (start, n, end) in enumerate(zip(BILL_STARTS, days, ends, strict=True))
    ]


def test_bills_that_share_days_would_save_them_twice(write: Write, refused: Any) -> None:
    rows = four_bills()
    rows[1] = (*rows[1][:3], date(2025, 3, 4))
    reason = (
        "r.csv, line 4, column time: this bill begins on 2025-03-01, before that of line 3 ends (2025-03-04)"
    )
    assert reason in refused(billed(write, rows))


@pytest.mark.parametrize("end", [date(2025, 2, 1), date(2025, 1, 3)])
def test_a_bill_that_ends_before_it_begins_is_refused(write: Write, refused: Any, end: date) -> None:
    rows = four_bills()
    rows[1] = (*rows[1][:3], end)
    assert "r.csv, line 3, column end: it is not after 2025-02-01" in refused(billed(write, rows))


def test_days_between_bills_are_told(write: Write, run: Run) -> None:
    rows = four_bills()
    assert "reporting_days_without_bill" not in odd(run(*billed(write, rows)))
    gone = run(*billed(write, [*rows[:1], *rows[2:]]))
    assert odd(gone)["reporting_days_without_bill"] == 28
    inclusive = [(*row[:3], row[3] - timedelta(days=1)) for row in rows if isinstance(row[3], date)]
    assert odd(run(*billed(write, inclusive)))["reporting_days_without_bill"] == 3


def test_two_bills_of_one_day_that_end_apart_contradict_each_other(write: Write, run: Run) -> None:
    rows = four_bills()
    found = run(*billed(write, [*rows, (*rows[3][:3], date(2025, 5, 5))]))
    assert odd(found)["reporting_rows_contradicting"] == 1
    assert odd(found)["reporting_days_left_out"] == found["periods"]["reporting_days_left_out"] == 30


def test_the_days_of_bills_are_counted_as_days(write: Write, run: Run) -> None:
    found = run(*billed(write, four_bills()))
    periods = found["periods"]
    assert periods["baseline"] == ["2024-05-01", "2025-05-01"]
    assert periods["reporting"] == ["2025-01-01", "2025-05-01"]
    assert (periods["reporting_days_measured"], periods["reporting_days_left_out"]) == (120, 0)
    assert [month["days_measured"] for month in found["months"]] == [31, 28, 31, 30]


@pytest.mark.parametrize(
    ("option", "value"), [("--driver", "people"), ("--closures", "c.csv"), ("--latitude", "30")]
)
def test_what_bills_cannot_use_is_not_passed_over(
    write: Write, tmp_path: Path, refused: Any, option: str, value: str
) -> None:
    closures = tmp_path / "c.csv"
    closures.write_text("start,end\n2025-01-05,2025-01-20\n")
    arguments = billed(write, [(*row, 7) for row in four_bills()], "end,people")
    baseline = Path(arguments[1])
    lines = baseline.read_text().splitlines()
    baseline.write_text("\n".join([lines[0] + ",people", *(line + ",7" for line in lines[1:])]))
    more = ["--longitude", "114"] if option == "--latitude" else []
    given = str(closures) if value == "c.csv" else value
    assert f"b.csv: {option} is for days and hours" in refused([*arguments, option, given, *more])


def test_one_stamp_alone_is_neither_hour_nor_day(write: Write, run: Run, refused: Any) -> None:
    days = rows_of(cooled())
    hour = hour_rows(office_hours(1, start=AFTER))[:1]
    assert "r.csv, line 2, column time: one time stamp alone" in refused(files(write, days, hour))
    whole = run(*files(write, days, rows_of(cooled(AFTER))[:1]))
    assert whole["periods"]["reporting_days_measured"] == 1


def test_hours_that_a_mean_stands_for_are_counted(write: Write, run: Run) -> None:
    before, after = hour_rows(office_hours(120)), hour_rows(office_hours(60, seed=5, start=AFTER))
    assert "reporting_hours_without_energy" not in odd(run(*files(write, before, after)))
    found = run(*files(write, before, [*after[:400], *after[401:]]))
    assert odd(found)["reporting_hours_without_energy"] == 1
    assert found["periods"]["reporting_days_left_out"] == 0


def test_as_many_rows_as_coefficients_leave_no_band(write: Write, refused: Any) -> None:
    days = rows_of(cooled())
    after = rows_of(cooled(AFTER))
    told = refused(files(write, days[:1], after))
    assert "b.csv: 1 complete rows for 1 coefficients leave nothing to learn the band from" in told


def test_exchanged_files_are_told(daily: list[str], run: Run) -> None:
    exchanged = [daily[0], daily[3], daily[2], daily[1]]
    assert odd(run(*exchanged))["days_reported_before_baseline"] == 365
    assert "days_reported_before_baseline" not in odd(run(*daily))


def test_closures_of_a_mistyped_year_are_told(daily: list[str], tmp_path: Path, run: Run) -> None:
    closures = tmp_path / "c.csv"
    closures.write_text("start,end,Tag\n2014-07-01,2014-08-31,x\n")
    found = odd(run(*daily, "--closures", str(closures)))
    assert (found["closures_elsewhere"], found["closures_columns_not_read"]) == (1, 1)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--method", "3ph", "--heating-point", "nan"], "'nan' is not a finite number"),
        (["--method", "3pc", "--cooling-point", "inf"], "'inf' is not a finite number"),
        (["--method", "3pc", "--cooling-point", "warm"], "'warm' is not a finite number"),
        (["--method", "5p", "--heating-point", "25", "--cooling-point", "10"], "lies above the cooling"),
        (["--method", "4p", "--heating-point", "10", "--cooling-point", "25"], "4p has one"),
        (["--latitude", "95", "--longitude", "10"], "--latitude is from -90 to 90"),
        (["--latitude", "nan", "--longitude", "10"], "--latitude is from -90 to 90"),
        (["--driver", "energy_kwh"], "--driver: energy_kwh is the engine's own word"),
        (["--driver", "Energy_kWh"], "--driver: Energy_kWh is the engine's own word"),
        (["--driver", "working_day"], "--driver: working_day is the engine's own word"),
    ],
)
def test_options_that_would_mean_nothing_are_refused(
    daily: list[str], refused: Any, options: list[str], reason: str
) -> None:
    assert reason in refused([*daily, *options])


def test_the_missing_temperature_is_named_with_its_file(write: Write, tmp_path: Path, refused: Any) -> None:
    arguments = files(write, rows_of(cooled()), [])
    bare = tmp_path / "bare.csv"
    bare.write_text(
        "\n".join(["time,energy_kwh", *(f"{day},{kwh}" for day, _, kwh in rows_of(cooled(AFTER)))])
    )
    assert "bare.csv: the reporting file has no temperature" in refused([*arguments[:3], str(bare)])


def test_a_picture_does_not_overwrite_what_it_is_drawn_from(daily: list[str], refused: Any) -> None:
    before = Path(daily[1]).read_text()
    assert "b.csv: it is an input file" in refused([*daily, "--plot", daily[1]])
    assert Path(daily[1]).read_text() == before
