"""The project's own payload: `kilowitness/v1/{institution}/{device}/readings | positions | status`."""

from collections.abc import Iterable, Iterator
from sys import intern
from typing import Any

from collectors.decoders import Reject, Report, Unreadable, is_address_part, read_json
from services.memo import Memo
from services.timeseries.schema import DEVICE_STATUS, POSITIONS, READINGS, Measurement

_MEASUREMENTS = {"readings": READINGS, "positions": POSITIONS, "status": DEVICE_STATUS}
_ONLINE = {"online": 1.0, "offline": 0.0}


class CanonicalDecoder:
    """Objects and arrays of objects whose keys are channels, units in their names."""

    name = "canonical"
    stateful = False
    filters = tuple(f"kilowitness/v1/+/+/{leaf}" for leaf in _MEASUREMENTS)

    def decode(self, topic: str, payload: bytes) -> Iterable[Report | Reject]:
        """One report an object; for a status, one report."""
        measurement, device = _parsed[topic]
        if measurement is DEVICE_STATUS:
            return _status(device, payload)
        content = read_json(payload)
        if type(content) is dict:
            return (Report(measurement, device, content.pop("time", None), content),)
        if type(content) is list:
            return _items(measurement, device, content)
        raise Unreadable("not-an-object: send an object of channels, or an array of them")


def _items(
    measurement: Measurement, device: tuple[str, str], content: list[Any]
) -> Iterator[Report | Reject]:
    for index, item in enumerate(content):
        if type(item) is dict:
            yield Report(measurement, device, item.pop("time", None), item, index)
        else:
            yield Reject("not-an-object: an item is an object of channels", index)


def _status(device: tuple[str, str], payload: bytes) -> Iterator[Report]:
    """The time is that of arrival; the empty payload that clears a retained message says nothing."""
    if not payload:
        return
    word = payload.strip(b' \t\r\n"').lower().decode("ascii", "replace")
    if word not in _ONLINE:
        raise Unreadable('unknown-status: send "online" or "offline"')
    yield Report(DEVICE_STATUS, device, None, {"online": _ONLINE[word]})


def _parse_topic(topic: str) -> tuple[Measurement, tuple[str, str]]:
    parts = topic.split("/")
    if len(parts) != 5 or parts[:2] != ["kilowitness", "v1"] or parts[4] not in _MEASUREMENTS:
        raise Unreadable("unknown-topic: not kilowitness/v1/{institution}/{device}/readings|positions|status")
    if not (is_address_part(parts[2]) and is_address_part(parts[3])):
        raise Unreadable("bad-address: institution and device are 1 to 64 of a-z 0-9 - _ .")
    return _MEASUREMENTS[parts[4]], (intern(parts[2]), parts[3])


_parsed = Memo(_parse_topic)
