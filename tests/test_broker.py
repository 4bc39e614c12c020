"""The committed broker: its start script, configuration and access list under a real mosquitto."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from collectors.routing import Router, all_decoders
from services.settings import Settings
from services.timeseries.schema import READINGS
from services.timeseries.sqlite import SqliteStore
from tests.conftest import free_port, program, stop, wait_for_port

ROOT = Path(__file__).parents[1]


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    """The committed start script, configuration and access list under a real mosquitto; yields its port."""
    port = free_port()
    committed = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text(encoding="utf-8")
    config = committed.replace("listener 1883", f"listener {port} 127.0.0.1").replace("/tmp/", f"{tmp_path}/")
    config = config.replace("/mosquitto/data/", f"{tmp_path}/data/")
    (tmp_path / "data").mkdir()
    (tmp_path / "mosquitto.conf").write_text(config + "user root\n")
    found = program("mosquitto")
    assert found is not None
    environment = {
        "PATH": f"{Path(found).parent}:{os.environ['PATH']}",
        "MOSQUITTO_CONFIG": str(tmp_path / "mosquitto.conf"),
        "MOSQUITTO_ACL": str(ROOT / "deploy/mosquitto/acl"),
        "MOSQUITTO_PRIVATE": str(tmp_path),
        "MQTT_COLLECTOR_PASSWORD": "of-the-collector",
        "MQTT_GATEWAY_PASSWORD": "of-the-gateways",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([ROOT / "deploy/mosquitto/start"], env=environment, stdout=log, stderr=log)
        try:
            wait_for_port(port, process)
            yield port
        finally:
            stop(process)


def _connected(port: int, user: str, password: str) -> mqtt.Client:
    """A client that has its answer from the broker, accepted or not."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.user_data_set([])
    client.on_connect = lambda c, seen, flags, reason, properties: seen.append(reason)
    client.on_message = lambda c, seen, message: seen.append(message.topic)
    if user:
        client.username_pw_set(user, password)
    client.connect("127.0.0.1", port)
    client.loop_start()
    _until(lambda: bool(client.user_data_get()))
    return client


def _subscribe(client: mqtt.Client, *filters: str) -> None:
    """Return when the broker has answered."""
    answers: list[object] = []
    client.on_subscribe = lambda *answer: answers.append(answer)
    client.subscribe([(pattern, 1) for pattern in filters])
    _until(lambda: bool(answers))


def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _ended(*clients: mqtt.Client) -> None:
    for client in clients:
        client.disconnect()
        client.loop_stop()


@pytest.mark.mosquitto
def test_gateways_write_and_the_collector_reads(broker: int) -> None:
    collector = _connected(broker, "collector", "of-the-collector")
    gateway = _connected(broker, "gateway", "of-the-gateways")
    _subscribe(collector, "kilowitness/v1/+/+/readings", "other/#")  # which no gateway may write
    _subscribe(gateway, "kilowitness/v1/+/+/readings")
    gateway.publish("other/topic", "x", 1).wait_for_publish(60)
    for number in range(2):
        gateway.publish(f"kilowitness/v1/a/m{number}/readings", "{}", 1).wait_for_publish(60)
    _until(lambda: len(collector.user_data_get()) == 3)
    assert collector.user_data_get()[1:] == [f"kilowitness/v1/a/m{number}/readings" for number in range(2)]
    assert len(gateway.user_data_get()) == 1
    _ended(collector, gateway)


@pytest.mark.mosquitto
def test_gateways_may_write_every_dialect_and_hear_the_answers(broker: int) -> None:
    collector = _connected(broker, "collector", "of-the-collector")
    gateway = _connected(broker, "gateway", "of-the-gateways")
    filters = Router(all_decoders(), ZoneInfo("Asia/Shanghai")).filters()
    topics = [pattern.replace("+", "x1") for pattern in filters]
    assert not any("#" in topic for topic in topics)
    _subscribe(collector, *filters)
    for topic in topics:
        gateway.publish(topic, "{}", 1).wait_for_publish(60)
    _until(lambda: set(topics) <= set(collector.user_data_get()[1:]))
    answers = ["/server/acrelHW/awt100/data/sn-1", "spBv1.0/north/NCMD/edge-1"]
    _subscribe(gateway, *answers)
    for topic in [*answers, "kilowitness/v1/a/m1/readings"]:
        collector.publish(topic, "{}", 1).wait_for_publish(60)
    _until(lambda: gateway.user_data_get()[1:] == answers)
    _ended(collector, gateway)


@pytest.mark.mosquitto
def test_the_collector_may_do_all_that_it_does(broker: int, tmp_path: Path) -> None:
    """A real collector subscribes to everything, says so, stores what a gateway publishes, and leaves."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KILOWITNESS_")}
    environment |= {
        "KILOWITNESS_MQTT_URL": f"mqtt://collector:of-the-collector@127.0.0.1:{broker}",
        "KILOWITNESS_STORE_URL": f"sqlite:///{tmp_path}/readings.db",
        "KILOWITNESS_DEADLETTER_PATH": f"{tmp_path}/deadletter.db",
        "KILOWITNESS_COLLECTOR_ID": "collector-1",
        "PYTHONPATH": str(ROOT),
    }
    watcher = _connected(broker, "collector", "of-the-collector")
    watcher.on_message = lambda client, seen, message: seen.append(message.payload.decode())
    _subscribe(watcher, "kilowitness/v1/collectors/collector-1/status")
    gateway = _connected(broker, "gateway", "of-the-gateways")
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    command = [sys.executable, "-m", "collectors"]
    with (tmp_path / "collector.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=log)
        try:
            _until(lambda: watcher.user_data_get()[1:] == ["online"])
            reading = json.dumps({"energy_kwh": 1.5})
            gateway.publish("kilowitness/v1/a/m1/readings", reading, 1).wait_for_publish(60)
            _until(lambda: store.count(READINGS)["energy_kwh"] == 1)
        finally:
            stop(process)
            store.close()
    _until(lambda: watcher.user_data_get()[-1] == "offline")
    _ended(watcher, gateway)


@pytest.mark.mosquitto
@pytest.mark.parametrize(("user", "password"), [("", ""), ("gateway", "wrong"), ("admin", "admin")])
def test_nobody_else_is_let_in(broker: int, user: str, password: str) -> None:
    client = _connected(broker, user, password)
    assert client.user_data_get()[0].is_failure
    _ended(client)


def test_the_broker_lets_a_whole_batch_be_in_flight() -> None:
    config = (ROOT / "deploy/mosquitto/mosquitto.conf").read_text(encoding="utf-8")
    options = dict(line.split(" ", 1) for line in config.splitlines() if line and not line.startswith("#"))
    assert int(options["max_inflight_messages"]) >= Settings.model_fields["batch_messages"].default
    assert int(options["max_queued_messages"]) >= 10_000_000
    assert int(options["max_queued_bytes"]) > 0
    assert options["persistence"] == "true"
    assert options["allow_anonymous"] == "false"
