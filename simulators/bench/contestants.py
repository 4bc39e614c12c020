"""Who drains a backlog: each leaves a session at the broker first, and empties it when its turn comes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from simulators.bench.gauges import PATIENCE_S, Gauge, wait_stored
from simulators.bench.load import CHANNELS, Load
from simulators.bench.stand import Broker, Store
from simulators.bench.usage import Window, peak_mib
from simulators.processes import Program, Programs


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

    `cpu_s`: CPU seconds in that time, of the one who drained; `beside_s`: of others, by name.
    """

    messages: int
    seconds: float
    cpu_s: float
    peak_mib: float
    beside_s: Mapping[str, float] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """The figures that are printed."""
        us_per_message = self.cpu_s / self.messages * 1e6
        return {
            "messages/s": self.messages / self.seconds,
            "readings/s": len(CHANNELS) * self.messages / self.seconds,
            "CPU µs/message": us_per_message,
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
    wait_stored(gauge, load.messages, check=stand.programs.check, patience_s=stand.patience_s)
    seconds = time.monotonic() - began
    used = window.end()
    own_s = used.pop(name)
    peak = peak_mib(program.process.pid)
    stand.programs.stop(name)
    return Drain(load.messages, seconds, own_s, peak, used)
