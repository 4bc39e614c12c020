"""The same saving from every spelling of a file, and one line with its cure from what cannot be spelled."""

import codecs
import csv
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.mv.command.main import main
from tests.services.mv.command.buildings import AFTER, Run, Write, bills, cooled, files, hour_rows, rows_of
from tests.services.mv.hourly import office_hours

Lines = list[list[str]]
SERIAL_ORIGIN = date(1899, 12, 30)


@pytest.fixture
def plain(write: Write) -> list[str]:
    """A hundred days after; their file is the one that is spelled in other ways."""
    return files(write, rows_of(cooled()), rows_of(cooled(AFTER, seed=8))[:100])


def lines_of(arguments: list[str]) -> tuple[Path, Lines]:
    file = Path(arguments[3])
    with file.open(encoding="utf-8", newline="") as text:
        return file, list(csv.reader(text))


def joined(lines: Lines, separator: str = ",") -> str:
    return "\n".join(separator.join(cells) for cells in lines)


def bom(lines: Lines) -> bytes:
    return codecs.BOM_UTF8 + joined(lines).encode()


def gbk(lines: Lines) -> bytes:
    noted = [[*lines[0], "备注"], *([*cells, "正常"] for cells in lines[1:])]
    return joined(noted).encode("gbk")


def utf_16_tabs(lines: Lines) -> bytes:
    return joined(lines, "\t").encode("utf-16")


def semicolons(lines: Lines) -> bytes:
    return joined(lines, ";").encode()


def slashes(lines: Lines) -> bytes:
    dates = [date.fromisoformat(cells[0]) for cells in lines[1:]]
    written = [f"{day.year}/{day.month}/{day.day}" for day in dates]
    return joined(
        [lines[0], *([at, *cells[1:]] for at, cells in zip(written, lines[1:], strict=True))]
    ).encode()


def shuffled(lines: Lines) -> bytes:
    body = lines[1:]
    random.Random(4).shuffle(body)
    return joined([lines[0], *body, ["", "", ""], [""]]).encode()


def other_order(lines: Lines) -> bytes:
    return joined([["ENERGY_KWH", " time ", "Temperature"], *([e, at, t] for at, t, e in lines[1:])]).encode()


@pytest.mark.parametrize("spelled", [bom, gbk, utf_16_tabs, semicolons, slashes, shuffled, other_order])
def test_a_file_may_be_spelled_as_spreadsheets_do(
    plain: list[str], run: Run, spelled: Callable[[Lines], bytes]
) -> None:
    known = run(*plain)
    file, lines = lines_of(plain)
    file.write_bytes(spelled(lines))
    found = run(*plain)
    assert found["input_sha256"] == known["input_sha256"]
    assert found["savings_kwh"] == known["savings_kwh"]


def grouped(lines: Lines) -> Lines:
    return [lines[0], *([at, t, f"{1000 * float(e):,.1f}"] for at, t, e in lines[1:])]


def american(lines: Lines) -> Lines:
    dates = [date.fromisoformat(cells[0]) for cells in lines[1:]]
    return [
        lines[0],
        *([f"{d.month}/{d.day}/{d.year}", *c[1:]] for d, c in zip(dates, lines[1:], strict=True)),
    ]


def serials(lines: Lines) -> Lines:
    return [lines[0], *([str((date.fromisoformat(c[0]) - SERIAL_ORIGIN).days), *c[1:]] for c in lines[1:])]


def weekly(lines: Lines) -> Lines:
    return [lines[0], *lines[1::7]]


def without_energy(lines: Lines) -> Lines:
    return [[*lines[0][:2], "kwh"], *lines[1:]]


def exported(lines: Lines) -> Lines:
    return [*lines[:4], [*lines[4][:2], "-3.5"], *lines[5:]]


