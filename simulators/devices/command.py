"""`kilowitness simulate devices`: every dialect live against a broker, with a line on what each sends."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from simulators.devices.catalogue import DIALECTS, Dialect
from simulators.devices.device import Sample
from simulators.devices.player import playing

HOUR_MS = 3_600_000


def chosen(names: Sequence[str]) -> list[Dialect]:
    """The dialects of these names, all for none. Raises ValueError for a name there is not."""
    for name in names:
        if name not in DIALECTS:
            raise ValueError(f"no dialect {name!r}; there are {', '.join(DIALECTS)}")
    return [DIALECTS[name] for name in names or DIALECTS]


def samples(first: Sample, times_ms: Iterator[int]) -> Iterator[Sample]:
    """The world going on from `first`: registers grow with the power, the vehicle drives north."""
    sample = first
    for time_ms in times_ms:
        hours = (time_ms - sample.time_ms) / HOUR_MS
        sample = replace(
            sample,
            time_ms=time_ms,
            energy_kwh=sample.energy_kwh + sample.power_kw * hours,
            water_m3=sample.water_m3 + 0.4 * hours,
            lat=sample.lat + sample.speed_kmh * hours / 111.0,
            odometer_km=sample.odometer_km + sample.speed_kmh * hours,
            fuel_l=max(0.0, sample.fuel_l - 0.08 * sample.speed_kmh * hours),
        )
        yield sample


def play(
    dialects: Sequence[Dialect],
    mqtt_url: str,
    *,
    stop: threading.Event,
    interval_s: float,
    seconds: float | None = None,
    say: Callable[[str], None],
) -> int:
    """Play them until `stop` or for `seconds`; returns how many messages were published.

    Raises `PublishError` when the broker cannot be reached or refuses.
    """
    for dialect in dialects:
        say(f"{dialect.name}: {dialect.about}")
    devices = [device for dialect in dialects for device in dialect.make()]
    ends = None if seconds is None else time.monotonic() + seconds
    first = Sample(time_ms=_now_ms())
    with playing(mqtt_url, devices, first) as sessions:
        for sample in samples(first, iter(_now_ms, None)):
            for session in sessions:
                session.insist(sample.time_ms)
                session.report(sample)
            left = interval_s if ends is None else min(interval_s, ends - time.monotonic())
            if left <= 0 or stop.wait(left):
                break
    return sum(len(session.told) for session in sessions)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
