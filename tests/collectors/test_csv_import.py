"""`kilowitness import`."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from collectors import csv_import
from collectors.csv_import import main
from services.deadletters.letters import DeadLetters
from services.metering.model import Quality
from services.timeseries.schema import READINGS
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point, PointsRejected, StoreUnavailable

HEADER = "institution,meter,time,energy_kwh,power_kw\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KILOWITNESS_STORE_URL", f"sqlite:///{tmp_path / 'readings.db'}")
    monkeypatch.setenv("KILOWITNESS_DEADLETTER_PATH", str(tmp_path / "dead.db"))
    return tmp_path


def csv(folder: Path, *lines: str, name: str = "history.csv") -> str:
    (folder / name).write_text(HEADER + "".join(line + "\n" for line in lines), "utf-8")
    return str(folder / name)


def test_good_lines_are_stored_and_marked_as_imported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv(folder, "hall,main,2026-05-01T00:00:00+08:00,100,1.5", "hall,main,2026-06-01,150,")
    assert main([path]) == 0
    said = capsys.readouterr()
    assert said.out == "2 lines: 3 values stored, 0 lines rejected\n"
    assert said.err == ""
    (series,) = SqliteStore(folder / "readings.db").read(READINGS, {"meter": "main"})
    assert series.fields["energy_kwh"].tolist() == [100.0, 150.0]
    assert series.fields["quality"].tolist() == [
        Quality.IMPORTED,
        Quality.IMPORTED | Quality.ZONE_ASSUMED,
    ]
    assert series.times_ms[1] - series.times_ms[0] == 31 * 86_400_000


def test_bad_lines_are_named_kept_and_the_rest_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv(
        folder,
        "hall,main,2026-05-01 00:00,100,",
        "Hall,main,2026-05-01 00:00,100,",
        "hall,main,2126-05-01 00:00,100,",
        "hall,main,,100,",
        "hall,main,2026-05-02 00:00,101,9e9",
        "hall,main,2026-05-03 00:00,abc",
        "hall,main,2026-05-04 00:00,,",
        'hall,main,2026-05-05 00:00,"103',
        "hall,main,2026-05-06 00:00,104,",
    )
    assert main([path]) == 1
    said = capsys.readouterr()
    assert said.out == "9 lines: 3 values stored, 7 lines rejected\n"
    errors = said.err.splitlines()
    assert [line.removeprefix(path).split(": ")[:2] for line in errors] == [
        [":3", "bad-address"],
        [":4", "time-in-future"],
        [":5", "no-time"],
        [":6", "out-of-range"],
        [":7", "columns"],
        [":8", "no-channel"],
        [":9", "malformed-csv"],
    ]
    letters = DeadLetters(folder / "dead.db").newest(20)
    assert [letter.topic for letter in reversed(letters)] == [f"csv:history.csv:{n}" for n in range(3, 10)]
    assert letters[3].payload == b"hall,main,2026-05-02 00:00,101,9e9"
    assert {letter.decoder for letter in letters} == {"csv"}


def test_importing_again_changes_nothing(folder: Path) -> None:
    path = csv(folder, *(f"hall,main,2026-05-01 00:{n:02d},{n}," for n in range(60)))
    assert main([path]) == 0
    assert main([path, path]) == 0
    assert SqliteStore(folder / "readings.db").count(READINGS)["energy_kwh"] == 60


def test_a_dry_run_checks_and_touches_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([csv(folder, "hall,main,2026-05-01 00:00,1,2", "x"), "--dry-run"]) == 1
    assert capsys.readouterr().out == "2 lines: 2 values would be stored, 1 lines rejected\n"
    assert [path.name for path in folder.iterdir()] == ["history.csv"]


def test_several_files_and_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_import, "BATCH", 7)
    one = csv(folder, *(f"hall,a,2026-05-01 00:{n:02d},{n}," for n in range(50)), name="a.csv")
    two = csv(folder, *(f"hall,b,2026-05-01 00:{n:02d},{n}," for n in range(30)), name="b.csv")
    assert main([one, two]) == 0
    assert SqliteStore(folder / "readings.db").count(READINGS)["energy_kwh"] == 80


def test_a_file_that_is_not_there_stops_before_anything_is_stored(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([csv(folder, "hall,main,2026-05-01 00:00,1,"), "nowhere.csv"]) == 2
    assert "nowhere.csv" in capsys.readouterr().err
    assert not (folder / "readings.db").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("KILOWITNESS_STORE_URL", "csv://x"), ("KILOWITNESS_DEADLETTER_PATH", "/dev/null/dead.db")],
)
def test_a_wrong_setting_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert main([csv(folder)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_the_store_refuses_is_a_rejected_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = SqliteStore.write

    def write(store: SqliteStore, points: Sequence[Point]) -> None:
        real(store, points[:1])
        raise PointsRejected([(1, "too odd")])

    monkeypatch.setattr(SqliteStore, "write", write)
    path = csv(folder, "hall,main,2026-05-01 00:00,1,", "hall,main,2026-05-01 00:01,2,")
    assert main([path]) == 1
    said = capsys.readouterr()
    assert said.err == f"{path}:3: store-rejected: too odd\n"
    assert said.out == "2 lines: 1 values stored, 1 lines rejected\n"


def test_a_store_that_stays_down_ends_it_with_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[int] = []

    def write(store: SqliteStore, points: Sequence[Point]) -> None:
        tries.append(1)
        raise StoreUnavailable("down", retry_after_s=0.001)

    monkeypatch.setattr(SqliteStore, "write", write)
    assert main([csv(folder, "hall,main,2026-05-01 00:00,1,")]) == 1
    assert len(tries) == 5
    assert capsys.readouterr().err.splitlines() == [
        "kilowitness import: the store is unavailable: down; import again, it is safe to"
    ]


def test_help_explains_bills(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "the register it prints" in capsys.readouterr().out
