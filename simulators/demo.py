"""`kilowitness demo`: a simulated city on the real product, in one command.

Starts a broker (unless one is named), the service, the collector and the jobs as programs of their own;
registers the city over HTTP; publishes its history over MQTT; then goes on live, or with `--verify` compares
the product with the truth and ends. Whatever happens, every program it started is stopped.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import FrameType

from rich.console import Console

from simulators.broker import open_broker
from simulators.city import City, build_city
from simulators.filling import Stage, fill, wait_for_jobs
from simulators.issuing import issue_oldest
from simulators.live import live
from simulators.plan import CityPlan, last_midnight
from simulators.processes import STOPPING, ProgramFailed, Programs, free_port, wait_until
from simulators.publisher import PublishError
from simulators.screenshots import take_screenshots
from simulators.service import Service, ServiceRefused
from simulators.session import end_session, wait_for_status
from simulators.verify import verify

FOLDERS = Path("var/demo")
"""Each demo keeps its files below, in a folder named by its port, anew at each start."""
INTERRUPTED = 130
PRESENT_S = 120.0
KEY_S = 60.0
DYING_S = 2.0
"""How long a program may take to be gone after its connections are."""
TABLE_WIDTH = 170
"""Of the table of comparisons where it does not go to a terminal."""


def main(arguments: Sequence[str]) -> int:
    """Run the demo; returns 0, or 1 when a row of `--verify` disagrees or a program fails."""
    options = _options(arguments)
    console = Console(stderr=options.verify)
    for number in STOPPING:
        signal.signal(number, _interrupt)
    sys.unraisablehook = _interrupt_again
    try:
        with _stage(options, console) as stage:
            return _play(stage, options)
    except KeyboardInterrupt:
        console.print("\nstopped; nothing of the demo is left running")
        return INTERRUPTED if options.verify else 0
    except (ProgramFailed, PublishError, ServiceRefused) as error:
        print(f"kilowitness demo: {error}", file=sys.stderr)  # noqa: T201
        return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _interrupt_again(lost: "sys.UnraisableHookArgs") -> None:
    """An interrupt that meets an object's finalizer is lost in there: let it come once more."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
    else:
        sys.__unraisablehook__(lost)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kilowitness demo", description=__doc__.split("\n\n")[0])
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--verify", action="store_true", help="compare the product with the truth, then end")
    ends.add_argument("--screenshots", type=Path, metavar="DIR", help="take the README's pictures, then end")
    parser.add_argument("--broker", choices=["auto", "mosquitto", "embedded"], default="auto")
    parser.add_argument("--port", type=int, default=8000, help="of the pages; another if taken (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same city (%(default)s)")
    parser.add_argument("--months", type=int, default=18, help="months of history (%(default)s)")
    parser.add_argument(
        "--institutions", type=int, default=26, help="a smaller city: the first so many (%(default)s)"
    )
    parser.add_argument(
        "--until", type=date.fromisoformat, help="the day at whose start the history ends (today)"
    )
    parser.add_argument(
        "--step", type=float, default=10.0, help="seconds between live readings (%(default)s)"
    )
    return parser.parse_args(arguments)


