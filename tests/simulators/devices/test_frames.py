"""Decimals in bytes, and the gateway that passes them on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.devices.frames import Gateway, bcd, digits_of, summed


@pytest.mark.parametrize(
    ("value", "digits", "decimals", "sent"),
    [
        (123456.78, 8, 2, "78 56 34 12"),
        (0.26, 8, 2, "26 00 00 00"),
        (220.1, 4, 1, "01 22"),
        (-3.21, 6, 4, "00 21 03"),
    ],
)
def test_a_number_goes_lowest_byte_first(value: float, digits: int, decimals: int, sent: str) -> None:
    assert bcd(value, digits=digits, decimals=decimals) == bytes.fromhex(sent)


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 4 digits"):
        bcd(1000.0, digits=4, decimals=1)


@given(st.integers(0, 99_999_999))
def test_the_digits_are_those_of_the_number(number: int) -> None:
    sent = bcd(number / 100, digits=8, decimals=2)
    assert sent[::-1].hex() == f"{number:08d}"


def test_an_address_is_turned_round() -> None:
    assert digits_of("123456789012") == bytes.fromhex("12 90 78 56 34 12")


@given(st.binary(max_size=60))
def test_the_sum_is_modulo_256_and_the_end_is_16h(frame: bytes) -> None:
    *body, total, end = summed(frame)
    assert (sum(body) - total) % 256 == 0
    assert end == 0x16


def test_a_gateway_passes_bytes_or_writes_hex() -> None:
    assert Gateway().write(b"\x68\x0a") == b"\x68\x0a"
    assert Gateway(as_hex=True).write(b"\x68\x0a") == b"68 0A"
    assert Gateway("school-3", "gw").topic("dlt645") == "kilowitness/v1/school-3/gw/frames/dlt645"
