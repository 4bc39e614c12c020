"""Who drains a backlog: each leaves a session at the broker first, and empties it when its turn comes."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from simulators.bench.gauges import PATIENCE_S, Gauge, wait_stored
from simulators.bench.load import CHANNELS, Load
from simulators.bench.stand import Broker, Store
from simulators.bench.usage import Window, cpu_s, peak_mib
from simulators.processes import Program, Programs

LEAST_KNOWN = 20_000
"""Messages whose CPU can be told from ticks of 10 ms."""
KNOWN = "CPU µs/message, meters known"


@dataclass(frozen=True, slots=True)
class Stand:
    """What the contestants of one round share; `folder` has their logs."""

    folder: Path
    programs: Programs
    broker: Broker
    store: Store
    patience_s: float = PATIENCE_S


@dataclass(frozen=True, slots=True)
class Drain:
    """A backlog that was emptied, from the connection to the end, in `seconds`.

    `cpu_s`: CPU seconds in that time, of the one who drained; `beside_s`: of others, by name. `known_cpu_s`:
    of those that one message took, on average, after every meter had been heard; None when that is not known.
    """

    messages: int
    seconds: float
    cpu_s: float
    peak_mib: float
    beside_s: Mapping[str, float] = field(default_factory=dict)
    known_cpu_s: float | None = None

    def figures(self) -> dict[str, float]:
        """The figures that are printed."""
        us_per_message = self.cpu_s / self.messages * 1e6
        known = {} if self.known_cpu_s is None else {KNOWN: self.known_cpu_s * 1e6}
        return {
            "messages/s": self.messages / self.seconds,
            "readings/s": len(CHANNELS) * self.messages / self.seconds,
            "CPU µs/message": us_per_message,
            **known,
            "CPU s/million readings": us_per_message / len(CHANNELS),
            "peak MiB": self.peak_mib,
            "seconds": self.seconds,
            "own CPU s": self.cpu_s,
            **{f"{name} CPU s": seconds for name, seconds in self.beside_s.items()},
        }


class Contestant(Protocol):
    """One who drains."""

    name: str

    def subscribe(self) -> None:
        """Leave a session in which the messages to come will wait."""

    def drain(self, load: Load) -> Drain:
        """Empty it. Raises `ProgramFailed` when a message is missing in the end."""


def drain_by(
    stand: Stand, name: str, client_id: str, load: Load, *, start: Callable[[], Program], gauge: Gauge
) -> Drain:
    """Start a program and watch it empty its session into the store, from its connection to the last reading.

    Its own start, before it connects, does not count; nor does what the bench itself uses.
    """
    before = stand.broker.connections(client_id)
    program = start()
    stand.broker.wait_for(client_id, after=before)
    pids = {name: program.process.pid, "mosquitto": stand.broker.program.process.pid}
    if stand.store.server is not None:
        pids["influxd"] = stand.store.server.process.pid
    window, began = Window(pids), time.monotonic()
    marks: list[tuple[int, float]] = []

    def seen(stored: int) -> None:
        stand.programs.check()
        marks.append((stored, cpu_s(program.process.pid)))

    wait_stored(gauge, load.messages, seen=seen, patience_s=stand.patience_s)
    seconds = time.monotonic() - began
    used = window.end()
    own_s = used.pop(name)
    peak = peak_mib(program.process.pid)
    stand.programs.stop(name)
    return Drain(load.messages, seconds, own_s, peak, used, cost_once_known(load.meters, marks))


def cost_once_known(meters: int, marks: Sequence[tuple[int, float]]) -> float | None:
    """CPU seconds a message from the first mark with every meter stored to the last, if that is a span."""
    known = [mark for mark in marks if mark[0] >= meters]
    (first, first_s), (last, last_s) = known[0], known[-1]
    return (last_s - first_s) / (last - first) if last - first >= LEAST_KNOWN else None
