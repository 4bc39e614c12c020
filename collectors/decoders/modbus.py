"""Modbus RTU: replies to the reading of registers (functions 03 and 04) and exceptions (83H and 84H).

`unit function n REGISTERS CRC`: CRC-16 over all before it, low byte first (Modbus over Serial Line V1.02,
clause 2.5.1). A reply does not name its registers: where the gateway forwards the request too, the request
tells; else the poll of the register map that fits in function and number. A meter is called
`{gateway}.{unit}`. Readings are of the time of arrival.
"""

from collections.abc import Iterable

from collectors.decoders import Reject, Report, is_address_part
from collectors.decoders.frames import Sender, described
from collectors.decoders.register_map import MOST_REGISTERS, RegisterMap
from services.timeseries.schema import READINGS

_FUNCTIONS = (3, 4)
_EXCEPTIONS = (0x83, 0x84)
_UNITS = range(1, 248)
_REQUEST_BYTES, _EXCEPTION_BYTES = 8, 5

_FAULTS = {
    1: "illegal function", 2: "illegal data address", 3: "illegal data value", 4: "device failure",
    5: "acknowledged, not ready", 6: "device busy", 8: "memory parity error",
    10: "gateway path unavailable", 11: "target device did not respond",
}  # fmt: skip
"""Modbus Application Protocol V1.1b3, clause 7."""


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc16(data: bytes) -> int:
    """CRC-16 of the polynomial 8005H, reflected, from FFFFH."""
    crc = 0xFFFF
    table = _CRC
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc


class ModbusFraming:
    """Modbus RTU with the register map of one kind of device. Requests say nothing by themselves."""

    def __init__(self, registers: RegisterMap) -> None:
        self._registers = registers

    def next_start(self, data: bytes, at: int) -> int:
        """Nothing marks a start but silence on the line: any byte may be one."""
        return at if at <= len(data) - _EXCEPTION_BYTES else -1

    def length_at(self, data: bytes, at: int) -> int:
        """The length of a reply, a request or an exception whose CRC is right, or 0."""
        function = data[at + 1]
        if data[at] not in _UNITS:
            return 0
        if function in _EXCEPTIONS:
            lengths: tuple[int, ...] = (_EXCEPTION_BYTES,)
        elif function not in _FUNCTIONS:
            return 0
        else:
            size = data[at + 2]
            is_reply = 0 < size <= MOST_REGISTERS * 2 and size % 2 == 0
            lengths = (size + 5, _REQUEST_BYTES) if is_reply else (_REQUEST_BYTES,)
        for length in lengths:
            end = at + length
            if end <= len(data) and crc16(data[at : end - 2]) == data[end - 2] | data[end - 1] << 8:
                return length
        return 0

    def fault_of(self, gap: bytes) -> str:
        """A wrong CRC where the bytes begin as a reply or an exception does."""
        if len(gap) < 3 or gap[0] not in _UNITS or gap[1] not in _FUNCTIONS + _EXCEPTIONS:
            return described(gap)
        size = _EXCEPTION_BYTES if gap[1] in _EXCEPTIONS else gap[2] + 5
        if len(gap) < size:
            return f"cut-short: the reply has {len(gap)} of {size} bytes"
        due = crc16(gap[: size - 2]).to_bytes(2, "little").hex(" ").upper()
        return f"bad-checksum: the reply ends {gap[size - 2 : size].hex(' ').upper()}, its CRC is {due}"

    def read(self, frame: bytes, before: bytes, sender: Sender, item: int) -> Iterable[Report | Reject]:
        """The registers of a reply; an exception by name."""
        unit, function = frame[0], frame[1]
        if is_request(frame):
            return ()
        meter = f"{sender.gateway}.{unit}"
        if not is_address_part(meter):
            return (Reject("bad-address: gateway and unit are together 1 to 64 characters", item),)
        if function in _EXCEPTIONS:
            fault = _FAULTS.get(frame[2], f"exception {frame[2]}")
            return (Reject(f"device-error: {meter} answers function {function - 0x80}: {fault}", item),)
        count = frame[2] // 2
        start = _asked(before, unit, function, count)
        if start is None:
            start = self._registers.starts.get((function, count))
        if start is None:
            reason = f"unknown-poll: no poll of the map has function {function} and {count} registers"
            return (Reject(reason, item),)
        values = self._registers.values(start, frame[3:-2])
        if not values:
            reason = f"unmapped-registers: the map has none of {start} to {start + count - 1} of {meter}"
            return (Reject(reason, item),)
        return (Report(READINGS, (sender.institution, meter), None, values, item),)


def is_request(frame: bytes) -> bool:
    """Whether a frame is a request: of eight bytes, which no reply of whole registers has."""
    return len(frame) == _REQUEST_BYTES and frame[1] in _FUNCTIONS


def _asked(before: bytes, unit: int, function: int, count: int) -> int | None:
    """The first register of the request just before, if it is the one that the reply answers."""
    if before[:2] == bytes((unit, function)) and is_request(before) and before[4] << 8 | before[5] == count:
        return before[2] << 8 | before[3]
    return None
