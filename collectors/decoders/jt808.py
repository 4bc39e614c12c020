"""JT/T 808 vehicle terminals as EMQX's gateway forwards them: JSON on `jt808/{clientid}/{phone}/up`.

`{"header": {"msg_id", "phone", …}, "body": {…}}` (EMQX, JT/T 808 Gateway Data Exchange Format; units and
status bits: JT/T 808, message 0200H). Positions come alone (0200H), in answer to a query (0201H) or a command
(0500H), and in batches that were kept while there was no network (0704H): late, and in any order. The address
is `jt808/{phone}`, the phone as the topic has it.

A position without fix (status bit 1 unset, or no satellite) is normal in a garage or a tunnel: latitude,
longitude and speed are left out without a reject, and odometer, fuel and ignition are kept.
"""

from collections.abc import Iterator
from typing import Any

from collectors.decoders import Reject, Report, Unreadable, is_address_part, read_json
from collectors.times import shown
from services.timeseries.schema import DEVICE_STATUS, POSITIONS

NAMESPACE = "jt808"

_HEARTBEAT, _LOCATION, _QUERIED, _COMMANDED, _BATCH = 0x0002, 0x0200, 0x0201, 0x0500, 0x0704
_PASSED_OVER = frozenset(
    {0x0001, 0x0003, 0x0004, 0x0005, 0x0100, 0x0102, 0x0104, 0x0107, 0x0108, 0x0301, 0x0302, 0x0303, 0x0608,
     0x0700, 0x0701, 0x0702, 0x0705, 0x0800, 0x0801, 0x0802, 0x0805, 0x0900, 0x0901, 0x0A00}
)  # fmt: skip
"""Registration and its end, authentication, answers, events, media: known, without anything to store."""

_ACC_ON, _FIXED, _SOUTH, _WEST = 1, 2, 4, 8
_DWORD = 0xFFFF_FFFF


class Jt808Decoder:
    """Positions, and heartbeats as the status online."""

    name = "jt808"
    stateful = False
    filters = ("jt808/+/+/up",)

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject]:
        """One report a position; its time is always of GMT+8, whatever the institution's zone."""
        device = (NAMESPACE, _phone(topic))
        content = read_json(payload)
        header = content.get("header") if isinstance(content, dict) else None
        body = content.get("body") if isinstance(content, dict) else None
        message = header.get("msg_id") if isinstance(header, dict) else None
        if type(message) is not int:
            raise Unreadable("no-header: a message has an integer under header.msg_id")
        if message == _HEARTBEAT:
            yield Report(DEVICE_STATUS, device, None, {"online": 1.0})
        elif message == _LOCATION:
            yield _position(body, device, None)
        elif message in (_QUERIED, _COMMANDED):
            key = "params" if message == _QUERIED else "location"
            yield _position(body.get(key) if isinstance(body, dict) else None, device, None)
        elif message == _BATCH:
            located = body.get("location") if isinstance(body, dict) else None
            if not isinstance(located, list):
                raise Unreadable("no-data: a batch has a list under body.location")
            yield from (_position(position, device, index) for index, position in enumerate(located))
        elif message not in _PASSED_OVER:
            yield Reject(f"unknown-message: msg_id {shown(message)}")


def _phone(topic: str) -> str:
    levels = topic.split("/")
    if len(levels) != 4 or levels[0] != "jt808" or levels[3] != "up":
        raise Unreadable("unknown-topic: not jt808/{clientid}/{phone}/up")
    phone = levels[2].lower()
    if not is_address_part(phone):
        raise Unreadable("bad-address: a phone is 1 to 64 of a-z 0-9 - _ .")
    return phone


def _position(body: Any, device: tuple[str, str], item: int | None) -> Report | Reject:
    status = body.get("status") if isinstance(body, dict) else None
    if type(status) is not int or not 0 <= status <= _DWORD:
        return Reject("no-data: a position has an integer under 'status'", item)
    time = _time(body.get("time"))
    if time is None:
        return Reject(f"unreadable-time: {shown(body.get('time'))} is not YYMMDDhhmmss", item)
    extra = body.get("extra")
    if not isinstance(extra, dict):
        extra = {}
    values: dict[str, object] = {"ignition": float(status & _ACC_ON)}
    if status & _FIXED and extra.get("gnss_sat_num") != 0:
        for channel, key, divisor in (
            ("lat", "latitude", -1e6 if status & _SOUTH else 1e6),
            ("lon", "longitude", -1e6 if status & _WEST else 1e6),
            ("speed_kmh", "speed", 10.0),
        ):
            values[channel] = _scaled(body.get(key), divisor)
    for channel, key in (("odometer_km", "mileage"), ("fuel_l", "fuel_meter")):
        if key in extra:
            values[channel] = _scaled(extra[key], 10.0)
    return Report(POSITIONS, device, time, values, item)


def _time(digits: object) -> str | None:
    """RFC 3339 of YYMMDDhhmmss in GMT+8; whether it is in the calendar is for screening."""
    if not (isinstance(digits, str) and len(digits) == 12 and digits.isascii() and digits.isdigit()):
        return None
    year, month, day, hour, minute, second = (digits[at : at + 2] for at in range(0, 12, 2))
    return f"20{year}-{month}-{day}T{hour}:{minute}:{second}+08:00"


def _scaled(raw: object, divisor: float) -> object:
    """In the channel's unit; what is no unsigned integer of the protocol stays, for screening to name."""
    return raw / divisor if type(raw) is int and 0 <= raw <= _DWORD else raw
