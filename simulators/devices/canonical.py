"""A gateway that speaks the project's own payload: readings, and a retained status that is also its will.

Source: docs/wire.md, "Canonical MQTT payload".
"""

from collections.abc import Sequence

from simulators.devices.device import Device, Message, Sample, document, local, online, readings, whole_second


class Canonical(Device):
    """One meter of one institution, its time in RFC 3339 with offset."""

    def __init__(self, institution: str = "city-hall", meter: str = "main-1") -> None:
        self._address = (institution, meter)
        self._base = f"kilowitness/v1/{institution}/{meter}"
        self.will = self._status(online_now=False)

    def _status(self, *, online_now: bool) -> Message:
        word = b"online" if online_now else b"offline"
        means = online(self._address, yes=online_now)
        return Message(f"{self._base}/status", word, qos=1, retain=True, means=means)

    def connected(self, sample: Sample) -> Sequence[Message]:
        """Its status, retained."""
        return (self._status(online_now=True),)

    def report(self, sample: Sample) -> Sequence[Message]:
        """One object of channels."""
        values = {
            "energy_kwh": round(sample.energy_kwh, 3),
            "energy_export_kwh": sample.energy_export_kwh,
            "power_kw": sample.power_kw,
            "voltage_v": sample.voltage_v,
        }
        stamp = local(sample.time_ms, "%Y-%m-%dT%H:%M:%S+08:00")
        means = readings(self._address, whole_second(sample.time_ms), **values)
        payload = document({"time": stamp, **values})
        return (Message(f"{self._base}/readings", payload, qos=1, means=means),)
