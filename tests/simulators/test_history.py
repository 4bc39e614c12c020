"""The stream of the history: complete, interleaved, within its bounds, with the faults that were planned."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from simulators.city import City, build_city
from simulators.faults import WEEK_HOURS, plan_faults
from simulators.history import (
    LARGEST_PAYLOAD,
    Message,
    history_messages,
    item_count,
    publish_history,
)
from simulators.malformed import UNKNOWN_ADDRESS
from simulators.meters import by_code
from simulators.plan import ALL_FAULTS, HOUR_MS, CityPlan, Fault
from tests.simulators import gateway
from tests.simulators.conftest import SMALL

WEEK_MS = WEEK_HOURS * HOUR_MS


@pytest.fixture(scope="module", name="messages")
def _messages(small_city: City) -> list[Message]:
    return list(history_messages(small_city))


def digest(plan: CityPlan) -> str:
    total = hashlib.sha256()
    for message in history_messages(build_city(plan)):
        total.update(message.topic.encode() + b"\0" + message.payload)
    return total.hexdigest()


def test_the_same_seed_sends_the_same_bytes_and_another_others() -> None:
    plan = replace(SMALL, months=1, institutions=3, vehicles=2)
    first = digest(plan)
    assert first == digest(plan)
    assert first == digest(replace(plan, horizon_days=12))
    assert first != digest(replace(plan, seed=2))


def test_every_reading_arrives_but_those_of_gaps(small_city: City, messages: list[Message]) -> None:
    values = gateway.all_readings(messages)
    faults = plan_faults(SMALL, small_city.meters, small_city.contracts)
    times = SMALL.start_ms + HOUR_MS * np.arange(SMALL.history_hours + 1)
    for meter in small_city.meters:
        missing = faults.missing.get(meter.code, np.zeros(len(times), dtype=bool))
        told = [key[2] for key in values if key[:2] == (meter.address, meter.kind.channel)]
        assert sorted(told) == times[~missing].tolist(), meter.code


def test_readings_are_what_the_registers_showed(small_city: City, messages: list[Message]) -> None:
    values = gateway.all_readings(messages)
    for code in ("gov-e1", "gov-h1", "yunshan-e1", "yunshan-h1", "finance-e1", "finance-s1", "library-s1"):
        meter = by_code(small_city.meters)[code]
        found = {key[2]: value for key, value in values.items() if key[:2] == (meter.address, "energy_kwh")}
        times = np.array(sorted(found))
        assert [found[time] for time in times.tolist()] == meter.registers(times).tolist()


def test_every_position_of_the_history_arrives(small_city: City, messages: list[Message]) -> None:
    positions = gateway.all_positions(messages)
    for vehicle in small_city.vehicles:
        track = vehicle.track
        address = f"{vehicle.institution}/{vehicle.code}"
        told = sorted(time for name, time in positions if name == address)
        assert told == track.times_ms[track.times_ms < SMALL.until_ms].tolist()
        item = positions[(address, told[-1])]
        assert item["odometer_km"] == track.odometer_km[len(told) - 1]
        assert ("fuel_l" in item) == (vehicle.fuel != "electric")


def test_no_payload_is_larger_than_promised(messages: list[Message]) -> None:
    assert max(len(message.payload) for message in messages) < LARGEST_PAYLOAD


def test_a_smaller_batch_makes_more_and_smaller_messages(small_city: City) -> None:
    daily = list(history_messages(small_city, batch_hours=24))
    canonical = [message for message in daily if message.topic.endswith("/readings")]
    assert max(message.items for message in canonical) <= 48
    assert gateway.all_readings(daily) == gateway.all_readings(history_messages(small_city))


def first_times(messages: Sequence[Message]) -> list[int]:
    return [min(key[2] for key in found) for message in messages if (found := gateway.readings(message))]


def test_the_past_fills_week_by_week_over_all_meters(small_city: City) -> None:
    """Without delays, no message of a week comes before the last of the week before."""
    calm = replace(small_city, plan=replace(SMALL, faults=frozenset()))
    weeks = [(time - SMALL.start_ms) // WEEK_MS for time in first_times(list(history_messages(calm)))]
    assert weeks == sorted(weeks)
    assert len(set(weeks)) == -(-(SMALL.history_hours + 1) // WEEK_HOURS)


def test_late_messages_come_after_later_ones(small_city: City) -> None:
    late = replace(small_city, plan=replace(SMALL, faults=frozenset({Fault.LATE})))
    calm = replace(small_city, plan=replace(SMALL, faults=frozenset()))
    weeks = [(time - SMALL.start_ms) // WEEK_MS for time in first_times(list(history_messages(late)))]
    assert weeks != sorted(weeks)
    assert sum(message.items for message in history_messages(late)) == sum(
        message.items for message in history_messages(calm)
    )


def test_some_messages_come_twice(small_city: City) -> None:
    doubled = replace(small_city, plan=replace(SMALL, faults=frozenset({Fault.DUPLICATES})))
    counts = Counter((message.topic, message.payload) for message in history_messages(doubled))
    assert set(counts.values()) == {1, 2}


def test_some_arrays_are_out_of_order(small_city: City) -> None:
    shuffled = replace(small_city, plan=replace(SMALL, faults=frozenset({Fault.OUT_OF_ORDER})))
    disorder = 0
    for message in history_messages(shuffled):
        times = [key[2] for key in gateway.readings(message)]
        disorder += times != sorted(times)
    assert disorder > 3


def test_an_unknown_meter_and_bad_messages_come_when_asked_for(
    small_city: City, messages: list[Message]
) -> None:
    assert any(UNKNOWN_ADDRESS in message.topic for message in messages)
    assert sum(message.items == 0 for message in messages) == 29
    plan = replace(SMALL, faults=ALL_FAULTS - {Fault.MALFORMED, Fault.UNKNOWN_METER})
    calm = list(history_messages(replace(small_city, plan=plan)))
    assert not any(UNKNOWN_ADDRESS in message.topic for message in calm)
    assert all(message.items for message in calm)


def test_the_item_count_is_known_beforehand(small_city: City) -> None:
    calm = replace(small_city, plan=replace(SMALL, faults=frozenset({Fault.GAPS})))
    assert item_count(calm) == sum(message.items for message in history_messages(calm))


@pytest.mark.mosquitto
def test_a_history_is_published_with_progress(mosquitto_port: int) -> None:
    city = build_city(replace(SMALL, months=1, institutions=2, vehicles=1))
    told: list[tuple[int, int]] = []
    sent = publish_history(
        city, f"mqtt://127.0.0.1:{mosquitto_port}", progress=lambda done, total: told.append((done, total))
    )
    messages = list(history_messages(city))
    assert sent.messages == len(messages)
    assert sent.payload_bytes == sum(len(message.payload) for message in messages)
    assert told[-1] == (item_count(city), item_count(city))
    assert all(done <= total for done, total in told)


def test_a_neuron_topic_names_the_node_and_group_of_its_payload(messages: list[Message]) -> None:
    neuron = [message for message in messages if message.topic.startswith("/neuron/")]
    assert {message.items for message in neuron} == {1}
    for message in neuron[:: len(neuron) // 20]:
        [(address, _, _)] = gateway.readings(message)
        _, _, node, _, group = message.topic.split("/")
        assert address == f"neuron/{node}.{group}"
