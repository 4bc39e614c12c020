"""CJ/T 188 replies against frames that water meters sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices.cjt188 import Cjt188, reply
from simulators.devices.frames import Gateway
from tests.simulators.devices.parts import EIGHT_MS, SAMPLE


def test_the_reply_of_a_real_meter() -> None:
    sent = reply("78330011223344", 556677.0, clock="20150511220131", status=0x2184)
    assert sent.hex(" ").upper() == (
        "68 10 44 33 22 11 00 33 78 81 16 1F 90 00 00 77 66 55 2C 00 77 66 55 2C "
        "31 01 22 11 05 15 20 21 84 13 16"
    )


def test_a_meter_without_a_clock_that_turns_its_identifier_round() -> None:
    sent = reply("00002020120218", 2.0, clock=None, turned=True, status=0x00FF)
    assert sent.hex(" ").upper() == (
        "68 10 18 02 12 20 20 00 00 81 16 90 1F 00 00 02 00 00 2C 00 02 00 00 2C "
        "00 00 00 00 00 00 00 00 FF 85 16"
    )


@pytest.mark.parametrize("as_hex", [False, True])
def test_its_clock_is_its_time(as_hex: bool) -> None:
    (message,) = Cjt188(gateway=Gateway(as_hex=as_hex)).report(SAMPLE)
    payload = bytes.fromhex(message.payload.decode()) if as_hex else message.payload
    assert bytes.fromhex("00 00 08 22 11 26 20") in payload
    (meaning,) = message.means
    assert (meaning.device, meaning.time_ms) == (("city-hall", "78330011223344"), EIGHT_MS)
    assert meaning.values == {"water_m3": 321.09}


def test_without_one_the_time_is_that_of_arrival() -> None:
    (message,) = Cjt188(clock=False).report(SAMPLE)
    assert message.means[0].time_ms is None


@given(st.integers(0, 99_999_999), st.integers(0, 10**14 - 1), st.booleans())
def test_every_reply_adds_up_and_shows_its_digits(hundredths: int, address: int, turned: bool) -> None:
    sent = reply(f"{address:014d}", hundredths / 100, clock=None, turned=turned)
    assert sum(sent[:-2]) % 256 == sent[-2]
    assert (len(sent), sent[10], sent[-1]) == (35, 22, 0x16)
    assert sent[2:9][::-1].hex() == f"{address:014d}"
    assert sent[14:18][::-1].hex() == f"{hundredths:08d}"
    assert sent[18] == sent[23] == 0x2C


def test_a_count_beyond_the_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 8 digits"):
        reply("78330011223344", 1_000_000.0, clock=None)
