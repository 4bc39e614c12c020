"""Devices at a real broker: greetings, reports, answers and wills."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from simulators.devices.acrel_gateway import AcrelGateway
from simulators.devices.device import document
from simulators.devices.player import playing
from simulators.devices.sparkplug import Sparkplug
from simulators.devices.sparkplug_payload import BOOLEAN, REBIRTH, metric, payload
from simulators.devices.tasmota import Tasmota
from simulators.publisher import PublishError
from tests.conftest import free_port
from tests.simulators.devices.parts import SAMPLE

Heard = list[tuple[str, bytes]]


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def listening(port: int, *filters: str) -> Iterator[tuple[Client, Heard]]:
    """A subscriber, and what it heard so far."""
    heard: Heard = []
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: heard.append((message.topic, bytes(message.payload)))
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe([(pattern, 1) for pattern in filters])
    assert subscribed.wait(60)
    try:
        yield client, heard
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.mosquitto
def test_a_device_greets_and_reports_and_its_will_speaks_when_it_is_cut(mosquitto_port: int) -> None:
    device = Tasmota("player_1")
    with (
        listening(mosquitto_port, "tele/player_1/#") as (_, heard),
        playing(f"mqtt://127.0.0.1:{mosquitto_port}", [device], SAMPLE) as (session,),
    ):
        session.report(SAMPLE)
        told = [(message.topic, message.payload) for message in session.told]
        until(lambda: heard == told)
        assert [topic.rsplit("/")[-1] for topic, _ in told] == ["LWT", *["STATE", "SENSOR"] * 2]
        session.cut()
        until(lambda: heard[-1] == ("tele/player_1/LWT", b"Offline"))


@pytest.mark.mosquitto
def test_a_device_that_says_goodbye_leaves_no_will(mosquitto_port: int) -> None:
    with listening(mosquitto_port, "tele/player_2/#") as (_, heard):
        with playing(f"mqtt://127.0.0.1:{mosquitto_port}", [Tasmota("player_2")], SAMPLE):
            pass
        with playing(f"mqtt://127.0.0.1:{mosquitto_port}", [Tasmota("player_2")], SAMPLE):
            until(lambda: len(heard) == 6)
    assert b"Offline" not in {word for _, word in heard}


@pytest.mark.mosquitto
def test_devices_hear_what_they_listen_to(mosquitto_port: int) -> None:
    edge = Sparkplug("player-3")
    gateway = AcrelGateway("player3", patience_ms=0)
    with (
        listening(mosquitto_port, "spBv1.0/player-3/#", "/gw/acrelHW/+/+/player3") as (client, heard),
        playing(f"mqtt://127.0.0.1:{mosquitto_port}", [edge, gateway], SAMPLE) as sessions,
    ):
        command = payload([metric(True, BOOLEAN, name=REBIRTH)])
        client.publish("spBv1.0/player-3/NCMD/Edge-A", command)
        until(lambda: [topic for topic, _ in heard].count("spBv1.0/player-3/NBIRTH/Edge-A") == 2)
        client.publish("/server/acrelHW/AWT100/login/player3", document({"type": "login", "res": 1}))
        until(lambda: ("/gw/acrelHW/AWT100/time/player3") in {topic for topic, _ in heard})
        sessions[1].report(SAMPLE)
        sessions[1].insist(SAMPLE.time_ms + 1)
        until(lambda: heard[-1][0] == "/gw/acrelHW/AWT100/hstdata/player3")


def test_no_broker_is_one_line() -> None:
    with (
        pytest.raises(PublishError, match=r"no broker at 127\.0\.0\.1"),
        playing(f"mqtt://127.0.0.1:{free_port()}", [Tasmota()], SAMPLE),
    ):
        pass
    with pytest.raises(PublishError, match="is not an address"), playing("http://x", [Tasmota()], SAMPLE):
        pass
