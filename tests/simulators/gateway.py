"""An independent reading of what the city sends, for tests: payloads → values by (device, channel, time).

It follows the documents of the formats and shares nothing with the encoders.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from simulators.history import Message

Values = dict[tuple[str, str, int], float]

_LOCAL = timezone(timedelta(hours=8))
_ACREL = {13: "power_kw", 28: "energy_kwh", 1: "voltage_v", 7: "current_a", 25: "power_factor"}


def epoch_ms(stamp: object) -> int:
    """Epoch milliseconds of a number or a text; text without a zone is local."""
    if isinstance(stamp, int):
        return stamp
    assert isinstance(stamp, str)
    instant = datetime.fromisoformat(stamp)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=_LOCAL)
    return round(instant.timestamp() * 1000)


def readings(message: Message) -> Values:
    """The values of one message of readings, whatever its format; {} for positions."""
    if message.topic.startswith("/neuron/"):
        return _neuron(json.loads(message.payload))
    if message.topic.startswith("platform/acrel/"):
        return _acrel(json.loads(message.payload))
    if not message.topic.endswith("/readings"):
        return {}
    address = "/".join(message.topic.split("/")[2:4])
    content = json.loads(message.payload)
    items = content if isinstance(content, list) else [content]
    return {
        (address, channel, epoch_ms(item["time"])): float(value)
        for item in items
        for channel, value in item.items()
        if channel != "time"
    }


def all_readings(messages: Iterable[Message]) -> Values:
    """The distinct values of good messages (those that hold items)."""
    found: Values = {}
    for message in messages:
        if message.items:
            found |= readings(message)
    return found


def all_positions(messages: Iterable[Message]) -> dict[tuple[str, int], dict[str, float]]:
    """The distinct positions of good messages, by (vehicle, time)."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    for message in messages:
        if message.items and message.topic.endswith("/positions"):
            address = "/".join(message.topic.split("/")[2:4])
            for item in json.loads(message.payload):
                found[(address, item["time"])] = item
    return found


def _acrel(content: dict[str, Any]) -> Values:
    found: Values = {}
    for snapshot in content["data"]:
        points = {point["id"]: point["val"] for point in snapshot["point"]}
        for number, channel in _ACREL.items():
            if number in points:
                found[(f"acrel-adw/{points[0]}", channel, snapshot["tp"])] = float(points[number])
    return found


def _neuron(content: dict[str, Any]) -> Values:
    address = f"neuron/{content['node']}.{content['group']}"
    values = content.get("values") or {tag["name"]: tag["value"] for tag in content["tags"]}
    return {(address, channel, content["timestamp"]): value for channel, value in values.items()}
