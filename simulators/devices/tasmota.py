"""A plug with the Tasmota firmware: `SENSOR` telemetry, its time local and without zone, `LWT` as its will.

Source: tasmota.github.io, "MQTT" (`tele/%topic%/LWT`: `Online`, `Offline`, retained), "Power Monitoring" (the
`ENERGY` object: Total, Yesterday, Today [kWh], Power [W], Voltage [V], Current [A], Factor) and
"JSON Status Responses" (`STATE`, whose POWER is the relay's). `Time` is the device's local time, to the
second and without offset.
"""

from collections.abc import Sequence
from dataclasses import replace

from simulators.devices.device import Device, Message, Sample, document, local, online, readings, whole_second


class Tasmota(Device):
    """One plug whose topic is `topic`."""

    def __init__(self, topic: str = "tasmota_9CF9D1") -> None:
        self._address = ("tasmota", topic.lower())
        self._base = f"tele/{topic}"
        self.will = Message(
            f"{self._base}/LWT", b"Offline", qos=1, retain=True, means=online(self._address, yes=False)
        )

    def connected(self, sample: Sample) -> Sequence[Message]:
        """It is there, retained; how it is; and, its clock not set yet, a telemetry of 1970."""
        means = online(self._address, yes=True)
        return (
            Message(f"{self._base}/LWT", b"Online", retain=True, means=means),
            self._state("1970-01-01T00:00:10"),
            replace(self._sensor(sample, "1970-01-01T00:00:10"), means=()),
        )

    def report(self, sample: Sample) -> Sequence[Message]:
        """The telemetry of `TelePeriod`."""
        time = local(sample.time_ms, "%Y-%m-%dT%H:%M:%S")
        lit = readings(self._address, whole_second(sample.time_ms), lamp_on=1.0)
        return replace(self._state(time), means=lit), self._sensor(sample, time)

    def _state(self, time: str) -> Message:
        state = {"Time": time, "Uptime": "0T00:10:11", "UptimeSec": 611, "Heap": 24, "POWER": "ON"}
        return Message(f"{self._base}/STATE", document(state))

    def _sensor(self, sample: Sample, time: str) -> Message:
        energy, watts = round(sample.energy_kwh, 3), round(sample.power_kw * 1000)
        volts, amperes = round(sample.voltage_v), round(sample.current_a, 3)
        content = {
            "Time": time,
            "ENERGY": {
                "TotalStartTime": "2023-02-01T08:00:00", "Total": energy, "Yesterday": 1.201,
                "Today": 0.337, "Period": 3, "Power": watts, "ApparentPower": 507, "ReactivePower": 350,
                "Factor": sample.power_factor, "Voltage": volts, "Current": amperes,
            },
        }  # fmt: skip
        means = readings(
            self._address, whole_second(sample.time_ms),
            energy_kwh=energy, power_kw=watts / 1000, voltage_v=volts, current_a=amperes,
            power_factor=sample.power_factor,
        )  # fmt: skip
        return Message(f"{self._base}/SENSOR", document(content), means=means)
