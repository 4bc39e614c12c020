"""`kilowitness bench savings`: how fast measurement and verification are, and a city's month end."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from services.database import migrate, open_database, session_factory
from services.savings.bench import city, engine, peer
from services.timeseries.connect import open_store


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, as lines or (`--json`) as one object."""
    parser = argparse.ArgumentParser(prog="kilowitness bench savings", description=__doc__)
    parser.add_argument("--meters", type=int, default=1000, help="buildings measured on all cores (1000)")
    parser.add_argument("--runs", type=int, default=50, help="runs of each step; the median counts (50)")
    parser.add_argument("--contracts", type=int, default=200, help="of the city's month end; 0: none (200)")
    parser.add_argument("--peer", type=int, default=10, help="buildings that opendsm fits, too; 0: none (10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    figures: dict[str, float] = {"import of the engine s": engine.import_s()}
    for name, days in (("lighting", engine.circuit(1)), ("weather", engine.building(1))):
        taken = engine.steps(days, runs=options.runs)
        figures |= {f"{name}, daily: {step}": value for step, value in taken.items()}
    figures |= _many(options.meters)
    if options.contracts:
        figures |= _month_end(options.contracts)
    if options.peer:
        figures |= _peer(options.peer)
    if options.json:
        print(json.dumps(figures))  # noqa: T201
    else:
        for name, value in figures.items():
            print(f"{name:<52} {value:>12,.2f}")  # noqa: T201
    return 0


def _peer(buildings: int) -> dict[str, float]:
    try:
        ours, theirs = peer.fit_ms([engine.building(seed) for seed in range(buildings)])
    except peer.NoPeer as reason:
        print(f"no peer to compare with: {reason}", file=sys.stderr)  # noqa: T201
        return {}
    return {
        "peer: buildings": float(buildings),
        "peer: fit with selection ms": ours,
        "peer: fit by opendsm ms": theirs,
        "peer: opendsm's per ours": theirs / ours,
    }


def _many(meters: int) -> dict[str, float]:
    so_far = engine.Progress()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("buildings", total=meters)
        for so_far in engine.many(meters):
            progress.update(task, completed=so_far.buildings)
    return {
        "weather, daily: buildings on all cores": float(so_far.buildings),
        "weather, daily: seconds for them": so_far.seconds,
        "weather, daily: seconds of making them up, left out": so_far.making_s,
        "weather, daily: seconds for 10,000": so_far.seconds / max(so_far.buildings, 1) * 10_000,
        "weather, daily: peak MiB of a process": so_far.peak_mib,
    }


def _month_end(contracts: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'kilowitness.db'}"
        migrate(url)
        database = open_database(url)
        store = open_store(f"sqlite:///{Path(name) / 'readings.db'}")
        store.prepare()
        try:
            times = city.measure(
                sessions=session_factory(database), store=store, contracts=contracts, meters=10 * contracts
            )
        finally:
            store.close()
            database.dispose()
    return {
        "city: contracts of ten meters": float(contracts),
        "city: first run over twelve months s": times.first_run_s,
        "city: month end s": times.month_end_s,
    }


if __name__ == "__main__":
    sys.exit(main())
