"""What a run came to, as it is told."""

import json
from collections import Counter
from io import StringIO

from rich.console import Console

from simulators.faulty.ledger import Verdict
from simulators.faulty.plan import Kind, make_plan
from simulators.faulty.report import as_json, figures, table
from simulators.faulty.run import Outcome


def outcome(wrong: str = "") -> Outcome:
    """A run of 3 million readings, with one that is `wrong` in some way."""
    told = Outcome(make_plan(5, messages=1_000_000, faults=3, longest_s=1.0), collectors=2)
    told.faults = Counter({Kind.BROKER_KILLED: 2, Kind.DISK_FULL: 1})
    told.verdict = Verdict(published=3_000_000, stored=3_000_000)
    if wrong:
        setattr(told.verdict, wrong, 1)
    told.outages_s = [1.04, 61.26, 0.5]
    told.recoveries_s = [1.0, 9.0, 2.0]
    told.peak_mib = 99.96
    return told


def test_the_figures_are_those_of_the_run() -> None:
    found = figures(outcome())
    assert found["readings published"] == found["readings stored"] == 3_000_000
    assert (found["lost"], found["invented"], found["doubled"]) == (0, 0, 0)
    assert (found["faults"], found["seed"], found["collectors"]) == (3, 5, 2)
    assert found["longest outage s"] == 61.3
    assert (found["longest recovery s"], found["median recovery s"]) == (9.0, 2.0)
    assert found["peak memory of a collector MiB"] == 100.0


def test_a_run_without_faults_has_figures_too() -> None:
    bare = Outcome(make_plan(1, messages=10, faults=0, longest_s=1.0), collectors=1)
    assert figures(bare)["longest outage s"] == figures(bare)["median recovery s"] == 0.0
    assert bare.sound


def test_what_is_wrong_makes_it_unsound_whatever_it_is() -> None:
    assert outcome().sound
    for name in ("lost", "invented", "doubled", "letters_lost", "letters_invented", "letters_doubled"):
        assert not outcome(name).sound, name
    troubled = outcome()
    troubled.trouble.append("the collector took 6 s to stop")
    assert not troubled.sound
    assert as_json(troubled)["trouble"] == ["the collector took 6 s to stop"]


def test_json_says_all_that_the_table_says() -> None:
    told = json.loads(json.dumps(as_json(outcome())))
    assert told["faults by kind"] == {"broker: SIGKILL": 2, "dead letter: disk full": 1}
    assert told["sound"] is True
    shown = StringIO()
    Console(file=shown, width=100).print(table(outcome()))
    text = shown.getvalue()
    assert "3,000,000" in text
    for name in [*told["faults by kind"], *figures(outcome())]:
        assert name in text
