"""The collector: listens to meters and stores what they say. Settings are read here, and only here."""

import argparse
import gc
import logging
import secrets
import signal
import sys
import threading
from collections.abc import Sequence

from collectors.broker import BrokerAddress, broker_address
from collectors.decoders.profile import ProfileError
from collectors.dry_run import watch
from collectors.mqtt import MqttSession
from collectors.pipeline import Pipeline
from collectors.registry import KnownDevices, known_devices
from collectors.replayer import Replayer
from collectors.routing import Router, all_decoders
from collectors.stores import store_of
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable
from services.last_words import let_a_full_log_be
from services.settings import Settings, SettingsError, load_settings
from services.timeseries.store import TimeSeriesStore

log = logging.getLogger("collectors")

STOP_WITHIN_S = 2.5
"""How long a batch may still take after the signal to stop; what is not acknowledged stays at the broker."""

_BATCHES_AHEAD = 4
"""One batch is being stored, one understood, and two are on their way."""

_EPILOG = """\
Settings are environment variables (or lines of .env): KILOWITNESS_MQTT_URL, KILOWITNESS_STORE_URL,
KILOWITNESS_TIMEZONE, KILOWITNESS_COLLECTOR_ID, KILOWITNESS_BATCH_MESSAGES, KILOWITNESS_DEADLETTER_PATH.
Exit codes: 0 stopped by SIGTERM or SIGINT, 2 a setting is wrong.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Collect until SIGTERM or SIGINT; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="kilowitness collect",
        description="Listen to meters over MQTT and store what they say.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be stored, live; store and answer nothing"
    )
    parser.add_argument("--json", action="store_true", help="with --dry-run: one JSON object a message")
    options = parser.parse_args(arguments)
    if options.json and not options.dry_run:
        parser.error("--json goes with --dry-run")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        settings = load_settings()
        address = broker_address(settings.mqtt_url)
        known = known_devices(settings, keep=not options.dry_run)
        router = Router(all_decoders(settings.profile_dir), settings.zone, zones=known)
        if options.dry_run:
            return _watch(settings, address, router=router, known=known, as_lines=options.json)
        store = store_of(settings)
        deadletters = DeadLetters(
            settings.deadletter_path,
            collector=settings.collector_id,
            most_bytes=settings.deadletter_most_mb * 1024**2,
        )
    except (SettingsError, ProfileError, ValueError) as error:
        return _refuse(str(error))
    except DeadLetterUnavailable as error:
        return _refuse(f"KILOWITNESS_DEADLETTER_PATH: {error}")
    return _collect(settings, address, router=router, known=known, store=store, deadletters=deadletters)


def _refuse(reason: str) -> int:
    print(f"kilowitness collect: {reason}", file=sys.stderr)  # noqa: T201
    return 2


def _watch(
    settings: Settings, address: BrokerAddress, *, router: Router, known: KnownDevices, as_lines: bool
) -> int:
    """Show what arrives until the signal."""
    stop = _stop_at_signals()
    known.follow(stop)
    name = f"{settings.collector_id}-dry-run-{secrets.token_hex(4)}"
    session = MqttSession(address, client_id=name, filters=router.filters(), lasting=False)
    session.start()
    watch(session, router, settings.zone, stop=stop, as_lines=as_lines)
    session.stop()
    return 0


def _stop_at_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _seldom_look_for_cycles() -> None:
    """Let the interpreter look for reference cycles seldom: there are none in what flows through here.

    With its usual thresholds it walks over the messages in hand again and again, for almost half of the
    processor time.
    """
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _collect(
    settings: Settings,
    address: BrokerAddress,
    *,
    router: Router,
    known: KnownDevices,
    store: TimeSeriesStore,
    deadletters: DeadLetters,
) -> int:
    """Run until the signal; 0, or 1 when the pipeline ended by itself."""
    _seldom_look_for_cycles()
    stop = _stop_at_signals()
    known.follow(stop)
    session = MqttSession(
        address,
        client_id=settings.collector_id,
        filters=router.filters(settings.share_group),
        most_unacknowledged=_BATCHES_AHEAD * settings.batch_messages,
    )
    pipeline = Pipeline(
        source=session,
        router=router,
        store=store,
        deadletters=deadletters,
        collector=settings.collector_id,
        batch_messages=settings.batch_messages,
        stop=stop,
        health_interval_s=settings.health_interval_s,
    )
    replayer = Replayer(
        settings.deadletter_path,
        router=router.replaying(),
        store=store,
        interval_s=settings.health_interval_s,
        stop=stop,
    )
    worker = threading.Thread(target=pipeline.run, name="pipeline", daemon=True)
    session.start()
    worker.start()
    replayer.start()
    while not stop.wait(1.0) and worker.is_alive():
        pass
    code = 0 if stop.is_set() else 1
    stop.set()
    session.wake()
    worker.join(STOP_WITHIN_S)
    session.stop()
    replayer.join()
    if worker.is_alive():
        log.warning("the last batch was not finished; its messages stay at the broker")
    else:
        store.close()
        deadletters.close()
    log.info("stopped")
    let_a_full_log_be()
    return code


if __name__ == "__main__":
    sys.exit(main())
