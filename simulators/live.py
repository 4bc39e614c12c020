"""The city going on live: every few seconds each meter's register and power, the weather, vehicles under way.

The registers continue exactly from the history. What lies between the end of the history and the present is
sent first, hour by hour. Time may run faster than the clock, but never past it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np

from simulators.city import City, build_city
from simulators.history import Message, encode_positions, encode_readings
from simulators.live_repairs import LiveRepairs
from simulators.meters import Meter, Milliseconds, Protocol
from simulators.plan import DAY_MS, HOUR_MS
from simulators.publisher import Publisher
from simulators.service import Service
from simulators.weather import Array

STATUS_TOPIC = "kilowitness/v1/gov/city-gateway/status"

_HOURS_A_MESSAGE = 48
_SPARE_DAYS = 3


@dataclass(slots=True)
class LiveFeed:
    """Turns the passing of time into messages; `last_ms` is the instant up to which all was told."""

    city: City
    last_ms: int

    def advance(self, now_ms: int) -> Iterator[Message]:
        """The messages of the time from `last_ms` (left out) to `now_ms` (included)."""
        if now_ms <= self.last_ms:
            return
        self._reach(now_ms)
        first_hour = self.last_ms // HOUR_MS + 1
        times = np.array([*range(first_hour * HOUR_MS, now_ms, HOUR_MS), now_ms], dtype=np.int64)
        for meter in self.city.meters:
            for begin in range(0, len(times), _HOURS_A_MESSAGE):
                yield from _readings(self.city, meter, times[begin : begin + _HOURS_A_MESSAGE])
        for vehicle in self.city.vehicles:
            seen = np.searchsorted(vehicle.track.times_ms, [self.last_ms, now_ms], side="right").tolist()
            yield from encode_positions(vehicle, seen[0], seen[1])
        self.last_ms = now_ms

    def _reach(self, now_ms: int) -> None:
        """Simulate further days when the present comes near the end of those there are."""
        plan = self.city.plan
        needed = (now_ms - plan.until_ms) // DAY_MS + 1
        if needed > plan.horizon_days:
            self.city = build_city(replace(plan, horizon_days=needed + _SPARE_DAYS))


def live(
    city: City,
    mqtt_url: str,
    base_url: str | None = None,
    *,
    token: str | None = None,
    stop: threading.Event,
    step_s: float = 10.0,
    speed: float = 1.0,
    repair_every_s: float = 180.0,
) -> None:
    """Go on from the end of the history until `stop` is set, a step every `step_s` seconds.

    With `speed` above 1 the city begins at the end of its history and runs so many times faster than the
    clock until it has caught up with it. Without `base_url` no repairs are reported. Raises `PublishError`.
    """
    feed = LiveFeed(city, city.plan.until_ms)
    now = simulated_clock(city.plan.until_ms, speed=speed)
    with ExitStack() as parts:
        will = (STATUS_TOPIC, b"offline")
        publisher = parts.enter_context(Publisher(mqtt_url, client_id="kilowitness-city-live", will=will))
        repairs = None
        if base_url is not None:
            service = parts.enter_context(Service(base_url, token=token, patience_s=0))
            repairs = LiveRepairs(city, service, every_s=repair_every_s)
        publisher.publish(STATUS_TOPIC, b"online", retain=True)
        while not stop.is_set():
            started = time.monotonic()
            for message in feed.advance(now()):
                publisher.publish(message.topic, message.payload)
            if repairs is not None:
                repairs.step(started)
            stop.wait(max(0.0, step_s - (time.monotonic() - started)))
        publisher.publish(STATUS_TOPIC, b"offline", retain=True)


def simulated_clock(
    begin_ms: int, *, speed: float, real_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
) -> Callable[[], int]:
    """Epoch milliseconds, whole seconds: the present, or with `speed` above 1 what `begin_ms` grew to.

    Never later than the present.
    """
    origin = real_ms()

    def now_ms() -> int:
        present = real_ms()
        grown = begin_ms + round((present - origin) * speed) if speed > 1 else present
        return min(grown, present) // 1000 * 1000

    return now_ms


def _readings(city: City, meter: Meter, times_ms: Milliseconds) -> list[Message]:
    columns = {name: values.tolist() for name, values in live_channels(city, meter, times_ms).items()}
    return encode_readings(meter, times_ms.tolist(), columns)


def live_channels(city: City, meter: Meter, times_ms: Milliseconds) -> dict[str, Array]:
    """What a meter tells live: its register, and an electricity meter its power, an Acrel meter yet more."""
    if meter.kind.use == "weather":
        grid = city.plan.start_ms + HOUR_MS * np.arange(city.plan.hours + 1)
        weather = city.weather
        return {
            "temperature_c": np.round(np.interp(times_ms, grid, weather.temperature_c), 1),
            "humidity_pct": np.round(np.interp(times_ms, grid, weather.humidity_pct), 1),
            "illuminance_lx": np.round(np.interp(times_ms, grid, weather.illuminance_lx), 0),
        }
    told = {meter.kind.channel: meter.registers(times_ms)}
    if meter.kind.channel == "energy_kwh":
        told["power_kw"] = meter.power_kw(times_ms)
    if meter.protocol is Protocol.ACREL:
        wave = np.sin(times_ms / 97_000)
        voltage, factor = np.round(228 + 3 * wave, 1), np.round(0.93 + 0.02 * wave, 3)
        amperes = told["power_kw"] * 1000 / (3 * voltage * factor)
        told |= {"voltage_v": voltage, "current_a": np.round(amperes, 2), "power_factor": factor}
    return told
