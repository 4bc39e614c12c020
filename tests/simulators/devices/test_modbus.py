"""Modbus RTU frames against those of the specification and of its explanations."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices.frames import Gateway
from simulators.devices.modbus import FIRST, ModbusAdw300, crc, reply, request
from tests.simulators.devices.parts import SAMPLE


def test_the_request_and_the_reply_of_the_explanations() -> None:
    assert request(0x11, 0x6B, 3).hex(" ").upper() == "11 03 00 6B 00 03 76 87"
    assert reply(0x11, [0xAE41, 0x5652, 0x4340]).hex(" ").upper() == "11 03 06 AE 41 56 52 43 40 49 AD"


@pytest.mark.parametrize(
    ("data", "sent"), [("01 03 00 00 00 0A", "C5 CD"), ("02 07", "41 12"), ("01 04 02 FF FF", "B8 80")]
)
def test_the_crc(data: str, sent: str) -> None:
    assert crc(bytes.fromhex(data)) == bytes.fromhex(sent)


@given(st.binary(min_size=1, max_size=100))
def test_a_frame_with_its_crc_has_none_left(data: bytes) -> None:
    assert crc(data + crc(data)) == b"\x00\x00"


def _register(payload: bytes, number: int) -> int:
    at = 3 + 2 * (number - FIRST)
    return int.from_bytes(payload[at : at + 2], "big")


def test_each_quantity_stands_in_its_register() -> None:
    (message,) = ModbusAdw300().report(SAMPLE)
    payload = message.payload
    assert (payload[0], payload[1], payload[2], len(payload)) == (3, 3, 92, 97)
    assert [_register(payload, number) for number in (20, 26, 36, 37, 62, 63)] == [
        2284, 468, 0, 3210, 1_234_567 >> 16, 1_234_567 & 0xFFFF,
    ]  # fmt: skip
    assert message.means[0].values["energy_kwh"] == 12345.67


def test_a_negative_power_is_a_two_s_complement() -> None:
    (message,) = ModbusAdw300().report(replace(SAMPLE, power_kw=-0.5))
    high, low = _register(message.payload, 36), _register(message.payload, 37)
    assert (high << 16 | low) - 2**32 == -500


def test_as_hex_the_request_for_the_energy_goes_before_its_reply() -> None:
    (message,) = ModbusAdw300(unit=17, gateway=Gateway(as_hex=True)).report(SAMPLE)
    packet = bytes.fromhex(message.payload.decode())
    assert packet[:8] == request(17, 62, 4)
    assert packet[8:] == reply(17, [1_234_567 >> 16, 1_234_567 & 0xFFFF, 0, 50])
    assert message.means[0].values == {"energy_kwh": 12345.67, "energy_export_kwh": 0.5}
