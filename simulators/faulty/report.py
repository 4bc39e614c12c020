"""What a run came to, as a table for people or as one JSON object."""

from typing import Any

from rich.table import Table

from simulators.faulty.run import Outcome


def figures(outcome: Outcome) -> dict[str, Any]:
    """Every figure of a run by its name."""
    verdict = outcome.verdict
    return {
        "seed": outcome.plan.seed,
        "collectors": outcome.collectors,
        "faults": outcome.faults.total(),
        "messages": outcome.plan.messages,
        "messages sent again": outcome.sent_again,
        "messages nobody was subscribed to": outcome.unheard,
        "messages left at the broker": outcome.left,
        "readings published": verdict.published,
        "readings stored": verdict.stored,
        "lost": verdict.lost,
        "invented": verdict.invented,
        "doubled": verdict.doubled,
        "bad messages": verdict.letters_due,
        "dead letters": verdict.letters,
        "dead letters lost": verdict.letters_lost,
        "dead letters invented": verdict.letters_invented,
        "dead letters doubled": verdict.letters_doubled,
        "longest outage s": round(outcome.longest_outage_s, 1),
        "longest recovery s": round(outcome.longest_recovery_s, 1),
        "median recovery s": round(outcome.median_recovery_s, 1),
        "peak memory of a collector MiB": round(outcome.peak_mib, 1),
        "duration s": round(outcome.duration_s, 1),
    }


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The figures, the faults by kind, and what was wrong."""
    return {
        **figures(outcome),
        "faults by kind": dict(sorted(outcome.faults.items())),
        "sound": outcome.sound,
        "trouble": [*outcome.trouble, *outcome.verdict.examples],
    }


def table(outcome: Outcome) -> Table:
    """The faults by kind, then the figures."""
    shown = Table(box=None, pad_edge=False, show_header=False)
    shown.add_column()
    shown.add_column(justify="right")
    for kind, count in sorted(outcome.faults.items()):
        shown.add_row(kind, str(count))
    shown.add_section()
    for name, value in figures(outcome).items():
        shown.add_row(name, f"{value:,}" if name != "seed" else str(value))
    return shown
