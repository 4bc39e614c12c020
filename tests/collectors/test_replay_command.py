"""`kilowitness deadletter replay`."""

import sqlite3
from pathlib import Path

import pytest

from collectors.deadletter_command import main
from collectors.decoders import Reject
from services.deadletters.letters import DeadLetters, Letter
from services.timeseries.schema import READINGS
from services.timeseries.sqlite import SqliteStore
from tests.collectors.parts import ARRIVAL_MS, TOPIC

GOOD = b'{"energy_kwh": 5, "power_kw": 2}'
HALF = b'{"energy_kwh": 6, "time": 1795334400001, "wind": 3}'


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeadLetters:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KILOWITNESS_DEADLETTER_PATH", str(tmp_path / "dead.db"))
    monkeypatch.setenv("KILOWITNESS_STORE_URL", f"sqlite:///{tmp_path}/readings.db")
    monkeypatch.setenv("KILOWITNESS_DATABASE_URL", f"sqlite:///{tmp_path}/registry.db")
    kept = DeadLetters(tmp_path / "dead.db")
    old = (Reject("unknown-channel: 'energy_kwh'"),)
    kept.add([Letter(ARRIVAL_MS, TOPIC, payload, "canonical", old) for payload in (GOOD, HALF)])
    kept.add([Letter(ARRIVAL_MS, "csv:a.csv:3", b"a,b,c", "csv", (Reject("no-time: x"),))])
    return kept


def values(folder: Path) -> int:
    counts = SqliteStore(folder / "readings.db").count(READINGS)
    return sum(count for field, count in counts.items() if field != "quality")


def test_all_letters_are_replayed_and_what_is_left_is_told(
    letters: DeadLetters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--all"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "values stored 3, letters done 1, letters left 2",
        "        1 line-of-a-file; import the file again",
        "        1 unknown-channel",
    ]
    assert values(tmp_path) == 3
    assert [letter.payload for letter in letters.newest(9)] == [b"a,b,c", HALF]


def test_nothing_left_is_success(letters: DeadLetters, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "1"]) == 0
    assert "values stored 2, letters done 1, letters left 0" in capsys.readouterr().out
    assert main(["replay", "1"]) == 1
    assert "1 of these letters are not there" in capsys.readouterr().err


def test_a_dry_run_touches_nothing(
    letters: DeadLetters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "--all", "--topic", "kilowitness/#", "--dry-run"]) == 1
    assert capsys.readouterr().out.startswith(
        "dry run, nothing is changed: values stored 3, letters done 1, letters left 1"
    )
    assert letters.count() == 3
    with sqlite3.connect(tmp_path / "readings.db") as db:
        assert db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    db.close()


def test_a_reason_narrows_the_replay(letters: DeadLetters) -> None:
    assert main(["replay", "--all", "--reason", "no-time"]) == 1
    assert [letter.replayed_ms is None for letter in letters.newest(9)] == [False, True, True]


def test_a_store_that_is_away_is_told_and_keeps_every_letter(
    letters: DeadLetters, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_STORE_URL", "influxdb://127.0.0.1:9/x")
    assert main(["replay", "--all"]) == 1
    assert "the store is unavailable" in capsys.readouterr().err
    assert letters.count() == 3


def test_a_wrong_store_is_one_line(
    letters: DeadLetters, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_STORE_URL", "influxdb://")
    assert main(["replay", "--all"]) == 2
    assert capsys.readouterr().err.startswith("kilowitness deadletter: KILOWITNESS_STORE_URL")


def test_a_time_without_offset_is_read_in_the_zone_of_the_devices_clock(
    letters: DeadLetters, tmp_path: Path
) -> None:
    (tmp_path / "registry-collector-1.json").write_text(
        '{"addresses": {"city-hall/main-1": "Asia/Urumqi"}}', encoding="utf-8"
    )
    payload = b'{"energy_kwh": 5, "time": "2026-11-22 12:00:00"}'
    letters.add([Letter(ARRIVAL_MS, TOPIC, payload, "", (Reject("unknown-topic: x"),))])
    assert main(["replay", "--all", "--reason", "unknown-topic"]) == 0
    (series,) = SqliteStore(tmp_path / "readings.db").read(READINGS)
    assert series.times_ms.tolist() == [1_795_327_200_000]  # 06:00 UTC
