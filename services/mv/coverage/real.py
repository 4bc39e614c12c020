"""Windows of example meters in which nobody saved anything: two CSV files in, Buildings out.

Of the office (three years; its retrofit was early in the second) the years before and after are used apart:
a baseline of a year against the days after or before it, and windows held out of the rest. The four other
meters, simulated by others, have two single years each, so that only windows can be held out.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from services.mv.baseline import fit
from services.mv.coverage.ensembles import BASELINE_DAYS, Building
from services.mv.model import Days

_BEFORE_END, _AFTER_START = 364, 450
"""Rows of the office before its retrofit, and the first row when it was over."""
_LENGTHS = (30, 90)
_LONG = (180, 270)


def real_windows(folder: Path, *, step_d: int = 10) -> Iterator[tuple[str, str, Iterator[Building]]]:
    """Sets of windows with name and length, `step_d` days apart: they overlap, and count for fewer."""
    office = _days(folder / "office_daily.csv", "energy_kwh")[""]
    after = office.take(range(_AFTER_START, len(office.days)))
    for length in (*_LENGTHS, *_LONG):
        yield "office, next", f"{length} d", _beside(after, length, step_d, ahead=True)
        yield "office, previous", f"{length} d", _beside(after, length, step_d, ahead=False)
    parts = {"office before": office.take(range(_BEFORE_END)), "office after": after}
    parts |= _days(folder / "il_daily.csv", "energy")
    for length in _LENGTHS:
        for name, days in parts.items():
            yield f"{name}, held out", f"{length} d", _held_out(days, length, step_d)


def _beside(days: Days, length: int, step_d: int, *, ahead: bool) -> Iterator[Building]:
    for first in range(0, len(days.days) - BASELINE_DAYS - length + 1, step_d):
        start = first if ahead else first + length
        other = first + BASELINE_DAYS if ahead else first
        yield Building(
            fit(days.take(range(start, start + BASELINE_DAYS))), days.take(range(other, other + length))
        )


def _held_out(days: Days, length: int, step_d: int) -> Iterator[Building]:
    count = len(days.days)
    for first in range(0, count - length + 1, step_d):
        rest = [*range(first), *range(first + length, count)]
        yield Building(fit(days.take(rest)), days.take(range(first, first + length)))


def _days(file: Path, energy: str) -> dict[str, Days]:
    """Complete days of each meter and period, Saturday and Sunday not working: the meters are American."""
    rows: dict[str, list[dict[str, str]]] = {}
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            if row[energy] and row["temperature_f"]:
                name = " ".join(row[key] for key in ("meter_id", "period") if key in row)
                rows.setdefault(name, []).append(row)
    return {name: _table(of_meter, energy) for name, of_meter in rows.items()}


def _table(rows: list[dict[str, str]], energy: str) -> Days:
    days = tuple(date.fromisoformat(row["date"]) for row in rows)
    return Days(
        days=days,
        energy_kwh=np.array([float(row[energy]) for row in rows]),
        coverage=np.ones(len(days)),
        working=tuple(day.weekday() < 5 for day in days),
        daylight_h=None,
        outdoor_c=(np.array([float(row["temperature_f"]) for row in rows]) - 32) / 1.8,
    )
