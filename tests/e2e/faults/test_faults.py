"""Every kind of fault at least once, and every reading accounted for: `kilowitness bench faults` in small."""

import json
from pathlib import Path

import httpx2
import pytest

from simulators.faulty.command import main
from simulators.faulty.messages import START_MS
from simulators.faulty.plan import Fault, Kind, Plan, make_plan
from simulators.faulty.run import Outcome, Run
from simulators.faulty.site import Site

pytestmark = [pytest.mark.mosquitto, pytest.mark.influxd]
MESSAGES = 20_000
MOST_MIB = 200


def run(folder: Path, plan: Plan, *, collectors: int) -> Outcome:
    """Carry a plan out on programs in a folder."""
    with Site(folder, collectors=collectors) as site:
        return Run(site, plan, patience_s=60).carry_out()


def test_no_fault_of_any_kind_loses_invents_or_doubles_a_reading(tmp_path: Path) -> None:
    plan = make_plan(20_261_122, messages=MESSAGES, faults=len(Kind), longest_s=0.5)
    outcome = run(tmp_path, plan, collectors=1)
    verdict = outcome.verdict
    assert outcome.sound, "\n".join([*outcome.trouble, *verdict.examples, str(plan)])
    assert set(outcome.faults) == set(Kind)
    assert verdict.stored == verdict.published > 2.9 * MESSAGES
    assert verdict.letters == verdict.letters_due > MESSAGES // 100
    assert outcome.sent_again > 0
    assert 0 < outcome.peak_mib < MOST_MIB


def test_two_collectors_that_share_the_load_do_so_too_when_one_dies(tmp_path: Path) -> None:
    kinds = (Kind.COLLECTOR_KILLED, Kind.ANSWER_LOST, Kind.COLLECTOR_STOPPED, Kind.COLLECTOR_KILLED)
    faults = tuple(
        Fault(kind, 2_000 * number + 700, 0.3, number % 2 / 2, settled=number == 3)
        for number, kind in enumerate(kinds)
    )
    plan = Plan(2, 8_000, faults, limits=(2_000, 4_000, 6_000, 8_000))
    outcome = run(tmp_path, plan, collectors=2)
    assert outcome.sound, "\n".join([*outcome.trouble, *outcome.verdict.examples, str(plan)])
    assert outcome.verdict.stored == outcome.verdict.published
    assert outcome.unheard == 0


def test_what_is_missing_or_planted_in_the_store_is_found(tmp_path: Path) -> None:
    with Site(tmp_path, collectors=1) as site:

        def spoil(_published: int, doing: str) -> None:
            if doing != "accounting":
                return
            url = f"http://127.0.0.1:{site.database.port}"
            gone = f"DELETE FROM readings WHERE meter = 'm5' AND time = {START_MS}ms"
            planted = f"readings,institution=faults,meter=m5 energy_kwh=5.0 {START_MS - 1000}"
            wrong = f"readings,institution=faults,meter=m6 power_kw=-1.0 {START_MS}"
            at = {"db": "faults", "precision": "ms"}
            httpx2.post(f"{url}/query", params=at | {"q": gone}, trust_env=False).raise_for_status()
            httpx2.post(f"{url}/write", params=at, content=f"{planted}\n{wrong}", trust_env=False)

        plan = make_plan(1, messages=500, faults=0, longest_s=1.0)
        outcome = Run(site, plan, progress=spoil, patience_s=30).carry_out()
    assert not outcome.sound
    assert (outcome.verdict.lost, outcome.verdict.invented, outcome.verdict.doubled) == (4, 2, 0)


def test_the_command_tells_what_it_came_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--readings", "3000", "--faults", "1", "--longest", "0.2", "--outage", "0", "--seed", "4"]
    assert main([*options, "--folder", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sound"] is True
    assert told["readings stored"] == told["readings published"] == pytest.approx(3_000, abs=2)
    assert told["lost"] == told["messages left at the broker"] == 0
    assert list(tmp_path.glob("collector-1/*.log"))
