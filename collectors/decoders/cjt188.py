"""CJ/T 188-2004 and -2018: the replies of water, heat and gas meters to the reading of what they count.

`68 T A0…A6 C L DATA CS 16`: T the kind of meter; A0…A4 its number and A5, A6 its maker's code, low byte
first; DATA begins with the identifier 901FH, which some makers send low byte first and some high byte first,
and a serial number (2004 edition: tables 2, 3, 5 and 13). The 2018 edition widens T to ranges and keeps the
rest of what is read here. A reading is of the time on the meter's clock, or of arrival where the meter has
none (zeros) or says no date. Status bits (valve, low battery) say nothing of the count.
"""

from collections.abc import Iterable
from functools import lru_cache

from collectors.decoders import Reject, Report
from collectors.decoders.frames import Sender, SumFraming, read_bcd
from services.timeseries.schema import READINGS

_READ, _ADDRESS, _REFUSED = 0x81, 0x83, 0xC1
_FROM_METER = 0x80
_COUNT = (b"\x1f\x90", b"\x90\x1f")

_WATER, _HEAT, _GAS = range(0x10, 0x1A), 0x20, range(0x30, 0x3A)
_KINDS = range(0x10, 0x4A)
_WATER_BYTES, _WATER_CLOCK = 19, slice(10, 17)
_HEAT_BYTES, _HEAT_CLOCK = 43, slice(34, 41)

_JOULE_UNITS = {
    code + step: joules * 10**step
    for code, joules in {
        0x02: 3_600, 0x05: 3_600_000, 0x08: 3_600_000_000,
        0x0B: 10**3, 0x0E: 10**6, 0x11: 10**9,
    }.items()
    for step in range(3)
} | {0x01: 1}  # fmt: skip
"""Unit code → joules: Wh, kWh, MWh, kJ, MJ, GJ, each also ×10 and ×100; J (table 13)."""

_LITRE_UNITS = {
    code + step: litres * 10**step for code, litres in {0x29: 1, 0x2C: 1000}.items() for step in range(3)
}
"""Unit code → litres: L and m³, each also ×10 and ×100 (table 13)."""

_POWER, _FLOW = range(0x14, 0x29), range(0x2F, 0x38)
_HEAT_UNITS = (_JOULE_UNITS, _JOULE_UNITS, _POWER, _FLOW, _LITRE_UNITS)
_ITEM_BYTES = 5
"""Every count and rate: four bytes of BCD with two decimals, and the code of its unit."""

_HUNDREDTH_LITRES_A_M3 = 100 * 1000
_HUNDREDTH_JOULES_A_GJ = 100 * 10**9


class Cjt188Framing(SumFraming):
    """Frames of CJ/T 188; those of the master (an echo of the request) say nothing."""

    head = 11

    def is_head(self, data: bytes, at: int) -> bool:
        """68H and a kind of meter."""
        return data[at] == 0x68 and data[at + 1] in _KINDS

    def read(self, frame: bytes, before: bytes, sender: Sender, item: int) -> Iterable[Report | Reject]:
        """The count of a reply; other identifiers (prices, dates) are refused by name."""
        kind, control, data = frame[1], frame[9], frame[11:-2]
        if control < _FROM_METER or control == _ADDRESS:
            return ()
        meter = _meter(frame[2:9])
        if not meter:
            return (
                Reject(f"bad-address: {frame[2:9].hex(' ').upper()} is not the number of one meter", item),
            )
        if control == _REFUSED:
            return (Reject(f"device-error: meter {meter} refuses, status {data[1:].hex().upper()}", item),)
        if control != _READ:
            return (Reject(f"unknown-control: {control:02X}H", item),)
        if data[:2] not in _COUNT:
            return (Reject(f"unknown-identifier: {data[:2].hex().upper()} of meter {meter}", item),)
        try:
            channel, value, clock = _count(kind, data[3:])
        except ValueError as error:
            return (Reject(f"{error}, meter {meter}", item),)
        return (Report(READINGS, (sender.institution, meter), _time(clock), {channel: value}, item),)


@lru_cache(maxsize=65_536)
def _meter(address: bytes) -> str:
    """Fourteen digits, the maker's code first, which may be of any hex digits; empty for a wildcard (AAH)."""
    digits = address[::-1].hex()
    return digits if digits[4:].isdigit() and 0xAA not in address else ""


def _count(kind: int, data: bytes) -> tuple[str, float, bytes]:
    """Channel, count in the channel's unit, and the clock. Raises ValueError with the reason."""
    if kind in _WATER or kind in _GAS:
        if len(data) < _WATER_BYTES:
            raise ValueError(f"bad-length: {len(data)} bytes instead of {_WATER_BYTES}")
        litres = _LITRE_UNITS.get(data[4])
        if litres is None:
            raise ValueError(f"unknown-unit: {data[4]:02X}H is no volume")
        channel = "water_m3" if kind in _WATER else "gas_m3"
        return channel, _digits(data[:4]) * litres / _HUNDREDTH_LITRES_A_M3, data[_WATER_CLOCK]
    if kind != _HEAT:
        raise ValueError(f"unknown-kind: {kind:02X}H counts nothing there is a channel for")
    unit, digits = _heat(data)
    return "heat_gj", _digits(digits) * _JOULE_UNITS[unit] / _HUNDREDTH_JOULES_A_GJ, data[_HEAT_CLOCK]


def _heat(data: bytes) -> tuple[int, bytes]:
    """Unit and digits of the heat now; the items are heat at the settlement day, heat, power, flow, volume.

    The standard puts the unit after the digits; meters are known that put it before them. Where all five
    units are of the right sort, that is how they stand.
    """
    if len(data) < _HEAT_BYTES:
        raise ValueError(f"bad-length: {len(data)} bytes instead of {_HEAT_BYTES}")
    items = [data[at : at + _ITEM_BYTES] for at in range(0, 5 * _ITEM_BYTES, _ITEM_BYTES)]
    if all(item[4] in sort for item, sort in zip(items, _HEAT_UNITS, strict=True)):
        return items[1][4], items[1][:4]
    if all(item[0] in sort for item, sort in zip(items, _HEAT_UNITS, strict=True)):
        return items[1][0], items[1][1:]
    raise ValueError(f"unknown-unit: {data[4]:02X}H {data[9]:02X}H … are not heat, heat, power, flow, volume")


def _digits(content: bytes) -> int:
    try:
        return read_bcd(content)
    except ValueError as error:
        raise ValueError(f"not-bcd: the count is {error}") from None


def _time(clock: bytes) -> str | None:
    """YYYYMMDDhhmmss, local; None for a clock that says no month or day."""
    digits = clock[::-1].hex()
    if digits.isdigit() and "01" <= digits[4:6] <= "12" and "01" <= digits[6:8] <= "31":
        return digits
    return None
