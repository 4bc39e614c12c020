"""The command line: what it refuses, and that what is missing is named."""

from pathlib import Path

import pytest

from simulators.faulty import command
from simulators.faulty.gateway import GatewayStuck
from simulators.faulty.ledger import Verdict
from simulators.faulty.plan import Plan
from simulators.faulty.run import Outcome
from simulators.processes import ProgramFailed


@pytest.mark.parametrize("failure", [ProgramFailed("influxd is not on PATH"), GatewayStuck("nobody took 3")])
def test_what_is_in_the_way_is_said_with_the_plan(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Outcome:
        raise failure

    monkeypatch.setattr(command, "_run", fail)
    assert command.main(["--seed", "9", "--faults", "2"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"kilowitness bench faults: {failure}\nseed 9, ")


@pytest.mark.parametrize(("lost", "code"), [(0, 0), (3, 1)])
def test_the_exit_code_says_whether_anything_was_lost(
    lost: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = Verdict(published=9, stored=9 - lost, lost=lost, examples=["lost: 3 of m1"] * bool(lost))
    monkeypatch.setattr(command, "_run", lambda plan, _options: Outcome(plan, 1, verdict=verdict))
    assert command.main(["--readings", "9", "--faults", "1"]) == code
    out, err = capsys.readouterr()
    assert "readings published" in out
    assert ("lost: 3 of m1\nseed 1, " in err) is bool(lost)


def test_what_is_asked_for_is_what_is_planned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Plan] = []

    def note(plan: Plan, _options: object) -> Outcome:
        asked.append(plan)
        return Outcome(plan, 1)

    monkeypatch.setattr(command, "_run", note)
    words = ["--readings", "3000", "--faults", "30", "--seed", "5", "--longest", "2", "--outage", "40"]
    command.main([*words, "--folder", str(tmp_path), "--json"])
    (plan,) = asked
    assert (plan.seed, len(plan.faults)) == (5, 30)
    assert 1_000 <= plan.messages < 1_020
    assert max(fault.hold_s for fault in plan.faults) == 40
    assert sorted(fault.hold_s for fault in plan.faults)[-2] <= 2


@pytest.mark.parametrize("words", [["--readings", "many"], ["--faults"], ["--folder"], ["--colour", "red"]])
def test_a_wrong_option_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_help_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "mosquitto and influxd" in " ".join(shown.split())
    assert "1000000" in shown
