"""Acrel gateways and meters that expect answers: `/gw/acrelHW/{product}/{command}/{sn}`, JSON both ways.

Sources: Acrel IoT documentation, overseas protocol (海外协议): topics, commands, `login` and its answer, the
`time` request; Acrel cloud platform MQTT-JSON protocol for the ADW300: `para` and its answer. The device
hears answers under `/server/acrelHW/…`; what was not answered it sends again, later as `hstdata`. An answer
means taken, stored or kept in the dead letter, so it is given to what cannot be understood too.

Not verified against a vendor's document: the bodies of `data` and `hstdata` (after messages that integrators
published), the answers to `time`, `heart`, `data` and `hstdata` (after that to `login`), `wl` and `varl`
(passed over), and the unit of `p` where no `ct` is sent: only with `ct` it is known to be kW. Values are
secondary where `ct` or `pt` is not 1: the ratio belongs into the ledger of meters.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from collectors.decoders import Reject, Reply, Report, Unreadable, is_address_part, read_json
from services.timeseries.schema import DEVICE_STATUS, READINGS

NAMESPACE = "acrel-hw"

_COMMANDS = ("login", "time", "para", "heart", "data", "hstdata")
_CHANNELS = {"wh": "energy_kwh", "ua": "voltage_v", "ia": "current_a", "pf": "power_factor"}
_STATES = {"normal": 1.0, "missing": 0.0}
_VENDORS_OFFSET_H = 8.0
_ADDRESS = Reject("bad-address: a serial number is 1 to 64 of a-z 0-9 - _ . in any case")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class _Sender(msgspec.Struct, frozen=True):
    product: str
    command: str
    serial: str


class AcrelGatewayDecoder:
    """`clock_ms`: epoch ms, for gateways that ask what time it is."""

    name = "acrel-gateway"
    stateful = False
    filters = tuple(f"/gw/acrelHW/+/{command}/+" for command in _COMMANDS)

    def __init__(self, *, clock_ms: Callable[[], int] = _now_ms) -> None:
        self._clock_ms = clock_ms

    def decode(self, topic: str, payload: bytes) -> Iterator[Report | Reject | Reply]:
        """Readings and presence, and the answer to every command."""
        sender = _sender(topic)
        try:
            content = read_json(payload)
            yield from _understand(sender, content)
        except Unreadable as error:
            content = None
            yield Reject(str(error))
        answer: dict[str, object] = {"type": sender.command, "res": 1}
        if sender.command == "time":
            answer["time"] = self._local_time(content)
        topic = f"/server/acrelHW/{sender.product}/{sender.command}/{sender.serial}"
        yield Reply(topic, msgspec.json.encode(answer))

    def _local_time(self, request: Any) -> str:
        """YYYYMMDDhhmmss at the gateway, which says under `utc` how many hours its zone is ahead."""
        told = request.get("utc") if isinstance(request, dict) else None
        try:
            offset_h = float(told)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            offset_h = _VENDORS_OFFSET_H
        if not -14 <= offset_h <= 14:
            offset_h = _VENDORS_OFFSET_H
        moment = datetime.fromtimestamp(self._clock_ms() / 1000, UTC) + timedelta(hours=offset_h)
        return f"{moment:%Y%m%d%H%M%S}"


def _understand(sender: _Sender, content: Any) -> Iterator[Report | Reject]:
    if sender.command not in {"data", "hstdata"}:
        yield from _presence(sender.serial, 1.0)
        return
    items = content if isinstance(content, list) else [content]
    for index, item in enumerate(items):
        place = index if items is content else None
        if not isinstance(item, dict):
            yield Reject("not-an-object: readings are an object, or an array of them", place)
        else:
            yield from _meter(sender, item, place)


def _meter(sender: _Sender, item: dict[str, Any], place: int | None) -> Iterator[Report | Reject]:
    """One meter's values: it is `meterSN`, or the sender where a meter sends itself, and `ch` its circuit.

    Of a meter that the gateway cannot reach, the values mean nothing.
    """
    serial, circuit = item.get("meterSN") or sender.serial, item.get("ch") or 0
    meter = f"{serial}-{circuit}" if circuit else f"{serial}"
    state = _STATES.get(str(item.get("meterStatus")).lower())
    if state is not None and sender.command == "data":
        yield from _presence(meter, state)
    if state == 0.0:
        return
    meter = meter.lower()
    if not is_address_part(meter):
        yield Reject(_ADDRESS.reason, place)
        return
    values = {channel: item[key] for key, channel in _CHANNELS.items() if key in item}
    if "ct" in item and "p" in item:
        values["power_kw"] = item["p"]
    yield Report(READINGS, (NAMESPACE, meter), item.get("time"), values, place)


def _presence(serial: str, online: float) -> Iterator[Report | Reject]:
    if is_address_part(serial.lower()):
        yield Report(DEVICE_STATUS, (NAMESPACE, serial.lower()), None, {"online": online})
    else:
        yield _ADDRESS


@lru_cache(maxsize=65_536)
def _sender(topic: str) -> _Sender:
    levels = topic.split("/")
    if len(levels) != 6 or levels[:3] != ["", "gw", "acrelHW"] or levels[4] not in _COMMANDS:
        raise Unreadable(f"unknown-topic: not /gw/acrelHW/{{product}}/{{{'|'.join(_COMMANDS)}}}/{{sn}}")
    return _Sender(levels[3], levels[4], levels[5])
