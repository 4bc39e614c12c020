"""`kilowitness deadletter`."""

from pathlib import Path

import pytest

from collectors.deadletter_command import main
from collectors.decoders import Reject
from services.deadletters.letters import DeadLetters, Letter
from services.deadletters.selection import Selection


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
    assert lines[1].split() == ["2", "2026-11-22", "16:00:01+08:00", "1", "c/d", "1003", "r0"]
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


def test_letters_are_meant_by_topic_reason_and_collector(
    letters: DeadLetters, capsys: pytest.CaptureFixture[str]
) -> None:
    letters.add([Letter(1_795_334_402_000, "a/z", b"", "", (Reject("r0"),), collector="east-1")])
    for words, expected in (
        (["--topic", "a/#"], ["3", "1"]),
        (["--topic", "c/d"], ["2"]),
        (["--reason", "r0"], ["3", "2"]),
        (["--reason", "unknown-channel"], ["1"]),
        (["--collector", "east-1"], ["3"]),
        (["--topic", "+/z", "--reason", "r0"], ["3"]),
        (["--reason", "r"], []),
    ):
        assert main(["list", *words]) == 0
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == expected
    assert main(["drop", "--all", "--reason", "r0"]) == 0
    assert [letter.id for letter in letters.newest(9)] == [1]


def test_a_letter_that_came_again_says_how_often(
    letters: DeadLetters, capsys: pytest.CaptureFixture[str]
) -> None:
    letters.add([Letter(1_795_334_460_000, "a/b[bold]", b'{"x": 1}', "canonical", (Reject("r"),))])
    letters.request(Selection(ids=[1]), at_ms=1_795_334_520_000)
    assert main(["show", "1"]) == 0
    shown = capsys.readouterr().out
    assert "seen      2 times, the last 2026-11-22 16:01:00+08:00" in shown
    assert "requested 2026-11-22 16:02:00+08:00" in shown
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split()[3] == "2"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["replay"],
        ["replay", "--all", "1"],
        ["replay", "--reason", "x"],
        ["drop", "--topic", "a/#"],
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
