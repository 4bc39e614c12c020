"""A drain as it is watched: on a real broker, by a program that does what the test says."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.bench.contestants import LEAST_KNOWN, Drain, Stand, cost_once_known, drain_by
from simulators.bench.load import FILTER, new_load, publish
from simulators.bench.stand import Broker, Store
from simulators.bench.wire import keep_session
from simulators.processes import ProgramFailed, Programs

DRAINER = """
import sys, time
from simulators.bench.wire import Connection
with Connection(int(sys.argv[1]), "watched", kept=True) as connection:
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    {end}
"""


class Growing:
    """A gauge that finds `step` more stored at every question."""

    def __init__(self, step: int) -> None:
        self._step, self._stored = step, 0

    def stored(self, messages: int) -> int:
        """A step further."""
        self._stored = min(messages, self._stored + self._step)
        return self._stored

    def close(self) -> None:
        """Nothing to close."""


Watch = Callable[..., Drain]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """Lets a program drain that works for 0.2 s of CPU time after it connected, and then does `end`."""

    def run(end: str, step: int, *, patience_s: float = 60) -> Drain:
        with Programs(tmp_path, {}) as programs:
            broker = Broker(programs, tmp_path / "broker")
            stand = Stand(tmp_path, programs, broker, Store("", None), patience_s)
            keep_session(broker.port, "watched", FILTER)
            load = new_load(50, 5, "watched")
            publish(broker.port, load)
            command = [sys.executable, "-c", DRAINER.format(end=end), str(broker.port)]
            drain = drain_by(
                stand, "drainer", "watched", load,
                start=lambda: programs.start("drainer", command), gauge=Growing(step),
            )  # fmt: skip
            programs.check()
            return drain

    return run


@pytest.mark.mosquitto
def test_a_drain_is_timed_from_the_connection_and_its_program_is_stopped(watch: Watch) -> None:
    drain = watch("time.sleep(600)", 5)
    assert drain.messages == 50
    assert 0 < drain.seconds < 30
    assert 0 <= drain.cpu_s < 1
    assert drain.peak_mib > 5
    assert drain.beside_s.keys() == {"mosquitto", "elsewhere"}
    assert drain.known_cpu_s is None


@pytest.mark.mosquitto
def test_a_program_that_ends_before_the_backlog_does_is_named(watch: Watch) -> None:
    with pytest.raises(ProgramFailed, match="drainer ended with exit code 7"):
        watch("sys.exit(7)", 0)


@pytest.mark.mosquitto
def test_a_backlog_that_stays_is_lost(watch: Watch) -> None:
    with pytest.raises(ProgramFailed, match="lost: 0 of 50 messages are stored"):
        watch("time.sleep(600)", 0, patience_s=0.3)


def test_the_cost_of_known_meters_is_that_after_all_were_heard() -> None:
    marks = [(0, 1.0), (500, 4.0), (1000, 5.0), (50_000, 6.0), (1000 + LEAST_KNOWN * 5, 7.0)]
    assert cost_once_known(1000, marks) == pytest.approx(2.0 / (LEAST_KNOWN * 5))
    assert cost_once_known(0, marks) == pytest.approx(6.0 / (1000 + LEAST_KNOWN * 5))


def test_a_span_too_short_for_the_clock_of_ticks_tells_nothing() -> None:
    assert cost_once_known(1000, [(1000, 1.0), (999 + LEAST_KNOWN, 2.0)]) is None
    assert cost_once_known(1000, [(0, 0.0), (LEAST_KNOWN, 2.0)]) is None
