"""Every kind of fault at least once, and every reading accounted for: `kilowitness bench faults` in small."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from simulators.faulty.command import main
from simulators.faulty.messages import START_MS
from simulators.faulty.plan import SINGLE, Fault, Kind, Plan
from simulators.faulty.programs import COLLECTOR
from simulators.faulty.run import Outcome, Run
from simulators.faulty.site import Site

pytestmark = [pytest.mark.mosquitto, pytest.mark.influxd]
READINGS = 50_000
MOST_MIB = 200


HASTY = """
import sys
from collectors.__main__ import main
from collectors.mqtt import MqttSession

def take(self, most, timeout_s):
    messages = honest_take(self, most, timeout_s)
    honest_acknowledge(self, messages)
    return messages

honest_take, MqttSession.take = MqttSession.take, take
honest_acknowledge, MqttSession.acknowledge = MqttSession.acknowledge, lambda self, messages: None
sys.exit(main([]))
"""
"""The collector, but that it acknowledges before it stores."""


def run(
    folder: Path, plan: Plan, *, collectors: int, command: Sequence[str] = COLLECTOR, patience_s: float = 60
) -> Outcome:
    """Carry a plan out on programs in a folder."""
    with Site(folder, collectors=collectors, command=command) as site:
        return Run(site, plan, patience_s=patience_s).carry_out()


def test_no_fault_of_any_kind_loses_invents_or_doubles_a_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"readings": READINGS, "faults": len(SINGLE), "longest": 0.4, "outage": 0, "seed": 20_261_122,
               "patience": 60, "folder": tmp_path}  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    code = main([*words, "--json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    told = json.loads(out)
    assert set(told["faults by kind"]) == set(Kind)
    assert told["lost"] == told["invented"] == told["doubled"] == told["messages left at the broker"] == 0
    assert told["readings stored"] == told["readings published"] >= READINGS
    assert told["dead letters"] == told["bad messages"] > READINGS // 300
    assert told["messages sent again"] > 0
    assert told["messages nobody was subscribed to"] == 0
    assert 0 < told["peak memory of a collector MiB"] < MOST_MIB
    assert list(tmp_path.glob("collector-1/*.log"))


def test_two_collectors_that_share_the_load_do_so_too_when_one_dies(tmp_path: Path) -> None:
    faults = (
        Fault(Kind.COLLECTOR_KILLED, 1_000, 0.3, 0.0, settled=False),
        Fault(Kind.ANSWER_LOST, 3_000, 0.2, 0.5, settled=False, deadly=True),
        Fault(Kind.COLLECTOR_STOPPED, 4_500, 0.3, 0.0, settled=False),
    )
    plan = Plan(2, 6_000, faults, limits=(2_000, 4_000, 6_000))
    outcome = run(tmp_path, plan, collectors=2)
    assert outcome.sound, "\n".join([*outcome.trouble, *outcome.verdict.examples, str(plan)])
    assert outcome.verdict.stored == outcome.verdict.published
    assert outcome.unheard == 0


def test_a_collector_that_acknowledges_too_early_is_found_out(tmp_path: Path) -> None:
    fault = Fault(Kind.ANSWERS_503, 500, 0.3, 0.0, settled=False, deadly=True)
    plan = Plan(1, 2_000, (fault,), limits=(2_000,))
    command = (sys.executable, "-c", HASTY)
    outcome = run(tmp_path, plan, collectors=1, command=command, patience_s=3)
    assert not outcome.sound
    assert outcome.verdict.lost > 0
    assert outcome.verdict.invented == outcome.verdict.doubled == 0


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

        plan = Plan(1, 500, (), ())
        outcome = Run(site, plan, progress=spoil, patience_s=30).carry_out()
    assert not outcome.sound
    assert (outcome.verdict.lost, outcome.verdict.invented, outcome.verdict.doubled) == (4, 2, 0)
