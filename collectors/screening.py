"""Screening: what a device reported → a point that can be believed, and a reason for all that cannot."""

import math
import re
from zoneinfo import ZoneInfo

from collectors.decoders import Reject, Report
from collectors.times import UnreadableTime, read_time, shown, time_fault
from services.metering.channels import CHANNELS
from services.timeseries.schema import DEVICE_STATUS, POSITIONS, READINGS
from services.timeseries.store import Point

Limits = dict[str, tuple[float, float]]

LIMITS: dict[str, Limits] = {
    READINGS.name: {channel.name: (channel.low, channel.high) for channel in CHANNELS.values()},
    POSITIONS.name: {
        "lat": (-90.0, 90.0),
        "lon": (-180.0, 180.0),
        "speed_kmh": (0.0, 400.0),
        "ignition": (0.0, 1.0),
        "odometer_km": (0.0, 1e7),
        "fuel_l": (0.0, 1e4),
    },
    DEVICE_STATUS.name: {"online": (0.0, 1.0)},
}

_number = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII).fullmatch


def screen(report: Report, received_ms: int, zone: ZoneInfo, rejects: list[Reject]) -> Point | None:
    """The point to store, or None when nothing good is left; every bad value adds its reason to `rejects`."""
    item = report.item
    try:
        time_ms, quality = read_time(report.time, received_ms, zone)
    except UnreadableTime as error:
        rejects.append(Reject(str(error), item))
        return None
    if fault := time_fault(time_ms, report.time, received_ms):
        rejects.append(Reject(fault, item))
        return None
    measurement = report.measurement
    fields = _screen_values(report, LIMITS[measurement.name], rejects)
    if measurement is POSITIONS:
        _drop_half_positions(fields, rejects, item)
    if not fields:
        if not report.values:
            rejects.append(Reject("no-channel: nothing but a time", item))
        return None
    if quality and measurement is READINGS:
        fields["quality"] = float(quality)
    return Point(measurement, report.device, time_ms, fields)


def _screen_values(report: Report, limits: Limits, rejects: list[Reject]) -> dict[str, float]:
    fields = {}
    for name, raw in report.values.items():
        bounds = limits.get(name)
        if bounds is None:
            rejects.append(Reject(f"unknown-channel: {shown(name)}", report.item))
            continue
        if type(raw) is float:
            value = raw
        else:
            try:
                value = read_number(raw)
            except ValueError as error:
                rejects.append(Reject(f"not-a-number: {name} is {error}", report.item))
                continue
        if bounds[0] <= value <= bounds[1]:
            fields[name] = value
        elif math.isfinite(value):
            reason = f"out-of-range: {name} {value:g} is not within {bounds[0]:g} to {bounds[1]:g}"
            rejects.append(Reject(reason, report.item))
        else:
            rejects.append(Reject(f"not-finite: {name} is {value}", report.item))
    return fields


def read_number(raw: object) -> float:
    """A number, or a string that is one and nothing else. Raises ValueError with what it is instead."""
    if type(raw) is float:
        return raw
    if type(raw) is int:
        try:
            return float(raw)
        except OverflowError:
            return math.inf if raw > 0 else -math.inf
    if isinstance(raw, str) and len(raw) <= 100 and _number(raw.strip()):
        return float(raw)
    raise ValueError(shown(raw))


def _drop_half_positions(fields: dict[str, float], rejects: list[Reject], item: int | None) -> None:
    """A latitude means nothing without its longitude, and 0, 0 is what a receiver without a fix says."""
    lat, lon = fields.get("lat"), fields.get("lon")
    if lat is not None and lon is not None and (lat or lon):
        return
    if fields.pop("lat", None) is not None or lon is not None:
        fields.pop("lon", None)
        reason = "no-fix: lat and lon are 0" if lat == lon else "half-position: lat and lon come together"
        rejects.append(Reject(reason, item))
