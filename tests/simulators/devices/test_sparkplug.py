"""A Sparkplug B session: births, data by alias, the counting, the rebirth."""

import struct
from dataclasses import replace
from itertools import pairwise

from simulators.devices import protobuf as pb
from simulators.devices.device import Message
from simulators.devices.sparkplug import Sparkplug
from simulators.devices.sparkplug_payload import BOOLEAN, REBIRTH, asks_for_rebirth, metric, payload
from tests.simulators.devices.parts import SAMPLE

Fields = dict[int, int | bytes]


def _metrics(message: Message) -> list[Fields]:
    found = (value for number, value in pb.fields(message.payload) if number == 2)
    return [dict(pb.fields(value)) for value in found if isinstance(value, bytes)]


def _seq(message: Message) -> int | bytes | None:
    return dict(pb.fields(message.payload)).get(3)


def test_a_metric_byte_by_byte() -> None:
    sent = metric(1.0, 10, time_ms=150, name="a", alias=2)
    assert sent == bytes.fromhex("0a 01 61 10 02 18 96 01 20 0a 69 00 00 00 00 00 00 f0 3f")
    assert payload([sent], time_ms=1, seq=0)[:2] == bytes.fromhex("08 01")
    assert payload([sent], time_ms=1, seq=0)[-2:] == bytes.fromhex("18 00")


def test_the_births_come_first_and_name_what_the_data_only_numbers() -> None:
    device = Sparkplug()
    node, birth = device.connected(SAMPLE)
    (data,) = device.report(SAMPLE)
    assert [m.topic for m in (node, birth, data)] == [
        "spBv1.0/Plant1/NBIRTH/Edge-A",
        "spBv1.0/Plant1/DBIRTH/Edge-A/Meter1",
        "spBv1.0/Plant1/DDATA/Edge-A/Meter1",
    ]
    assert [_seq(m) for m in (node, birth, data)] == [0, 1, 2]
    assert [fields[1] for fields in _metrics(node)] == [b"bdSeq", REBIRTH.encode()]
    names = {fields[2]: fields[1] for fields in _metrics(birth)}
    assert {names[fields[2]] for fields in _metrics(data)} == {b"energy_kwh", b"power_kw", b"voltage_v"}
    assert not any(1 in fields for fields in _metrics(data))
    assert all(not m.retain for m in (node, birth, data))


def test_a_float_means_what_is_left_of_it() -> None:
    (data,) = Sparkplug().report(SAMPLE)
    values = data.means[0].values
    assert values["energy_kwh"] == 12345.67
    assert values["power_kw"] != 3.21
    assert values["power_kw"] == struct.unpack("<f", struct.pack("<f", 3.21))[0]


def test_the_sequence_wraps_at_256_and_a_lost_message_leaves_a_gap() -> None:
    device = Sparkplug()
    device.connected(SAMPLE)
    seen = [_seq(device.report(SAMPLE)[0]) for _ in range(300)]
    assert seen[0] == 2
    assert all((before + 1) % 256 == after for before, after in pairwise(seen))  # type: ignore[operator]
    device.lose_next = True
    assert device.report(SAMPLE) == ()
    (after,) = device.report(SAMPLE)
    assert _seq(after) == (seen[-1] + 2) % 256  # type: ignore[operator]


def test_what_was_kept_offline_comes_later_with_its_own_time() -> None:
    device = Sparkplug()
    device.connected(SAMPLE)
    device.offline = True
    assert device.report(SAMPLE) == ()
    device.offline = False
    later = replace(SAMPLE, time_ms=SAMPLE.time_ms + 60_000, energy_kwh=99.0)
    (data,) = device.report(later)
    marks = [(fields[2], fields[3], fields.get(5, 0)) for fields in _metrics(data)]
    assert marks == [
        *((alias, SAMPLE.time_ms, 1) for alias in (1, 2, 3)),
        *((alias, later.time_ms, 0) for alias in (1, 2, 3)),
    ]
    assert [m.time_ms for m in data.means] == [SAMPLE.time_ms, later.time_ms]
    assert _seq(data) == 2


def test_the_death_bears_the_number_of_its_birth_and_no_sequence() -> None:
    device = Sparkplug(session=7)
    node, _birth = device.connected(SAMPLE)
    assert device.will is not None
    assert (device.will.qos, device.will.retain, _seq(device.will)) == (1, False, None)
    (death,) = _metrics(device.will)
    assert death[1] == b"bdSeq"
    assert death[11] == _metrics(node)[0][11] == 7
    assert {m.values["online"] for m in device.will.means} == {0.0}


def test_it_is_born_again_when_told_and_only_then() -> None:
    device = Sparkplug()
    device.connected(SAMPLE)
    device.report(SAMPLE)
    (where,) = device.listens
    command = payload([metric(True, BOOLEAN, name=REBIRTH, time_ms=1)], time_ms=1, seq=0)
    node, _birth = device.receive(Message(where, command), SAMPLE)
    assert _seq(node) == 0
    off = payload([metric(False, BOOLEAN, name=REBIRTH)])
    other = payload([metric(True, BOOLEAN, name="Node Control/Reboot")])
    assert not asks_for_rebirth(off)
    assert not asks_for_rebirth(other)
    assert device.receive(Message(where, other), SAMPLE) == ()
