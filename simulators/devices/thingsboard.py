"""A ThingsBoard gateway: the telemetry of several devices, and of several instants, in one message.

Source: thingsboard.io, "MQTT Gateway API": a device is announced on `v1/gateway/connect`, its telemetry goes
to `v1/gateway/telemetry`, `ts` in epoch milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulators.devices.device import Device, Meaning, Message, Sample, document, online, readings


@dataclass(slots=True)
class ThingsBoard(Device):
    """A gateway in front of two meters; keys are the names of channels."""

    meters: tuple[str, ...] = ("Main-1", "Sub.2")

    def connected(self, sample: Sample) -> Sequence[Message]:
        """Each meter is announced."""
        return [
            Message("v1/gateway/connect", document({"device": meter}), qos=1,
                    means=online(("thingsboard", meter.lower()), yes=True))
            for meter in self.meters
        ]  # fmt: skip

    def report(self, sample: Sample) -> Sequence[Message]:
        """Both meters; of the second also the instant a second before."""
        content: dict[str, list[dict[str, object]]] = {}
        means: list[Meaning] = []
        for number, meter in enumerate(self.meters):
            for back in range(number, -1, -1):
                time_ms = sample.time_ms - 1000 * back
                values = {
                    "energy_kwh": round(sample.energy_kwh + 100 * number, 3),
                    "power_kw": sample.power_kw,
                }
                content.setdefault(meter, []).append({"ts": time_ms, "values": values})
                means += readings(("thingsboard", meter.lower()), time_ms, **values)
        return (Message("v1/gateway/telemetry", document(content), qos=1, means=tuple(means)),)
