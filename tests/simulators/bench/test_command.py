"""The verb `bench`: each word leads to a bench that answers, and `ingest` is meant where none is said."""

import json
import re

import pytest

from simulators.bench.command import VERBS, main


@pytest.mark.parametrize("verb", ["ingest", "clients", "faults", "api"])
def test_every_bench_tells_how_to_call_it(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: kilowitness bench {verb} ")


def test_ingest_is_meant_unless_a_bench_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--messages", "many"], ["ingest", "--messages", "many"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        assert "kilowitness bench ingest: error: argument --messages" in capsys.readouterr().err


def test_the_help_has_a_line_for_each_bench(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for verb, (_, about) in VERBS.items():
        assert re.search(rf"^  {verb} +{re.escape(about)}$", said, re.MULTILINE)


def test_an_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["patience"])
    assert ended.value.code == 2
    assert "ingest" in capsys.readouterr().err


def test_savings_runs_as_a_program_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["savings", "--json", "--runs", "1", "--meters", "1", "--contracts", "0"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["weather, daily: whole ms"] > 0
    assert main(["savings", "--no-such-option"]) == 2


@pytest.mark.parametrize("bench", ["ingest", "clients"])
@pytest.mark.parametrize("option", ["--messages", "--meters", "--repeats"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "²", ""])
def test_nothing_is_not_measured(
    bench: str, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([bench, f"{option}={value}"])
    assert ended.value.code == 2
    assert f"{value!r} is not a whole number" in capsys.readouterr().err
