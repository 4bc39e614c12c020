"""The city's history as MQTT messages, week by week over all devices, with the faults of its plan.

City → a stream of `Message`s in the order of sending. A message holds at most `LARGEST_PAYLOAD` bytes; late
weeks come after the weeks in between, duplicated ones twice, shuffled ones with their items out of order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from simulators import encoders
from simulators.city import City
from simulators.faults import WEEK_HOURS, FaultPlan, Mask, plan_faults
from simulators.fleet import Vehicle
from simulators.malformed import UNKNOWN_ADDRESS, bad_messages, readings_topic
from simulators.meters import Meter, Milliseconds, Protocol, Style
from simulators.plan import HOUR_MS, Fault, generator
from simulators.publisher import Publisher
from simulators.weather import Array

Progress = Callable[[int, int], None]
"""Told now and then how many readings and positions are sent, and how many there are in all."""

LARGEST_PAYLOAD = 18_000
ACREL_TOPIC = "platform/acrel/meter/json-v2/analog/0000"

_POSITIONS_A_MESSAGE = 120
UNKNOWN_HOURS = 48


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message; `items` is how many readings or positions it holds, for progress."""

    topic: str
    payload: bytes
    items: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What a history came to: messages, readings and positions in them (repeats included), payload bytes."""

    messages: int
    items: int
    payload_bytes: int


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


def item_count(city: City) -> int:
    """How many readings and positions the history holds, repeats not counted."""
    missing = plan_faults(city.plan, city.meters, city.contracts).missing
    readings = len(city.meters) * (city.plan.history_hours + 1) - sum(int(m.sum()) for m in missing.values())
    return readings + sum(int((v.track.times_ms < city.plan.until_ms).sum()) for v in city.vehicles)


def sent_hours(city: City, missing: Mask | None, *, first: int = 0, count: int | None = None) -> Milliseconds:
    """The instants at which a reading is sent, gaps left out: `count` hours from the `first`, or all."""
    end = city.plan.history_hours + 1
    hours = np.arange(first, end if count is None else min(first + count, end))
    return city.plan.start_ms + HOUR_MS * (hours if missing is None else hours[~missing[hours]])


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
    topic = f"/neuron/{node}/modbus-tcp/{group}"
    rows = zip(times_ms, *channels.values(), strict=True)
    return [
        Message(topic, encode(node, group, time, dict(zip(channels, row, strict=True))), 1)
        for time, *row in rows
    ]


def _week_of_readings(
    city: City, meter: Meter, faults: FaultPlan, week: int, *, batch_hours: int
) -> list[Message]:
    missing = faults.missing.get(meter.code)
    times = sent_hours(city, missing, first=week * WEEK_HOURS, count=WEEK_HOURS)
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
        times = [plan.until_ms - HOUR_MS * hour for hour in range(UNKNOWN_HOURS, 0, -1)]
        values = [float(number) for number in range(UNKNOWN_HOURS)]
        payload = encoders.canonical(times, {"energy_kwh": values}, Style.EPOCH)
        yield Message(readings_topic(UNKNOWN_ADDRESS), payload, UNKNOWN_HOURS)


def publish_history(
    city: City,
    mqtt_url: str,
    *,
    batch_hours: int = WEEK_HOURS,
    progress: Progress | None = None,
    pace: Callable[[int], None] | None = None,
) -> Sent:
    """Publish the whole history at QoS 1; returns when the broker has acknowledged every message.

    `batch_hours` is the most hours of one meter in a message. `pace` is told how many messages are sent, and
    may wait, for a broker that keeps only so many for a subscriber. Raises `PublishError`.
    """
    total = item_count(city)
    messages = size = done = 0
    with Publisher(mqtt_url, client_id="kilowitness-city-history") as publisher:
        for message in history_messages(city, batch_hours=batch_hours):
            publisher.publish(message.topic, message.payload)
            messages, size, done = messages + 1, size + len(message.payload), done + message.items
            if messages % 50 == 0:
                if pace is not None:
                    pace(messages)
                if progress is not None:
                    progress(min(done, total), total)
    if progress is not None:
        progress(total, total)
    return Sent(messages, done, size)
