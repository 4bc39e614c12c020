"""DL/T 645-2007, against frames built from its annex A."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.decoders import Report
from collectors.decoders.dlt645 import Dlt645Framing
from tests.collectors.serial_frames import dlt645, dlt645_reply, flipped, reasons, said, values

FRAMING = Dlt645Framing()
METER = "202107072529"

FORMATS = [
    ("00010000", "energy_kwh", 8, 2, False),
    ("00020000", "energy_export_kwh", 8, 2, False),
    ("02010100", "voltage_v", 4, 1, False),
    ("02020100", "current_a", 6, 3, True),
    ("02030000", "power_kw", 6, 4, True),
    ("02060000", "power_factor", 4, 3, True),
]
"""Identifier, channel, digits, decimals, whether it has a sign, as annex A tables A.1 and A.2 give them."""

BLOCKS = {"0001FF00": "00010000", "0002FF00": "00020000", "0201FF00": "02010100", "0202FF00": "02020100",
          "0203FF00": "02030000", "0206FF00": "02060000"}  # fmt: skip
addresses = st.integers(0, 999_999_999_998).map(lambda number: f"{number:012d}")


def signed(digits: str, negative: bool) -> str:
    """The number as it is sent: the highest bit set where it is negative."""
    return f"{int(digits[0]) + 8:x}{digits[1:]}" if negative else digits


@given(st.sampled_from(FORMATS), addresses, st.data())
def test_every_item_comes_out_as_the_meter_shows_it(
    item: tuple[str, str, int, int, bool], address: str, data: st.DataObject
) -> None:
    identifier, channel, digits, decimals, has_sign = item
    most = 10**digits - 1 if not has_sign else 8 * 10 ** (digits - 1) - 1
    shown = f"{data.draw(st.integers(0, most)):0{digits}d}"
    negative = has_sign and data.draw(st.booleans())
    point = digits - decimals
    meant = float(f"{'-' if negative else ''}{shown[:point]}.{shown[point:]}")
    payload = dlt645_reply(address, identifier, signed(shown, negative))
    assert values(FRAMING, payload) == [(address, None, {channel: meant})]


@given(st.sampled_from(sorted(BLOCKS)), st.integers(1, 5), st.sampled_from([0x91, 0xB1]))
def test_a_block_gives_its_first_value(block: str, count: int, control: int) -> None:
    digits, channel, decimals = next(
        (digits, channel, decimals)
        for identifier, channel, digits, decimals, _ in FORMATS
        if identifier == BLOCKS[block]
    )
    first = "1234567890"[:digits]
    payload = dlt645_reply(METER, block, first, *["F" * digits] * (count - 1), control=control)
    assert values(FRAMING, payload) == [(METER, None, {channel: int(first) / 10**decimals})]


@pytest.mark.parametrize(
    "identifier",
    [
        "00000000", "0000FF00", "00010100", "00010200", "00010300", "00010400", "00010001", "00030000",
        "000A0000", "02010200", "02010300", "02020200", "02030100", "02040000", "0204FF00",
        "02050000", "02060100",
        "02800002", "04000101", "04000102", "04000401",
    ],
)  # fmt: skip
def test_what_is_known_without_a_channel_is_passed_over(identifier: str) -> None:
    assert said(FRAMING, dlt645_reply(METER, identifier, "12345678")) == []


@pytest.mark.parametrize(
    "identifier", ["02070000", "02800003", "000B0000", "01010000", "04000403", "FFFFFFFF"]
)
def test_what_is_not_known_is_named(identifier: str) -> None:
    payload = dlt645_reply(METER, identifier, "12345678")
    assert reasons(FRAMING, payload) == [(0, f"unknown-identifier: {identifier} of meter {METER}")]


def test_a_follow_up_is_passed_over_because_its_block_began_before() -> None:
    for control in (0x92, 0xB2):
        assert said(FRAMING, dlt645_reply(METER, "0001FF00", "00001234", "01", control=control)) == []


def test_an_echoed_request_and_an_answered_address_say_nothing() -> None:
    request = dlt645("AAAAAAAAAAAA", 0x11, bytes.fromhex("00000100"))
    follow_up = dlt645(METER, 0x12, bytes.fromhex("00ff010001"))
    address = dlt645(METER, 0x93, bytes.fromhex("292507072120"))
    assert said(FRAMING, request + follow_up + address) == []


@pytest.mark.parametrize(
    ("error", "named"),
    [
        ("01", "another error"),
        ("02", "no such data"),
        ("04", "password or authority"),
        ("08", "baud rate cannot be changed"),
        ("10", "too many annual zones"),
        ("20", "too many daily periods"),
        ("40", "too many tariffs"),
        ("80", "bit 7"),
        ("42", "no such data, too many tariffs"),
        ("00", "no reason"),
        ("", "no reason"),
    ],
)
def test_a_refusal_names_its_bits(error: str, named: str) -> None:
    for control in (0xD1, 0xD2):
        payload = dlt645(METER, control, bytes.fromhex(error))
        assert reasons(FRAMING, payload) == [(0, f"device-error: meter {METER} answers: {named}")]


@pytest.mark.parametrize("address", ["AAAAAAAAAAAA", "AAAAAAAA2529", "999999999999", "20210707252F"])
def test_a_number_that_is_not_of_one_meter_is_refused(address: str) -> None:
    ((item, reason),) = reasons(FRAMING, dlt645_reply(address, "00010000", "00000001"))
    assert item == 0
    assert reason.startswith("bad-address: ")


def test_controls_of_other_services_and_editions_are_named() -> None:
    assert reasons(FRAMING, dlt645(METER, 0x94, b"")) == [(0, "unknown-control: 94H")]
    old = dlt645(METER, 0x81, bytes.fromhex("1090") + bytes(4))
    assert reasons(FRAMING, old) == [(0, "unknown-control: 81H, a reply of DL/T 645-1997")]


@pytest.mark.parametrize(
    ("identifier", "number"),
    [("00010000", "123456"), ("00010000", "1234567890"), ("02010100", ""), ("0201FF00", "228401"),
     ("0001FF00", ""), ("02030000", "00321000")],
)  # fmt: skip
def test_a_value_of_another_length_is_refused(identifier: str, number: str) -> None:
    ((_, reason),) = reasons(FRAMING, dlt645_reply(METER, identifier, number))
    assert reason.startswith(f"bad-length: {identifier} has {len(number) // 2} bytes")


def test_a_reply_without_identifier_is_refused() -> None:
    for length in range(4):
        ((_, reason),) = reasons(FRAMING, dlt645(METER, 0x91, bytes(length)))
        assert reason.startswith("bad-length")


@pytest.mark.parametrize("number", ["FFFFFFFF", "0000000A", "EEEEEEEE", "8000000F"])
def test_a_value_that_is_no_bcd_is_refused(number: str) -> None:
    ((_, reason),) = reasons(FRAMING, dlt645_reply(METER, "00010000", number))
    assert reason.startswith(f"not-bcd: 00010000 of meter {METER} is ")


def test_energy_has_no_sign_bit() -> None:
    ((_, reason),) = reasons(FRAMING, dlt645_reply(METER, "00010000", signed("30000000", True)))
    assert reason.startswith("not-bcd")


@given(st.integers(0, 99_999_999), st.integers(0, 9999))
@example(0, 0)
@example(99_999_999, 9999)
def test_two_frames_with_one_wrong_bit_give_one_value_or_none(energy: int, voltage: int) -> None:
    first = dlt645_reply(METER, "00010000", f"{energy:08d}")
    second = dlt645_reply(METER, "02010100", f"{voltage:04d}")
    whole = values(FRAMING, first + second)
    for wrong in flipped(first):
        kept = [one for one in said(FRAMING, wrong + second) if isinstance(one, Report)]
        assert [(k.device[1], k.time, dict(k.values)) for k in kept] == whole[1:]
