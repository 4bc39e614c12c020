"""`kilowitness deadletter`."""

from pathlib import Path

import pytest

from collectors.deadletter_command import main
from collectors.decoders import Reject
from services.deadletters.letters import DeadLetters, Letter


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeadLetters:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("KILOWITNESS_DEADLETTER_PATH", str(tmp_path / "dead.db"))
    kept = DeadLetters(tmp_path / "dead.db")
    kept.add(
        [
            Letter(1_795_334_400_000, "a/b[bold]", b'{"x": 1}', "canonical", (Reject("unknown-channel: x"),)),
            Letter(1_795_334_401_000, "c/d", b"\x00\xff", "", tuple(Reject(f"r{n}", n) for n in range(1003))),
        ]
    )
    return kept


def test_list_shows_the_newest_with_their_first_reason(
    letters: DeadLetters, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["2", "2026-11-22", "16:00:01+08:00", "c/d", "1003", "r0"]
    assert "a/b[bold]" in lines[2]
    assert "unknown-channel: x" in lines[2]


def test_list_says_when_there_are_more(letters: DeadLetters, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--limit", "1"]) == 0
    assert "1 of 2" in capsys.readouterr().out


def test_show_tells_everything(letters: DeadLetters, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "1"]) == 0
    shown = capsys.readouterr().out
    for part in ("a/b[bold]", "canonical", "unknown-channel: x", '{"x": 1}', "8 bytes"):
        assert part in shown
    assert main(["show", "2"]) == 0
    shown = capsys.readouterr().out
    for part in ("item 999: r999", "and 3 more", "00 ff", "(none)"):
        assert part in shown


def test_show_payload_is_byte_for_byte(
    letters: DeadLetters, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["show", "2", "--payload"]) == 0
    assert capfdbinary.readouterr().out == b"\x00\xff"


def test_show_of_what_is_not_there(letters: DeadLetters, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "77"]) == 1
    assert "no letter 77" in capsys.readouterr().err


def test_drop(letters: DeadLetters, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drop", "1"]) == 0
    assert main(["drop", "1"]) == 1
    assert letters.count() == 1
    assert main(["drop", "--all"]) == 0
    assert letters.count() == 0
    assert capsys.readouterr().out.split("\n")[:3] == ["1 dropped", "0 dropped", "1 dropped"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["drop"],
        ["drop", "--all", "1"],
        ["show"],
        ["list", "--limit", "x"],
        ["show", "9" * 30],
        ["drop", "-1"],
    ],
)
def test_a_wrong_call_is_refused(
    letters: DeadLetters, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert letters.count() == 2
    assert "usage" in capsys.readouterr().err


def test_with_no_file_there_are_no_letters_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_DEADLETTER_PATH", str(tmp_path / "none.db"))
    assert main(["list"]) == 0
    assert main(["show", "1"]) == 1
    assert "no dead letters" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def test_a_damaged_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.db").write_bytes(b"not a database" * 100)
    monkeypatch.setenv("KILOWITNESS_DEADLETTER_PATH", str(tmp_path / "bad.db"))
    assert main(["list"]) == 2
    assert "bad.db" in capsys.readouterr().err
