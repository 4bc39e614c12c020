"""A vehicle tracker of JT/T 808 as EMQX forwards it, with what a tunnel does: late batches, out of order.

Source: emqx/emqx, apps/emqx_gateway_jt808/doc/Data_Exchange_Guide_CN.md (keys;
`jt808/${clientid}/${phone}/up`) and JT/T 808-2013, 8.12 (0x0200) and 8.49 (0x0704): degrees × 10⁶, speed 0.1
km/h, mileage 0.1 km, fuel 0.1 L, time BCD YYMMDDhhmmss in GMT+8; status bit 0 ACC, 1 positioned, 2 south, 3
west.
"""

from collections.abc import Sequence
from dataclasses import replace

from simulators.devices.device import (
    POSITIONS,
    Device,
    Meaning,
    Message,
    Sample,
    document,
    local,
    online,
    whole_second,
)

_REGISTER, _HEARTBEAT, _AUTHENTICATE, _LOCATION, _BATCH = 0x0100, 0x0002, 0x0102, 0x0200, 0x0704


class Jt808(Device):
    """One vehicle: of every four samples two are in a tunnel and come with the next, the newest first."""

    def __init__(self, phone: str = "013800138000", client: str = "jt808-7") -> None:
        self._phone = phone
        self._topic = f"jt808/{client}/{phone}/up"
        self._serial = 0
        self._samples = 0
        self._blind: list[Sample] = []

    def connected(self, sample: Sample) -> Sequence[Message]:
        """Registration, authentication, and the first location, before a satellite is found."""
        registration = {
            "province": 42, "city": 100, "manufacture": "ABCDE", "model": "G10LS", "dev_id": "1234567",
            "color": 1, "license_number": "鄂A12345",
        }  # fmt: skip
        blind = replace(sample, time_ms=sample.time_ms - 30_000, lat=0.0, lon=0.0, speed_kmh=0.0)
        (meaning,) = self._meaning(blind)
        known = {name: meaning.values[name] for name in ("ignition", "odometer_km", "fuel_l")}
        location = self._location(blind) | {"status": int(blind.ignition)}
        return (
            self._message(_REGISTER, registration),
            self._message(_AUTHENTICATE, {"code": "anAuthCode"}),
            self._message(_LOCATION, location, replace(meaning, values=known)),
        )

    def report(self, sample: Sample) -> Sequence[Message]:
        """A heartbeat and the location; nothing in the tunnel, and after it also what was kept there."""
        self._samples += 1
        if self._samples % 4 in (2, 3):
            self._blind.append(sample)
            return ()
        live = self._message(_LOCATION, self._location(sample), *self._meaning(sample))
        if not self._blind:
            return self._message(_HEARTBEAT, {}, *online(("jt808", self._phone), yes=True)), live
        kept, self._blind = [*reversed(self._blind)], []
        body = {"type": 1, "length": len(kept), "location": [self._location(s) for s in kept]}
        return live, self._message(_BATCH, body, *(m for s in kept for m in self._meaning(s)))

    def _message(self, kind: int, body: object, *means: Meaning) -> Message:
        self._serial = (self._serial + 1) % 0x10000
        length = len(document(body))
        header = {"msg_id": kind, "encrypt": 0, "len": length, "phone": self._phone, "msg_sn": self._serial}
        return Message(self._topic, document({"header": header, "body": body}), means=means)

    @staticmethod
    def _location(sample: Sample) -> dict[str, object]:
        south, west = sample.lat < 0, sample.lon < 0
        return {
            "alarm": 0,
            "status": int(sample.ignition) | 1 << 1 | south << 2 | west << 3,
            "latitude": round(abs(sample.lat) * 1e6),
            "longitude": round(abs(sample.lon) * 1e6),
            "altitude": 80,
            "speed": round(sample.speed_kmh * 10),
            "direction": 90,
            "time": local(sample.time_ms, "%y%m%d%H%M%S"),
            "extra": {"mileage": round(sample.odometer_km * 10), "fuel_meter": round(sample.fuel_l * 10),
                      "rssi": 20, "gnss_sat_num": 9},
        }  # fmt: skip

    def _meaning(self, sample: Sample) -> tuple[Meaning, ...]:
        values = {
            "lat": round(sample.lat, 6), "lon": round(sample.lon, 6), "speed_kmh": round(sample.speed_kmh, 1),
            "ignition": float(sample.ignition), "odometer_km": round(sample.odometer_km, 1),
            "fuel_l": round(sample.fuel_l, 1),
        }  # fmt: skip
        return (Meaning(POSITIONS, ("jt808", self._phone), whole_second(sample.time_ms), values),)
