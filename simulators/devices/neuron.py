"""EMQX Neuron, the industrial gateway, in its two upload formats; a tag it could not read has an error code.

Source: docs.emqx.com, Neuron, "Upstream/Downstream Data Format": the values-format on `/neuron/{app}` and the
tags-format on `/neuron/{app}/{driver}/{group}`; `timestamp` is when the data was collected, in milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulators.devices.device import Device, Message, Sample, document, readings


@dataclass(slots=True)
class Neuron(Device):
    """One group of one south node; the group's tags bear the names of channels."""

    node: str = "Modbus-1"
    group: str = "Meters"
    app: str = "mqtt"
    tags: bool = False
    """The tags-format instead of the values-format."""

    def report(self, sample: Sample) -> Sequence[Message]:
        """The group as of one poll, one tag of it unreadable."""
        values = {
            "energy_kwh": round(sample.energy_kwh, 3),
            "power_kw": sample.power_kw,
            "voltage_v": sample.voltage_v,
        }
        head = {"timestamp": sample.time_ms, "node": self.node, "group": self.group}
        if self.tags:
            topic = f"/neuron/{self.app}/{self.node}/{self.group}"
            listed: list[dict[str, object]] = [{"name": n, "value": v} for n, v in values.items()]
            payload = document({**head, "tags": [*listed, {"name": "current_a", "error": 2014}]})
        else:
            topic = f"/neuron/{self.app}"
            payload = document({**head, "values": values, "errors": {"current_a": 2014}, "metas": {}})
        device = ("neuron", f"{self.node}.{self.group}".lower())
        return (Message(topic, payload, means=readings(device, sample.time_ms, **values)),)
