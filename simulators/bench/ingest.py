"""`bench ingest`: a backlog of QoS 1 messages drained into the store, beside its ceiling and a peer.

A round has a broker and a store of its own. Whoever drains leaves a session at the broker; the load is
published once, so that the same messages wait in every session; then they take turns, in another order each
round, alone on the machine but for broker and store.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulators.bench import report
from simulators.bench.ceiling import Subscriber
from simulators.bench.collector import Collector
from simulators.bench.contestants import Contestant, Drain, Stand
from simulators.bench.gauges import PATIENCE_S
from simulators.bench.load import CHANNELS, new_load, publish
from simulators.bench.options import drain_options, whole
from simulators.bench.peers import ABSENT, Telegraf
from simulators.bench.stand import Broker, open_store
from simulators.bench.usage import require_proc
from simulators.processes import ProgramFailed, Programs, find_program
from simulators.service import ServiceRefused


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured in one round: the collector into `store`, alone or `beside` ceiling and peer."""

    title: str
    store: str
    meters: int
    beside: bool = False


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 when a program failed or a reading is missing."""
    options = _parser().parse_args(arguments)
    cases = cases_of(options.store, options.meters, options.scale)
    try:
        require_proc()
        figures = measure(cases, options.messages, options.repeats, patience_s=options.patience)
    except (ProgramFailed, ServiceRefused, OSError) as error:
        return report.refuse(str(error))
    if options.json:
        report.print_json(figures)
    else:
        report.print_ingest(figures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kilowitness bench ingest",
        description="Drain a preloaded backlog into the store; needs mosquitto, and influxd for its store.",
    )
    drain_options(parser)
    parser.add_argument(
        "--store", default="both", help="influxd, sqlite, both, or the URL of a store that runs (%(default)s)"
    )
    parser.add_argument(
        "--scale", type=whole, default=100_000, metavar="METERS",
        help="measure the cost a message with so many meters too; 0: do not (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_S, metavar="SECONDS",
        help="how long a drain may stand still before it counts as failed (%(default)s)",
    )  # fmt: skip
    return parser


def cases_of(store: str, meters: int, scale: int) -> list[Case]:
    """The rounds' cases; the first has the ceiling and the peer beside it, and the scale has its store."""
    stores = ["influxd", "sqlite"] if store == "both" else [store]
    names = [kind if "://" not in kind else "the given store" for kind in stores]
    cases = [
        Case(f"collector, {name}", kind, meters, beside=not index)
        for index, (name, kind) in enumerate(zip(names, stores, strict=True))
    ]
    if scale:
        cases.append(Case(f"collector, {names[0]}, {scale:,} meters", stores[0], scale))
    return cases


def measure(
    cases: Sequence[Case], messages: int, repeats: int, *, patience_s: float = PATIENCE_S
) -> report.Figures:
    """Every case once a round; the figures are medians over the rounds, with their lowest and highest.

    Raises `ProgramFailed` when a program fails or a reading is missing.
    """
    drains: dict[str, list[Drain]] = {}
    loads = []
    for number in range(repeats):
        for case in cases:
            loads.append(os.getloadavg()[0])
            for title, drain in play(case, messages, turn=number, patience_s=patience_s).items():
                drains.setdefault(title, []).append(drain)
    return {
        "messages": messages,
        "channels": len(CHANNELS),
        "repeats": repeats,
        "machine": {"cores": os.cpu_count(), "load before the rounds": report.spread(loads)},
        "drains": {title: report.summary(found) for title, found in drains.items()},
        "ratios": ratios(cases, drains),
        "notes": [] if find_program("telegraf") else [ABSENT],
    }


def play(case: Case, messages: int, *, turn: int, patience_s: float = PATIENCE_S) -> dict[str, Drain]:
    """One round of one case: title → drain."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        environment = {
            "KILOWITNESS_DATABASE_URL": f"sqlite:///{folder}/kilowitness.db",
            "KILOWITNESS_DEADLETTER_PATH": f"{folder}/deadletter.db",
        }
        with Programs(folder, environment) as programs:
            stand = Stand(
                folder, programs, Broker(programs, folder / "broker"),
                open_store(case.store, programs, folder / "store"), patience_s,
            )  # fmt: skip
            contestants = _contestants(case, stand)
            for contestant in contestants.values():
                contestant.subscribe()
            load = new_load(messages, case.meters, f"bench-{int(time.time())}-{turn}")
            publish(stand.broker.port, load)
            order = list(contestants)
            first = turn % len(order)
            return {title: contestants[title].drain(load) for title in order[first:] + order[:first]}


def _contestants(case: Case, stand: Stand) -> dict[str, Contestant]:
    contestants: dict[str, Contestant] = {case.title: Collector(stand)}
    if case.beside:
        contestants["ceiling: only acknowledged"] = Subscriber(stand)
        if find_program("telegraf") and stand.store.port is not None:
            contestants["telegraf, influxd"] = Telegraf(stand, stand.folder / "telegraf")
    return contestants


def ratios(cases: Sequence[Case], drains: dict[str, list[Drain]]) -> dict[str, float]:
    """The first case's speed against the others in its rounds, and what a message costs with more meters."""
    first = cases[0]
    found = {}
    pace = {title: report.median(d.messages / d.seconds for d in of) for title, of in drains.items()}
    whole = {title: report.median(d.cpu_s / d.messages for d in of) for title, of in drains.items()}
    known = {
        title: report.median([d.known_cpu_s for d in of if d.known_cpu_s is not None] or [0.0])
        for title, of in drains.items()
    }
    beside = [title for title in drains if title not in {case.title for case in cases}]
    for title in beside:
        found[f"messages/s: {first.title} / {title}"] = pace[first.title] / pace[title]
    for case in cases:
        if case.store == first.store and case.meters != first.meters:
            name = f"{case.meters:,} / {first.meters:,} meters"
            for what, cost in (("CPU a message", whole), ("CPU a message, meters known", known)):
                if cost[first.title] and cost[case.title]:
                    found[f"{what}: {name}"] = cost[case.title] / cost[first.title]
    return found
