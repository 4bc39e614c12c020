"""The dated rules for the use of official vehicles: working hours, tolerance of slips, exempt kinds."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.fleet.model import VehicleKind

BUILT_IN = Path(__file__).with_name("rules.toml")


class RulesError(ValueError):
    """The file of rules cannot be used; the message names the file and the reason."""


@dataclass(frozen=True, slots=True)
class UseRules:
    """The rules from the local day `effective_from` on, and where each figure comes from.

    Use is in order on working days from `hours_start` until `hours_end` (local), or with a slip that the trip
    overlaps, give or take `tolerance`. `fuel_excess` is the part above the archive value that is flagged.
    """

    effective_from: date
    hours_start: time
    hours_end: time
    tolerance: timedelta
    exempt_kinds: frozenset[VehicleKind]
    fuel_excess: float
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, oldest first, and a `version` that changes whenever one of them does."""

    lines: tuple[UseRules, ...]
    version: str

    def on(self, day: date) -> UseRules:
        """The rules in force on a local day; the oldest ones also hold before their date."""
        return next((line for line in reversed(self.lines) if line.effective_from <= day), self.lines[0])

    @property
    def widest_tolerance(self) -> timedelta:
        """The largest tolerance that any of the rules knows."""
        return max(line.tolerance for line in self.lines)


def load_rules(file: Path = BUILT_IN) -> Rulebook:
    """Read the rules of a TOML file. Raises `RulesError` naming what is wrong in it."""
    try:
        content = file.read_bytes()
        rows = tomllib.loads(content.decode())["rules"]
        lines = tuple(sorted((_rules(row) for row in rows), key=lambda line: line.effective_from))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RulesError(f"{file}: not a file of rules ({type(error).__name__}: {error})") from error
    if not lines:
        raise RulesError(f"{file}: holds no rules")
    return Rulebook(lines, sha256(content).hexdigest()[:12])


def _rules(row: Mapping[str, Any]) -> UseRules:
    start, end = row["hours_start"], row["hours_end"]
    if not (isinstance(start, time) and isinstance(end, time) and isinstance(row["effective_from"], date)):
        raise TypeError("effective_from is a date, hours_start and hours_end are times")
    if not start < end:
        raise ValueError("hours_start is before hours_end")
    tolerance, excess = float(row["approval_tolerance_minutes"]), float(row["fuel_excess"])
    if tolerance < 0 or excess < 0:
        raise ValueError("approval_tolerance_minutes and fuel_excess are not negative")
    return UseRules(
        effective_from=row["effective_from"],
        hours_start=start,
        hours_end=end,
        tolerance=timedelta(minutes=tolerance),
        exempt_kinds=frozenset(VehicleKind(kind) for kind in row["exempt_kinds"]),
        fuel_excess=excess,
        sources=dict(row["sources"]),
    )
