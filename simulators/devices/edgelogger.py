"""EdgeLogger, a logger beside a line: batches of nested metrics, each with a local time of 17 digits.

Source: ruoneo/EdgeLogger, ReadMe.md: `device/power/up/{device_id}` (`device/bydpower/up/…` in its earlier
form, whose times are epoch milliseconds in digits). The unit of active energy reads "kW" there; its comment
says kWh. Of three phases the first stands for the meter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulators.devices.device import Device, Message, Sample, document, local, readings


@dataclass(slots=True)
class EdgeLogger(Device):
    """One three-phase meter behind a gateway."""

    device: str = "AHU34"
    earlier: bool = False
    """The earlier form of topic and time."""

    def report(self, sample: Sample) -> Sequence[Message]:
        """A batch of one."""
        kind = "bydpower" if self.earlier else "power"
        millis = f"{sample.time_ms % 1000:03d}"
        stamp = str(sample.time_ms) if self.earlier else local(sample.time_ms, "%Y%m%d%H%M%S") + millis
        energy, export = round(sample.energy_kwh, 2), round(sample.energy_export_kwh, 2)
        content = {
            "msgType": "up",
            "msgId": "d0e64213-eb6b-4ed6-ab92-252cfcf16494",
            "msgCreateTime": local(sample.time_ms, "%Y%m%d%H%M%S") + millis,
            "source": {"ipAddress": None, "gatewayId": "3-3-JC-1F-中控室"},
            "batch": [
                {
                    "timestamp": stamp,
                    "device_type": "three_phase_meter",
                    "device_id": self.device,
                    "metrics": self._metrics(sample, energy, export),
                    "status": {"device_status": 0, "data_quality": 100},
                }
            ],
        }
        means = readings(
            ("edgelogger", self.device.lower()), sample.time_ms,
            energy_kwh=energy, energy_export_kwh=export, power_kw=sample.power_kw, voltage_v=sample.voltage_v,
            current_a=sample.current_a,
        )  # fmt: skip
        return (Message(f"device/{kind}/up/{self.device}", document(content), qos=1, means=means),)

    @staticmethod
    def _metrics(sample: Sample, energy: float, export: float) -> dict[str, object]:
        def of(unit: str, **value: float) -> dict[str, object]:
            return {"data_type": "float", "unit": unit, "value": value}

        volts, amperes = sample.voltage_v, sample.current_a
        return {
            "voltage": of("V", phase_a=volts, phase_b=volts + 1, phase_c=volts - 1, line_ab=volts + 160),
            "current": of("A", phase_a=amperes, phase_b=amperes, phase_c=amperes),
            "power": {"active": of("kW", total=sample.power_kw), "reactive": of("kvar", total=0.4)},
            "system": [
                {"data_type": "float", "unit": "", "power_factor": sample.power_factor},
                {"data_type": "float", "unit": "Hz", "frequency": 49.98},
            ],
            "energy": {
                "active": of("kW", forward=energy, reverse=export),
                "reactive": of("kvarh", forward=800.2, reverse=45.3),
            },
        }
