"""An energy management box of the Wudun documents: regular reports of one meter, and of all of them.

Source: shanghaiwudunxinxi/ems-doc, api/mqtt/level-2-ems/device-event.md, "sub_elemeter" and "sub_elemeters":
`v1/wudun/${PRODUCT_KEY}/${DEVICE}/report/regular/post`, `timestamp` in milliseconds, powers in kW, energies
in kWh, a quantity the meter lacks is null, `uid` may be empty while `id` is a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulators.devices.device import Device, Meaning, Message, Sample, document, readings


@dataclass(slots=True)
class Wudun(Device):
    """One box with two meters behind it, 1 the main meter."""

    product: str = "EMS2"
    device: str = "iYRkfVpi77"

    def report(self, sample: Sample) -> Sequence[Message]:
        """The main meter alone, then a second later both."""
        return (
            self._message(sample, "sub_elemeter", [1], sample.time_ms),
            self._message(sample, "sub_elemeters", [1, 2], sample.time_ms + 1000),
        )

    def _message(self, sample: Sample, kind: str, meters: list[int], time_ms: int) -> Message:
        rows = [self._row(sample, meter) for meter in meters]
        content: dict[str, object] = {
            "trace_id": "2f492a12-5408-40b3-b347-ed64a3723050",
            "mid": "d39835f5-2087-4601-8a12-85bb2bceb690",
            "type": "report_regular",
            "device_uid": self.device,
            "timestamp": time_ms,
            "data": {"type": kind, "data": rows[0] if kind == "sub_elemeter" else rows},
        }
        if kind == "sub_elemeter":
            content |= {"sub_device_uid": "a8TJthsYq3J4hjz", "sub_device_id": 2}
        means = tuple(m for meter in meters for m in self._means(sample, meter, time_ms))
        topic = f"v1/wudun/{self.product}/{self.device}/report/regular/post"
        return Message(topic, document(content), qos=1, means=means)

    def _means(self, sample: Sample, meter: int, time_ms: int) -> tuple[Meaning, ...]:
        return readings(
            ("wudun", f"{self.device}.{meter}".lower()), time_ms,
            energy_kwh=round(sample.energy_kwh + meter, 2), energy_export_kwh=sample.energy_export_kwh,
            power_kw=sample.power_kw, power_factor=sample.power_factor, voltage_v=sample.voltage_v,
            current_a=sample.current_a,
        )  # fmt: skip

    @staticmethod
    def _row(sample: Sample, meter: int) -> dict[str, object]:
        return {
            "id": meter, "uid": "", "purpose": meter,
            "total_active_power": sample.power_kw, "active_power_phase_a": None,
            "total_reactive_power": 1.2, "total_power_factor": sample.power_factor,
            "voltage_phase_a": sample.voltage_v, "voltage_phase_b": sample.voltage_v + 1,
            "voltage_phase_c": sample.voltage_v - 1, "current_phase_a": sample.current_a,
            "current_phase_b": sample.current_a, "current_phase_c": sample.current_a,
            "frequency_grid": None,
            "total_forward_active_energy": round(sample.energy_kwh + meter, 2),
            "forward_active_energy_sharp": 127.5, "forward_active_energy_peak": 128.5,
            "forward_active_energy_flat": 129.5, "forward_active_energy_valley": 130.5,
            "total_reverse_active_energy": sample.energy_export_kwh,
        }  # fmt: skip
