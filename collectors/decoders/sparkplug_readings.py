"""Sparkplug metrics → reports and rejects, by what a birth told of them."""

from collectors.decoders import Reject, Report
from collectors.decoders.sparkplug_metrics import MetricMap
from collectors.decoders.sparkplug_nodes import Born, Known
from collectors.decoders.sparkplug_payload import (
    GOOD,
    Metric,
    Payload,
    WrongType,
    name_of,
    quality_of,
    read_value,
)
from collectors.screening import read_number
from collectors.times import shown
from services.timeseries.schema import READINGS


class _NotTaken(ValueError):
    """The message is the reason; `doubt`: births seem to have been missed."""

    def __init__(self, reason: str, *, doubt: bool = False) -> None:
        super().__init__(reason)
        self.doubt = doubt


def read_birth(said: Payload, metrics: MetricMap) -> tuple[Born, list[Reject]]:
    """What a birth defines, and what nobody maps of it: that is rejected here and not with every message."""
    born = Born(said.timestamp)
    rejects = []
    owners: dict[str, str] = {}
    for index, metric in enumerate(said.metrics):
        name = name_of(metric)
        target = metrics.target(name)
        if target is None:
            rejects.append(Reject(f"unknown-metric: no line maps {shown(name)}", index))
        elif target.channel and (owner := owners.setdefault(target.channel, name)) != name:
            reason = f"ambiguous-metric: {shown(name)} is {target.channel}, as is {shown(owner)}"
            rejects.append(Reject(reason, index))
            target = None
        known = Known(target, metric.datatype)
        if name:
            born.by_name[name] = known
        if metric.HasField("alias"):
            born.by_alias[metric.alias] = known
    return born, rejects


def read_metrics(
    said: Payload, address: tuple[str, str], born: Born | None, metrics: MetricMap
) -> tuple[list[Report | Reject], bool]:
    """One report a time of the metrics, their own or else the payload's; whether births seem to be missing.

    Null is what the device has no value for, and transient what no historian should keep (clause 6.4.6):
    both are passed over.
    """
    reports: dict[int, dict[str, object]] = {}
    rejects: list[Report | Reject] = []
    doubt = born is None
    for index, metric in enumerate(said.metrics):
        try:
            known = _known(metric, born, metrics)
            target = known.target
            if target is None or not target.channel or metric.is_null or metric.is_transient:
                continue
            value = _good_value(metric, known.datatype, target.channel)
        except _NotTaken as error:
            doubt |= error.doubt
            rejects.append(Reject(str(error), index))
            continue
        values = reports.setdefault(metric.timestamp or said.timestamp, {})
        values[target.channel] = _scaled(value, target.scale)
    found = [Report(READINGS, address, at_ms or None, values) for at_ms, values in reports.items()]
    return rejects + found, doubt


def _known(metric: Metric, born: Born | None, metrics: MetricMap) -> Known:
    """By its alias, or by its name, which says what it is even where no birth was heard."""
    by_alias = metric.HasField("alias")
    if born is not None and by_alias and (known := born.by_alias.get(metric.alias)) is not None:
        return known
    name = name_of(metric)
    if born is not None and (known := born.by_name.get(name)) is not None:
        return known
    if by_alias and not name:
        raise _NotTaken(f"unknown-alias: {metric.alias} was in no birth heard of this device", doubt=True)
    target = metrics.target(name)
    if target is None:
        raise _NotTaken(f"unknown-metric: no line maps {shown(name)}")
    return Known(target, 0)


def _good_value(metric: Metric, datatype: int, channel: str) -> float | int | str | None:
    quality = quality_of(metric)
    if quality != GOOD:
        raise _NotTaken(f"bad-quality: the device marks {channel} {quality}, not {GOOD}")
    try:
        return read_value(metric, metric.datatype or datatype)
    except WrongType as error:
        raise _NotTaken(f"wrong-type: {channel} is {error}", doubt=True) from None


def _scaled(value: object, scale: float) -> object:
    """In the channel's unit; what is no number stays as it is, for screening to name."""
    try:
        return read_number(value) * scale
    except ValueError:
        return value
