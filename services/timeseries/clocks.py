"""Devices' clocks as the collectors estimate them, the furthest off first."""

from dataclasses import dataclass
from datetime import datetime

from services.clock import from_ms
from services.metering.limits import Limits, built_in
from services.timeseries.schema import DEVICE_CLOCK
from services.timeseries.store import TimeSeriesStore


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The newest estimate of a device's clock: `offset_s` is how far it is ahead (below zero: behind).

    `delay_s` is how much later than the quickest its readings come on average; `marked` says that it is
    further off than the limit in force at `estimated_at`.
    """

    address: str
    offset_s: float
    delay_s: float
    estimated_at: datetime
    marked: bool

    @property
    def place(self) -> tuple[float, str]:
        """Where it stands in the order of `device_clocks`."""
        return -abs(self.offset_s), self.address


def device_clocks(store: TimeSeriesStore, limits: Limits | None = None) -> list[DeviceClock]:
    """Every device whose clock was ever estimated."""
    rules = limits or built_in()
    found = [
        DeviceClock(
            "/".join(point.tags),
            point.fields["offset_s"],
            point.fields["delay_s"],
            from_ms(point.time_ms),
            abs(point.fields["offset_s"]) > rules.of_clock(point.time_ms).marked_s,
        )
        for point in store.latest(DEVICE_CLOCK)
    ]
    return sorted(found, key=lambda one: one.place)
