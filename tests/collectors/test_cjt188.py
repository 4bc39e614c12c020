"""CJ/T 188, against frames built from its tables."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.decoders.cjt188 import Cjt188Framing
from tests.collectors.serial_frames import cjt188, counted, heat, reasons, said, turned, values, water

FRAMING = Cjt188Framing()
METER = "78330011223344"

KWH, MJ, GJ = Fraction(36, 10_000), Fraction(1, 1000), Fraction(1)
HEAT_UNITS = {
    0x01: Fraction(1, 10**9), 0x02: KWH / 1000, 0x05: KWH, 0x06: KWH * 10, 0x07: KWH * 100, 0x08: KWH * 1000,
    0x0A: KWH * 100_000, 0x0B: MJ / 1000, 0x0E: MJ, 0x0F: MJ * 10, 0x11: GJ, 0x12: GJ * 10, 0x13: GJ * 100,
}  # fmt: skip
"""Code → GJ (CJ/T 188-2004 table 13; 1 kWh = 3.6 MJ)."""

VOLUME_UNITS = {
    0x29: Fraction(1, 1000), 0x2A: Fraction(1, 100), 0x2B: Fraction(1, 10),
    0x2C: Fraction(1), 0x2D: Fraction(10), 0x2E: Fraction(100),
}  # fmt: skip

digits = st.integers(0, 99_999_999).map(lambda number: f"{number:08d}")


@given(digits, st.sampled_from(sorted(VOLUME_UNITS)), st.sampled_from(range(0x10, 0x1A)))
def test_water_in_cubic_metres(number: str, unit: int, kind: int) -> None:
    meant = float(Fraction(int(number), 100) * VOLUME_UNITS[unit])
    assert values(FRAMING, water(number, unit=unit, kind=kind)) == [(METER, None, {"water_m3": meant})]


@given(digits, st.sampled_from(sorted(VOLUME_UNITS)))
def test_gas_in_cubic_metres(number: str, unit: int) -> None:
    meant = float(Fraction(int(number), 100) * VOLUME_UNITS[unit])
    assert values(FRAMING, water(number, unit=unit, kind=0x30)) == [(METER, None, {"gas_m3": meant})]


@given(digits, st.sampled_from(sorted(HEAT_UNITS)))
def test_heat_in_gigajoules_is_the_nearest_float_of_the_exact_value(number: str, unit: int) -> None:
    meant = float(Fraction(int(number), 100) * HEAT_UNITS[unit])
    assert values(FRAMING, heat(number, unit=unit)) == [("12340011223344", None, {"heat_gj": meant})]


def test_a_megawatt_hour_is_3_6_gigajoules() -> None:
    ((_, _, found),) = values(FRAMING, heat("00000100", unit=0x08))
    assert found == {"heat_gj": 3.6}


@given(st.integers(0, 9_999_999_999), st.sampled_from(["0000", "7833", "1234", "EE01", "F00D"]))
def test_the_meter_is_the_makers_code_and_the_number(number: int, maker: str) -> None:
    address = f"{maker}{number:010d}"
    ((meter, _, _),) = values(FRAMING, water("00000001", address=address))
    assert meter == address.lower()


@pytest.mark.parametrize("address", ["AA" * 7, "AA330011223344", "783300112233AA", "7833001122334F"])
def test_a_number_that_is_not_of_one_meter_is_refused(address: str) -> None:
    ((_, reason),) = reasons(FRAMING, water("00000001", address=address))
    assert reason.startswith("bad-address: ")


def test_either_order_of_the_identifier_is_taken() -> None:
    data = b"\x00" + counted("00032109", 0x2C) * 2 + bytes(9)
    for identifier in (b"\x1f\x90", b"\x90\x1f"):
        frame = cjt188(0x10, METER, 0x81, identifier + data)
        assert values(FRAMING, frame) == [(METER, None, {"water_m3": 321.09})]


@pytest.mark.parametrize(
    ("clock", "time"),
    [
        ("20261122155900", "20261122155900"),
        ("20150511220131", "20150511220131"),
        ("00000000000000", None),
        ("20260022155900", None),
        ("20261322155900", None),
        ("20261100155900", None),
        ("20261132155900", None),
        ("FFFFFFFFFFFFFF", None),
        ("2026112215590F", None),
    ],
)
def test_the_time_is_the_meters_own_where_it_says_a_date(clock: str, time: str | None) -> None:
    ((_, at, _),) = values(FRAMING, water("00000001", clock=clock))
    assert at == time
    ((_, at, _),) = values(FRAMING, heat("00000001", clock=clock))
    assert at == time


@pytest.mark.parametrize("status", ["0400", "0100", "0300", "2184", "00FF", "FFFF"])
def test_valve_and_battery_do_not_spoil_the_count(status: str) -> None:
    assert values(FRAMING, water("00032109", status=status)) == [(METER, None, {"water_m3": 321.09})]


def test_a_longer_reply_is_read_as_far_as_it_is_known() -> None:
    data = b"\x1f\x90\x00" + counted("00032109", 0x2C) * 2 + bytes(9) + b"\x01\x02\x03"
    assert values(FRAMING, cjt188(0x10, METER, 0x81, data)) == [(METER, None, {"water_m3": 321.09})]


def heat_items(*items: bytes) -> bytes:
    data = b"\x90\x1f\x01" + b"".join(items) + bytes(18)
    return cjt188(0x20, METER, 0x81, data)


def test_a_heat_meter_that_puts_the_unit_first_is_known_by_all_five() -> None:
    numbers = ["00000100", "00000200", "00000300", "00000400", "00000500"]
    units = [0x08, 0x08, 0x17, 0x35, 0x2C]
    unit_first = [bytes([unit]) + turned(number) for number, unit in zip(numbers, units, strict=True)]
    assert values(FRAMING, heat_items(*unit_first)) == [(METER, None, {"heat_gj": 7.2})]
    for place in range(5):
        doubtful = [*unit_first]
        doubtful[place] = b"\x50" + doubtful[place][1:]
        ((_, reason),) = reasons(FRAMING, heat_items(*doubtful))
        assert reason.startswith("unknown-unit: ")


@pytest.mark.parametrize(
    ("place", "unit"), [(0, 0x2C), (1, 0x00), (1, 0x14), (2, 0x05), (3, 0x2C), (4, 0x35)]
)
def test_heat_with_a_unit_of_another_sort_is_refused(place: int, unit: int) -> None:
    units = [0x05, 0x05, 0x17, 0x35, 0x2C]
    units[place] = unit
    ((_, reason),) = reasons(FRAMING, heat_items(*(counted("00009876", u) for u in units)))
    assert reason.startswith("unknown-unit: ")


@pytest.mark.parametrize("unit", [0x00, 0x05, 0x11, 0x28, 0x2F, 0x35, 0xFF])
def test_water_in_what_is_no_volume_is_refused(unit: int) -> None:
    ((_, reason),) = reasons(FRAMING, water("00032109", unit=unit))
    assert reason == f"unknown-unit: {unit:02X}H is no volume, meter {METER}"


@pytest.mark.parametrize("kind", [0x1A, 0x21, 0x22, 0x3F, 0x40, 0x49])
def test_meters_of_other_kinds_are_named(kind: int) -> None:
    ((_, reason),) = reasons(FRAMING, water("00032109", kind=kind))
    assert reason.startswith(f"unknown-kind: {kind:02X}H ")


def test_what_is_outside_the_kinds_is_no_frame() -> None:
    ((_, reason),) = reasons(FRAMING, water("00032109", kind=0x50))
    assert reason.startswith("garbage: ")


@pytest.mark.parametrize("number", ["FFFFFFFF", "0003210A"])
def test_a_count_that_is_no_bcd_is_refused(number: str) -> None:
    for frame in (water(number), heat(number)):
        ((_, reason),) = reasons(FRAMING, frame)
        assert reason.startswith("not-bcd: the count is ")


@pytest.mark.parametrize("length", range(22))
def test_a_reply_too_short_for_its_kind_is_refused(length: int) -> None:
    data = (b"\x1f\x90\x00" + bytes(19))[:length]
    for kind in (0x10, 0x30, 0x20):
        ((_, reason),) = reasons(FRAMING, cjt188(kind, METER, 0x81, data))
        assert reason.startswith("bad-length: " if length >= 2 else "unknown-identifier: ")


def test_a_refusal_a_price_and_another_service_are_named() -> None:
    assert reasons(FRAMING, cjt188(0x10, METER, 0xC1, b"\x05\x84\x21")) == [
        (0, f"device-error: meter {METER} refuses, status 8421")
    ]
    price = cjt188(0x10, METER, 0x81, b"\x02\x81\x00" + bytes(19))
    assert reasons(FRAMING, price) == [(0, f"unknown-identifier: 0281 of meter {METER}")]
    assert reasons(FRAMING, cjt188(0x10, METER, 0x84, b"")) == [(0, "unknown-control: 84H")]


def test_an_echoed_request_and_an_answered_address_say_nothing() -> None:
    request = cjt188(0x10, "AA" * 7, 0x01, b"\x1f\x90\x00")
    address = cjt188(0x10, METER, 0x83, b"\x81\x0a\x00")
    assert said(FRAMING, b"\xfe" * 4 + request + b"\xfe\xfe" + address) == []
