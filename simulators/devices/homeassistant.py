"""Single values on topics of their own, as Home Assistant and firmwares in its style publish them.

Source: home-assistant.io, "MQTT Statestream" and esphome.io, "MQTT Client Component": a topic for each sensor
that ends in `/state`, its payload the bare state; `unavailable`, `unknown` and `nan` are states too.
"""

from collections.abc import Sequence

from simulators.devices.device import Device, Message, Sample, readings


class HomeAssistant(Device):
    """One device; its sensors bear the names of channels."""

    def __init__(self, device: str = "Kitchen_Meter") -> None:
        self._device = device

    def _topic(self, channel: str) -> str:
        return f"homeassistant/sensor/{self._device}/{channel}/state"

    def connected(self, sample: Sample) -> Sequence[Message]:
        """Before the first measurement a sensor has no value, and says so."""
        return (Message(self._topic("power_kw"), b"unavailable", retain=True),)

    def report(self, sample: Sample) -> Sequence[Message]:
        """One message a sensor, none with a time."""
        values = {
            "energy_kwh": round(sample.energy_kwh, 3),
            "power_kw": sample.power_kw,
            "voltage_v": sample.voltage_v,
        }
        address = ("homeassistant", self._device.lower())
        return [
            Message(self._topic(name), str(value).encode(), retain=True,
                    means=readings(address, None, **{name: value}))
            for name, value in values.items()
        ]  # fmt: skip
