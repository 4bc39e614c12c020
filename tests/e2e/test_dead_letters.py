"""Dead letters from end to end: a real broker, a collector's process, the service that reads its file."""

from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from fastapi.testclient import TestClient
from paho.mqtt.enums import CallbackAPIVersion

from services.app import create_app
from services.deadletters.letters import DeadLetters, Letter, Reject
from tests.conftest import running_mosquitto
from tests.e2e.test_collector import Bench, until
from tests.services.installation import parts_in

pytestmark = pytest.mark.mosquitto
TOPIC = "kilowitness/v1/city-hall/main-1/readings"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running_mosquitto(tmp_path / "broker") as port:
        made = Bench(tmp_path, port)
        made.settings |= {"KILOWITNESS_COLLECTOR_ID": "east-1", "KILOWITNESS_HEALTH_INTERVAL_S": "0.2"}
        yield made


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TestClient]:
    parts = parts_in(
        tmp_path, deadletter_path=tmp_path / "dead.db", store_url=f"sqlite:///{tmp_path}/readings.db"
    )
    with TestClient(create_app(parts)) as client:
        yield client
    parts.close()


def publish(port: int, *payloads: bytes) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for payload in payloads:
        client.publish(TOPIC, payload, qos=1).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


def test_a_running_collector_replays_what_the_service_was_asked_for(
    bench: Bench, service: TestClient
) -> None:
    bench.subscribe()
    old = Letter(1_780_000_000_000, TOPIC, b'{"energy_kwh": 7}', "", (Reject("unknown-topic: x"),))
    letters = DeadLetters(bench.folder / "dead.db")
    letters.add([old])
    with bench.collector():
        publish(bench.port, b'{"wind": 1}', b'{"wind": 1}')
        until(lambda: letters.count() == 2 and letters.newest(1)[0].seen == 2)
        asked = service.post("/api/v1/dead-letters/replay", json={"all": True})
        assert asked.json() == {"requested": 2}
        until(lambda: letters.count() == 1)
    left = service.get("/api/v1/dead-letters").json()["items"][0]
    assert (left["collector"], left["reason"]) == ("east-1", "unknown-channel: 'wind'")
    assert left["replayed_at"] is not None
    assert bench.everything() == {("main-1", 1_780_000_000_000): 7.0}
    letters.close()


def test_a_full_file_leaves_the_rest_at_the_broker_until_there_is_room(
    bench: Bench, service: TestClient
) -> None:
    bench.settings |= {"KILOWITNESS_DEADLETTER_MOST_MB": "1", "KILOWITNESS_BATCH_MESSAGES": "1"}
    bench.subscribe()
    broken = [bytes([65 + n]) * 600_000 for n in range(2)]
    with bench.collector():
        publish(bench.port, *broken)
        until(lambda: "raise KILOWITNESS_DEADLETTER_MOST_MB" in bench.log())
        assert bench.dead() == 1
    with bench.collector():
        dropped = service.post("/api/v1/dead-letters/drop", json={"reason": "malformed-json"})
        assert dropped.json() == {"dropped": 1}
        until(lambda: bench.dead() == 1)
        kept = service.get("/api/v1/dead-letters").json()["items"]
        assert [one["excerpt"][0] for one in kept] == ["B"]
