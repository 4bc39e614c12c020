"""DL/T 645-2007 replies against frames that meters sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices import dlt645
from simulators.devices.dlt645 import ITEMS, Dlt645, frame, reply
from simulators.devices.frames import Gateway
from tests.simulators.devices.parts import SAMPLE


@pytest.mark.parametrize(
    ("address", "channel", "value", "sent"),
    [
        ("123456789012", "energy_kwh", 123456.78,
         "68 12 90 78 56 34 12 68 91 08 33 33 34 33 AB 89 67 45 CC 16"),
        ("000000000161", "energy_kwh", 0.26, "68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8A 16"),
        ("000000000161", "voltage_v", 100.1, "68 61 01 00 00 00 00 68 91 06 33 34 34 35 34 43 10 16"),
    ],
)  # fmt: skip
def test_the_frames_of_real_meters(address: str, channel: str, value: float, sent: str) -> None:
    assert reply(address, channel, value).hex(" ").upper() == sent


def test_the_request_of_the_standard() -> None:
    sent = frame("123456789012", 0x11, bytes.fromhex("00 00 01 00"))
    assert sent.hex(" ").upper() == "68 12 90 78 56 34 12 68 11 04 33 33 34 33 68 16"


def test_the_refusal_of_a_real_meter() -> None:
    assert frame("123456789012", 0xD1, b"\x06").hex(" ").upper() == "68 12 90 78 56 34 12 68 D1 01 39 91 16"


def test_the_sign_is_the_highest_bit() -> None:
    plus, minus = (reply("1" * 12, "power_kw", value) for value in (3.21, -3.21))
    assert (minus[16] - plus[16]) % 256 == 0x80
    assert plus[:16] == minus[:16]


@given(st.floats(-79.9999, 79.9999), st.integers(0, 10**12 - 1))
def test_every_reply_adds_up(power_kw: float, address: int) -> None:
    sent = reply(f"{address:012d}", "power_kw", power_kw)
    assert sent[0] == sent[7] == 0x68
    assert sent[9] == len(sent) - 12
    assert sum(sent[:-2]) % 256 == sent[-2]


def test_raw_each_item_is_a_packet_and_as_hex_all_are_one() -> None:
    *raw, refusal = Dlt645().report(SAMPLE)
    assert refusal.means == ()
    (packet,) = Dlt645(gateway=Gateway(as_hex=True)).report(SAMPLE)
    assert bytes.fromhex(packet.payload.decode()) == b"".join(message.payload for message in raw)
    assert all(message.payload.startswith(b"\xfe\xfe\xfe\xfe\x68") for message in raw)
    assert {name for message in raw for name in message.means[0].values} == set(ITEMS)
    assert packet.means[0].values == {
        name: value for message in raw for name, value in message.means[0].values.items()
    }


def test_what_it_means_is_what_its_digits_can_say() -> None:
    meanings = {
        name: value for m in Dlt645().report(SAMPLE)[:-1] for name, value in m.means[0].values.items()
    }
    assert meanings["energy_kwh"] == 12345.67
    assert meanings["power_kw"] == 3.21
    assert dlt645.ITEMS["voltage_v"] == ("02010100", 4, 1)
