"""How figures are told: medians with their spread, as a table or one JSON object; one line for a failure."""

import json
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from simulators.bench.contestants import KNOWN, Drain

Figures = dict[str, Any]


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest."""
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def summary(drains: Sequence[Drain]) -> dict[str, dict[str, float]]:
    """The spread of every figure over the rounds that told it."""
    rounds = [drain.figures() for drain in drains]
    names = dict.fromkeys(name for figures in rounds for name in figures)
    return {name: spread([figures[name] for figures in rounds if name in figures]) for name in names}


def refuse(reason: str) -> int:
    """One line on stderr; the exit code."""
    print(f"kilowitness bench: {reason}", file=sys.stderr)  # noqa: T201
    return 1


def print_json(figures: Mapping[str, Any]) -> None:
    """One JSON object."""
    print(json.dumps(figures, ensure_ascii=False))  # noqa: T201


def print_rows(figures: Mapping[str, float]) -> None:
    """One figure a line."""
    for name, value in figures.items():
        print(f"{name:<34} {value:>14,.2f}")  # noqa: T201


def print_ingest(figures: Figures) -> None:
    """The drains as a table, the ratios below it, and how busy the machine was."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(drains_table(figures["drains"]))
    for name, value in figures["ratios"].items():
        console.print(f"{name}: {value:.3g}", highlight=False)
    machine = figures["machine"]
    load = machine["load before the rounds"]
    console.print(
        f"{figures['messages']:,} messages of {figures['channels']} channels, {figures['repeats']} rounds: "
        f"the median, and in brackets lowest and highest; {machine['cores']} cores, load before a round "
        f"{load['median']:.1f} ({load['lowest']:.1f}–{load['highest']:.1f})",
        highlight=False,
    )  # fmt: skip
    for note in figures["notes"]:
        console.print(note, highlight=False)


COLUMNS = {
    "messages/s": "messages/s",
    "readings/s": "readings/s",
    "CPU µs/message": "CPU µs\na message",
    KNOWN: "of meters\nknown",
    "CPU s/million readings": "CPU s a million\nreadings",
    "peak MiB": "peak\nMiB",
}
SPREAD = ("messages/s", "CPU µs/message")
"""The columns that show lowest and highest too."""
CORES = {"own": "own", "mosquitto": "broker", "influxd": "store", "elsewhere": "others"}


def drains_table(drains: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    """A row a drain: its figures, then how many cores each program kept busy meanwhile."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for column in (*COLUMNS.values(), f"cores busy:\n{' '.join(CORES.values())}"):
        table.add_column(column, justify="right")
    for title, found in drains.items():
        seconds = found["seconds"]["median"]
        busy = [
            f"{found[f'{name} CPU s']['median'] / seconds:.2f}" if f"{name} CPU s" in found else "–"
            for name in CORES
        ]
        table.add_row(title, *(_told(column, found.get(column)) for column in COLUMNS), " ".join(busy))
    return table


def _told(column: str, value: Mapping[str, float] | None) -> str:
    if value is None:
        return "–"
    digits = 0 if value["median"] >= 100 else 1
    middle, low, high = (f"{value[key]:,.{digits}f}" for key in ("median", "lowest", "highest"))
    return f"{middle} ({low}–{high})" if column in SPREAD and low != high else middle
