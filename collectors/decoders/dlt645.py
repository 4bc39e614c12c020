"""DL/T 645-2007: the replies of electricity meters to the reading of data.

`68 A0…A5 68 C L DATA CS 16`: the address in BCD, low byte first; every byte of DATA sent 33H too high; DATA
begins with the identifier, low byte first, and the values follow in BCD, low byte first (the identifiers and
formats: annex A). Readings carry no time: they are of the time of arrival. A meter behind transformers
answers with secondary values; the ratios stand in the ledger.
"""

from collections.abc import Iterable
from functools import lru_cache

from collectors.decoders import Reject, Report
from collectors.decoders.frames import Sender, SumFraming, read_bcd
from services.timeseries.schema import READINGS

_READ, _READ_MORE, _READ_REST, _REST_MORE, _ADDRESS = 0x91, 0xB1, 0x92, 0xB2, 0x93
_REFUSED = frozenset({0xD1, 0xD2, 0xD3})
_FROM_METER = 0x80

_ERRORS = (
    "another error", "no such data", "password or authority", "baud rate cannot be changed",
    "too many annual zones", "too many daily periods", "too many tariffs", "bit 7",
)  # fmt: skip
"""The bits of the error word ERR, from the lowest."""

_MINUS_33H = bytes((byte - 0x33) & 0xFF for byte in range(256))

_ITEMS: dict[int, tuple[str, int, int, bool]] = {
    0x00010000: ("energy_kwh", 4, 100, False),
    0x00020000: ("energy_export_kwh", 4, 100, False),
    0x02010100: ("voltage_v", 2, 10, False),
    0x02020100: ("current_a", 3, 1000, True),
    0x02030000: ("power_kw", 3, 10_000, True),
    0x02060000: ("power_factor", 2, 1000, True),
}
"""Identifier → channel, bytes, divisor, whether the top bit is a sign (annex A)."""

_BLOCKS = {
    0x0001FF00: 0x00010000, 0x0002FF00: 0x00020000, 0x0201FF00: 0x02010100,
    0x0202FF00: 0x02020100, 0x0203FF00: 0x02030000, 0x0206FF00: 0x02060000,
}  # fmt: skip
"""Blocks begin with what has a channel: the total before the tariffs or phases, phase A before B and C."""

_PASSED_OVER = frozenset({0x02800002, 0x04000101, 0x04000102, 0x04000401})
"""Frequency, the clock's date and time, the address: known, without a channel."""


class Dlt645Framing(SumFraming):
    """Frames of DL/T 645-2007; those of the master (an echo of the request) say nothing."""

    head = 10

    def is_head(self, data: bytes, at: int) -> bool:
        """68H, six bytes of address, 68H."""
        return data[at] == 0x68 and data[at + 7] == 0x68

    def read(self, frame: bytes, before: bytes, sender: Sender, item: int) -> Iterable[Report | Reject]:
        """The reading of a reply; identifiers without a channel are passed over.

        Of a block sent in pieces the first (B1H) holds all that has a channel; the others (92H, B2H) are
        passed over.
        """
        control = frame[8]
        if control < _FROM_METER or control in (_READ_REST, _REST_MORE, _ADDRESS):
            return ()
        meter = _meter(frame[1:7])
        if not meter:
            return (
                Reject(f"bad-address: {frame[1:7].hex(' ').upper()} is not the number of one meter", item),
            )
        data = frame[10:-2].translate(_MINUS_33H)
        if control in (_READ, _READ_MORE):
            return _values(data, control, (sender.institution, meter), item)
        if control in _REFUSED:
            named = ", ".join(name for bit, name in enumerate(_ERRORS) if data[:1] and data[0] >> bit & 1)
            return (Reject(f"device-error: meter {meter} answers: {named or 'no reason'}", item),)
        hint = ", a reply of DL/T 645-1997" if control == 0x81 else ""
        return (Reject(f"unknown-control: {control:02X}H{hint}", item),)


@lru_cache(maxsize=65_536)
def _meter(address: bytes) -> str:
    """The twelve digits; empty for a wildcard (AAH), the broadcast (all 9) and what is no BCD."""
    digits = address[::-1].hex()
    return digits if digits.isdigit() and digits != "9" * 12 else ""


def _values(data: bytes, control: int, device: tuple[str, str], item: int) -> Iterable[Report | Reject]:
    if len(data) < 4:
        return (Reject("bad-length: a reply has an identifier of 4 bytes", item),)
    identifier = int.from_bytes(data[:4], "little")
    known = _ITEMS.get(_BLOCKS.get(identifier, identifier))
    if known is None:
        if _is_passed_over(identifier):
            return ()
        return (Reject(f"unknown-identifier: {identifier:08X} of meter {device[1]}", item),)
    channel, width, divisor, signed = known
    length = len(data) - 4
    if length != width and (identifier not in _BLOCKS or not length or length % width):
        return (Reject(f"bad-length: {identifier:08X} has {length} bytes instead of {width}", item),)
    sign = 1
    content = data[4 : 4 + width]
    if signed and content[-1] & 0x80:
        sign = -1
        content = content[:-1] + bytes((content[-1] & 0x7F,))
    try:
        value = sign * read_bcd(content) / divisor
    except ValueError as error:
        return (Reject(f"not-bcd: {identifier:08X} of meter {device[1]} is {error}", item),)
    return (Report(READINGS, device, None, {channel: value}, item),)


def _is_passed_over(identifier: int) -> bool:
    """Energy of other directions, tariffs, settlement days; other phases, reactive and apparent power."""
    kind, quantity, _, _ = identifier.to_bytes(4, "big")
    return (
        (kind == 0 and quantity <= 0x0A) or (kind == 2 and 1 <= quantity <= 6) or identifier in _PASSED_OVER
    )
