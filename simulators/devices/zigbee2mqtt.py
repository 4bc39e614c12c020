"""A Zigbee plug as Zigbee2MQTT publishes it: its state, retained, its availability, and the bridge's own.

Source: zigbee2mqtt.io, "MQTT topics and messages" (`zigbee2mqtt/FRIENDLY_NAME`), "Device availability"
(`…/availability`: `{"state":"online"}`, retained, and so `zigbee2mqtt/bridge/state`, also as the will) and
the exposes of a plug with metering: power [W], energy [kWh], current [A]. `voltage` is V here and mV where
there is a battery, so nothing can be made of it without knowing which. `last_seen` is off by default, so a
state has no time.
"""

from collections.abc import Sequence

from simulators.devices.device import Device, Message, Sample, document, online, readings

_BRIDGE = ("zigbee2mqtt", "bridge")


class Zigbee2Mqtt(Device):
    """One plug; its retained state can be older than its power."""

    def __init__(self, name: str = "Office_Plug-3") -> None:
        self._address = ("zigbee2mqtt", name.lower())
        self._topic = f"zigbee2mqtt/{name}"
        self.will = self._state("zigbee2mqtt/bridge/state", _BRIDGE, yes=False)

    @staticmethod
    def _state(topic: str, device: tuple[str, str], *, yes: bool) -> Message:
        payload = document({"state": "online" if yes else "offline"})
        return Message(topic, payload, qos=1, retain=True, means=online(device, yes=yes))

    def connected(self, sample: Sample) -> Sequence[Message]:
        """The bridge is there, and so is the plug, both retained."""
        return (
            self._state("zigbee2mqtt/bridge/state", _BRIDGE, yes=True),
            self._state(f"{self._topic}/availability", self._address, yes=True),
        )

    def report(self, sample: Sample) -> Sequence[Message]:
        """The state of the plug and, beside what it measures, its own affairs."""
        energy, watts = round(sample.energy_kwh, 2), round(sample.power_kw * 1000)
        volts, amperes = round(sample.voltage_v), round(sample.current_a, 2)
        content = {
            "child_lock": "UNLOCK", "current": amperes, "energy": energy, "indicator_mode": "off/on",
            "linkquality": 142, "power": watts, "power_outage_memory": "restore", "state": "ON",
            "update": {"installed_version": -1, "latest_version": -1, "state": None}, "voltage": volts,
        }  # fmt: skip
        means = readings(
            self._address, None,
            energy_kwh=energy, power_kw=watts / 1000, current_a=amperes, lamp_on=1.0,
        )  # fmt: skip
        return (Message(self._topic, document(content), retain=True, means=means),)
