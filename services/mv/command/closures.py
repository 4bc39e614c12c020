"""Terms and closures: dated records in, the kind of each day out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from services.mv.command.cells import day
from services.mv.command.rows import read_rows
from services.mv.forms import EVERY_DAY, RESERVED
from services.mv.model import Record


@dataclass(frozen=True, slots=True)
class Closure:
    """Days from `start` to `end`, both within, that are of their own `kind`; else only their working days."""

    start: date
    end: date
    kind: str
    every_day: bool


def read_closures(file: Path) -> tuple[tuple[Closure, ...], Record]:
    """Dated records of terms and closures: columns start, end, and where given kind and days (all, working).

    The record names columns that were passed over. Raises `FileRefused`.
    """
    found: list[Closure] = []
    rows = read_rows(file, ("start", "end"), ("kind", "days"))
    for row in rows.rows:
        start, end = day(row, "start"), day(row, "end")
        which, kind = row.text("days") or "all", row.text("kind") or "closure"
        if end < start:
            raise row.refused("end", "ends_before_start", start=start)
        if which not in {"all", "working"}:
            raise row.refused("days", "one_of", text=which, choices="all, working")
        if kind in {EVERY_DAY, *RESERVED}:
            raise row.refused("kind", "reserved", name=kind)
        found.append(Closure(start, end, kind, which == "all"))
    return tuple(found), replace(rows.record, what="closures_columns_not_read")


def elsewhere(closures: Sequence[Closure], *spans: tuple[date, date]) -> Record:
    """How many closures touch none of the spans of days, both ends within: their year may be mistyped."""
    count = sum(all(c.end < first or c.start > last for first, last in spans) for c in closures)
    return Record("closures_elsewhere", count, 0, "a closure in either period", count == 0)


def kinds_of(
    days: Sequence[date], closures: Sequence[Closure], is_working: Callable[[date], bool | None]
) -> tuple[str | None, ...] | None:
    """The kind of each day, the later record winning; None when there are no records at all."""
    if not closures:
        return None
    kinds: list[str | None] = []
    for at in days:
        of_day = [c.kind for c in closures if c.start <= at <= c.end and (c.every_day or is_working(at))]
        kinds.append(of_day[-1] if of_day else None)
    return tuple(kinds)
