"""The programs of this room: `serve` (HTTP and pages), `jobs` (rollups and what follows), `migrate`."""

import argparse
import ipaddress
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

import uvicorn

from services.app import Parts, build_jobs, build_parts, create_app
from services.database import DatabaseUnusable, migrate
from services.last_words import let_a_full_log_be
from services.scheduling import run_cycle, run_forever
from services.settings import Settings, SettingsError, load_settings
from services.timeseries.store import StoreUnavailable, TimeSeriesStore

log = logging.getLogger("kilowitness")

END_WITHIN_S = 7
"""Of the signal; supervisors kill after ten."""
PREPARE_AGAIN_S = 5
"""Between attempts to prepare a store that was away at the start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0 well, 1 a job failed, 2 a wrong setting or option."""
    parser = argparse.ArgumentParser(prog="kilowitness", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("serve", help="the HTTP service and its pages")
    jobs = verbs.add_parser("jobs", help="roll up readings and compute what follows from them")
    jobs.add_argument("--once", action="store_true", help="run one whole cycle and end")
    verbs.add_parser("migrate", help="bring the registry's database to the newest revision")
    try:
        return _run(parser.parse_args(arguments))
    finally:
        let_a_full_log_be()


def _run(options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    try:
        settings = load_settings()
        _refuse_open_door(settings, serving=options.verb == "serve")
        if options.verb == "migrate":
            _migrate(settings)
            return 0
        parts = build_parts(settings)
        _migrate(settings)
    except SettingsError as error:
        with suppress(OSError):
            print(f"kilowitness: {error}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        _prepare_store(parts.store)
        return _serve(parts) if options.verb == "serve" else _work(parts, once=options.once)
    finally:
        parts.close()


def _end(_number: int, _frame: FrameType | None) -> None:
    """End at once and release everything: what a job was at is done anew from where it had got to."""
    raise SystemExit(0)


def _migrate(settings: Settings) -> None:
    try:
        migrate(settings.database_url)
    except DatabaseUnusable as error:
        raise SettingsError(f"KILOWITNESS_DATABASE_URL: {error}") from error


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


def _prepare_store(store: TimeSeriesStore) -> None:
    """Create what the store needs; one that is away is tried again beside the program until it answers."""
    if not _prepared(store):
        log.warning("going on without the time-series store until it answers")
        threading.Thread(target=_prepare_later, args=(store,), name="prepare-store", daemon=True).start()


def _prepared(store: TimeSeriesStore) -> bool:
    try:
        store.prepare()
    except StoreUnavailable as error:
        log.warning("the time-series store: %s", error)
        return False
    return True


def _prepare_later(store: TimeSeriesStore) -> None:
    time.sleep(PREPARE_AGAIN_S)
    while not _prepared(store):
        time.sleep(PREPARE_AGAIN_S)
    log.info("the time-series store is ready")


class _Server(uvicorn.Server):
    """Ends in time even when a request hangs on the store, whose thread nothing can interrupt."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Finish what runs; what does not finish is cut off."""
        super().handle_exit(sig, frame)
        cut_off = threading.Timer(END_WITHIN_S, os._exit, (0,))
        cut_off.daemon = True
        cut_off.start()


def _serve(parts: Parts) -> int:
    settings = parts.settings
    config = uvicorn.Config(
        create_app(parts), host=settings.http_host, port=settings.http_port, log_level="warning",
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    _Server(config).run()
    return 0


def _work(parts: Parts, *, once: bool) -> int:
    jobs = build_jobs(parts)
    if once:
        return 0 if run_cycle(jobs, parts.sessions, parts.clock) else 1
    interval_s = parts.settings.jobs_interval_s
    run_forever(jobs, parts.sessions, parts.clock, interval_s=interval_s, stop=threading.Event())
    return 0


if __name__ == "__main__":
    sys.exit(main())
