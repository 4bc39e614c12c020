"""The two ways of `kilowitness mv` that fit nothing, from files as an analyst has them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.mv.command.main import main
from services.mv.command.options import TEMPLATES
from tests.services.mv.command.buildings import Run

MONTH = ("--start", "2026-01-01", "--end", "2026-02-01")
HEADING = "group,count,watts_before,watts_before_source,watts_after,watts_after_source,hours,hours_source"
WORKED = f"{HEADING},days_a_month,days_a_month_source\nall,1000,40,plate,16,plate,10,annex,22,annex\n"


@pytest.fixture
def lamps(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        (tmp_path / "lamps.csv").write_text(text)
        return str(tmp_path / "lamps.csv")

    return write


@pytest.fixture
def fixtures(tmp_path: Path) -> str:
    (tmp_path / "fixtures.csv").write_text(TEMPLATES["fixtures"])
    return str(tmp_path / "fixtures.csv")


def test_the_worked_truth_of_a_thousand_lamps(run: Run, lamps: Callable[[str], str]) -> None:
    found = run("--lamps", lamps(WORKED), *MONTH)
    assert (found["adjusted_baseline_kwh"], found["reporting_kwh"], found["savings_kwh"]) == (
        8800,
        3520,
        5280,
    )
    assert (found["form"], found["uncertainty_kwh"]) == ("option_a", 0)
    assert found["periods"] == {"reporting": ["2026-01-01", "2026-02-01"]}
    assert [line["group"] for line in found["lamps"]] == ["all"]
    assert set(found) == {
        "form", "lamps", "interactive_kwh", "adjusted_baseline_kwh", "reporting_kwh", "savings_kwh",
        "uncertainty_kwh", "periods", "gates", "records", "engine", "input_sha256",
    }  # fmt: skip
    records = {row["what"]: row for row in found["records"]}
    assert not records["measured_figures"]["ok"]
    assert records["stipulated_share"]["figure"] == 1


def test_measured_lamps_have_a_band_and_gates(run: Run, lamps: Callable[[str], str]) -> None:
    found = run("--lamps", lamps(TEMPLATES["lamps"]), *MONTH)
    assert found["lamps"][0]["savings_kwh"] == 5280
    assert found["lamps"][1]["days"] == 21  # of January 2026, by the calendar
    parts = [line["uncertainty_kwh"] for line in found["lamps"]]
    assert max(parts) < found["uncertainty_kwh"] < sum(parts)
    assert {row["what"]: row["ok"] for row in found["gates"]} == {
        "uncertainty_68": True,
        "ipmvp_standard_errors": True,
    }


def test_what_heating_adds_is_part_of_the_baseline(run: Run, lamps: Callable[[str], str]) -> None:
    file = lamps(
        WORKED.replace("\n", ",interactive,interactive_source\n", 1).replace(
            "22,annex", "22,annex,-0.1,annex"
        )
    )
    found = run("--lamps", file, *MONTH)
    assert found["interactive_kwh"] == -528
    assert found["savings_kwh"] == 4752 == found["adjusted_baseline_kwh"] - found["reporting_kwh"]


def test_a_calendar_is_only_needed_where_days_are_its_own(
    run: Run, lamps: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    agreed = ("--lamps", lamps(WORKED), *MONTH)
    assert run(*agreed, "--calendar", "none")["savings_kwh"] == run(*agreed)["savings_kwh"]
    assert main(["--lamps", lamps(TEMPLATES["lamps"]), *MONTH, "--calendar", "none"]) == 2
    assert "give days_a_month for classrooms" in capsys.readouterr().err


def test_the_hash_is_of_what_was_said_not_of_how_it_was_written(
    run: Run, lamps: Callable[[str], str]
) -> None:
    plain = run("--lamps", lamps(WORKED), *MONTH)
    assert run("--lamps", lamps(WORKED.replace(",", ";")), *MONTH) == plain
    other = run("--lamps", lamps(WORKED.replace("1000", "1001")), *MONTH)
    assert other["input_sha256"] != plain["input_sha256"]
    later = run("--lamps", lamps(WORKED), "--start", "2026-01-02", "--end", "2026-02-02")
    assert later["input_sha256"] != plain["input_sha256"]


def test_a_rate_alone_and_with_an_after_meter(run: Run, fixtures: str) -> None:
    alone = run("--fixtures", fixtures, "--population", "400")
    assert alone["rate"] == pytest.approx(1 - 0.804 / 2.013, abs=1e-9)
    assert alone["savings_kwh"] is None
    found = run("--fixtures", fixtures, "--population", "400", "--after-kwh", "1234.5")
    assert found["savings_kwh"] == pytest.approx(1234.5 * alone["rate"] / (1 - alone["rate"]), abs=0.001)
    assert found["adjusted_baseline_kwh"] - found["reporting_kwh"] == pytest.approx(found["savings_kwh"])
    assert found["uncertainty_kwh"] == pytest.approx(1234.5 * found["multiple_uncertainty"], abs=0.001)
    assert found["gates"] == alone["gates"]
    assert set(found) == set(alone) >= {"form", "rate", "records", "engine", "input_sha256"}
    assert found["input_sha256"] != alone["input_sha256"]


def test_lamps_that_use_nothing_any_more_have_no_multiple(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "dark.csv"
    file.write_text("fixture,before_kwh,after_kwh,before_on,after_on\nA,1,0,2026-03-02,2026-03-23\n")
    found = run("--fixtures", str(file), "--population", "1", "--after-kwh", "5")
    assert (found["rate"], found["multiple"], found["savings_kwh"]) == (1, None, None)
    assert found["gates"] == []
    assert not {row["what"]: row["ok"] for row in found["records"]}["saving_rate_below_one"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--lamps", "{lamps}"], "--lamps needs --start and --end"),
        (
            ["--lamps", "{lamps}", "--start", "2026-02-01", "--end", "2026-02-01"],
            "--end: it is not after 2026-02-01",
        ),
        (["--lamps", "nowhere.csv", *MONTH], "nowhere.csv: cannot be read"),
        (["--lamps", "{lamps}", *MONTH, "--plot", "x.svg"], "--plot: does not go with --lamps"),
        (["--lamps", "{lamps}", *MONTH, "--population", "4"], "--population: does not go with --lamps"),
        (["--fixtures", "{fixtures}"], "--fixtures needs --population"),
        (["--fixtures", "{fixtures}", "--population", "4"], "--population: 4 are fewer than the 5"),
        (
            ["--fixtures", "{fixtures}", "--population", "9", "--after-kwh=-1"],
            "--after-kwh: -1.0 is not a number",
        ),
        (
            ["--fixtures", "{fixtures}", "--population", "9", "--after-kwh=nan"],
            "--after-kwh: nan is not a number",
        ),
        (["--fixtures", "{fixtures}", "--population", "9", "--utc"], "--utc: does not go with --fixtures"),
        (["--fixtures", "{lamps}", "--population", "9"], "line 1: needs the columns fixture, before_kwh"),
        (["--lamps", "{lamps}", "--fixtures", "{fixtures}"], "one of the three"),
        (["--baseline", "b.csv"], "give --baseline with --reporting"),
        (["--json"], "one of the three"),
    ],
)
def test_what_does_not_go_together_is_said_in_one_line(
    arguments: list[str],
    reason: str,
    lamps: Callable[[str], str],
    fixtures: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"lamps": lamps(WORKED), "fixtures": fixtures}
    assert main([argument.format(**places) for argument in arguments]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


def test_figures_that_are_shared_and_differ_are_refused(
    lamps: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    head, row = WORKED.strip().split("\n")
    other = row.replace("all", "more").replace("10,annex", "9,annex")
    two = f"{head},hours_shared\n{row},clock\n{other},clock\n"
    assert main(["--lamps", lamps(two), *MONTH]) == 2
    assert "lamps.csv: two different figures are shared as 'clock'" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["2026-1-1", "soon"])
def test_a_date_that_is_none_is_no_option(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lamps", "l.csv", "--start", day, "--end", "2026-02-01"]) == 2
    assert f"'{day}' is not a date like 2026-05-31" in capsys.readouterr().err


def test_a_period_of_centuries_is_a_mistyped_year(
    lamps: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    period = ["--start", "2026-01-01", "--end", "2206-02-01"]
    assert main(["--lamps", lamps(WORKED), *period]) == 2
    assert "--end: it is more than 25 years after 2026-01-01" in capsys.readouterr().err
    assert main(["--lamps", lamps(WORKED), *period, "--language", "zh"]) == 2
    assert "--end：距 2026-01-01 超过 25 年" in capsys.readouterr().err
    assert main(["--lamps", lamps(WORKED), "--start", "2026-01-01", "--end", "2046-01-01"]) == 0


def test_working_days_of_a_year_that_no_calendar_knows_are_not_none(
    lamps: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = lamps(TEMPLATES["lamps"])
    assert main(["--lamps", file, "--start", "2031-01-01", "--end", "2031-02-01"]) == 2
    told = "the calendar does not know the days from 2031-01-01: give days_a_month for classrooms"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file_hours", "after_kwh", "reason"),
    [
        ("1e-300", "500", "line 2, column hours_before: 1e-300 h is no test: 0.1 at least"),
        ("0", "500", "line 2, column hours_before: 0 h is no test: 0.1 at least"),
        ("24", "1e300", "--after-kwh: 1e+300 is more than any row holds"),
    ],
)
def test_what_would_overflow_is_refused_with_its_place(
    tmp_path: Path, file_hours: str, after_kwh: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "f.csv"
    head = "fixture,before_kwh,after_kwh,before_on,after_on,hours_before"
    rows = [f"{name},1,0.5,2026-03-02,2026-03-23,{file_hours}" for name in "AB"]
    file.write_text("\n".join([head, *rows]))
    assert main(["--fixtures", str(file), "--population", "9", "--after-kwh", after_kwh]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_templates_are_printed_as_they_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--template", name]) == 0
    assert capsys.readouterr().out == TEMPLATES[name]


def test_refusals_are_told_in_chinese(
    lamps: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    for language in (["--language", "zh"], ["--language=zh"]):
        assert main(["--lamps", lamps(WORKED), *language]) == 2
        assert "--lamps 需要 --start 与 --end" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "lamp_words", "rate_words"),
    [
        (
            "en",
            ["Adjusted baseline [2026-01-01, 2026-02-01)", "corridors", "40 → 16"],
            ["Saving rate", "5 / 400"],
        ),
        ("zh", ["校准能耗基准 [2026-01-01, 2026-02-01)", "改造前 → 改造后", "7,863.0"], ["节电率", "60.06"]),
    ],
)
def test_the_summaries_read_in_both_languages(
    language: str,
    lamp_words: list[str],
    rate_words: list[str],
    lamps: Callable[[str], str],
    fixtures: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--lamps", lamps(TEMPLATES["lamps"]), *MONTH, "--language", language]) == 0
    printed = capsys.readouterr().out
    assert [word for word in lamp_words if word not in printed] == []
    of_rate = ["--fixtures", fixtures, "--population", "400", "--language", language]
    assert main(of_rate) == 0
    alone = capsys.readouterr().out
    assert main([*of_rate, "--after-kwh", "1234.5"]) == 0
    with_meter = capsys.readouterr().out
    assert all(word in alone and word in with_meter for word in rate_words)
    assert ("1,856.4" in alone, "1,856.4" in with_meter) == (False, True)
