"""The load: every message says something of its own, and the broker has all of it."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.bench.load import CHANNELS, FILTER, Load, new_load, publish
from simulators.bench.stand import Broker
from simulators.bench.wire import Connection, keep_session
from tests.simulators.bench.parts import published

UNTIL_MS = 1_790_000_000_000


@given(messages=st.integers(1, 400), meters=st.integers(1, 300))
def test_no_two_messages_speak_of_the_same_meter_and_time(messages: int, meters: int) -> None:
    load = Load(messages, meters, "b", UNTIL_MS)
    said = [load.message(number) for number in range(messages)]
    places = {(topic, json.loads(payload)["time"]) for topic, payload in said}
    assert len(places) == messages
    assert len({topic for topic, _ in said}) == min(messages, meters)
    assert load.readings == 3 * messages


@given(messages=st.integers(1, 400), meters=st.integers(1, 300))
def test_it_ends_when_it_says_and_registers_only_rise(messages: int, meters: int) -> None:
    load = Load(messages, meters, "b", UNTIL_MS)
    registers: dict[str, float] = {}
    times = []
    for number in range(messages):
        topic, payload = load.message(number)
        content = json.loads(payload)
        times.append(datetime.fromisoformat(content["time"]).timestamp() * 1000)
        assert registers.get(topic, 0) < content["energy_kwh"]
        registers[topic] = content["energy_kwh"]
    assert times == sorted(times)
    assert times[-1] == UNTIL_MS


def test_a_message_is_canonical() -> None:
    topic, payload = Load(10, 3, "bench-7", UNTIL_MS).message(4)
    assert topic == "kilowitness/v1/bench-7-0000/m000001/readings"
    content = json.loads(payload)
    assert list(content) == ["time", *CHANNELS]
    assert datetime.fromisoformat(content.pop("time")).utcoffset() is not None
    assert all(type(value) is float for value in content.values())


def test_a_new_load_ends_now() -> None:
    assert new_load(5, 2, "b", clock=lambda: 1_790_000_000.9).until_ms == UNTIL_MS


@pytest.mark.mosquitto
@pytest.mark.parametrize("messages", [1, 500, 501, 1234])
def test_what_is_published_waits_whole_and_in_order_in_a_session(broker: Broker, messages: int) -> None:
    keep_session(broker.port, f"waiting-{messages}", FILTER)
    load = Load(messages, 7, f"load-{messages}", UNTIL_MS)
    publish(broker.port, load)
    with Connection(broker.port, f"waiting-{messages}", kept=True) as session:
        found = published(session, messages)
    assert [(packet.topic, bytes(packet.payload)) for packet in found] == [
        load.message(number) for number in range(messages)
    ]
