"""The dated promises of the repair service: minutes to respond, working days to complete, closing time."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.repairs.model import Severity, Size

BUILT_IN = Path(__file__).with_name("promises.toml")


class PromisesError(ValueError):
    """The file of promises cannot be used; the message names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised from the local day `effective_from` on, and where each figure comes from.

    `response_minutes` are minutes of the wall clock by severity; `working_days` counts by size.
    """

    effective_from: date
    close_of_business: time
    working_days: Mapping[Size, int]
    response_minutes: Mapping[Severity, float]
    pause_reasons: Mapping[str, str]
    sources: Mapping[str, str]

    def approves(self, reason: str) -> bool:
        """Whether a pause for `reason` moves the net due date."""
        return reason in self.pause_reasons or reason in self.pause_reasons.values()


@dataclass(frozen=True, slots=True)
class Promises:
    """All promises, oldest first, and a `version` that changes whenever one of them does."""

    lines: tuple[Promise, ...]
    version: str

    def on(self, day: date) -> Promise:
        """The promise in force on a local day; the oldest one also holds before its date."""
        return next((line for line in reversed(self.lines) if line.effective_from <= day), self.lines[0])


def load_promises(file: Path = BUILT_IN) -> Promises:
    """Read the promises of a TOML file. Raises `PromisesError` naming what is wrong in it."""
    try:
        content = file.read_bytes()
        rows = tomllib.loads(content.decode())["promise"]
        lines = tuple(sorted((_promise(row) for row in rows), key=lambda line: line.effective_from))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PromisesError(f"{file}: not a file of promises ({type(error).__name__}: {error})") from error
    if not lines:
        raise PromisesError(f"{file}: holds no promise")
    return Promises(lines, sha256(content).hexdigest()[:12])


def _promise(row: Mapping[str, Any]) -> Promise:
    working_days = {size: int(row["working_days"][size]) for size in Size}
    response_minutes = {severity: float(row["response_minutes"][severity]) for severity in Severity}
    if min(working_days.values()) < 1 or min(response_minutes.values()) <= 0:
        raise ValueError("working_days and response_minutes are at least 1")
    if not isinstance(row["effective_from"], date) or not isinstance(row["close_of_business"], time):
        raise TypeError("effective_from is a date, close_of_business a time")
    return Promise(
        effective_from=row["effective_from"],
        close_of_business=row["close_of_business"],
        working_days=working_days,
        response_minutes=response_minutes,
        pause_reasons=dict(row.get("pause_reasons", {})),
        sources=dict(row["sources"]),
    )
