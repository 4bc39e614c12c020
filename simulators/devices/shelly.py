"""Shelly devices of the second generation: a three-phase meter and a plug.

Source: shelly-api-docs.shelly.cloud, gen2: "MQTT" (`{id}/status/{component}` when `status_ntf`,
`{id}/events/rpc` when `rpc_ntf`, `{id}/online` as will), "EM", "EMData" (energies in Wh), "Switch" (`apower`
in W, `aenergy.total` in Wh) and "Notifications" (NotifyStatus carries `ts`, Unix seconds, and of a component
only what changed).
"""

from collections.abc import Mapping, Sequence

from simulators.devices.device import Device, Message, Sample, document, online, readings


class _Shelly(Device):
    def __init__(self, identity: str) -> None:
        self._id = identity
        self._address = ("shelly-gen2", identity.lower())
        self.will = self._online(yes=False)

    def _online(self, *, yes: bool) -> Message:
        word = b"true" if yes else b"false"
        return Message(f"{self._id}/online", word, retain=True, means=online(self._address, yes=yes))

    def connected(self, sample: Sample) -> Sequence[Message]:
        """`online`, retained."""
        return (self._online(yes=True),)

    def _meter(self, component: str) -> tuple[str, str]:
        """A device can have several of a component, and `emdata:0` counts what `em:0` measures."""
        kind, _, number = component.partition(":")
        institution, device = self._address
        return institution, f"{device}.{kind.removesuffix('data')}-{number}"

    def _status(self, component: str, status: Mapping[str, object], **values: float) -> Message:
        means = readings(self._meter(component), None, **values)
        return Message(f"{self._id}/status/{component}", document(status), means=means)

    def _notify(self, sample: Sample, component: str, change: object, **values: float) -> Message:
        content = {
            "src": self._id,
            "dst": f"{self._id}/events",
            "method": "NotifyStatus",
            "params": {"ts": round(sample.time_ms / 1000, 2), component: change},
        }
        time_ms = round(round(sample.time_ms / 1000, 2) * 1000)
        means = readings(self._meter(component), time_ms, **values) if values else ()
        return Message(f"{self._id}/events/rpc", document(content), means=means)


class ShellyPro3Em(_Shelly):
    """Three phases together: `em:0` the powers, `emdata:0` the energies."""

    def __init__(self, identity: str = "shellypro3em-C8F09E87A1B0") -> None:
        super().__init__(identity)

    def report(self, sample: Sample) -> Sequence[Message]:
        """The status of both components, and the notification of the power."""
        watts, watt_hours = round(sample.power_kw * 1000, 3), round(sample.energy_kwh * 1000, 2)
        returned = round(sample.energy_export_kwh * 1000, 2)
        measured = {"power_kw": watts / 1000, "voltage_v": sample.voltage_v, "current_a": sample.current_a}
        power: dict[str, object] = {"id": 0}
        for phase in "abc":
            power |= {f"{phase}_current": sample.current_a, f"{phase}_voltage": sample.voltage_v,
                      f"{phase}_act_power": round(watts / 3, 1), f"{phase}_aprt_power": round(watts / 2.9, 1),
                      f"{phase}_pf": sample.power_factor, f"{phase}_freq": 50.0}  # fmt: skip
        power |= {"n_current": None, "total_current": round(3 * sample.current_a, 3),
                  "total_act_power": watts, "total_aprt_power": round(watts * 1.03, 3),
                  "user_calibrated_phase": []}  # fmt: skip
        energy = {"id": 0, "a_total_act_energy": 1.5, "a_total_act_ret_energy": 0,
                  "total_act": watt_hours, "total_act_ret": returned}  # fmt: skip
        return (
            self._status("em:0", power, **measured),
            self._status("emdata:0", energy, energy_kwh=watt_hours / 1000, energy_export_kwh=returned / 1000),
            self._notify(sample, "em:0", power, **measured),
            self._notify(sample, "emdata:0", energy, energy_kwh=watt_hours / 1000,
                         energy_export_kwh=returned / 1000),
        )  # fmt: skip


class ShellyPlug(_Shelly):
    """A metering plug: `switch:0`, of which a notification tells only the energy."""

    def __init__(self, identity: str = "shellyplusplugs-B0A732F1C5D4") -> None:
        super().__init__(identity)

    def report(self, sample: Sample) -> Sequence[Message]:
        """The whole status, then the notifications of each minute: the energy, and a lost cloud."""
        watts, watt_hours = round(sample.power_kw * 1000, 1), round(sample.energy_kwh * 1000, 3)
        energy = {"total": watt_hours, "by_minute": [0.0, 0.0, 0.0], "minute_ts": sample.time_ms // 1000}
        status = {
            "id": 0, "source": "MQTT", "output": True, "apower": watts, "voltage": sample.voltage_v,
            "current": sample.current_a, "pf": sample.power_factor, "aenergy": energy,
            "temperature": {"tC": 53.3, "tF": 127.9},
        }  # fmt: skip
        return (
            self._status("switch:0", status, power_kw=watts / 1000, energy_kwh=watt_hours / 1000,
                         voltage_v=sample.voltage_v, current_a=sample.current_a,
                         power_factor=sample.power_factor, lamp_on=1.0),
            self._notify(sample, "switch:0", {"id": 0, "aenergy": energy}, energy_kwh=watt_hours / 1000),
            self._notify(sample, "cloud", {"connected": False}),
        )  # fmt: skip
