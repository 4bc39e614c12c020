"""The messages of the harness: each of its own, the bad ones bad in every way."""

import json

import pytest

from simulators.faulty.messages import BAD, BAD_EVERY, METERS, START_MS, message, messages_for

ROUND = range(BAD_EVERY * len(BAD))


def test_no_two_messages_speak_of_the_same_meter_and_time() -> None:
    assert len({(message(n).meter, message(n).time_ms) for n in ROUND}) == len(ROUND)
    assert len({(message(n).topic, message(n).payload) for n in ROUND}) == len(ROUND)


def test_a_message_is_what_its_number_says() -> None:
    sent = message(METERS + 1)
    assert sent == message(METERS + 1)
    assert (sent.meter, sent.time_ms, sent.bad) == ("m1", START_MS + 1000, False)
    assert sent.topic == "kilowitness/v1/faults/m1/readings"
    assert json.loads(sent.payload) == {"time": sent.time_ms, **sent.stored}
    assert sent.stored["energy_kwh"] == METERS + 1.25


def test_values_survive_the_way_as_the_same_64_bits() -> None:
    for number in (0, 1, 99_990, 333_333):
        for value in message(number).stored.values():
            assert value * 64 == int(value * 64)
            assert value < 2**45


def test_one_in_so_many_is_bad_and_the_kinds_take_turns() -> None:
    bad = [message(n) for n in ROUND if message(n).bad]
    assert len(bad) == len(BAD)
    assert sum(bool(one.stored) for one in bad) == 3
    readable = 0
    for one in bad:
        try:
            readable += isinstance(json.loads(one.payload), (dict, list))
        except ValueError:
            assert one.stored == {}
    assert readable == len(BAD) - 2


def test_bad_messages_are_bad_in_the_way_they_are_named() -> None:
    bad = dict(zip(BAD, (message(n) for n in ROUND if message(n).bad), strict=True))
    assert "FAULTS" in bad["a bad address"].topic
    assert json.loads(bad["from the future"].payload)["time"] > 4e12
    assert json.loads(bad["out of range"].payload)["power_kw"] > 1e6
    assert set(bad["out of range"].stored) == {"energy_kwh", "voltage_v"}
    assert json.loads(bad["one bad item"].payload)[0]["time"] == bad["one bad item"].time_ms
    assert json.loads(bad["refused by the database"].payload)["lamp_on"] == 1
    assert "moon_phase" in json.loads(bad["an unknown channel"].payload)


@pytest.mark.parametrize("readings", [0, 1, 3, 4, 150, 2_317, 2_318, 5_000])
def test_so_many_messages_carry_so_many_readings(readings: int) -> None:
    count = messages_for(readings)
    carried = [len(message(number).stored) for number in range(count)]
    assert sum(carried) >= readings
    assert sum(carried[:-1]) < max(readings, 1)
