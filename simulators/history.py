"""The city's history as MQTT messages, week by week over all devices, with the faults of its plan.

City → a stream of `Message`s in the order of sending. A message holds at most `LARGEST_PAYLOAD` bytes; late
weeks come after the weeks in between, duplicated ones twice, shuffled ones with their items out of order.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulators import encoders
from simulators.city import City
from simulators.faults import WEEK_HOURS, FaultPlan, Mask, plan_faults
from simulators.fleet import Vehicle
from simulators.malformed import UNKNOWN_ADDRESS, bad_messages, readings_topic
from simulators.meters import Meter, Milliseconds, Protocol, Style
from simulators.plan import HOUR_MS, Fault, generator
from simulators.weather import Array

LARGEST_PAYLOAD = 18_000
ACREL_TOPIC = "platform/acrel/meter/json-v2/analog/0000"

_POSITIONS_A_MESSAGE = 120
_UNKNOWN_HOURS = 48


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message; `items` is how many readings or positions it holds, for progress."""

    topic: str
    payload: bytes
    items: int


def history_messages(city: City, *, batch_hours: int = WEEK_HOURS) -> Iterator[Message]:
    """Every message of the history, in the order of sending; `batch_hours` of readings in one at most."""
    plan = city.plan
    faults = plan_faults(plan, city.meters, city.contracts)
    weeks = -(-(plan.history_hours + 1) // WEEK_HOURS)
    held_back: dict[int, list[Message]] = defaultdict(list)
    for week in range(weeks):
        for meter in city.meters:
            messages = _week_of_readings(city, meter, faults, week, batch_hours=batch_hours)
            if (meter.code, week) in faults.twice:
                messages = messages + messages
            delay = faults.late.get((meter.code, week), 0)
            if delay and week + delay < weeks:
                held_back[week + delay] += messages
            else:
                yield from messages
        for vehicle in city.vehicles:
            yield from _week_of_positions(city, vehicle, week)
        yield from held_back.pop(week, ())
    yield from _strangers(city)


def sent_hours(city: City, meter: Meter, missing: Mask | None) -> Milliseconds:
    """The instants of the history at which a meter's reading is sent, gaps left out."""
    times = city.plan.start_ms + HOUR_MS * np.arange(city.plan.history_hours + 1)
    return times if missing is None else times[~missing]


def channels_at(city: City, meter: Meter, times_ms: Milliseconds) -> dict[str, Array]:
    """A meter's history: its register; of an Acrel meter the power too; of the station the weather."""
    if meter.kind.use == "weather":
        hours = (times_ms - city.plan.start_ms) // HOUR_MS
        weather = city.weather
        return {
            "temperature_c": weather.temperature_c[hours],
            "humidity_pct": weather.humidity_pct[hours],
            "illuminance_lx": weather.illuminance_lx[hours],
        }
    told = {meter.kind.channel: meter.registers(times_ms)}
    if meter.protocol is Protocol.ACREL:
        told["power_kw"] = meter.power_kw(times_ms)
    return told


def encode_readings(meter: Meter, times_ms: list[int], channels: dict[str, list[float]]) -> list[Message]:
    """The readings of one meter in its own protocol, in as many messages as it needs."""
    count = len(times_ms)
    if meter.protocol is Protocol.ACREL:
        serial = meter.address.partition("/")[2]
        return [Message(ACREL_TOPIC, encoders.acrel(serial, times_ms, channels), count)]
    if meter.protocol is Protocol.CANONICAL:
        payload = encoders.canonical(times_ms, channels, meter.style)
        return [Message(readings_topic(meter.address), payload, count)]
    node, _, group = meter.address.partition("/")[2].partition(".")
    encode = encoders.neuron_values if meter.protocol is Protocol.NEURON_VALUES else encoders.neuron_tags
    topic = f"/neuron/gateway-1/{node}/{group}"
    rows = zip(times_ms, *channels.values(), strict=True)
    return [
        Message(topic, encode(node, group, time, dict(zip(channels, row, strict=True))), 1)
        for time, *row in rows
    ]


def _week_of_readings(
    city: City, meter: Meter, faults: FaultPlan, week: int, *, batch_hours: int
) -> list[Message]:
    every = sent_hours(city, meter, faults.missing.get(meter.code))
    begin = city.plan.start_ms + week * WEEK_HOURS * HOUR_MS
    times = every[np.searchsorted(every, begin) : np.searchsorted(every, begin + WEEK_HOURS * HOUR_MS)]
    if (meter.code, week) in faults.shuffled:
        times = generator(city.plan.seed, "shuffle", meter.code, str(week)).permutation(times)
    columns = {name: values.tolist() for name, values in channels_at(city, meter, times).items()}
    size = batch_hours if len(columns) == 1 else min(batch_hours, WEEK_HOURS // 2)
    stamps = times.tolist()
    return [
        message
        for first in range(0, len(stamps), size)
        for message in encode_readings(
            meter,
            stamps[first : first + size],
            {name: values[first : first + size] for name, values in columns.items()},
        )
    ]


def encode_positions(vehicle: Vehicle, first: int, last: int) -> Iterator[Message]:
    """The positions [first, last) of a vehicle's track."""
    track = vehicle.track
    for begin in range(first, last, _POSITIONS_A_MESSAGE):
        part = slice(begin, min(begin + _POSITIONS_A_MESSAGE, last))
        columns = {
            "lat": track.lat[part].tolist(),
            "lon": track.lon[part].tolist(),
            "speed_kmh": track.speed_kmh[part].tolist(),
            "ignition": track.ignition[part].tolist(),
            "odometer_km": track.odometer_km[part].tolist(),
        }
        fuel = None if vehicle.fuel == "electric" else track.fuel_l[part].tolist()
        payload = encoders.positions(track.times_ms[part].tolist(), columns, fuel_l=fuel)
        topic = f"kilowitness/v1/{vehicle.institution}/{vehicle.code}/positions"
        yield Message(topic, payload, part.stop - part.start)


def _week_of_positions(city: City, vehicle: Vehicle, week: int) -> Iterator[Message]:
    begin = city.plan.start_ms + week * WEEK_HOURS * HOUR_MS
    end = min(begin + WEEK_HOURS * HOUR_MS, city.plan.until_ms)
    first, last = np.searchsorted(vehicle.track.times_ms, [begin, end]).tolist()
    return encode_positions(vehicle, first, last)


def _strangers(city: City) -> Iterator[Message]:
    """Bad messages, and two days of an unknown meter."""
    plan = city.plan
    if Fault.MALFORMED in plan.faults:
        for bad in bad_messages(plan, city.meters):
            yield Message(bad.topic, bad.payload, 0)
    if Fault.UNKNOWN_METER in plan.faults:
        times = [plan.until_ms - HOUR_MS * hour for hour in range(_UNKNOWN_HOURS, 0, -1)]
        values = [float(number) for number in range(_UNKNOWN_HOURS)]
        payload = encoders.canonical(times, {"energy_kwh": values}, Style.EPOCH)
        yield Message(readings_topic(UNKNOWN_ADDRESS), payload, _UNKNOWN_HOURS)
