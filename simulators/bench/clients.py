"""`bench clients`: the MQTT client libraries a collector could stand on, on the same preloaded backlog."""

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from simulators.bench import report
from simulators.bench.ceiling import Subscriber
from simulators.bench.contestants import Drain, Stand
from simulators.bench.load import CHANNELS, new_load, publish
from simulators.bench.options import drain_options
from simulators.bench.stand import Broker, Store
from simulators.bench.subscribers import BATCH, LIBRARIES, LIMIT_S, installed
from simulators.bench.usage import require_proc
from simulators.processes import ProgramFailed, Programs


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 when a program failed."""
    parser = argparse.ArgumentParser(
        prog="kilowitness bench clients",
        description=f"Count a preloaded backlog and acknowledge it by hand, {BATCH:,} at a time.",
    )
    drain_options(parser)
    options = parser.parse_args(arguments)
    try:
        require_proc()
        figures = measure(options.messages, options.meters, options.repeats)
    except (ProgramFailed, OSError) as error:
        return report.refuse(str(error))
    if options.json:
        report.print_json(figures)
    else:
        report.print_ingest(figures)
    return 0


def measure(messages: int, meters: int, repeats: int) -> report.Figures:
    """Every installed library once a round. Raises `ProgramFailed`."""
    drains: dict[str, list[Drain]] = {}
    loads = []
    for number in range(repeats):
        loads.append(os.getloadavg()[0])
        for library, drain in play(messages, meters, turn=number).items():
            drains.setdefault(library, []).append(drain)
    return {
        "messages": messages,
        "channels": len(CHANNELS),
        "repeats": repeats,
        "machine": {"cores": os.cpu_count(), "load before the rounds": report.spread(loads)},
        "drains": {library: report.summary(drains[library]) for library in LIBRARIES if library in drains},
        "ratios": {},
        "notes": [*_missing(), *_stopped(drains, messages)],
    }


def _missing() -> list[str]:
    return [f"{library} is not installed" for library in LIBRARIES if not installed(library)]


def _stopped(drains: Mapping[str, Sequence[Drain]], messages: int) -> list[str]:
    return [
        f"{library}: {min(taken):,} messages in {LIMIT_S:g} s, and no more were waited for"
        for library, found in drains.items()
        if min(taken := [drain.messages for drain in found]) < messages
    ]


def play(messages: int, meters: int, *, turn: int) -> dict[str, Drain]:
    """One round: library → drain."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with Programs(folder, {}) as programs:
            broker = Broker(programs, folder / "broker")
            stand = Stand(folder, programs, broker, Store("", None))
            subscribers = [
                Subscriber(stand, library, name=library) for library in LIBRARIES if installed(library)
            ]
            for subscriber in subscribers:
                subscriber.subscribe()
            load = new_load(messages, meters, f"bench-{int(time.time())}")
            publish(broker.port, load)
            first = turn % len(subscribers)
            return {each.name: each.drain(load) for each in subscribers[first:] + subscribers[:first]}
