"""Devices that are answered: a real broker, a collector process, and a client in the place of a device."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from services.timeseries.connect import open_store
from services.timeseries.schema import READINGS
from tests.collectors import sparkplug_wire as wire
from tests.conftest import running_mosquitto
from tests.e2e.test_collector import Bench, until

NODE = "spBv1.0/City-Hall/{}/Gateway-1"
DEVICE = NODE + "/Main-1"
AT = 1_780_000_000_000

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Bench]:
    """A mosquitto of its own and an SQLite store."""
    with running_mosquitto(tmp_path / "broker") as port:
        yield Bench(tmp_path, port)


class Device:
    """A client that publishes, and keeps what it hears with what the store had at that moment."""

    def __init__(self, client: paho.Client, stored: Callable[[], object]) -> None:
        self.client = client
        self.heard: list[tuple[str, bytes, object]] = []
        self._stored = stored
        client.on_message = self._on_message

    def _on_message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload), self._stored()))

    def say(self, topic: str, payload: bytes | str, qos: int = 0) -> None:
        self.client.publish(topic, payload, qos).wait_for_publish(10)


@contextmanager
def device(bench: Bench, listens: str) -> Iterator[Device]:
    """A connected device that has its subscription."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    subscribed: list[object] = []
    client.on_subscribe = lambda *_: subscribed.append(True)
    one = Device(client, lambda: registers(bench))
    client.connect("127.0.0.1", bench.port)
    client.loop_start()
    client.subscribe(listens)
    until(lambda: bool(subscribed))
    try:
        yield one
    finally:
        client.disconnect()
        client.loop_stop()


def registers(bench: Bench) -> dict[str, list[float]]:
    """Meter → its energy registers in the store."""
    store = open_store(bench.store_url)
    try:
        found = store.read(READINGS, fields=["energy_kwh"])
        return {series.tags["meter"]: [float(one) for one in series.fields["energy_kwh"]] for series in found}
    finally:
        store.close()


def energy(value: float, seq: int) -> bytes:
    at = AT + 1000 * seq
    return wire.payload(wire.metric(value, wire.DOUBLE, alias=1, at=at), at=at, seq=seq)


def test_a_sparkplug_node_without_birth_is_asked_for_it_and_then_understood(broker: Bench) -> None:
    with broker.collector(), device(broker, "spBv1.0/+/NCMD/#") as node:
        until(lambda: "subscribed" in broker.log())
        node.say(DEVICE.format("DDATA"), energy(99.0, 7))
        until(lambda: bool(node.heard))
        until(lambda: broker.dead() == 1)
        ((topic, payload, _),) = node.heard
        assert topic == NODE.format("NCMD")
        request = dict(wire.fields(payload))
        assert request.keys() == {1, 2}
        metric = dict(wire.fields(bytes(request[2])))
        assert (metric[1], metric[4], metric[14]) == (b"Node Control/Rebirth", wire.BOOLEAN, 1)
        born = wire.metric(100.0, wire.DOUBLE, name="Energy/Active Import", alias=1, at=AT)
        session = wire.metric(0, wire.UINT64, name="bdSeq", at=AT)
        node.say(NODE.format("NBIRTH"), wire.payload(session, at=AT, seq=0))
        node.say(DEVICE.format("DBIRTH"), wire.payload(born, at=AT, seq=1))
        node.say(DEVICE.format("DDATA"), energy(102.0, 2))
        node.say(DEVICE.format("DDATA"), energy(103.0, 3))
        until(lambda: registers(broker).get("gateway-1.main-1") == [100.0, 102.0, 103.0])
        assert len(node.heard) == 1
        assert broker.dead() == 1


def test_a_gateway_hears_that_its_data_is_taken_only_when_the_store_has_it(broker: Bench) -> None:
    (broker.folder / "data").write_text("a file where the folder should be")
    broker.store_url = f"sqlite:///{broker.folder / 'data' / 'readings.db'}"
    data = {"type": "data", "time": "20260528200000", "gwSN": "G1", "meterSN": "M1", "ct": 40, "wh": 8.98}
    with broker.collector(), device(broker, "/server/acrelHW/#") as gateway:
        until(lambda: "the store is unavailable" in broker.log() and "subscribed" in broker.log())
        gateway.say("/gw/acrelHW/AWT100/login/G1", '{"type": "login", "gwSN": "G1"}', qos=1)
        gateway.say("/gw/acrelHW/AWT100/data/G1", json.dumps(data), qos=1)
        gateway.say("/gw/acrelHW/AWT100/hstdata/G1", json.dumps(data | {"time": "20260527200000"}), qos=1)
        until(lambda: broker.log().count("the store is unavailable") >= 1)
        assert gateway.heard == []
        (broker.folder / "data").unlink()
        until(lambda: len(gateway.heard) == 3)
    answers = {topic.split("/")[4]: (json.loads(payload), stored) for topic, payload, stored in gateway.heard}
    assert answers["login"][0] == {"type": "login", "res": 1}
    assert answers["data"] == ({"type": "data", "res": 1}, {"m1": [8.98, 8.98]})
    assert answers["hstdata"] == ({"type": "hstdata", "res": 1}, {"m1": [8.98, 8.98]})
    assert {topic.rsplit("/", 1)[1] for topic, _, _ in gateway.heard} == {"G1"}


def test_an_answer_that_a_kill_prevented_comes_after_the_restart(broker: Bench) -> None:
    (broker.folder / "data").write_text("a file where the folder should be")
    broker.store_url = f"sqlite:///{broker.folder / 'data' / 'readings.db'}"
    with device(broker, "/server/acrelHW/#") as gateway:
        with broker.collector() as process:
            until(lambda: "the store is unavailable" in broker.log() and "subscribed" in broker.log())
            gateway.say("/gw/acrelHW/AWT100/data/G1", '{"meterSN": "M1", "wh": 8.98}', qos=1)
            process.kill()
            process.wait(10)
        assert gateway.heard == []
        (broker.folder / "data").unlink()
        with broker.collector():
            until(lambda: bool(gateway.heard))
    assert [(topic, stored) for topic, _, stored in gateway.heard] == [
        ("/server/acrelHW/AWT100/data/G1", {"m1": [8.98]})
    ]
