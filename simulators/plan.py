"""The plan of a simulated city: its window of time, its size, its faults and the seed it grows from.

All that the simulator makes is a function of a `CityPlan`: the same plan, the same city, byte for byte.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

ZONE = ZoneInfo("Asia/Shanghai")
"""The city's zone: UTC+8 all year, so that a local hour is always one hour long."""

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Fault(StrEnum):
    """What can go wrong on the way from a meter to the product."""

    GAPS = "gaps"
    DUPLICATES = "duplicates"
    LATE = "late"
    OUT_OF_ORDER = "out-of-order"
    SWAP = "swap"
    ROLLOVER = "rollover"
    ZONELESS = "zoneless"
    MALFORMED = "malformed"
    UNKNOWN_METER = "unknown-meter"


ALL_FAULTS = frozenset(Fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPlan:
    """How much of the city is made.

    History covers the local days [`start`, `until`); the loads go on for `horizon_days` more, for live data.
    `institutions` and `vehicles` take the first so many of the catalogue; a contract comes with its
    institution when the window holds its baseline of `baseline_months` and the installation.
    """

    until: date
    seed: int = 1
    months: int = 18
    baseline_months: int = 12
    institutions: int = 26
    vehicles: int = 40
    repairs_per_month: float = 67.0
    horizon_days: int = 3
    faults: frozenset[Fault] = ALL_FAULTS

    @property
    def start(self) -> date:
        """The first local day of the history."""
        return months_after(self.until, -self.months)

    @property
    def history_days(self) -> int:
        """Local days in the history."""
        return (self.until - self.start).days

    @property
    def history_hours(self) -> int:
        """Hours in the history; a meter has one reading more than that."""
        return 24 * self.history_days

    @property
    def days(self) -> int:
        """Local days simulated, the horizon included."""
        return self.history_days + self.horizon_days

    @property
    def hours(self) -> int:
        """Hours simulated, the horizon included."""
        return 24 * self.days

    @property
    def start_ms(self) -> int:
        """Epoch milliseconds of the first instant."""
        return midnight_ms(self.start)

    @property
    def until_ms(self) -> int:
        """Epoch milliseconds of the last instant of the history."""
        return midnight_ms(self.until)


def midnight_ms(day: date) -> int:
    """Epoch milliseconds at which a local day begins."""
    return round(datetime.combine(day, time.min, ZONE).timestamp() * 1000)


def last_midnight(now: datetime) -> date:
    """The local day that holds the aware instant `now`: its midnight is the last one that has passed."""
    return now.astimezone(ZONE).date()


def local_text(ms: int) -> str:
    """RFC 3339 with the city's offset."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZONE).isoformat()


@lru_cache(maxsize=256)
def months_after(day: date, months: int) -> date:
    """The same day of the month so many months on; the month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def generator(seed: int, *names: str) -> np.random.Generator:
    """A random stream of its own for each name, so that one more meter changes no other's."""
    return np.random.default_rng([seed, crc32("/".join(names).encode())])
