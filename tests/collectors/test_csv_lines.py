"""A CSV file, line by line."""

from pathlib import Path

import pytest

from collectors.csv_lines import Broken, Line, open_csv

HEADER = "institution,meter,time,energy_kwh\n"


def lines(tmp_path: Path, content: str | bytes) -> list[Line | Broken]:
    path = tmp_path / "readings.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(open_csv(path).lines())


def reasons(found: list[Line | Broken]) -> list[tuple[int, str]]:
    return [(line.number, line.reason) for line in found if isinstance(line, Broken)]


def test_a_line_is_its_cells_and_where_it_stands(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, HEADER + "hall, main ,2026-06-01T08:00:00Z, 5.5\r\n")
    assert isinstance(line, Line)
    assert (line.institution, line.meter, line.time) == ("hall", "main", "2026-06-01T08:00:00Z")
    assert line.values == {"energy_kwh": "5.5"}
    assert (line.number, line.text) == (2, "hall, main ,2026-06-01T08:00:00Z, 5.5")
    assert line.position == (tmp_path / "readings.csv").stat().st_size


def test_columns_come_in_any_order_and_case(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, '"Energy_kWh",TIME,meter,Institution\n7,2026-06-01T08:00:00Z,m,i\n')
    assert isinstance(line, Line)
    assert (line.institution, line.meter, line.values) == ("i", "m", {"energy_kwh": "7"})


def test_an_empty_cell_is_a_gap(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, "institution,meter,time,energy_kwh,power_kw\ni,m,2026-06-01 08:00,,3\n")
    assert isinstance(line, Line)
    assert line.values == {"power_kw": "3"}


@pytest.mark.parametrize("date", ["2026-06-01", "2026/6/1", "2026/06/1"])
def test_a_date_alone_is_the_start_of_its_day(tmp_path: Path, date: str) -> None:
    (line,) = lines(tmp_path, HEADER + f"i,m,{date},5\n")
    assert isinstance(line, Line)
    assert line.time == f"{date} 00:00"


def test_blank_lines_are_passed_over_and_numbers_stay_true(tmp_path: Path) -> None:
    found = lines(tmp_path, "\n" + HEADER + "\n   \ni,m,2026-06-01 08:00,5\n\n")
    assert [line.number for line in found] == [5]


def test_what_one_line_breaks_stays_in_that_line(tmp_path: Path) -> None:
    found = lines(
        tmp_path,
        HEADER
        + 'i,m,2026-06-01 08:00,"5\ni,m,2026-06-01 09:00\ni,m,2026-06-01 10:00,5,6\n'
        + '"i","m","2026-06-01 11:00","6"\n',
    )
    assert [number for number, _ in reasons(found)] == [2, 3, 4]
    assert reasons(found)[0][1].startswith("malformed-csv: ")
    assert reasons(found)[1][1] == "columns: 3 where the header has 4"
    assert reasons(found)[2][1] == "columns: 5 where the header has 4"
    assert isinstance(found[3], Line)
    assert found[3].values == {"energy_kwh": "6"}


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + (HEADER + "i,市府,2026-06-01 08:00,5\n").encode(),
     (HEADER + "i,市府,2026-06-01 08:00,5\n").encode("gb18030")],
)  # fmt: skip
def test_both_chinese_encodings_are_read(tmp_path: Path, content: bytes) -> None:
    (line,) = lines(tmp_path, content)
    assert isinstance(line, Line)
    assert line.meter == "市府"


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"readings\.csv: neither UTF-8 nor GB18030"):
        lines(tmp_path, HEADER.encode("utf-16"))


def test_a_multibyte_character_may_lie_across_the_reading_chunk(tmp_path: Path) -> None:
    padding = "#" * ((1 << 20) - len(HEADER) - 1)
    found = lines(tmp_path, HEADER + padding + "市\n")
    assert reasons(found) == [(2, "columns: 1 where the header has 4")]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("institution,time,energy_kwh", "header: no column meter; the file is left out"),
        ("institution,meter,time", "header: no column is a channel; the file is left out"),
        ("1,2,3", "header: no column institution, meter, time; the file is left out"),
        ("institution,meter,time,kwh", "header: no column is a channel; the file is left out"),
    ],
)
def test_a_header_that_cannot_serve_ends_the_file(tmp_path: Path, header: str, reason: str) -> None:
    assert reasons(lines(tmp_path, header + "\ni,m,2026-06-01 08:00,5\n")) == [(1, reason)]


@pytest.mark.parametrize("extra", ["colour", "energy_kwh"])
def test_a_doubtful_column_is_named_once_and_the_others_taken(tmp_path: Path, extra: str) -> None:
    found = lines(tmp_path, f"institution,meter,time,energy_kwh,{extra}\ni,m,2026-06-01 08:00,5,6\n")
    assert len(reasons(found)) == 1
    assert isinstance(found[1], Line)
    assert len(found[1].values) == 1


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    assert lines(tmp_path, "") == []
