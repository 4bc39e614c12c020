"""The collector as a process of its own, with a real broker and real stores, through kills and outages."""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from services.timeseries.connect import open_store
from services.timeseries.schema import COLLECTOR_HEALTH, READINGS
from services.timeseries.store import StoreUnavailable
from simulators.broker import open_broker
from simulators.processes import Programs
from tests.conftest import free_port, program, running_influxd, running_mosquitto, stop, wait_for_port

ROOT = Path(__file__).parents[2]
FIRST_MS = 1_780_000_000_000
METERS = 50


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@dataclass
class Bench:
    """A folder, a broker's port and a store's URL, and the collectors started with them."""

    folder: Path
    port: int
    store_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store_url = self.store_url or f"sqlite:///{self.folder / 'readings.db'}"

    @contextmanager
    def collector(self) -> Iterator[subprocess.Popen[bytes]]:
        """A running `python -m collectors`; stopped at the end if it is still there."""
        environment = {name: value for name, value in os.environ.items() if "KILOWITNESS" not in name}
        environment |= {
            "KILOWITNESS_MQTT_URL": f"mqtt://127.0.0.1:{self.port}",
            "KILOWITNESS_STORE_URL": self.store_url,
            "KILOWITNESS_DEADLETTER_PATH": str(self.folder / "dead.db"),
            "PYTHONPATH": str(ROOT),
            **self.settings,
        }
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "collectors"], cwd=self.folder, env=environment, stderr=log
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    stop(process)

    def log(self) -> str:
        """What the collectors said so far."""
        path = self.folder / "log"
        return path.read_text("utf-8") if path.exists() else ""

    def stored(self) -> int:
        """How many registers the store has."""
        store = open_store(self.store_url)
        try:
            return store.count(READINGS)["energy_kwh"]
        except StoreUnavailable:
            return 0
        finally:
            store.close()

    def dead(self) -> int:
        """How many letters are dead."""
        with sqlite3.connect(self.folder / "dead.db") as db:
            count = int(db.execute("SELECT count(*) FROM letter").fetchone()[0])
        db.close()
        return count

    def subscribe(self) -> None:
        """Let a collector make its session at the broker, and leave."""
        with self.collector():
            until(lambda: self.log().count("subscribed") > 0)

    def everything(self) -> dict[tuple[str, int], float]:
        """(meter, time) → register, of all that is stored."""
        store = open_store(self.store_url)
        try:
            return {
                (series.tags["meter"], int(time_ms)): float(value)
                for series in store.read(READINGS, fields=["energy_kwh"])
                for time_ms, value in zip(series.times_ms, series.fields["energy_kwh"], strict=True)
            }
        finally:
            store.close()


def expected(numbers: Sequence[int]) -> dict[tuple[str, int], float]:
    """What `publish` says with these numbers."""
    return {(f"m{n % METERS}", FIRST_MS + 1000 * n): n + 0.5 for n in numbers}


def publish(port: int, numbers: Sequence[int]) -> None:
    """One QoS 1 message a number, in windows small enough for the client; returns when the broker has all."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for start in range(0, len(numbers), 5000):
        window = [
            client.publish(
                f"kilowitness/v1/city-hall/m{n % METERS}/readings",
                json.dumps({"time": FIRST_MS + 1000 * n, "energy_kwh": n + 0.5}),
                qos=1,
            )
            for n in numbers[start : start + 5000]
        ]
        for info in window:
            info.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A mosquitto of its own and an SQLite store."""
    with running_mosquitto(tmp_path / "broker") as port:
        yield Bench(tmp_path, port)


def mosquitto_pub(port: int, topic: str, payload: str, *more: str) -> None:
    """Publish as an installer would, by hand."""
    binary = program("mosquitto_pub")
    if binary is None:
        pytest.skip("mosquitto_pub is not on PATH")
    command = [binary, "-p", str(port), "-q", "1", "-t", topic, "-m", payload, *more]
    subprocess.run(command, check=True, timeout=20)


