"""The command `kilowitness`: each verb opens one room, and nothing imports it."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

Main = Callable[[Sequence[str]], int]

VERBS: dict[str, tuple[str, str]] = {
    "demo": ("simulators.demo", "a simulated city on the real product, with history and live data"),
    "collect": ("collectors.__main__", "listen to meters and store what they say"),
    "import": ("collectors.csv_import", "take readings from CSV files"),
    "decode": ("collectors.decode", "print what the decoders make of one message"),
    "deadletter": (
        "collectors.deadletter_command",
        "list, show, replay or drop what could not be understood",
    ),
    "serve": ("services.__main__", "the HTTP service and its pages"),
    "jobs": ("services.__main__", "roll up readings and compute what follows from them"),
    "migrate": ("services.__main__", "bring the registry's database to the newest revision"),
    "mv": ("services.mv.command.main", "measure and verify one saving from CSV files"),
    "verify": (
        "services.savings.bundle.verify_command",
        "recompute a statement's bundle or a settlement, offline",
    ),
    "issuer-key": ("services.savings.bundle.issuer_command", "make the key that signs statements"),
    "party": ("services.savings.parties.command", "make the token of one who speaks for a side of contracts"),
    "setup": ("services.timeseries.setup_command", "prepare an InfluxDB 2.x store, with a token a program"),
    "dashboards": ("dashboards.__main__", "generate the Grafana dashboards, or push them"),
    "simulate": ("simulators.__main__", "the simulated city alone"),
    "bench": ("simulators.bench.command", "measure speed, with the ceiling in the same run"),
}


def usage() -> str:
    """The list of verbs, one a line."""
    rows = "\n".join(f"  {verb:<11} {about}" for verb, (_, about) in VERBS.items())
    return f"usage: kilowitness VERB [options]\n\n{rows}\n\nkilowitness VERB --help tells more."


def main(arguments: Sequence[str] | None = None) -> int:
    """Hand the rest of the command line to the verb's room; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(usage())  # noqa: T201
        return 0 if words else 2
    verb, *rest = words
    if verb not in VERBS:
        print(f"kilowitness: no verb {verb!r}\n\n{usage()}", file=sys.stderr)  # noqa: T201
        return 2
    # numpy's matrices are small here: more threads only keep the other cores busy with waiting
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    module, _ = VERBS[verb]
    room_main: Main = import_module(module).main
    return room_main([verb, *rest] if module == "services.__main__" else rest)


if __name__ == "__main__":
    sys.exit(main())
