"""Modbus RTU replies, against frames whose CRC is divided bit by bit."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders import Reject, Report
from collectors.decoders.frames import Sender, read_frames
from collectors.decoders.modbus import ModbusFraming, crc16, is_request
from collectors.decoders.register_map import MAPS, load_map
from tests.collectors.serial_frames import (
    SENDER,
    modbus,
    modbus_reply,
    modbus_request,
    reasons,
    said,
    values,
)

MAP = """
poll = [{ start = 10, count = 4 }, { start = 10, count = 4, function = 4 }, { start = 50, count = 2 }]
[registers]
10 = { channel = "energy_kwh", type = "u32", scale = 0.01 }
12 = { channel = "voltage_v", type = "u16", scale = 0.1 }
13 = { channel = "power_kw", type = "s16", scale = 0.001 }
51 = { channel = "temperature_c", type = "s16" }
"""


@pytest.fixture(scope="module")
def framing(tmp_path_factory: pytest.TempPathFactory) -> ModbusFraming:
    path: Path = tmp_path_factory.mktemp("maps") / "made.toml"
    path.write_text(MAP, "utf-8")
    return ModbusFraming(load_map(path))


BLOCK = [0x0001, 0xE240, 2284, 0x10000 - 3210]
"""Registers 10 to 13: 123456 hundredths of a kWh, 228.4 V, -3210 W."""
MEANT = {"energy_kwh": 1234.56, "voltage_v": 228.4, "power_kw": -3.21}


@pytest.mark.parametrize(
    "frame",
    ["11 03 00 6B 00 03 76 87", "11 03 06 AE 41 56 52 43 40 49 AD", "01 83 02 C0 F1",
     "01 03 00 00 00 02 C4 0B", "01 03 02 00 01 79 84"],
)  # fmt: skip
def test_the_crc_of_published_frames(frame: str) -> None:
    content = bytes.fromhex(frame)
    assert crc16(content[:-2]).to_bytes(2, "little") == content[-2:]


@given(st.binary(max_size=60))
def test_the_crc_is_that_of_the_division(body: bytes) -> None:
    assert crc16(body).to_bytes(2, "little") == modbus(body)[-2:]
    assert crc16(modbus(body)) == 0


@pytest.mark.parametrize("function", [3, 4])
def test_a_reply_alone_is_of_the_poll_it_fits(framing: ModbusFraming, function: int) -> None:
    assert values(framing, modbus_reply(3, BLOCK, function)) == [("gw-7.3", None, MEANT)]
    assert values(framing, modbus_reply(247, [0, 0xFFFF]))[0][2] == {"temperature_c": -1.0}


def test_a_request_in_front_says_where_the_reply_begins(framing: ModbusFraming) -> None:
    payload = modbus_request(3, 12, 2) + modbus_reply(3, [2284, 1000])
    assert values(framing, payload) == [("gw-7.3", None, {"voltage_v": 228.4, "power_kw": 1.0})]
    assert said(framing, payload)[0].item == 1


@pytest.mark.parametrize(
    "request_",
    [
        modbus_request(4, 12, 2),
        modbus_request(3, 12, 2, function=4),
        modbus_request(3, 12, 3),
        modbus_request(3, 12, 2) + b"\x00",
        modbus_request(3, 12, 2) + modbus(b"\x03\x83\x06"),
    ],
    ids=["unit", "function", "count", "gap", "answered"],
)
def test_a_request_of_something_else_does_not_count(framing: ModbusFraming, request_: bytes) -> None:
    reports = [r for r in said(framing, request_ + modbus_reply(3, [0, 250])) if isinstance(r, Report)]
    assert [dict(r.values) for r in reports] == [{"temperature_c": 250.0}]


def test_several_units_in_one_payload(framing: ModbusFraming) -> None:
    payload = b"".join(modbus_request(u, 10, 4) + modbus_reply(u, BLOCK) for u in (1, 2, 40))
    assert [meter for meter, _, _ in values(framing, payload)] == ["gw-7.1", "gw-7.2", "gw-7.40"]


@pytest.mark.parametrize(
    ("code", "named"),
    [(1, "illegal function"), (2, "illegal data address"), (3, "illegal data value"), (4, "device failure"),
     (6, "device busy"), (11, "target device did not respond"), (99, "exception 99")],
)  # fmt: skip
def test_exceptions_by_name(framing: ModbusFraming, code: int, named: str) -> None:
    for function in (3, 4):
        frame = modbus(bytes([9, function + 0x80, code]))
        reason = f"device-error: gw-7.9 answers function {function}: {named}"
        assert reasons(framing, frame) == [(0, reason)]


def test_replies_that_fit_nothing(framing: ModbusFraming) -> None:
    assert reasons(framing, modbus_reply(3, [1, 2, 3])) == [
        (0, "unknown-poll: no poll of the map has function 3 and 3 registers")
    ]
    assert reasons(framing, modbus_request(3, 200, 2) + modbus_reply(3, [1, 2])) == [
        (1, "unmapped-registers: the map has none of 200 to 201 of gw-7.3")
    ]
    half = modbus_request(3, 11, 1) + modbus_reply(3, [1])
    assert reasons(framing, half)[0][1].startswith("unmapped-registers: ")


def test_other_functions_and_units_are_no_frames(framing: ModbusFraming) -> None:
    for body in (
        b"\x03\x06\x00\x01\x00\x03",
        b"\x00\x03\x02\x00\x01",
        b"\xf8\x03\x02\x00\x01",
        b"\x03\x03\x01\x07",
    ):
        assert [type(one) for one in said(framing, modbus(body))] == [Reject]


def test_a_wrong_crc_is_told_from_garbage_and_from_a_cut(framing: ModbusFraming) -> None:
    reply = modbus_reply(3, BLOCK)
    wrong = reply[:-1] + bytes([reply[-1] ^ 1])
    ((_, reason),) = reasons(framing, wrong)
    ends, due = wrong[-2:].hex(" ").upper(), reply[-2:].hex(" ").upper()
    assert reason == f"bad-checksum: the reply ends {ends}, its CRC is {due}"
    assert reasons(framing, reply[:9]) == [(0, "cut-short: the reply has 9 of 13 bytes")]
    assert reasons(framing, b"\x03\x83\x02\x00\x00")[0][1].startswith("bad-checksum: ")
    assert reasons(framing, b"www.dtu") == [(0, "garbage: 7 bytes are no frame: 77 77 77 2E 64 74 75")]


def test_an_address_longer_than_64_is_refused(framing: ModbusFraming) -> None:
    (one,) = read_frames(modbus_reply(3, BLOCK), framing, Sender("city-hall", "g" * 63))
    assert isinstance(one, Reject)
    assert one.reason.startswith("bad-address: ")


@given(st.integers(1, 247), st.integers(0, 65_535), st.integers(1, 125), st.sampled_from([3, 4]))
def test_every_request_is_known_as_one(unit: int, start: int, count: int, function: int) -> None:
    frame = modbus_request(unit, start, count, function)
    assert is_request(frame)
    assert said(ModbusFraming(load_map(MAPS / "acrel-adw300.toml")), frame) == []


def pair(value: int) -> list[int]:
    return [value // 65_536, value % 65_536]


@given(
    st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 65_535), st.integers(0, 65_535),
)  # fmt: skip
def test_an_adw300_read_in_one_block(energy: int, export: int, watts: int, volts: int, amperes: int) -> None:
    registers = [0] * 46
    for address, words in (
        (20, [volts]), (26, [amperes]), (36, pair(watts % 2**32)), (62, pair(energy)), (64, pair(export))
    ):  # fmt: skip
        registers[address - 20 : address - 20 + len(words)] = words
    framing = ModbusFraming(load_map(MAPS / "acrel-adw300.toml"))
    ((meter, _, found),) = values(framing, modbus_reply(12, registers))
    assert meter == f"{SENDER.gateway}.12"
    assert found == {
        "energy_kwh": energy / 100, "energy_export_kwh": export / 100, "power_kw": watts / 1000,
        "voltage_v": volts / 10, "current_a": amperes / 100,
    }  # fmt: skip
