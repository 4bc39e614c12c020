"""How far each device's clock is off, estimated from when its newest readings arrive.

arrival − reading time = transport delay − offset of the clock, and a delay is never negative. So the smallest
such lag of an hour bounds the offset: below zero, the device is ahead by at least so much. Above zero it is
behind, or all its readings came late: those that catch up after an outage come with ever smaller lags, which
those of a clock that is behind do not. Back-filled readings are older than one that is known, and not heard.
"""

import logging
from array import array
from collections.abc import Iterator
from itertools import islice

from services.metering.limits import ClockLimits, Limits, built_in
from services.timeseries.schema import DEVICE_CLOCK
from services.timeseries.store import Point

log = logging.getLogger(__name__)

WINDOW_MS = 3_600_000
MOST_DEVICES = 100_000
MOST_AT_ONCE = 2_000
"""Points handed out together: those of many devices do not make one batch."""

_NEWEST, _LEAST, _FIRST, _LAST, _SUM, _COUNT, _EARLIER = range(7)
_NO_LAG = 1 << 62

Device = tuple[str, ...]


class Clocks:
    """Hears when readings arrive, and tells once per window of the hours what that says of their clocks.

    `note` is called by one thread, `points` by one that may be another; at worst a window misses a reading.
    """

    def __init__(
        self,
        now_ms: int,
        *,
        window_ms: int = WINDOW_MS,
        most: int = MOST_DEVICES,
        limits: Limits | None = None,
    ) -> None:
        self._window_ms, self._most = window_ms, most
        self._limits = limits or built_in()
        self._ends_ms = self._next_end(now_ms)
        self._devices: dict[Device, array[int]] = {}
        self._telling: Iterator[Point] = iter(())
        self._unheard = 0

    def note(self, device: Device, time_ms: int, received_ms: int) -> None:
        """A reading that told its own time [epoch ms] arrived."""
        known = self._devices.get(device)
        if known is None:
            self._meet(device, time_ms, received_ms - time_ms)
        elif time_ms > known[0]:
            known[0] = time_ms
            lag = received_ms - time_ms
            known[3] = lag
            known[4] += lag
            known[5] += 1
            if lag < known[1]:
                known[1] = lag

    def points(self, now_ms: int) -> list[Point]:
        """The next estimates to store, once a window has ended; none otherwise."""
        if now_ms >= self._ends_ms:
            self._telling = self._estimates(self._ends_ms)
            self._ends_ms = self._next_end(now_ms)
        return list(islice(self._telling, MOST_AT_ONCE))

    def _next_end(self, now_ms: int) -> int:
        """Windows end with the hours of the clock, so that collectors that share a device agree on them."""
        return (now_ms // self._window_ms + 1) * self._window_ms

    def _meet(self, device: Device, time_ms: int, lag: int) -> None:
        if len(self._devices) >= self._most:
            self._unheard += 1
            return
        self._devices[device] = array("q", (time_ms, lag, lag, lag, lag, 1, 0))

    def _estimates(self, end_ms: int) -> Iterator[Point]:
        """The estimate of each device in turn; those silent for a whole window are forgotten."""
        if self._unheard:
            log.warning("%d readings of devices beyond the first %d had their clocks not watched",
                        self._unheard, self._most)  # fmt: skip
            self._unheard = 0
        limits = self._limits.of_clock(end_ms)
        for device, known in list(self._devices.items()):
            if known[_COUNT] == 0:
                del self._devices[device]
                continue
            found = _estimate(known, limits)
            _begin_anew(known)
            if found is not None:
                offset_s, delay_s = found
                yield Point(DEVICE_CLOCK, device, end_ms, {"offset_s": offset_s, "delay_s": delay_s})


def _estimate(known: "array[int]", limits: ClockLimits) -> tuple[float, float] | None:
    """Offset and mean further delay [s], or None where the readings may have come late all together."""
    least, count = known[_LEAST], known[_COUNT]
    steady = known[_FIRST] - known[_LAST] <= limits.steady_s * 1000 and count + known[_EARLIER] > 1
    if least > limits.marked_s * 1000 and not steady:
        return None
    return -least / 1000, (known[_SUM] / count - least) / 1000


def _begin_anew(known: "array[int]") -> None:
    known[_FIRST] = known[_LAST]
    known[_EARLIER] = 1
    known[_LEAST] = _NO_LAG
    known[_SUM] = known[_COUNT] = 0
