"""An Acrel gateway that wants answers: it logs in, asks the time, and sends again what nobody confirmed.

Source: Acrel cloud platform, MQTT-JSON protocol: `/gw/acrelHW/{product}/{command}/{sn}` upwards and
`/server/acrelHW/{product}/{command}/{sn}` downwards; a login is answered `{"type":"login","res":1}`, other
uploads likewise with their type and `res` 1 or 0; five to ten seconds after it the gateway asks the `time`;
data that was not confirmed comes again as `hstdata`. Times are local, YYYYMMDDhhmmss. In the data, `ua` … in
V, `ia` … in A, `p` in kW, `wh` in kWh, all behind `ct` and `pt`.
"""

import json
from collections.abc import Sequence

from simulators.devices.device import (
    Device,
    Meaning,
    Message,
    Sample,
    document,
    local,
    online,
    readings,
    whole_second,
)


class AcrelGateway(Device):
    """One gateway with one meter. `unconfirmed` are the data messages nobody has answered, oldest first."""

    def __init__(
        self, sn: str = "12109132830001", meter: str = "12109132830004", *, patience_ms: int = 10_000
    ) -> None:
        self._sn, self._meter = sn, meter
        self._product = "AWT100"
        self._patience_ms = patience_ms
        self._sent_ms = 0
        self.logged_in = self.knows_time = False
        self.unconfirmed: list[dict[str, object]] = []
        self._means: dict[str, tuple[Meaning, ...]] = {}
        self.listens = (f"/server/acrelHW/{self._product}/+/{sn}",)

    def _message(self, kind: str, content: dict[str, object], *means: Meaning) -> Message:
        body = {**content, "gwSN": self._sn, "type": kind}
        return Message(f"/gw/acrelHW/{self._product}/{kind}/{self._sn}", document(body), means=means)

    @staticmethod
    def _there(device: str) -> tuple[Meaning, ...]:
        return online(("acrel-hw", device), yes=True)

    def connected(self, sample: Sample) -> Sequence[Message]:
        """The login, without which it asks no time."""
        self.logged_in = self.knows_time = False
        time = local(sample.time_ms, "%Y%m%d%H%M%S")
        login: dict[str, object] = {"ver": 1011, "rssi": 48, "code": 1968, "ccid": " ", "imei": " ",
                                    "verpro": 0, "time": time, "iapVer": 0}  # fmt: skip
        return (self._message("login", login, *self._there(self._sn)),)

    def report(self, sample: Sample) -> Sequence[Message]:
        """The meter's data, kept until it is confirmed."""
        time = local(sample.time_ms, "%Y%m%d%H%M%S")
        volts, amperes, power = round(sample.voltage_v, 1), round(sample.current_a, 2), sample.power_kw
        energy = round(sample.energy_kwh, 2)
        content: dict[str, object] = {
            "time": time, "meterSN": self._meter, "meterName": "adl400", "meterStatus": "normal", "ch": 0,
            "ua": volts, "ub": round(volts - 0.1, 1), "uc": round(volts - 0.1, 1),
            "ia": amperes, "ib": amperes, "ic": amperes, "p": power, "q": 0.1, "pf": sample.power_factor,
            "pt": 1, "ct": 40, "wh": energy, "wl": 0.6, "varh": 5.21, "varl": 5.43,
        }  # fmt: skip
        self._means[time] = readings(
            ("acrel-hw", self._meter), whole_second(sample.time_ms),
            energy_kwh=energy, power_kw=power, voltage_v=volts, current_a=amperes,
            power_factor=sample.power_factor,
        )  # fmt: skip
        self.unconfirmed.append(content)
        self._sent_ms = sample.time_ms
        return (self._message("data", content, *self._means[time], *self._there(self._meter)),)

    def receive(self, message: Message, sample: Sample) -> Sequence[Message]:
        """Goes on after the login; forgets the oldest data that a confirmation is for."""
        answer = json.loads(message.payload)
        kind = message.topic.split("/")[4]
        if kind == "time":
            self.knows_time = True
        elif answer.get("res") != 1:
            return ()
        elif kind == "login":
            self.logged_in = True
            time = local(sample.time_ms, "%Y%m%d%H%M%S")
            ask: dict[str, object] = {"country": "China", "utc": "8", "time": time, "timezone": "8"}
            return (self._message("time", ask, *self._there(self._sn)),)
        elif kind in {"data", "hstdata"} and self.unconfirmed:
            self.unconfirmed.pop(0)
        return ()

    def overdue(self, now_ms: int) -> Sequence[Message]:
        """The login as long as it is not let in, then all that is unconfirmed, once its patience is over."""
        if not self.unconfirmed or now_ms - self._sent_ms < self._patience_ms:
            return ()
        self._sent_ms = now_ms
        if not self.logged_in:
            return self.connected(Sample(time_ms=now_ms))
        return [
            self._message("hstdata", content, *self._means[str(content["time"])])
            for content in self.unconfirmed
        ]
