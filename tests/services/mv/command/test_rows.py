import codecs
from pathlib import Path

import pytest

from services.mv.command.refusals import FileRefused
from services.mv.command.rows import Rows, read_rows

PLAIN = "time,energy_kwh,remark\n2026-05-01,5,教室\n2026-05-02,6,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "b.csv"


def read(file: Path, content: bytes | str) -> Rows:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_rows(file, ("time", "energy_kwh"), ("temperature",))


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.encode("gbk"),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace(",", " , ").encode(),
        ("\n" + PLAIN).encode(),
    ],
    ids=["utf-8", "bom", "gbk", "utf-16", "crlf", "semicolons", "tabs", "blanks", "blank line first"],
)
def test_whatever_a_spreadsheet_writes_is_the_same_rows(file: Path, content: bytes) -> None:
    found = read(file, content)
    assert [row.cells for row in found.rows] == [
        {"time": "2026-05-01", "energy_kwh": "5", "remark": "教室"},
        {"time": "2026-05-02", "energy_kwh": "6", "remark": ""},
    ]
    assert found.not_read == ("remark",)


def test_headings_count_in_any_case_and_cells_that_are_missing_are_empty(file: Path) -> None:
    found = read(file, "Time,ENERGY_kWh,Temperature,\n2026-05-01,5,,\n2026-05-02,6\n")
    assert [row.text("temperature") for row in found.rows] == ["", ""]
    assert [row.text("energy_kwh") for row in found.rows] == ["5", "6"]
    assert found.record.ok


def test_rows_know_their_line_and_empty_ones_are_none(file: Path) -> None:
    found = read(file, 'time,energy_kwh\n2026-05-01,5\n,\n\n"2026-05-02",6\n,,\n')
    assert [row.line for row in found.rows] == [2, 5]


def test_columns_that_mean_nothing_here_are_a_record(file: Path) -> None:
    record = read(file, "time,energy_kwh,temp,°C\n2026-05-01,5,20,20\n").record
    assert (record.what, record.figure, record.source, record.ok) == (
        "columns_not_read",
        2,
        "temp, °C",
        False,
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "b.csv: the file is empty"),
        ("  \n \n", "b.csv: the file is empty"),
        ("time,energy_kwh\n,\n", "b.csv: no rows under the heading"),
        (
            "date,kwh\n2026-05-01,5\n",
            "b.csv, line 1: needs the columns time, energy_kwh; the heading has date, kwh: rename",
        ),
        (
            "time,energy_kwh,Energy_kWh\n2026-05-01,5,6\n",
            "b.csv, line 1, column energy_kwh: two columns have this name",
        ),
        (
            "time,energy_kwh\n2026-05-01,5\n2026-05-02,1,234\n",
            "b.csv, line 3: 3 cells under 2 headings: quote cells with a comma, or drop thousands separators",
        ),
        (b"PK\x03\x04\x14\x00", "b.csv: an Excel workbook: save it as CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "b.csv: an Excel workbook"),
        (b"time,energy_kwh\n\xff\xfe\n", "b.csv: neither UTF-8 nor GBK"),
        (b"\xff\xfet", "b.csv: neither UTF-8 nor GBK"),
    ],
)
def test_what_cannot_be_read_names_its_place_and_its_cure(
    file: Path, content: bytes | str, reason: str
) -> None:
    with pytest.raises(FileRefused) as caught:
        read(file, content)
    assert reason in str(caught.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    for place, reason in ((tmp_path / "no.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(FileRefused, match=f"cannot be read: {reason}"):
            read_rows(place, ("time",))


def test_commas_group_digits_unless_semicolons_part_the_cells(file: Path) -> None:
    assert read(file, "time,energy_kwh\n2026-05-01,5\n").rows[0].thousands
    assert not read(file, "time;energy_kwh\n2026-05-01;5\n").rows[0].thousands


@pytest.mark.parametrize(
    "rest", ["5" * 200_000, "5\n2026-05-03,6\n", '5"x\n'], ids=["long", "to the end", "in the middle"]
)
def test_an_open_quote_is_refused_on_the_line_where_it_opens(file: Path, rest: str) -> None:
    with pytest.raises(FileRefused, match=r"b\.csv, line 4: a quotation mark here has no partner"):
        read(file, f'time,energy_kwh\n\n2026-05-01,5\n2026-05-02,"{rest}')


def test_a_row_of_several_lines_is_where_it_begins(file: Path) -> None:
    found = read(file, 'time,energy_kwh,remark\n2026-05-01,5,"a\nb"\n2026-05-02,6,\n')
    assert [row.line for row in found.rows] == [2, 4]


def test_a_refusal_is_one_short_line_whatever_a_cell_holds(file: Path) -> None:
    row = read(file, 'time,energy_kwh\n2026-05-01,"' + "a\n" * 500 + '"\n').rows[0]
    for told in (
        row.refused("energy_kwh", key, text=row.text("energy_kwh")) for key in ("number", "below_zero")
    ):
        assert str(told).count("\n") == 0
        assert len(str(told)) < 300
