import math
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mv.command.cells import day, flag, number, stamp, whole
from services.mv.command.refusals import FileRefused
from services.mv.command.rows import Row


def row(text: str, *, thousands: bool = True) -> Row:
    return Row(Path("b.csv"), 7, {"x": text}, thousands)


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("-5.", -5), (".5", 0.5), ("1e3", 1000), ("1,234", 1234), ("-12,345,678.9", -12345678.9)],
)
def test_numbers_and_their_thousands(text: str, value: float) -> None:
    assert number(row(text), "x") == value


def test_an_empty_cell_and_a_column_that_is_not_there_are_unknown() -> None:
    assert math.isnan(number(row(""), "x"))
    assert math.isnan(number(row("5"), "y"))


@pytest.mark.parametrize(
    "text", ["much", "nan", "inf", "1e999", "12,5", "1,23,456", "1_000", "5 kWh", "-", "N/A", "１２", "0x10"]
)
def test_what_is_no_number_in_one_way_only_is_refused(text: str) -> None:
    with pytest.raises(FileRefused, match=r"^b\.csv, line 7, column x: .* is not a finite number"):
        number(row(text), "x")


def test_with_semicolons_a_comma_could_be_a_decimal_point() -> None:
    with pytest.raises(FileRefused, match="'1,234' is not a finite number: write digits"):
        number(row("1,234", thousands=False), "x")


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_every_float_as_it_is_printed_is_itself(value: float) -> None:
    assert number(row(repr(value)), "x") == value
    grouped = f"{value:,.3f}"
    assert number(row(grouped), "x") == float(f"{value:.3f}")


@pytest.mark.parametrize("text", ["0,123", "-0,402", "00,123", "0,123.5"])
def test_a_comma_after_a_lone_zero_groups_no_digits(text: str) -> None:
    with pytest.raises(FileRefused, match=f"'{text}' is not a finite number"):
        number(row(text), "x")


@pytest.mark.parametrize("text", ["1e13", "-1e160", "1000000000001", "9,000,000,000,000"])
def test_more_than_any_row_holds_is_a_slip(text: str) -> None:
    with pytest.raises(FileRefused, match=f"{text} is more than any row holds"):
        number(row(text), "x")
    assert number(row("1e12"), "x") == 1e12


def test_whole_numbers_may_have_a_point() -> None:
    assert [whole(row(text), "x") for text in ("20", "20.0", "1,000")] == [20, 20, 1000]
    for text in ("20.5", ""):
        with pytest.raises(FileRefused, match="is not a whole number"):
            whole(row(text), "x")


def test_yes_and_no() -> None:
    assert all(flag(row(text), "x") for text in ("yes", "TRUE", "1", "是"))
    assert not any(flag(row(text), "x") for text in ("", "no", "0", "否"))
    with pytest.raises(FileRefused, match="'perhaps' is neither yes nor no"):
        flag(row("perhaps"), "x")


@pytest.mark.parametrize(
    "text",
    ["2026-05-01", "2026-5-1", "2026/5/1", "2026/05/01", "2026.5.1", "2026年5月1日", "20260501"],
)
def test_a_date_has_its_year_first(text: str) -> None:
    found = stamp(row(text), "x")
    assert found == date(2026, 5, 1)
    assert not isinstance(found, datetime)
    assert day(row(text), "x") == found


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026/5/1 8:30", "2026-05-01T08:30"),
        ("2026-05-01T08:30:00.000", "2026-05-01T08:30"),
        ("2026-05-01 08:30:15", "2026-05-01T08:30:15"),
        ("2026-05-01T08:30Z", "2026-05-01T08:30+00:00"),
        ("2026-05-01T08:30:00.500+0800", "2026-05-01T08:30+08:00"),
        ("20260501T0830", "2026-05-01T08:30"),
    ],
)
def test_a_stamp_may_have_its_offset(text: str, iso: str) -> None:
    assert stamp(row(text), "x") == datetime.fromisoformat(iso)
    with pytest.raises(FileRefused, match="is a time stamp where a date is wanted"):
        day(row(text), "x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5/31/2026", "can be read in two ways: write the year first"),
        ("31.5.26 8:00", "can be read in two ways"),
        ("46143", "is a spreadsheet's number of a day (2026-05-01?): format the column as yyyy-mm-dd"),
        ("46143.5", "(2026-05-01?)"),
        ("2026-05-01 24:00", "marks the end of an hour: a stamp is the start of its row"),
        ("2026-02-29", "is not a local date like 2026-05-31"),
        ("2026-05-01 8:00 PM", "is not a local date like 2026-05-31, nor a time stamp"),
        ("2026-05-01T25:00", "is not a local date"),
        ("soon", "is not a local date"),
        ("", "is not a local date"),
    ],
)
def test_a_time_that_could_be_another_is_refused_with_the_way_out(text: str, reason: str) -> None:
    with pytest.raises(FileRefused) as caught:
        stamp(row(text), "x")
    assert str(caught.value).startswith("b.csv, line 7, column x: ")
    assert reason in str(caught.value)


@given(st.datetimes(min_value=datetime.fromisoformat("1000-01-01"), timezones=st.sampled_from([None])))
def test_every_stamp_as_it_is_printed_is_itself(at: datetime) -> None:
    whole_seconds = at.replace(microsecond=0)
    assert stamp(row(whole_seconds.isoformat()), "x") == whole_seconds
    assert stamp(row(f"{at.year}/{at.month}/{at.day} {at:%H:%M:%S}"), "x") == whole_seconds
