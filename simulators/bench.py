"""`kilowitness bench`: how fast, beside the ceiling of the same run on the same machine.

- `ingest`: a persistent session is preloaded with QoS 1 messages of three channels; the collector drains it
  into the store and acknowledges after the write. The ceiling is a bare subscriber of the same library that
  only counts and acknowledges.
- `savings`: the baseline fit with its uncertainty, per contract-year.
- `api`: the service's answers while a demo runs.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulators.broker import open_broker
from simulators.processes import ProgramFailed, Programs, free_port, wait_until
from simulators.service import Service, ServiceRefused

TOPIC = "kilowitness/v1/bench/{meter}/readings"
FILTER = "kilowitness/v1/+/+/readings"
WINDOW = 1000
START_MS = 1_790_000_000_000


def main(arguments: Sequence[str]) -> int:
    """Run one bench and print its figures, as a table or (`--json`) as one object."""
    parser = argparse.ArgumentParser(prog="kilowitness bench", description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["ingest", "savings", "api"], nargs="?", default="ingest")
    parser.add_argument("--messages", type=int, default=50_000, help="messages preloaded for ingest")
    parser.add_argument("--store", help="store URL for ingest; a fresh SQLite file unless given")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the service measured by api")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if options.what == "savings":
        command = [sys.executable, "-m", "services.savings.bench"]
        return subprocess.run([*command, *(["--json"] if options.json else [])], check=False).returncode
    try:
        figures = (
            bench_api(options.url) if options.what == "api" else bench_ingest(options.messages, options.store)
        )
    except (ProgramFailed, ServiceRefused, TimeoutError, httpx2.HTTPError) as error:
        print(f"kilowitness bench: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.json:
        print(json.dumps(figures))  # noqa: T201
    else:
        for name, value in figures.items():
            print(f"{name:<34} {value:>14,.2f}")  # noqa: T201
    return 0


def bench_api(url: str) -> dict[str, float]:
    """Median and 95th percentile [ms] of the overview page and the main answers, one client."""
    figures = {}
    with httpx2.Client(base_url=url, trust_env=False, timeout=30) as client:
        for path in ("/", "/api/v1/institutions", "/api/v1/contracts", "/api/v1/work-orders", "/healthz"):
            taken = []
            for _ in range(30):
                started = time.perf_counter()
                client.get(path).raise_for_status()
                taken.append((time.perf_counter() - started) * 1000)
            figures[f"{path} median ms"] = statistics.median(taken)
            figures[f"{path} p95 ms"] = statistics.quantiles(taken, n=20)[-1]
    return figures


def bench_ingest(messages: int, store: str | None) -> dict[str, float]:
    """Messages per second of the collector and of the ceiling, and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        environment = {
            "KILOWITNESS_STORE_URL": store or f"sqlite:///{folder}/readings.db",
            "KILOWITNESS_DATABASE_URL": f"sqlite:///{folder}/kilowitness.db",
            "KILOWITNESS_DEADLETTER_PATH": f"{folder}/deadletter.db",
            "KILOWITNESS_COLLECTOR_ID": "bench-collector",
            "KILOWITNESS_HTTP_PORT": str(port),
        }
        with (
            Programs(folder, environment) as programs,
            open_broker("auto", None, programs, folder / "broker") as url,
        ):
            programs.environment["KILOWITNESS_MQTT_URL"] = url
            ceiling = _ceiling(url, messages)
            _preload(url, "bench-collector", messages)
            programs.python("service", "services", "serve")
            programs.wait_for_port(port)
            elapsed = _drain(programs, f"http://127.0.0.1:{port}", messages)
            programs.stop("collector")
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "messages": messages,
        "ceiling messages/s": ceiling,
        "collector messages/s": messages / elapsed,
        "collector readings/s": 3 * messages / elapsed,
        "collector / ceiling": messages / elapsed / ceiling,
        "peak memory of a child MiB": cpu.ru_maxrss / 1024,
    }


def _drain(programs: Programs, base_url: str, messages: int) -> float:
    """Seconds that a new collector needs until the service counts every value."""
    with Service(base_url) as service:
        already = service.get("/ingest")["readings_stored"]
        started = time.perf_counter()
        programs.python("collector", "collectors")
        wait_until(
            lambda: service.get("/ingest")["readings_stored"] >= already + 3 * messages,
            what="the drain", seconds=600, check=programs.check,
        )  # fmt: skip
        return time.perf_counter() - started


def _client(url: str, identity: str, *, clean: bool) -> mqtt.Client:
    parts = httpx2.URL(url)
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=identity, clean_session=clean, manual_ack=True
    )
    client.max_inflight_messages_set(WINDOW)
    if parts.username:
        client.username_pw_set(parts.username, parts.password)
    client.connect(parts.host, parts.port or 1883)
    return client


def _preload(url: str, identity: str, messages: int) -> None:
    """Leave `messages` messages waiting in the persistent session of `identity`."""
    subscriber = _client(url, identity, clean=False)
    subscribed = threading.Event()
    subscriber.on_subscribe = lambda *_: subscribed.set()
    subscriber.loop_start()
    subscriber.subscribe(FILTER, 1)
    if not subscribed.wait(10):
        raise TimeoutError("the broker did not confirm the subscription within 10 s")
    subscriber.disconnect()
    subscriber.loop_stop()
    publisher = _client(url, "bench-publisher", clean=True)
    publisher.loop_start()
    for first in range(0, messages, WINDOW):
        window = [
            publisher.publish(TOPIC.format(meter=f"m{index % 120}"), _payload(index), 1)
            for index in range(first, min(first + WINDOW, messages))
        ]
        for sent in window:
            sent.wait_for_publish(30)
    publisher.disconnect()
    publisher.loop_stop()


def _payload(index: int) -> bytes:
    time_ms = START_MS + index // 120 * 1000
    return b'{"time": %d, "energy_kwh": %d.25, "power_kw": 3.5, "voltage_v": 229.8}' % (time_ms, index)


def _ceiling(url: str, messages: int) -> float:
    """Messages per second of a subscriber that only counts and acknowledges."""
    _preload(url, "bench-ceiling", messages)
    done = threading.Event()
    waiting: list[tuple[int, int]] = []
    count = 0

    def receive(client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        nonlocal count
        count += 1
        waiting.append((message.mid, message.qos))
        if len(waiting) >= 90 or count == messages:
            for mid, qos in waiting:
                client.ack(mid, qos)
            waiting.clear()
        if count == messages:
            done.set()

    started = time.perf_counter()
    client = _client(url, "bench-ceiling", clean=False)
    client.on_message = receive
    client.loop_start()
    if not done.wait(300):
        raise TimeoutError(f"the ceiling's subscriber saw {count} of {messages} messages")
    elapsed = time.perf_counter() - started
    client.unsubscribe(FILTER)
    client.disconnect()
    client.loop_stop()
    return messages / elapsed
