"""An electricity meter of DL/T 645-2007 behind a transparent gateway: a reply for each item read.

Source: DL/T 645-2007, 5.2 (frame: 68H, address, 68H, control, length, data with 33H added to each byte, sum,
16H), 7.1 (91H the normal reply, D1H the refusal with its error word) and annex A: 00010000 forward and
00020000 reverse active energy XXXXXX.XX kWh, 02030000 active power XX.XXXX kW, 02010100 voltage XXX.X V,
02020100 current XXX.XXX A, 02060000 power factor X.XXX; the highest bit of power, current and power factor is
the sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulators.devices.device import Device, Message, Sample, readings
from simulators.devices.frames import Gateway, bcd, digits_of, summed

ITEMS = {
    "energy_kwh": ("00010000", 8, 2),
    "energy_export_kwh": ("00020000", 8, 2),
    "power_kw": ("02030000", 6, 4),
    "voltage_v": ("02010100", 4, 1),
    "current_a": ("02020100", 6, 3),
    "power_factor": ("02060000", 4, 3),
}
"""Channel → data identifier, digits, decimals."""

NO_SUCH_DATA = 0x02
"""Bit 1 of the error word."""

_PREAMBLE = b"\xfe\xfe\xfe\xfe"


def frame(address: str, control: int, data: bytes) -> bytes:
    """A frame from its parts; `address` is 12 digits, `data` without the 33H."""
    masked = bytes((byte + 0x33) % 256 for byte in data)
    return summed(b"\x68" + digits_of(address) + b"\x68" + bytes([control, len(data)]) + masked)


def reply(address: str, channel: str, value: float) -> bytes:
    """The normal reply to the reading of one item."""
    identifier, digits, decimals = ITEMS[channel]
    number = bytearray(bcd(value, digits=digits, decimals=decimals))
    if value < 0:
        number[-1] |= 0x80
    return frame(address, 0x91, digits_of(identifier) + bytes(number))


@dataclass(slots=True)
class Dlt645(Device):
    """One meter; as hex the gateway waits and passes several replies on at once."""

    address: str = "123456789012"
    gateway: Gateway = field(default_factory=Gateway)

    def report(self, sample: Sample) -> Sequence[Message]:
        """One reply an item, after four bytes of preamble; an item the meter lacks is refused."""
        topic = self.gateway.topic("dlt645")
        values = {
            channel: round(getattr(sample, channel), decimals)
            for channel, (_identifier, _digits, decimals) in ITEMS.items()
        }
        device = (self.gateway.institution, self.address)
        frames = {
            channel: _PREAMBLE + reply(self.address, channel, value) for channel, value in values.items()
        }
        if self.gateway.as_hex:
            packet = self.gateway.write(b"".join(frames.values()))
            return (Message(topic, packet, means=readings(device, None, **values)),)
        said = [
            Message(topic, one, means=readings(device, None, **{channel: values[channel]}))
            for channel, one in frames.items()
        ]
        return [*said, Message(topic, _PREAMBLE + frame(self.address, 0xD1, bytes([NO_SUCH_DATA])))]
