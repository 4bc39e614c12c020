"""Payloads as gateways write them: the canonical JSON, Acrel ADW json-v2, EMQX Neuron, vehicle positions.

Written from the documents of each format, sharing nothing with what decodes them. Times are epoch
milliseconds; each function takes columns of equal length and returns one payload.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from simulators.meters import Style
from simulators.plan import HOUR_MS

_encoder = msgspec.json.Encoder()

_ACREL_POINTS = {"power_kw": 13, "energy_kwh": 28, "voltage_v": 1, "current_a": 7, "power_factor": 25}


def stamps(times_ms: Sequence[int], style: Style) -> Sequence[int | str]:
    """Times as a gateway of this style writes them: whole seconds where they are text."""
    if style in {Style.EPOCH, Style.TEXT}:
        return times_ms
    local = (np.asarray(times_ms, dtype=np.int64) + 8 * HOUR_MS).astype("datetime64[ms]")
    texts: list[str] = np.datetime_as_string(local, unit="s").tolist()
    return [f"{text}+08:00" for text in texts] if style is Style.OFFSET else texts


def canonical(times_ms: Sequence[int], channels: Mapping[str, Sequence[float]], style: Style) -> bytes:
    """The canonical payload: an object for one instant, an array of them for several."""
    columns = {name: list(map(str, values)) if style is Style.TEXT else values
               for name, values in channels.items()}  # fmt: skip
    rows = zip(stamps(times_ms, style), *columns.values(), strict=True)
    names = ("time", *columns)
    items = [dict(zip(names, row, strict=True)) for row in rows]
    return _encoder.encode(items[0] if len(items) == 1 else items)


def acrel(serial: str, times_ms: Sequence[int], channels: Mapping[str, Sequence[float]]) -> bytes:
    """Acrel ADW3xx json-v2: numbered points for each instant, the device's number as point 0."""
    numbers = [_ACREL_POINTS[name] for name in channels]
    device = {"id": 0, "val": serial}
    data = [
        {"tp": time, "point": [device, *({"id": n, "val": v} for n, v in zip(numbers, row, strict=True))]}
        for time, *row in zip(times_ms, *channels.values(), strict=True)
    ]
    return _encoder.encode({"data": data})


def neuron_values(node: str, group: str, time_ms: int, channels: Mapping[str, float]) -> bytes:
    """EMQX Neuron, values form: one group of one node at one instant."""
    document = {"timestamp": time_ms, "node": node, "group": group, "values": channels, "errors": {}}
    return _encoder.encode({**document, "metas": {}})


def neuron_tags(node: str, group: str, time_ms: int, channels: Mapping[str, float]) -> bytes:
    """EMQX Neuron, tags form."""
    tags = [{"name": name, "value": value} for name, value in channels.items()]
    return _encoder.encode({"node": node, "group": group, "timestamp": time_ms, "tags": tags})


def positions(
    times_ms: Sequence[int], columns: Mapping[str, Sequence[float]], *, fuel_l: Sequence[float] | None
) -> bytes:
    """Vehicle positions, an array of them; `fuel_l` is None for a vehicle without a tank."""
    everything = {"time": times_ms, **columns}
    if fuel_l is not None:
        everything["fuel_l"] = fuel_l
    names = tuple(everything)
    return _encoder.encode(
        [dict(zip(names, row, strict=True)) for row in zip(*everything.values(), strict=True)]
    )


def document(value: object) -> bytes:
    """Any value as JSON."""
    return _encoder.encode(value)
