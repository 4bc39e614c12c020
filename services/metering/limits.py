"""Plausibility limits as dated data: `limits.toml` in, the limits in force at instants out."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.clock import to_ms

TABLE = Path(__file__).with_name("limits.toml")
MARKS = frozenset({"V", "V2", "M"})


class LimitsError(ValueError):
    """A row is malformed, or out of order; the message names it."""


@dataclass(frozen=True, slots=True)
class RegisterLimits:
    """What a rise of a register may be from `since_ms` on; the shares are of the register's range (0–1)."""

    since_ms: int
    rated_margin: float
    shortest_judged_h: float
    rollover_top_share: float
    rollover_most_share: float


@dataclass(frozen=True, slots=True)
class ClockLimits:
    """How far off a device's clock may be [s], and how much delays of live data shrink in an hour [s]."""

    since_ms: int
    marked_s: float
    steady_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Rows in order of time; what was before the first is judged by the first."""

    registers: Sequence[RegisterLimits]
    clocks: Sequence[ClockLimits]

    def of_registers(self, times_ms: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Which row of `registers` is in force at each instant."""
        since = [row.since_ms for row in self.registers]
        return np.maximum(np.searchsorted(since, times_ms, side="right") - 1, 0)

    def of_clock(self, time_ms: int) -> ClockLimits:
        """The clock's limits in force at an instant."""
        return next((row for row in reversed(self.clocks) if row.since_ms <= time_ms), self.clocks[0])


@cache
def built_in() -> Limits:
    """The product's own table, read once."""
    return load_limits(TABLE)


def load_limits(path: Path) -> Limits:
    """Read a table. Raises `LimitsError` that names the row without a figure, a source or a mark."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        found = Limits(
            tuple(RegisterLimits(**_row(row)) for row in document["register"]),
            tuple(ClockLimits(**_row(row)) for row in document["clock"]),
        )
    except (KeyError, TypeError) as error:
        raise LimitsError(f"{path.name}: {error}") from error
    for rows in (found.registers, found.clocks):
        since = [row.since_ms for row in rows]
        if not since or since != sorted(set(since)):
            raise LimitsError(f"{path.name}: the rows of a table follow each other in time")
    return found


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    if not row.get("source") or row.get("mark") not in MARKS:
        raise LimitsError(f"{dict(row)}: needs a source, and a mark of {sorted(MARKS)}")
    figures = {name: value for name, value in row.items() if name not in {"valid_from", "source", "mark"}}
    for name, value in figures.items():
        if not isinstance(value, float) or value <= 0:
            raise LimitsError(f"{dict(row)}: {name} is not a positive figure with a decimal point")
    return {"since_ms": _midnight_ms(row["valid_from"]), **figures}


def _midnight_ms(day: date) -> int:
    return to_ms(datetime.combine(day, time(), UTC))