@pytest.mark.mosquitto
def test_a_reading_sent_by_hand_is_stored(bench: Bench) -> None:
    _send_one_by_hand(bench)


@pytest.mark.mosquitto
@pytest.mark.influxd
def test_a_reading_sent_by_hand_is_in_influxdb(bench: Bench, influxd_port: int) -> None:
    bench.store_url = f"influxdb://127.0.0.1:{influxd_port}/by_hand"
    _send_one_by_hand(bench)


def _send_one_by_hand(bench: Bench) -> None:
    bench.subscribe()
    with bench.collector():
        topic = "kilowitness/v1/city-hall/main-1/readings"
        payload = '{"time": "2026-05-22T08:00:00+08:00", "energy_kwh": 12345.678, "power_kw": 3.21, "x": 1}'
        mosquitto_pub(bench.port, topic, payload)
        until(lambda: bench.stored() == 1)
        until(lambda: bench.dead() == 1)
    store = open_store(bench.store_url)
    (point,) = store.latest(READINGS, {"meter": "main-1"})
    store.close()
    assert point.time_ms == 1_779_408_000_000
    assert point.fields == {"energy_kwh": 12345.678, "power_kw": 3.21}


@pytest.mark.mosquitto
def test_killed_in_the_middle_of_20_000_messages_each_is_stored_exactly_once(bench: Bench) -> None:
    bench.settings["KILOWITNESS_BATCH_MESSAGES"] = "500"
    bench.subscribe()
    publish(bench.port, range(20_000))
    for at_least in (1_000, 4_000, 7_000):  # so that more than half still waits at each kill
        with bench.collector() as process:
            until(lambda least=at_least: bench.stored() >= least)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        assert at_least <= bench.stored() < 20_000
    with bench.collector():
        until(lambda: bench.stored() >= 20_000)
    assert bench.everything() == expected(range(20_000))
    assert bench.dead() == 0
    with bench.collector() as process:
        until(lambda: "connected" in bench.log().rsplit("stopped", 1)[-1])
        stop(process)
    assert bench.stored() == 20_000


@pytest.mark.mosquitto
def test_sigterm_stops_it_within_five_seconds_and_loses_nothing(bench: Bench) -> None:
    bench.subscribe()
    publish(bench.port, range(10_000))
    for number in (signal.SIGTERM, signal.SIGINT):
        subscribed = bench.log().count("subscribed to")
        with bench.collector() as process:
            until(lambda seen=subscribed: bench.log().count("subscribed to") > seen)  # type: ignore[misc]
            began = time.monotonic()
            process.send_signal(number)
            assert process.wait(10) == 0
            assert time.monotonic() - began < 5
    with bench.collector():
        until(lambda: bench.stored() == 10_000)
    assert bench.everything() == expected(range(10_000))


@pytest.mark.mosquitto
def test_a_disk_that_does_not_even_take_its_last_words_makes_no_bad_end(bench: Bench) -> None:
    with bench.collector() as process:
        until(lambda: "subscribed" in bench.log())
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        stop(process)
        assert process.returncode == 0
    assert "stopped" not in bench.log()


@pytest.mark.mosquitto
def test_the_counts_it_tells_are_those_it_stored(bench: Bench) -> None:
    bench.subscribe()
    with bench.collector():
        publish(bench.port, range(3_000))
        mosquitto_pub(bench.port, "kilowitness/v1/city-hall/m1/readings", "x")
        until(lambda: bench.stored() == 3_000 and bench.dead() == 1)
    store = open_store(bench.store_url)
    (series,) = store.read(COLLECTOR_HEALTH, {"collector": "collector-1"})
    store.close()
    totals = {name: column.sum() for name, column in series.fields.items()}
    own_status = totals["messages"] - 3_001
    assert 1 <= own_status <= 6
    assert totals["readings"] == 3_000
    assert totals["rejected"] == 1


