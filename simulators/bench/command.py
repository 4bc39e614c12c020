"""`kilowitness bench`: each verb measures one thing and prints its figures, as a table or one JSON object."""

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module

VERBS: dict[str, tuple[str, str]] = {
    "ingest": ("simulators.bench.ingest", "drain a broker's backlog into the store, beside ceiling and peer"),
    "clients": ("simulators.bench.clients", "the same drain by each MQTT client library, only acknowledged"),
    "faults": ("simulators.faulty.command", "kill, cut and fill while readings come; count what is stored"),
    "savings": ("services.savings.bench.command", "baselines, ten thousand buildings, a city's month end"),
    "api": ("simulators.bench.api", "the service's answers while it runs"),
}
APART = "savings"
"""Run as a program of its own: the simulators do not import the services."""


def main(arguments: Sequence[str]) -> int:
    """Hand the rest to the bench that is named, `ingest` unless one is; returns its exit code."""
    words = list(arguments)
    if words and (not words[0].startswith("-") or words[0] in {"-h", "--help"}):
        verb = _parser().parse_args(words[:1]).what
        words = words[1:]
    else:
        verb = "ingest"
    module, _ = VERBS[verb]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the programs are stopped, too
    if verb == APART:
        return subprocess.run([sys.executable, "-m", module, *words], check=False).returncode
    return int(import_module(module).main(words))


def _parser() -> argparse.ArgumentParser:
    rows = "\n".join(f"  {verb:<9} {about}" for verb, (_, about) in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="kilowitness bench",
        description=f"measure speed:\n{rows}",
        epilog="kilowitness bench WHAT --help tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=list(VERBS), metavar="WHAT", help="ingest unless given")
    return parser