@contextmanager
def _stage(options: argparse.Namespace, console: Console) -> Iterator[Stage]:
    token = os.environ.get("KILOWITNESS_API_TOKEN") or secrets.token_urlsafe(24)
    port = free_port(options.port)
    folder = FOLDERS / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    collector = f"demo-{secrets.token_hex(4)}"
    environment = {
        "KILOWITNESS_STORE_URL": f"sqlite:///{folder}/readings.db",
        "KILOWITNESS_DATABASE_URL": f"sqlite:///{folder}/kilowitness.db",
        "KILOWITNESS_DEADLETTER_PATH": f"{folder}/deadletter.db",
        "KILOWITNESS_ISSUER_KEY": str(folder / "issuer.pem"),
        **{name: value for name, value in os.environ.items() if name.startswith("KILOWITNESS_") and value},
        "KILOWITNESS_API_TOKEN": token,
        "KILOWITNESS_HTTP_HOST": "127.0.0.1",
        "KILOWITNESS_HTTP_PORT": str(port),
        "KILOWITNESS_COLLECTOR_ID": collector,
        "KILOWITNESS_JOBS_INTERVAL_S": "2",
        "KILOWITNESS_HEALTH_INTERVAL_S": "0.2",
    }
    named = os.environ.get("KILOWITNESS_MQTT_URL") or None
    with (
        Programs(folder, environment) as programs,
        open_broker(options.broker, named, programs, folder / "broker") as broker,
        end_session(broker.devices, collector),
    ):
        programs.environment["KILOWITNESS_MQTT_URL"] = broker.collectors
        try:
            if programs.environment["KILOWITNESS_ISSUER_KEY"] == str(folder / "issuer.pem"):
                programs.run("issuer-key", "kilowitness", "issuer-key", "new", f"{folder}/issuer.pem",
                             timeout_s=KEY_S)  # fmt: skip
            programs.python("service", "services", "serve")
            programs.wait_for_port(port)
            programs.python("collector", "collectors")
            status = f"kilowitness/v1/collectors/{collector}/status"
            wait_for_status(broker.devices, status, check=programs.check)
            programs.python("jobs", "services", "jobs")
            yield Stage(folder, programs, f"http://127.0.0.1:{port}", broker.devices, token, console)
        except (PublishError, ServiceRefused):
            programs.check(patience_s=DYING_S)  # a program that has ended is the cause, and tells more
            raise
        finally:
            programs.stop_all()  # before the collector's session ends: a collector that runs would renew it


def _play(stage: Stage, options: argparse.Namespace) -> int:
    plan = CityPlan(
        until=options.until or last_midnight(datetime.now(UTC)),
        seed=options.seed,
        months=options.months,
        institutions=options.institutions,
    )
    stage.console.print(
        f"[bold]Kilowitness[/] fills {plan.start} to {plan.until}; watch it at {stage.base_url}"
    )
    city = build_city(plan)
    fill(stage, city)
    if options.verify:
        console = Console(width=None if sys.stdout.isatty() else TABLE_WIDTH)
        return verify(stage.base_url, stage.folder / "truth.json", stage.token, console=console)
    if options.screenshots:
        _photograph(stage, city, options.screenshots)
        return 0
    stage.console.print(
        f"\n[bold green]Ready:[/] {stage.base_url}  (live readings follow; Ctrl-C stops all of it)"
    )
    with Service(stage.base_url, token=stage.token) as service:
        issued = issue_oldest(service, city.contracts)
    if issued:
        stage.console.print("Statements are signed here; in another shell, fetch two and verify the newer:\n")
        stage.console.print(issued.told(stage.base_url), markup=False, highlight=False, soft_wrap=True)
    stop = threading.Event()
    threading.Thread(target=_watch, args=(stage.programs, stop), name="watch", daemon=True).start()
    live(city, stage.mqtt_url, stage.base_url, token=stage.token, stop=stop, step_s=options.step)
    stage.programs.check()
    return 0


def _photograph(stage: Stage, city: City, folder: Path) -> None:
    """Take the pictures of a city that lives, once its present day is computed."""
    stop = threading.Event()
    living = threading.Thread(
        target=live, args=(city, stage.mqtt_url), kwargs={"stop": stop, "step_s": 1.0}, daemon=True
    )
    living.start()

    def up_to_date() -> bool:
        newest = service.get("/ingest")["last_reading_at"]
        return datetime.now(UTC) - datetime.fromisoformat(newest) < timedelta(minutes=1)

    try:
        with Service(stage.base_url) as service:
            wait_until(up_to_date, what="the present day", seconds=PRESENT_S, check=stage.programs.check)
            wait_for_jobs(service, stage.programs)
        take_screenshots(stage.base_url, folder)
    finally:
        stop.set()
        living.join()


def _watch(programs: Programs, stop: threading.Event) -> None:
    """Stop the live city when a program has ended by itself."""
    while not stop.wait(1):
        try:
            programs.check()
        except ProgramFailed:
            stop.set()
