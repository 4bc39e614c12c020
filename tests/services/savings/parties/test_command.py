"""`kilowitness party new`: lines that the program reads, and a token that it takes."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.savings.parties.command import main
from services.savings.parties.files import load_speakers
from tests.services.savings.parties.people import voices

SAID = ["new", "--name", '武汉灯光 "Lamplight" \\ Co.', "--side", "esco", "--contracts", "emc-001, emc-004"]


def made(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[str, str]:
    """The lines, and the token."""
    assert main([*SAID, *more]) == 0
    told = capsys.readouterr()
    first = told.err.splitlines()[0]
    assert first.startswith("token ")
    return told.out, first.removeprefix("token ")


def test_the_lines_are_read_and_the_token_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, token = made(capsys, "--first-day", "2026-07-01", "--last-day", "2027-06-30")
    file = tmp_path / "parties.toml"
    file.write_text(f"# ours\n{lines}", encoding="utf-8")
    (one,) = load_speakers(file)
    assert (one.name, one.side, one.contracts) == (SAID[2], "esco", ("emc-001", "emc-004"))
    assert (str(one.first_day), str(one.last_day)) == ("2026-07-01", "2027-06-30")
    found = voices(one).of(token)
    assert found is not None
    assert found.speaker == one


def test_what_follows_one_another_is_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, tokens = tmp_path / "parties.toml", []
    for _ in range(3):
        lines, token = made(capsys)
        tokens.append(token)
        with file.open("a", encoding="utf-8") as end:
            end.write(lines)
    found = voices(*load_speakers(file))
    assert len({found.of(token) for token in tokens}) == 3
    assert min(map(len, tokens)) == 43


def test_the_token_stands_in_no_line_that_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    lines, token = made(capsys)
    assert token not in lines
    assert "first_day" not in lines
    assert lines.endswith('"\n')


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (SAID[2], " ", "--name: "),
        (SAID[2], "a\nb", "--name: a sign that does not print"),
        (SAID[6], "", "--contracts: "),
        (SAID[6], "emc-001,*", '--contracts: "*" is all contracts'),
        (SAID[6], "Emc 1", "--contracts: "),
    ],
)
def test_an_option_that_cannot_be_used_is_named(
    capsys: pytest.CaptureFixture[str], old: str, new: str, named: str
) -> None:
    assert main([new if word == old else word for word in SAID]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"kilowitness party: {named}")
    assert len(told.err.splitlines()) == 1
    assert told.out == ""


def test_days_in_the_wrong_order_make_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SAID, "--first-day", "2026-07-01", "--last-day", "2026-06-30"]) == 2
    told = capsys.readouterr()
    assert told.err == "kilowitness party: last_day is before first_day\n"
    assert told.out == ""


@pytest.mark.parametrize("words", [SAID[:3], [*SAID, "--first-day", "soon"], [*SAID, "--side", "us"]])
def test_what_is_missing_or_unknown_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: kilowitness party" in capsys.readouterr().err


def test_the_verb_leads_here() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kilowitness", "party", "new", "--name", "Bureau", "--side", "bureau",
         "--contracts", "*"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    *lines, digest = done.stdout.splitlines()
    assert lines == ["[[speaker]]", 'name = "Bureau"', 'side = "bureau"', 'contracts = ["*"]']
    assert digest.startswith('sha256 = "')
    assert done.stderr.startswith("token ")
