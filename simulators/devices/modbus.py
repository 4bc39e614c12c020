"""An Acrel ADW300 read over Modbus RTU through a transparent gateway: the replies to its holding registers.

Source: Modbus over Serial Line V1.02, 2.5.1 (address, function, data, CRC of 16 bits, its low byte first) and
Modbus Application Protocol V1.1b3, 6.3 (reply 03H: byte count, registers with the high byte first); Acrel
ADW300, table of registers: 20-22 phase voltages 0.1 V, 26-28 currents 0.01 A, 30-35 phase powers and 36 total
active power int32 W, 62 forward and 64 reverse active energy 0.01 kWh, each of two registers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulators.devices.device import Device, Message, Sample, readings
from simulators.devices.frames import Gateway

FIRST, LAST = 20, 65


def crc(data: bytes) -> bytes:
    """The CRC of Modbus over Serial Line, annex B: polynomial A001H, initial FFFFH, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def request(unit: int, first: int, count: int) -> bytes:
    """The reading of `count` holding registers from `first`."""
    body = bytes([unit, 3]) + first.to_bytes(2, "big") + count.to_bytes(2, "big")
    return body + crc(body)


def reply(unit: int, registers: Sequence[int]) -> bytes:
    """The values of consecutive holding registers."""
    data = b"".join(register.to_bytes(2, "big") for register in registers)
    body = bytes([unit, 3, len(data)]) + data
    return body + crc(body)


def _pair(value: int) -> list[int]:
    """An int32 in two registers, the high one first."""
    return list(divmod(value % 2**32, 2**16))


@dataclass(slots=True)
class ModbusAdw300(Device):
    """One meter on the line. As hex the gateway passes on what it asked too, the energy alone."""

    unit: int = 3
    gateway: Gateway = field(default_factory=Gateway)

    def report(self, sample: Sample) -> Sequence[Message]:
        """The reply to the reading of registers 20 to 65, or of 62 to 65 after its request."""
        watts, volts = round(sample.power_kw * 1000), round(sample.voltage_v * 10)
        amperes = round(sample.current_a * 100)
        energies = round(sample.energy_kwh * 100), round(sample.energy_export_kwh * 100)
        counted = {"energy_kwh": energies[0] / 100, "energy_export_kwh": energies[1] / 100}
        registers = [register for energy in energies for register in _pair(energy)]
        if self.gateway.as_hex:
            packet = request(self.unit, 62, 4) + reply(self.unit, registers)
            return (self._message(packet, counted),)
        block = [0] * (LAST - FIRST + 1)
        for first, words in ((20, [volts] * 3), (26, [amperes] * 3), (36, _pair(watts)), (62, registers)):
            block[first - FIRST : first - FIRST + len(words)] = words
        measured = {"power_kw": watts / 1000, "voltage_v": volts / 10, "current_a": amperes / 100}
        return (self._message(reply(self.unit, block), counted | measured),)

    def _message(self, packet: bytes, values: dict[str, float]) -> Message:
        gateway = self.gateway
        means = readings((gateway.institution, f"{gateway.name}.{self.unit}"), None, **values)
        return Message(gateway.topic("modbus-acrel-adw300"), gateway.write(packet), means=means)
