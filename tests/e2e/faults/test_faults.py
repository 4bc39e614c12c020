"""Every kind of fault at least once, and every reading accounted for: `kilowitness bench faults` in small."""

from pathlib import Path

import pytest

from simulators.faulty.plan import Kind, Plan, make_plan
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
