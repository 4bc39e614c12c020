"""What `kilowitness mv` prints by a baseline, from files as an analyst has them."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from services.mv.command.main import main
from tests.services.mv.command.buildings import (
    AFTER,
    Run,
    Write,
    bills,
    cooled,
    files,
    hour_rows,
    rows_of,
    stepped,
)
from tests.services.mv.hourly import office_hours
from tests.services.mv.published import needs_data, office


def test_a_known_reduction_is_found_and_every_key_is_there(daily: list[str], run: Run) -> None:
    found = run(*daily)
    truth = 0.2 * float(cooled(AFTER, seed=8).energy_kwh.sum())
    assert found["form"] == "3PC by day type"
    assert abs(found["savings_kwh"] - truth) <= found["uncertainty_kwh"] < 0.5 * truth
    assert [c["name"] for c in found["coefficients"]] == [
        "working_day", "non_working_day", "cooling", "cooling_balance_point",
    ]  # fmt: skip
    assert set(found) == {
        "form", "coefficients", "cvrmse", "nmbe", "r2", "n_effective", "fit", "hourly", "gates",
        "baseline_kwh", "reporting_kwh", "adjusted_baseline_kwh", "savings_kwh", "uncertainty_kwh",
        "periods", "months", "comparison", "steps", "records",
        "criterion", "candidates", "engine", "input_sha256",
    }  # fmt: skip
    assert found["comparison"]["chosen_kwh"] == found["uncertainty_kwh"]
    assert {"band_windows_held", "guideline_14_windows_held"} <= {row["what"] for row in found["records"]}
    assert all(set(row) == {"what", "figure", "limit", "source", "ok"} for row in found["records"])
    assert sum(candidate["why_not"] == "" for candidate in found["candidates"]) == 1


def test_no_change_is_within_the_band(write: Write, run: Run) -> None:
    found = run(*files(write, rows_of(cooled()), rows_of(cooled(AFTER, seed=8))))
    assert abs(found["savings_kwh"]) <= found["uncertainty_kwh"]
    gates = {row["what"]: row["ok"] for row in found["gates"]}
    assert not gates["ipmvp_standard_errors"]


def test_the_unit_of_the_temperature_changes_nothing(write: Write, daily: list[str], run: Run) -> None:
    in_c, after = run(*daily), cooled(AFTER, seed=8)
    in_f = files(
        write,
        rows_of(cooled(), fahrenheit=True),
        rows_of(replace(after, energy_kwh=0.8 * after.energy_kwh), fahrenheit=True),
    )
    found = run(*in_f, "--unit", "f")
    assert found["savings_kwh"] == pytest.approx(in_c["savings_kwh"], rel=0.01)
    mixed_up = {row["what"]: row["ok"] for row in run(*in_f)["records"]}
    assert not mixed_up["baseline_temperature_hottest_c"]


def test_agreed_points_are_given_in_the_files_unit(daily: list[str], run: Run) -> None:
    found = run(*daily, "--method", "3pc-types", "--cooling-point", "18")
    assert found["coefficients"][-1] == {"name": "cooling_balance_point", "value": 18.0, "unit": "°C"}
    in_f = run(*daily, "--method", "3pc-types", "--cooling-point", "68", "--unit", "f")
    assert in_f["coefficients"][-1]["value"] == 20.0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--cooling-point", "18"], "--cooling-point for 3pc"),
        (["--method", "5p", "--cooling-point", "18"], "both for 4p and 5p"),
        (["--method", "towt"], "towt: needs hourly files"),
        (["--method", "daylight"], "daylight: these days have not"),
        (["--zone", "Mars/Olympus"], "no zone 'Mars/Olympus'"),
        (["--driver", "heating"], "heating is the engine's own word"),
        (["--closures", "nowhere.csv"], "nowhere.csv"),
        (["--plot", "/nowhere/out.svg"], "/nowhere/out.svg"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    daily: list[str], arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*daily, *arguments]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1


def test_a_reporting_file_without_weather_is_refused(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = [(day, "", kwh) for day, _, kwh in rows_of(cooled(AFTER))]
    assert main(files(write, rows_of(cooled()), bare)) == 2
    assert "no temperature" in capsys.readouterr().err


def test_closures_make_days_of_their_own(daily: list[str], write: Write, tmp_path: Path, run: Run) -> None:
    shut = cooled()
    closed = np.array([date(2024, 7, 8) <= day <= date(2024, 8, 25) for day in shut.days])
    rows = rows_of(replace(shut, energy_kwh=np.where(closed, 15.0, shut.energy_kwh)))
    closures = tmp_path / "closures.csv"
    closures.write_text("start,end,kind\n2024-07-08,2024-08-25,vacation\n", encoding="utf-8")
    school = ["--baseline", write("school.csv", rows), *daily[2:]]
    without, with_them = run(*school), run(*school, "--closures", str(closures))
    assert with_them["cvrmse"] < 0.5 * without["cvrmse"]
    assert "vacation" in [c["name"] for c in with_them["coefficients"]]


def test_a_head_count_explains_what_weather_cannot(write: Write, tmp_path: Path, run: Run) -> None:
    people = np.random.default_rng(2).integers(50, 250, 365)
    named = []
    for name, days in (("b", cooled()), ("r", cooled(AFTER, seed=8))):
        file = tmp_path / f"{name}-people.csv"
        rows = [
            f"{day},{t},{kwh + 0.8 * p},{p}"
            for (day, t, kwh), p in zip(rows_of(days), people.tolist(), strict=True)
        ]
        file.write_text("\n".join(["time,temperature,energy_kwh,head_count", *rows]), encoding="utf-8")
        named.append(str(file))
    arguments = ["--baseline", named[0], "--reporting", named[1]]
    with_people, without = run(*arguments, "--driver", "head_count"), run(*arguments)
    assert with_people["form"].endswith("+ head_count")
    assert with_people["uncertainty_kwh"] < 0.5 * without["uncertainty_kwh"]


def test_hours_are_rolled_up_or_modelled_as_they_are(write: Write, run: Run) -> None:
    after = office_hours(120, seed=5, start=AFTER)
    truth = 0.3 * float(after.energy_kwh.sum())
    after = replace(after, energy_kwh=0.7 * after.energy_kwh)
    local = files(write, hour_rows(office_hours()), hour_rows(after))
    by_day, by_hour = run(*local), run(*local, "--method", "towt")
    for found in (by_day, by_hour):
        assert abs(found["savings_kwh"] - truth) <= found["uncertainty_kwh"]
    assert by_day["hourly"] is None
    assert by_hour["form"] == "TOWT"
    assert by_hour["hourly"]["n"] == 8760
    assert "ashrae_hourly_cvrmse" in [row["what"] for row in by_hour["gates"]]


def test_stamps_in_utc_are_the_same_days(write: Write, run: Run) -> None:
    after = office_hours(60, seed=5, start=AFTER)
    local = run(*files(write, hour_rows(office_hours()), hour_rows(after)))
    utc_rows = [hour_rows(h, offset_h=8) for h in (office_hours(), after)]
    in_utc = files(write, *utc_rows)
    assert run(*in_utc, "--utc")["input_sha256"] == local["input_sha256"]
    with_z = files(write, *(hour_rows(h, offset_h=8, suffix="Z") for h in (office_hours(), after)))
    assert run(*with_z)["input_sha256"] == local["input_sha256"]
    taken_as_local = run(*files(write, *utc_rows))
    records = {row["what"]: row for row in taken_as_local["records"]}
    assert not records["baseline_warmest_hour_of_day"]["ok"]
    assert taken_as_local["cvrmse"] > local["cvrmse"]


def test_bills_are_weighted_and_accounted(write: Write, run: Run) -> None:
    after = cooled(date(2025, 6, 1), seed=8)
    found = run(*files(write, bills(cooled(), 1), bills(after, 0.7)))
    truth = 0.3 * float(after.energy_kwh.sum())
    assert found["form"] in {"3PC", "4P", "2P"}
    assert found["reporting_kwh"] == pytest.approx(0.7 * after.energy_kwh.sum())
    assert abs(found["savings_kwh"] - truth) <= found["uncertainty_kwh"] < truth
    assert found["fit"]["n"] == 12
    assert "ashrae_monthly_cvrmse" in [row["what"] for row in found["gates"]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Adjusted baseline", "Forms that were tried", "chosen", "3PC by day type"]),
        ("zh", ["校准能耗基准", "备选模型", "选定", "3PC（分日类型截距）"]),
    ],
)
def test_the_summary_reads_in_both_languages(
    daily: list[str], language: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*daily, "--language", language]) == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in words)


def test_a_step_is_put_forward_and_changes_nothing(
    write: Write, daily: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    after = stepped(cooled(AFTER, seed=8), by_kwh=30, at=200)
    arguments = files(write, rows_of(cooled()), rows_of(after))
    found = run(*arguments)
    (step,) = found["steps"]
    assert abs((date.fromisoformat(step["first_day"]) - after.days[200]).days) <= 3
    assert step["last_day"] is None
    assert step["size_kwh_per_day"] == pytest.approx(30, rel=0.2)
    assert step["confidence"] >= 0.95
    assert found["reporting_kwh"] == pytest.approx(float(after.energy_kwh.sum()), abs=0.2)
    assert found["adjusted_baseline_kwh"] - found["reporting_kwh"] == pytest.approx(found["savings_kwh"])
    assert not {row["what"]: row["ok"] for row in found["records"]}["steps_proposed"]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "put forward, not applied" in printed
    assert re.search(rf"{step['first_day']} +to the end", printed)


def test_where_nothing_steps_there_is_an_empty_list_and_no_table(
    write: Write, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = files(write, rows_of(cooled()), rows_of(cooled(AFTER, seed=8)))
    found = run(*plain)
    assert found["steps"] == []
    records = {row["what"]: row for row in found["records"]}
    assert records["steps_proposed"]["ok"]
    assert records["step_days"]["figure"] == 365
    assert main(plain) == 0
    assert "put forward" not in capsys.readouterr().out


def test_days_of_both_periods_are_told(write: Write, run: Run) -> None:
    rows = rows_of(cooled())
    found = run(*files(write, rows, rows[-40:]))
    both = next(row for row in found["records"] if row["what"] == "days_in_both_periods")
    assert (both["figure"], both["ok"]) == (40, False)


def test_a_reporting_file_of_which_nothing_is_known_is_refused(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = [(day, t, "") for day, t, _ in rows_of(cooled(AFTER))]
    assert main([*files(write, rows_of(cooled()), empty), "--language", "zh"]) == 2
    assert "r.csv：统计报告期没有一天可比" in capsys.readouterr().err


def test_days_that_no_calendar_knows_ask_for_none(
    write: Write, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    long_ago = [rows_of(cooled(date(year, 5, 1), seed=year)) for year in (1994, 1996)]
    arguments = files(write, *long_ago)
    assert main(arguments) == 2
    assert "does not know these days (from 1994-05-01): --calendar none" in capsys.readouterr().err
    found = run(*arguments, "--calendar", "none")
    assert "baseline_days_of_rarer_type" not in {row["what"] for row in found["records"]}


@needs_data
def test_the_published_office_from_its_file(write: Write, run: Run) -> None:
    before, after = office()
    found = run(
        *files(write, rows_of(before, fahrenheit=True), rows_of(after, fahrenheit=True)),
        "--unit", "f", "--calendar", "none", "--method", "4p",
    )  # fmt: skip
    assert found["r2"] == pytest.approx(0.7197, abs=1e-4)
    assert abs(found["savings_kwh"] - 408_141.6) < found["uncertainty_kwh"]
