"""Acrel ADW3xx meters behind their gateway: `json-v2`, a list of snapshots, each a list of numbered points.

The numbers follow the vendor's point table; those for which there is no channel (reactive power, line
voltages, temperatures, ratios and the like) are known and passed over.
"""

from collections.abc import Iterator
from typing import Any

from collectors.decoders import Reject, Report, Unreadable, is_address_part, read_json
from services.timeseries.schema import READINGS

NAMESPACE = "acrel-adw"

_SERIAL = 0
_CHANNELS = {
    1: "voltage_v",
    7: "current_a",
    13: "power_kw",
    25: "power_factor",
    28: "energy_kwh",
    29: "energy_export_kwh",
}
_LAST_KNOWN_POINT = 41


class AcrelAdwDecoder:
    """`{"data": [{"tp": ms, "point": [{"id": 0, "val": serial}, {"id": 28, "val": kWh}, …]}]}`."""

    name = "acrel-adw"
    stateful = False
    filters = ("platform/acrel/meter/json-v2/analog/+",)

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject]:
        """One report a snapshot."""
        content = read_json(payload)
        snapshots = content.get("data") if isinstance(content, dict) else None
        if not isinstance(snapshots, list):
            raise Unreadable("no-data: a json-v2 message has a list under 'data'")
        for index, snapshot in enumerate(snapshots):
            yield from _snapshot(snapshot, index)


def _snapshot(snapshot: Any, index: int) -> Iterator[Report | Reject]:
    points = snapshot.get("point") if isinstance(snapshot, dict) else None
    if not isinstance(points, list):
        yield Reject("no-data: a snapshot has a list under 'point'", index)
        return
    serial: object = None
    values: dict[str, object] = {}
    for point in points:
        number = point.get("id") if isinstance(point, dict) else None
        if type(number) is not int or not 0 <= number <= _LAST_KNOWN_POINT:
            yield Reject("unknown-point: not in the vendor's point table", index)
        elif number == _SERIAL:
            serial = point.get("val")
        elif number in _CHANNELS:
            values[_CHANNELS[number]] = point.get("val")
    meter = str(serial).strip().lower() if isinstance(serial, (str, int)) else ""
    if not is_address_part(meter):
        yield Reject("bad-address: point 0 is the serial number, 1 to 64 of a-z 0-9 - _ .", index)
    else:
        yield Report(READINGS, (NAMESPACE, meter), snapshot.get("tp"), values, index)