@pytest.mark.mosquitto
def test_a_store_that_is_down_at_the_start_is_waited_for(bench: Bench) -> None:
    (bench.folder / "data").write_text("a file where the folder should be")
    bench.store_url = f"sqlite:///{bench.folder / 'data' / 'readings.db'}"
    bench.subscribe()
    with bench.collector() as process:
        publish(bench.port, range(200))
        until(lambda: bench.log().count("the store is unavailable") == 2)
        began = time.monotonic()
        stop(process)
        assert time.monotonic() - began < 5
        assert process.returncode == 0
    with bench.collector():
        until(lambda: bench.log().count("the store is unavailable") == 3)
        (bench.folder / "data").unlink()
        until(lambda: bench.stored() == 200)
    assert bench.everything() == expected(range(200))
    assert "the store is back" in bench.log()


@pytest.mark.mosquitto
@pytest.mark.influxd
def test_influxdb_may_come_late_and_go_away(bench: Bench) -> None:
    port = free_port()
    bench.store_url = f"influxdb://127.0.0.1:{port}/outage"
    with bench.collector():
        until(lambda: "the store is unavailable" in bench.log() and "subscribed" in bench.log())
        publish(bench.port, range(500))
        with running_influxd(bench.folder / "influx", port):
            until(lambda: bench.stored() == 500)
        publish(bench.port, range(500, 1500))
        until(lambda: bench.log().count("the store is unavailable") >= 2)
        with running_influxd(bench.folder / "influx", port):
            until(lambda: bench.stored() == 1500)
            assert bench.everything() == expected(range(1500))
    assert bench.dead() == 0


@pytest.mark.mosquitto
def test_a_restarted_broker_is_found_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, free_port())
    with bench.collector():
        with running_mosquitto(tmp_path / "broker", bench.port):
            until(lambda: "subscribed" in bench.log())
            publish(bench.port, range(100))
            until(lambda: bench.stored() == 100)
        with running_mosquitto(tmp_path / "broker", bench.port):
            publish(bench.port, range(100, 300))
            until(lambda: bench.stored() == 300)
    assert bench.everything() == expected(range(300))


@pytest.mark.mosquitto
def test_a_broker_that_refuses_is_told_loudly_and_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, free_port())
    config = tmp_path / "strict.conf"
    config.write_text(f"listener {bench.port} 127.0.0.1\nallow_anonymous false\n")
    with bench.collector():
        binary = program("mosquitto")
        assert binary is not None
        strict = subprocess.Popen([binary, "-c", str(config)], stderr=subprocess.DEVNULL)
        wait_for_port(bench.port, strict)
        until(lambda: "the broker refuses this collector: Not authorized" in bench.log())
        stop(strict)
        with running_mosquitto(tmp_path / "broker", bench.port):
            until(lambda: "subscribed" in bench.log())


def test_a_broker_with_a_narrow_window_is_drained_too(tmp_path: Path) -> None:
    with Programs(tmp_path, {}) as programs, open_broker("embedded", None, programs, tmp_path) as broker:
        bench = Bench(tmp_path, int(broker.collectors.rsplit(":", 1)[1]))
        port = int(broker.devices.rsplit(":", 1)[1])
        bench.subscribe()
        publish(port, range(3_000))
        with bench.collector():
            until(lambda: bench.stored() == 3_000)
            publish(port, range(3_000, 5_000))
            until(lambda: bench.stored() == 5_000)
    assert bench.everything() == expected(range(5_000))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KILOWITNESS_MQTT_URL", "mqtt://"),
        ("KILOWITNESS_STORE_URL", "influxdb://127.0.0.1"),
        ("KILOWITNESS_TIMEZONE", "Mars/Base"),
        ("KILOWITNESS_DEADLETTER_PATH", "/dev/null/dead.db"),
        ("KILOWITNESS_BATCH_MESSAGES", "0"),
    ],
)
def test_a_wrong_setting_stops_it_with_one_line(tmp_path: Path, name: str, value: str) -> None:
    bench = Bench(tmp_path, 1, settings={name: value})
    with bench.collector() as process:
        assert process.wait(30) == 2
    (line,) = bench.log().splitlines()
    assert name in line
