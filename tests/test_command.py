"""The command `kilowitness`: every verb leads to a room that answers."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

import kilowitness
from kilowitness import VERBS, main, usage


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_room_with_a_main(verb: str) -> None:
    module, about = VERBS[verb]
    assert callable(import_module(module).main)
    assert about[0].islower()
    assert not about.endswith(".")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_tells_how_to_call_it(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: kilowitness {verb} ")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_refuses_an_option_it_does_not_know(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main([verb, "--no-such-option"])
    except SystemExit as end:
        code = end.code
    assert code == 2
    *how_to_call_it, why = capsys.readouterr().err.splitlines()
    assert why.startswith("kilowitness")
    assert all(line.startswith("usage: kilowitness") for line in how_to_call_it[:1])


def test_the_usage_has_a_line_for_each_verb() -> None:
    rows = [line.split(maxsplit=1) for line in usage().splitlines() if line.startswith("  ")]
    assert rows == [[verb, about] for verb, (_, about) in VERBS.items()]
    assert max(map(len, usage().splitlines())) <= 100


@pytest.mark.parametrize("word", ["help", "-h", "--help"])
def test_help_is_printed_when_asked_for(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    assert capsys.readouterr().out == usage() + "\n"


def test_nothing_asked_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: kilowitness VERB" in capsys.readouterr().out


def test_an_unknown_verb_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serv", "--port", "1"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("kilowitness: no verb 'serv'\n\nusage: ")


def test_the_words_of_the_command_line_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["kilowitness", "nonsense"])
    assert main() == 2


def test_a_verb_of_a_shared_room_is_handed_on_and_any_other_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[tuple[str, ...]] = []

    class Room:
        @staticmethod
        def main(words: list[str]) -> int:
            handed.append(tuple(words))
            return 7

    monkeypatch.setattr(kilowitness, "import_module", lambda _name: Room)
    assert main(["jobs", "--once"]) == 7
    assert main(["import", "a.csv", "--dry-run"]) == 7
    assert handed == [("jobs", "--once"), ("a.csv", "--dry-run")]


@pytest.mark.parametrize(("given", "counts"), [(None, "1"), ("4", "4")])
def test_numpy_computes_on_one_thread_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: str | None, counts: str
) -> None:
    class Room:
        @staticmethod
        def main(_words: list[str]) -> int:
            return 0

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", given or "")
    if given is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    monkeypatch.setattr(kilowitness, "import_module", lambda _name: Room)
    assert main(["jobs"]) == 0
    assert os.environ["OPENBLAS_NUM_THREADS"] == counts


def test_it_starts_without_opening_a_room() -> None:
    code = "import sys, kilowitness; kilowitness.main(['help']); print([m for m in sys.modules if '.' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1]
    for room in ("services.", "collectors.", "simulators.", "dashboards.", "fastapi", "sqlalchemy"):
        assert room not in loaded
