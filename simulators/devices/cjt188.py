"""A water meter of CJ/T 188 behind a transparent gateway: its reply to the reading of what it counted.

Source: CJ/T 188-2004, 6.2 (frame: 68H, type 10H cold water, address of 7 bytes, control 81H, length, data,
sum, 16H) and table 11 (data identifier 901F: identifier, serial number, cumulative flow, flow at the
accounting day, each 4 bytes BCD with 2 decimals and the unit 2CH m³, clock YYYYMMDDhhmmss, status of 2
bytes). The lower byte of the identifier goes first; many meters send it the other way round, and with a
clock of zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulators.devices.device import Device, Message, Sample, local, readings, whole_second
from simulators.devices.frames import Gateway, bcd, digits_of, summed

CUBIC_METRES = 0x2C
_NO_CLOCK = b"\x00\x00\x00\x00\x00\x00\x00"


def reply(
    address: str, water_m3: float, *, clock: str | None, turned: bool = False, status: int = 0
) -> bytes:
    """The reply of a cold-water meter; `clock` is 14 digits, or None for a meter without one."""
    flow = bcd(water_m3, digits=8, decimals=2) + bytes([CUBIC_METRES])
    identifier = b"\x90\x1f" if turned else b"\x1f\x90"
    moment = _NO_CLOCK if clock is None else digits_of(clock)
    data = identifier + b"\x00" + flow + flow + moment + status.to_bytes(2, "big")
    return summed(b"\x68\x10" + digits_of(address) + b"\x81" + bytes([len(data)]) + data)


@dataclass(slots=True)
class Cjt188(Device):
    """One water meter of 14 digits."""

    address: str = "78330011223344"
    gateway: Gateway = field(default_factory=Gateway)
    clock: bool = True
    turned: bool = False

    def report(self, sample: Sample) -> Sequence[Message]:
        """One reply, as long as the meter is polled."""
        stamp = local(sample.time_ms, "%Y%m%d%H%M%S") if self.clock else None
        water = round(sample.water_m3, 2)
        packet = b"\xfe\xfe\xfe" + reply(self.address, water, clock=stamp, turned=self.turned)
        time_ms = whole_second(sample.time_ms) if self.clock else None
        means = readings((self.gateway.institution, self.address), time_ms, water_m3=water)
        return (Message(self.gateway.topic("cjt188"), self.gateway.write(packet), means=means),)