@pytest.mark.parametrize(
    ("spoilt", "en", "zh"),
    [
        (grouped, "line 2: 4 cells under 3 headings", "第 2 行：4 个单元格对应 3 个标题"),
        (
            american,
            "line 2, column time: '5/15/2025' can be read",
            "第 2 行，time 列：'5/15/2025' 的日月次序不明",
        ),
        (
            serials,
            "line 2, column time: '45792' is a spreadsheet's",
            "'45792' 是电子表格的日期序号（2025-05-15？）",
        ),
        (weekly, "r.csv: rows are 7 days apart", "r.csv：各行相隔 7 天"),
        (without_energy, "line 1: needs the columns energy_kwh", "第 1 行：缺少列 energy_kwh"),
        (exported, "line 5, column energy_kwh: -3.5 is not", "第 5 行，energy_kwh 列：-3.5 不是 0 或正数"),
    ],
)
def test_what_could_be_misread_is_refused_in_both_languages(
    plain: list[str],
    spoilt: Callable[[Lines], Lines],
    en: str,
    zh: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file, lines = lines_of(plain)
    file.write_text(joined(spoilt(lines)), encoding="utf-8")
    for language, reason in (("en", en), ("zh", zh)):
        assert main([*plain, "--language", language]) == 2
        error = capsys.readouterr().err
        assert reason in error
        assert error.count("\n") == 1


def odd(found: dict[str, Any]) -> dict[str, tuple[float, str]]:
    return {row["what"]: (row["figure"], row["source"]) for row in found["records"] if not row["ok"]}


def test_gaps_and_days_that_are_there_twice_are_told_with_their_line(plain: list[str], run: Run) -> None:
    file, lines = lines_of(plain)
    spoilt = [*lines[:20], *lines[30:], lines[5], [*lines[6][:2], "1"]]
    file.write_text(joined(spoilt))
    found = run(*plain)
    assert odd(found)["reporting_rows_twice"] == (1, "counted once (line 92)")
    assert odd(found)["reporting_rows_contradicting"] == (1, "energy is unknown there (line 93)")
    assert odd(found)["reporting_days_left_out"][0] == 11
    periods = found["periods"]
    assert (periods["reporting_days_measured"], periods["reporting_days_left_out"]) == (89, 11)


def test_stamps_of_two_exports_in_one_file_are_told(write: Write, run: Run) -> None:
    rows = hour_rows(office_hours(60, seed=5, start=AFTER))
    later = hour_rows(office_hours(60, seed=5, start=AFTER), offset_h=8, suffix="Z")
    mixed = [*rows[:1000], *later[1000:]]
    baseline = hour_rows(office_hours(120))
    whole, two = (run(*files(write, baseline, after)) for after in (rows, mixed))
    assert two["savings_kwh"] == whole["savings_kwh"]
    figure, source = odd(two)["reporting_time_stamps_mixed"]
    assert (figure, source.endswith("(line 1002)")) == (440, True)
    assert "reporting_time_stamps_mixed" not in odd(whole)


@pytest.mark.parametrize(
    ("in_f", "option", "record"),
    [(True, "c", "temperature_hottest_c"), (False, "f", "temperature_hottest_f")],
)
def test_the_wrong_unit_of_temperature_is_told_with_its_cure(
    write: Write, run: Run, in_f: bool, option: str, record: str
) -> None:
    periods = (rows_of(days, fahrenheit=in_f) for days in (cooled(), cooled(AFTER, seed=8)))
    found = odd(run(*files(write, *periods), "--unit", option))
    for period in ("baseline", "reporting"):
        assert found[f"{period}_{record}"][1].endswith("--unit f" if in_f else "--unit c")


def test_a_misspelt_temperature_is_told_since_it_changes_the_model(plain: list[str], run: Run) -> None:
    for name in (plain[1], plain[3]):
        file = Path(name)
        file.write_text(file.read_text().replace("temperature", "temp", 1))
    found = run(*plain)
    assert found["form"] == "day-type mean"
    assert odd(found)["baseline_columns_not_read"] == (1, "temp")


def test_bills_are_not_held_against_a_baseline_of_days(
    write: Write, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    after = cooled(date(2025, 6, 1), seed=8)
    assert main(files(write, rows_of(cooled()), bills(after, 0.7))) == 2
    assert "r.csv: bills cannot be held against a baseline of days" in capsys.readouterr().err
    assert run(*files(write, bills(cooled(), 1), rows_of(after)))["form"] in {"3PC", "4P", "2P"}


def test_one_bill_with_its_end_is_no_day(write: Write, tmp_path: Path, run: Run) -> None:
    after = bills(cooled(date(2025, 6, 1), seed=8), 0.7)
    (start, outdoor, kwh), end = after[0], after[1][0]
    one = tmp_path / "one.csv"
    one.write_text(f"time,temperature,energy_kwh,end\n{start},{outdoor},{kwh},{end}\n")
    both = files(write, bills(cooled(), 1), after)
    found = run(*both[:3], str(one))
    assert found["reporting_kwh"] == pytest.approx(float(str(kwh)), abs=0.001)
    assert found["periods"]["reporting"] == [str(start), str(end)]
    assert 0 < found["savings_kwh"] < found["adjusted_baseline_kwh"]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_can_be_read_ends_without_an_answer_or_a_reason(
    write: Write, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Short, empty, flat and wild files of every grain: an object, or one line; never a stack trace."""
    chance = random.Random(seed)
    for _ in range(10):
        periods = [made_up(chance, year) for year in (2024, 2025)]
        arguments = files(write, *periods)
        code = main(
            [*arguments, *chance.choice([[], ["--calendar", "none"], ["--method", "towt"]]), "--json"]
        )
        printed = capsys.readouterr()
        assert (code, printed.err.count("\n")) in {(0, 0), (2, 1)}


def made_up(chance: random.Random, year: int) -> list[tuple[object, ...]]:
    step = chance.choice([timedelta(hours=1), timedelta(days=1), timedelta(days=1), timedelta(days=30)])
    count = chance.choice([1, 3, 24, 200])
    energies: list[list[object]] = [[0], [5], [0, 1e9], [3, ""], [chance.random() for _ in range(50)]]
    outdoors: list[list[object]] = [[""], [20], [9, ""], [chance.uniform(-10, 35) for _ in range(50)]]
    energy, outdoor = chance.choice(energies), chance.choice(outdoors)
    start = datetime(year, 5, 1, tzinfo=UTC).replace(tzinfo=None)
    stamp = "%Y-%m-%dT%H:%M" if step < timedelta(days=1) else "%Y-%m-%d"
    return [
        (f"{start + step * i:{stamp}}", chance.choice(outdoor), chance.choice(energy))
        for i in range(count)
        if i == 0 or chance.random() > 0.05
    ]
