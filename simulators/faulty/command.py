"""`kilowitness bench faults`: a run of the fault harness from the command line."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulators.faulty.gateway import GatewayStuck
from simulators.faulty.messages import messages_for
from simulators.faulty.plan import Plan, make_plan
from simulators.faulty.report import as_json, table
from simulators.faulty.run import Outcome, Run
from simulators.faulty.site import Site
from simulators.processes import ProgramFailed


def main(arguments: Sequence[str]) -> int:
    """Run it and print what it came to; 0 when nothing was lost, 1 when something was, or went wrong."""
    options = _parser().parse_args(arguments)
    plan = make_plan(
        options.seed,
        messages=messages_for(options.readings),
        faults=options.faults,
        longest_s=options.longest,
        outage_s=options.outage,
        collectors=options.collectors,
    )
    try:
        outcome = _run(plan, options)
    except (ProgramFailed, GatewayStuck) as error:
        print(f"kilowitness bench faults: {error}\n{plan}", file=sys.stderr)  # noqa: T201
        return 1
    if options.json:
        print(json.dumps(as_json(outcome)))  # noqa: T201
    else:
        Console().print(table(outcome))
    if not outcome.sound:
        wrong = [*outcome.trouble, *outcome.verdict.examples, str(plan)]
        print("\n".join(wrong), file=sys.stderr)  # noqa: T201
    return 0 if outcome.sound else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kilowitness bench faults",
        description="Kill, cut off and refuse a real broker, database and collector while readings come; "
        "then account for every reading. Needs mosquitto and influxd 1.x on PATH, and Linux.",
    )
    parser.add_argument("--readings", type=int, default=1_000_000, help="readings to be stored (%(default)s)")
    parser.add_argument("--faults", type=int, default=50, help="faults injected (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plan (%(default)s)")
    parser.add_argument("--collectors", type=int, default=1, help="collectors sharing the load (%(default)s)")
    parser.add_argument("--longest", type=float, default=8.0, help="longest fault in seconds (%(default)s)")
    parser.add_argument(
        "--outage", type=float, default=60.0, help="seconds the database is gone once (%(default)s)"
    )
    parser.add_argument(
        "--patience", type=float, default=180.0, help="seconds until what is missing is lost (%(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="where the programs work and their logs stay")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _run(plan: Plan, options: argparse.Namespace) -> Outcome:
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="kilowitness-faults-") as name,
        Site(options.folder or Path(name), collectors=options.collectors) as site,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("messages", total=plan.messages)
        run = Run(
            site,
            plan,
            progress=lambda sent, what: progress.update(task, completed=sent, description=what),
            patience_s=options.patience,
        )
        return run.carry_out()
