import csv
import json
from pathlib import Path
from typing import Any

import pytest

from services.mv.command.main import main
from services.mv.model import Days
from tests.services.mv.circuits import LATITUDE, LONGITUDE, baseline_part, reporting_part, two_years


def write(file: Path, days: Days) -> Path:
    with file.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["time", "temperature", "energy_kwh"])
        writer.writerows([day, "", kwh] for day, kwh in zip(days.days, days.energy_kwh.tolist(), strict=True))
    return file


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    circuit = two_years(seed=7)
    before = write(tmp_path / "b.csv", baseline_part(circuit))
    after = write(tmp_path / "r.csv", reporting_part(circuit, remaining=0.4))
    return ["--baseline", str(before), "--reporting", str(after)]


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


PLACE = ["--latitude", str(LATITUDE), "--longitude", str(LONGITUDE)]


def test_prints_one_object_with_the_saving(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    found = run([*files, *PLACE], capsys)
    assert found["form"] == "workday+daylight"
    truth = 0.6 * float(reporting_part(two_years(seed=7)).energy_kwh.sum())
    assert abs(found["savings_kwh"] - truth) <= found["uncertainty_kwh"]
    assert found["adjusted_baseline_kwh"] - found["reporting_kwh"] == pytest.approx(found["savings_kwh"])
    assert set(found) >= {"cvrmse", "nmbe", "r2", "n_effective", "gates", "baseline_kwh", "records", "engine"}
    assert len(found["input_sha256"]) == 64


def test_the_calendar_is_worth_having(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with_days, without = (run([*files, "--calendar", name], capsys) for name in ("cn", "none"))
    assert with_days["form"] == without["form"] == "day-type mean"
    assert with_days["cvrmse"] < 0.5 * without["cvrmse"]
    assert with_days["uncertainty_kwh"] < without["uncertainty_kwh"]


def test_the_same_files_give_the_same_hash(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, capsys) == run(files, capsys)
    assert run([*files, "--method", "mean"], capsys)["input_sha256"] != run(files, capsys)["input_sha256"]
    assert run(files, capsys)["input_sha256"] != run([*files, *PLACE], capsys)["input_sha256"]


def test_an_empty_cell_is_unknown_and_a_zero_is_not(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(files[1])
    rows = file.read_text().splitlines()
    rows[5] = rows[5].rsplit(",", 1)[0] + ","
    rows[6] = rows[6].rsplit(",", 1)[0] + ",0"
    file.write_text("\n".join(rows))
    records = {row["what"]: row["figure"] for row in run(files, capsys)["records"]}
    assert records["baseline_days"] == 364
    assert records["baseline_days_at_zero"] == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "time,kwh\n2026-05-01,1\n",
            "b.csv, line 1: needs the columns energy_kwh; the heading has time, kwh: rename",
        ),
        (
            "time,energy_kwh\n2026-05-01,1\n2026-13-01,1\n",
            "b.csv, line 3, column time: '2026-13-01' is not a local date",
        ),
        (
            "time,energy_kwh\n2026-05-01,much\n",
            "line 2, column energy_kwh: 'much' is not a finite number: write digits",
        ),
        (
            "time,energy_kwh\n2026-05-01,nan\n",
            "column energy_kwh: 'nan' is not a finite number: write digits with a decimal point, leave",
        ),
        (
            "time,energy_kwh\n2026-05-01T25:00,1\n",
            "line 2, column time: '2026-05-01T25:00' is not a local date",
        ),
        (
            "time,energy_kwh,temperature\n2026-05-01,1,warm\n",
            "line 2, column temperature: 'warm' is not a finite number",
        ),
        ("time,energy_kwh\n2026-05-01,-1\n", "line 2, column energy_kwh: -1 is not a number from 0 on"),
        ("time,energy_kwh\n2026-05-01\n", "b.csv: not one baseline day is complete"),
        ("time,energy_kwh\n", "no rows"),
        ("", "b.csv: the file is empty"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    files: list[str], text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[1]).write_text(text)
    assert main(files) == 2
    assert reason in capsys.readouterr().err


def test_a_missing_file_and_half_a_place_are_refused(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*files[:3], "nowhere.csv"]) == 2
    assert "nowhere.csv" in capsys.readouterr().err
    assert main([*files, "--latitude", "30"]) == 2
    assert "go together" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--plot", "--method=6p", "--calendar=us", "--unit=k", "--language=fr"])
def test_an_option_it_has_not_is_refused_in_one_line(
    files: list[str], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for language, opening in (("en", "kilowitness mv: "), ("zh", "kilowitness mv: 选项有误：")):
        assert main([*files, "--language", language, option]) == 2
        error = capsys.readouterr().err
        assert error.startswith(opening)
        assert option.partition("=")[0] in error
        assert error.count("\n") == 1
