"""Frames as the standards write them, built without any part of the decoders.

Numbers are digits in strings, high digit first, as a display shows them; what goes over the line is turned
round here.
"""

from collectors.decoders import Reject, Report
from collectors.decoders.frames import Framing, Sender, read_frames

SENDER = Sender("city-hall", "gw-7")
GAP_BYTES = bytes(set(range(256)) - {0x68, 0xFE, 0x03, 0x04, 0x83, 0x84})
"""Bytes none of the protocols begins a frame with, or has as a function."""


def turned(digits: str) -> bytes:
    """Pairs of digits, the last pair first."""
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    return bytes(int(pair, 16) for pair in reversed(pairs))


def closed(head: bytes) -> bytes:
    """A frame that begins with 68H, its sum and 16H after it."""
    total = 0
    for byte in head:
        total += byte
    return head + bytes([total % 256, 0x16])


def dlt645(address: str, control: int, data: bytes) -> bytes:
    """A frame of DL/T 645-2007; `data` before 33H is added."""
    raised = bytes((byte + 0x33) % 256 for byte in data)
    return closed(b"\x68" + turned(address) + b"\x68" + bytes([control, len(data)]) + raised)


def dlt645_reply(address: str, identifier: str, *numbers: str, control: int = 0x91) -> bytes:
    """The reply to a reading: identifier of 8 hex digits, and the numbers that follow it."""
    return dlt645(address, control, turned(identifier) + b"".join(turned(number) for number in numbers))


def cjt188(kind: int, address: str, control: int, data: bytes) -> bytes:
    """A frame of CJ/T 188."""
    return closed(bytes([0x68, kind]) + turned(address) + bytes([control, len(data)]) + data)


def counted(digits: str, unit: int) -> bytes:
    """Eight digits, two of them decimals, and the code of the unit."""
    return turned(digits) + bytes([unit])


def water(digits: str, *, unit: int = 0x2C, clock: str = "0" * 14, status: str = "0000", kind: int = 0x10,
          address: str = "78330011223344") -> bytes:  # fmt: skip
    """A reply of a water or gas meter: flow now, flow at the settlement day, clock, status."""
    data = b"\x1f\x90\x00" + counted(digits, unit) + counted("00000000", unit)
    return cjt188(kind, address, 0x81, data + turned(clock) + bytes.fromhex(status))


def heat(digits: str, *, unit: int = 0x05, clock: str = "0" * 14, address: str = "12340011223344") -> bytes:
    """A reply of a heat meter: heat at the settlement day, now, power, flow, volume, temperatures, hours."""
    items = (("00000100", unit), (digits, unit), ("00000210", 0x17), ("00000050", 0x35), ("00001234", 0x2C))
    rest = turned("005512") + turned("004034") + turned("000777") + turned(clock) + b"\x00\x00"
    return cjt188(0x20, address, 0x81, b"\x1f\x90\x00" + b"".join(counted(*i) for i in items) + rest)


def modbus(body: bytes) -> bytes:
    """A Modbus RTU frame: CRC by division, bit by bit (Modbus over Serial Line V1.02, clause 6.2.2)."""
    remainder = 0xFFFF
    for byte in body:
        remainder ^= byte
        for _ in range(8):
            odd, remainder = remainder & 1, remainder >> 1
            if odd:
                remainder ^= 0xA001
    return body + bytes([remainder % 256, remainder // 256])


def modbus_request(unit: int, start: int, count: int, function: int = 3) -> bytes:
    """The reading of `count` registers from `start` on."""
    return modbus(bytes([unit, function, start // 256, start % 256, count // 256, count % 256]))


def modbus_reply(unit: int, registers: list[int], function: int = 3) -> bytes:
    """Registers, each high byte first."""
    data = b"".join(bytes([word // 256, word % 256]) for word in registers)
    return modbus(bytes([unit, function, len(data)]) + data)


def said(framing: Framing, payload: bytes) -> list[Report | Reject]:
    """All that a payload says."""
    return list(read_frames(payload, framing, SENDER))


def values(framing: Framing, payload: bytes) -> list[tuple[str, object, dict[str, object]]]:
    """(meter, time, values) of the reports; there must be no reject."""
    reports = said(framing, payload)
    assert all(isinstance(report, Report) for report in reports), reports
    return [(r.device[1], r.time, dict(r.values)) for r in reports if isinstance(r, Report)]


def reasons(framing: Framing, payload: bytes) -> list[tuple[int | None, str]]:
    """(item, reason) of the rejects."""
    return [(r.item, r.reason) for r in said(framing, payload) if isinstance(r, Reject)]


def flipped(frame: bytes) -> list[bytes]:
    """The frame with each of its bits wrong in turn."""
    as_number = int.from_bytes(frame, "big")
    return [(as_number ^ 1 << bit).to_bytes(len(frame), "big") for bit in range(len(frame) * 8)]
