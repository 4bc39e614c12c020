"""Messages that are stored together."""

from zoneinfo import ZoneInfo

import msgspec

from collectors.batch import Batch
from collectors.routing import Router, all_decoders
from services.metering.model import Quality
from tests.collectors.parts import ARRIVAL_MS, TOPIC, message

ROUTER = Router(all_decoders(), ZoneInfo("Asia/Shanghai"))
AT = ARRIVAL_MS - 60_000


def batch_of(*payloads: str, topic: str = TOPIC) -> Batch:
    batch = Batch()
    for mid, payload in enumerate(payloads, 1):
        one = message(payload, mid=mid, topic=topic)
        batch.add(one, ROUTER.understand(one.topic, one.payload, one.received_ms))
    return batch


def test_channels_of_one_device_and_time_become_one_point() -> None:
    batch = batch_of(f'{{"time": {AT}, "energy_kwh": 1}}', f'{{"time": {AT}, "power_kw": 2}}')
    (point,) = batch.points()
    assert point.fields == {"energy_kwh": 1.0, "power_kw": 2.0}
    assert [m.mid for m in batch.messages] == [1, 2]


def test_of_a_repeated_value_the_later_counts() -> None:
    (point,) = batch_of(f'{{"time": {AT}, "energy_kwh": 1}}', f'{{"time": {AT}, "energy_kwh": 3}}').points()
    assert point.fields == {"energy_kwh": 3.0}


def test_marks_are_laid_together() -> None:
    (point,) = batch_of(
        '{"time": "2026-11-22 16:00:00", "energy_kwh": 1}',
        '{"power_kw": 2}',
        f'{{"time": {ARRIVAL_MS}, "lamp_on": 1}}',
    ).points()
    assert point.fields["quality"] == Quality.ZONE_ASSUMED | Quality.ARRIVAL_TIME
    assert len(point.fields) == 4


def test_counts_are_of_messages_values_and_rejected_items() -> None:
    batch = batch_of(
        '{"energy_kwh": 1, "power_kw": 2}',
        "[]",
        "x",
        f'[{{"time": {AT}, "energy_kwh": 1, "colour": 2}}, 7]',
    )
    assert batch.counts == {"messages": 4, "readings": 3, "rejected": 3}


def test_positions_are_not_counted_as_readings() -> None:
    batch = batch_of('{"lat": 30, "lon": 115}', topic="kilowitness/v1/city-hall/car-1/positions")
    assert len(batch) == 1
    assert batch.counts["readings"] == 0


def test_letters_are_of_the_messages_with_rejects_only() -> None:
    batch = batch_of('{"energy_kwh": 1}', '{"colour": 1, "energy_kwh": 2}', "x")
    letters = batch.letters()
    assert [letter.payload for letter in letters] == [b'{"colour": 1, "energy_kwh": 2}', b"x"]
    assert letters[0].decoder == "canonical"
    assert letters[0].topic == TOPIC


def test_a_point_the_store_refuses_goes_back_to_every_item_it_came_from() -> None:
    batch = batch_of(
        f'{{"time": {AT}, "energy_kwh": 1}}',
        f'[{{"time": {AT - 1}, "power_kw": 1}}, {{"time": {AT}, "power_kw": 2}}]',
    )
    assert batch.refuse([(0, "too odd"), (99, "a point that is not of this batch")]) == 2
    first, second = batch.letters()
    assert [(r.reason, r.item) for r in first.rejects] == [("store-rejected: too odd", None)]
    assert [(r.reason, r.item) for r in second.rejects] == [("store-rejected: too odd", 1)]


def test_a_letter_remembers_that_the_broker_had_kept_its_message() -> None:
    batch = Batch()
    for retained in (True, False):
        one = msgspec.structs.replace(message('{"wind": 1}'), retained=retained)
        batch.add(one, ROUTER.understand(one.topic, one.payload, one.received_ms, retained))
    assert [letter.retained for letter in batch.letters()] == [True, False]
