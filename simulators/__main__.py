"""`kilowitness simulate`: the simulated city from the command line.

`register` tells the service who and what there is, `history` publishes the past and writes the truth ledger,
`live` goes on from there, `verify` compares the product with the ledger; `devices` is no city, but every
dialect that a device on the market speaks.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulators import days
from simulators.city import City, build_city
from simulators.devices.command import chosen, play
from simulators.history import publish_history
from simulators.live import live
from simulators.plan import ALL_FAULTS, CityPlan, Fault, last_midnight
from simulators.publisher import PublishError
from simulators.registration import register_city
from simulators.service import ServiceRefused
from simulators.truth import DEFAULT_PATH, ledger, write_truth
from simulators.verify import verify


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns its exit code: 0 done, 1 rows that do not agree or a refusal, 2 wrong usage."""
    options = parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    verbs: dict[str, Callable[[argparse.Namespace], int]] = {
        "register": _register,
        "history": _history,
        "live": _live,
        "verify": _verify,
        "devices": _devices,
    }
    try:
        return verbs[options.verb](options)
    except (ServiceRefused, PublishError, OSError, ValueError) as error:
        print(f"kilowitness simulate: {error}", file=sys.stderr)  # noqa: T201
        return 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line; addresses and the token default to the settings in the environment."""
    parser = argparse.ArgumentParser(
        prog="kilowitness simulate", description="a simulated city that speaks MQTT and HTTP only"
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, about, groups in (
        ("register", "tell the service all there is: meters, contracts, vehicles, repairs", "service city"),
        ("history", "publish the past and write the truth ledger", "broker city truth"),
        ("live", "go on from the end of the past until stopped", "service broker city live"),
        ("verify", "compare the product with the truth ledger", "service truth wait"),
        ("devices", "speak every dialect of the devices on the market", "broker devices"),
    ):
        verb = verbs.add_parser(name, help=about, description=about)
        for group in groups.split():
            _OPTIONS[group](verb)
    return parser.parse_args(arguments)


def _service_options(verb: argparse.ArgumentParser) -> None:
    host = os.environ.get("KILOWITNESS_HTTP_HOST", "127.0.0.1")
    port = os.environ.get("KILOWITNESS_HTTP_PORT", "8000")
    verb.add_argument("--url", default=f"http://{host}:{port}", help="the service (%(default)s)")
    verb.add_argument("--token", default=os.environ.get("KILOWITNESS_API_TOKEN"), help="the writer's token")


def _broker_options(verb: argparse.ArgumentParser) -> None:
    url = os.environ.get("KILOWITNESS_MQTT_URL", "mqtt://127.0.0.1:1883")
    verb.add_argument("--mqtt-url", default=url, help="the broker")


def _truth_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--truth", type=Path, default=DEFAULT_PATH, help="the ledger's file (%(default)s)")


def _live_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--step", type=float, default=10.0, help="seconds between readings (%(default)s)")
    verb.add_argument("--speed", type=float, default=1.0, help="times faster than the clock (%(default)s)")


def _wait_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--wait", type=float, default=0.0, help="seconds to wait for agreement (%(default)s)")


def _device_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--dialect", nargs="+", default=[], metavar="NAME", help="only these (all)")
    verb.add_argument("--seconds", type=float, help="how long (until stopped)")
    verb.add_argument("--interval", type=float, default=10.0, help="seconds between reports (%(default)s)")


def _city_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--seed", type=int, default=1, help="the same seed gives the same city (%(default)s)")
    verb.add_argument("--months", type=int, default=18, help="months of history (%(default)s)")
    verb.add_argument(
        "--until", type=date.fromisoformat, help="local day at whose start the history ends (today)"
    )
    kinds = ", ".join(fault.value for fault in Fault)
    verb.add_argument("--faults", type=_faults, default=ALL_FAULTS, help=f"all, none, or of: {kinds}")


_OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "service": _service_options,
    "broker": _broker_options,
    "city": _city_options,
    "truth": _truth_options,
    "live": _live_options,
    "wait": _wait_options,
    "devices": _device_options,
}


def _faults(text: str) -> frozenset[Fault]:
    if text in {"all", "none"}:
        return ALL_FAULTS if text == "all" else frozenset()
    return frozenset(Fault(name) for name in text.split(","))


def _city(options: argparse.Namespace) -> City:
    until = options.until or last_midnight(datetime.now(UTC))
    plan = CityPlan(until=until, seed=options.seed, months=options.months, faults=options.faults)
    strange = days.unknown_years(days.span(plan.start, plan.days))
    if strange:
        years = ", ".join(map(str, strange))
        logging.getLogger(__name__).warning("no working calendar for %s: Monday to Friday there", years)
    return build_city(plan)


def _register(options: argparse.Namespace) -> int:
    counts = register_city(_city(options), options.url, token=options.token)
    Console().print(", ".join(f"{count:,} {name}" for name, count in counts.items()))
    return 0


def _history(options: argparse.Namespace) -> int:
    city = _city(options)
    write_truth(ledger(city), options.truth)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("readings and positions")
        sent = publish_history(
            city,
            options.mqtt_url,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    Console().print(f"{sent.messages:,} messages, {sent.payload_bytes / 1e6:,.1f} MB")
    return 0


def _live(options: argparse.Namespace) -> int:
    live(
        _city(options), options.mqtt_url, options.url, token=options.token, stop=_stopped_by_signal(),
        step_s=options.step, speed=options.speed,
    )  # fmt: skip
    return 0


def _devices(options: argparse.Namespace) -> int:
    console = Console()
    sent = play(
        chosen(options.dialect), options.mqtt_url, stop=_stopped_by_signal(), interval_s=options.interval,
        seconds=options.seconds, say=lambda line: console.print(line, highlight=False, soft_wrap=True),
    )  # fmt: skip
    console.print(f"{sent:,} messages")
    return 0


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _verify(options: argparse.Namespace) -> int:
    return verify(options.url, options.truth, options.token, wait_s=options.wait)


if __name__ == "__main__":
    sys.exit(main())
