"""When a month is final: its day values in, whether it may be settled out. The patience is configuration."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from services.savings.meter_days import MeterDays

BUILT_IN = Path(__file__).with_name("finality.toml")
_WHOLE = 0.9995
"""Coverage is kept to a thousandth: from here on nothing of the day is missing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many days after a month's end its data are still waited for, from a date on, and who says so."""

    effective_from: date
    days: int
    source: str
    mark: str


class PatienceError(ValueError):
    """The file cannot be used; the message names it and the reason."""


@cache
def load_patience(file: Path = BUILT_IN) -> tuple[Patience, ...]:
    """The dated lines of the file, oldest first. Raises `PatienceError`."""
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["patience"]
        lines = [
            Patience(one["effective_from"], int(one["days"]), one["source"], one["mark"]) for one in rows
        ]
        lines.sort(key=lambda line: line.effective_from)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PatienceError(f"{file}: {type(error).__name__}: {error}") from error
    if not lines or min(line.days for line in lines) < 0:
        raise PatienceError(f"{file}: holds no [[patience]], or one below 0 days")
    return tuple(lines)


def final_from(end: date, lines: Sequence[Patience] | None = None) -> date:
    """The first local day on which the period that ended before `end` is final whatever is missing."""
    known = load_patience() if lines is None else lines
    line = next((one for one in reversed(known) if one.effective_from <= end), known[0])
    return end + timedelta(days=line.days)


def is_final(days: MeterDays, *, end: date, today: date, lines: Sequence[Patience] | None = None) -> bool:
    """Whether the period of `days` up to `end` (excluded) is over and nothing of it is still open.

    Nothing is open once every day of every meter is covered whole, or once patience has ended.
    """
    if today < end:
        return False
    return today >= final_from(end, lines) or bool(np.all(np.nan_to_num(days.coverage) >= _WHOLE))
