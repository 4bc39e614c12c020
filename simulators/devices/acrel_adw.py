"""Acrel ADW3xx, `json-v2`: numbered points for each snapshot, the device's number as point 0.

Source: Acrel ADW series, table of points of the json-v2 upload: 1-3 phase voltages, 7-9 currents, 10-13
active power (13 the total, kW), 22-25 power factor (25 the total), 26 Hz, 28 and 29 forward and reverse kWh,
34 PT, 35 CT. `tp` is epoch milliseconds; `val` may be a string.
"""

from collections.abc import Sequence

from simulators.devices.device import Device, Message, Sample, document, readings


class AcrelAdw(Device):
    """One meter; its phases differ a little, as they do."""

    topic = "platform/acrel/meter/json-v2/analog/0000"

    def __init__(self, serial: str = "20201998111433") -> None:
        self._serial = serial

    def report(self, sample: Sample) -> Sequence[Message]:
        """One snapshot; energies as strings, the rest as numbers."""
        energy, export = round(sample.energy_kwh, 2), round(sample.energy_export_kwh, 2)
        volts, amperes = round(sample.voltage_v, 1), round(sample.current_a, 3)
        points: dict[int, object] = {
            0: self._serial,
            1: volts, 2: round(volts + 0.7, 1), 3: round(volts - 0.4, 1),
            7: amperes, 8: amperes, 9: amperes,
            13: sample.power_kw, 25: sample.power_factor, 26: 49.98,
            28: f"{energy:.2f}", 29: f"{export:.2f}", 34: 1, 35: 40,
        }  # fmt: skip
        point = [{"id": number, "val": value} for number, value in points.items()]
        means = readings(
            ("acrel-adw", self._serial), sample.time_ms,
            energy_kwh=energy, energy_export_kwh=export, power_kw=sample.power_kw, voltage_v=volts,
            current_a=amperes, power_factor=sample.power_factor,
        )  # fmt: skip
        payload = document({"data": [{"tp": sample.time_ms, "point": point}]})
        return (Message(self.topic, payload, qos=1, means=means),)
