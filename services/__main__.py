"""The programs of this room: `serve` (HTTP and pages), `jobs` (rollups and what follows), `migrate`."""

import argparse
import ipaddress
import logging
import signal
import sys
import threading
from collections.abc import Sequence

import uvicorn

from services.app import Parts, build_jobs, build_parts, create_app
from services.database import migrate
from services.scheduling import run_cycle, run_forever
from services.settings import Settings, SettingsError, load_settings
from services.timeseries.store import StoreUnavailable
from services.workdays import CalendarFileError

log = logging.getLogger("kilowitness")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0 well, 1 a job failed, 2 a wrong setting or option."""
    parser = argparse.ArgumentParser(prog="kilowitness", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="the HTTP service and its pages")
    jobs = verbs.add_parser("jobs", help="roll up readings and compute what follows from them")
    jobs.add_argument("--once", action="store_true", help="run one whole cycle and end")
    verbs.add_parser("migrate", help="bring the registry's database to the newest revision")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        settings = load_settings()
        _refuse_open_door(settings, serving=options.verb == "serve")
        migrate(settings.database_url)
        if options.verb == "migrate":
            return 0
        parts = build_parts(settings)
    except (SettingsError, CalendarFileError) as error:
        print(f"kilowitness: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        _prepare_store(parts)
        return _serve(parts) if options.verb == "serve" else _work(parts, once=options.once)
    finally:
        parts.close()


def _refuse_open_door(settings: Settings, *, serving: bool) -> None:
    if not serving or settings.api_token is not None:
        return
    try:
        local = settings.http_host == "localhost" or ipaddress.ip_address(settings.http_host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise SettingsError(
            f"KILOWITNESS_API_TOKEN: set one before listening beyond this machine "
            f"(KILOWITNESS_HTTP_HOST is {settings.http_host})"
        )


def _prepare_store(parts: Parts) -> None:
    try:
        parts.store.prepare()
    except StoreUnavailable as error:
        log.warning("the time-series store does not answer yet: %s", error)


def _serve(parts: Parts) -> int:
    settings = parts.settings
    uvicorn.run(
        create_app(parts), host=settings.http_host, port=settings.http_port, log_level="warning",
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    return 0


def _work(parts: Parts, *, once: bool) -> int:
    jobs = build_jobs(parts)
    if once:
        return 0 if run_cycle(jobs, parts.sessions, parts.clock) else 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    interval_s = parts.settings.jobs_interval_s
    run_forever(jobs, parts.sessions, parts.clock, interval_s=interval_s, stop=stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
