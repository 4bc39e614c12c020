"""Buildings whose truth is known: the published office and meters, and buildings made up to a shape."""

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from services.mv.model import Days, Floats
from services.workdays import Workdays
from tests.services.mv.circuits import noise

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "mv"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the published examples are not beside the project")
START = date(2024, 5, 1)
WORKDAYS = Workdays()


def celsius(fahrenheit: float | Floats) -> Floats:
    return (np.asarray(fahrenheit, dtype=np.float64) - 32) / 1.8


def rows_of(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8") as text:
        return list(csv.DictReader(text))


def days_from(rows: list[dict[str, str]], energy: str) -> Days:
    """Published rows with Monday to Friday as working days."""
    days = tuple(date.fromisoformat(row["date"]) for row in rows)
    return Days(
        days,
        np.array([float(row[energy]) for row in rows]),
        np.ones(len(days)),
        tuple(day.weekday() < 5 for day in days),
        None,
        celsius(np.array([float(row["temperature_f"]) for row in rows])),
    )


def office() -> tuple[Days, Days]:
    """The office's baseline and reporting period."""
    rows = rows_of("office_daily.csv")
    before = [row for row in rows if "2012-03-01" <= row["date"] <= "2013-02-27"]
    after = [row for row in rows if "2014-02-28" <= row["date"] <= "2015-02-27"]
    return days_from(before, "energy_kwh"), days_from(after, "energy_kwh")


def il_meter(name: str) -> tuple[Days, Days]:
    rows = [row for row in rows_of("il_daily.csv") if row["meter_id"] == name]
    before, after = ([row for row in rows if row["period"] == p] for p in ("baseline", "reporting"))
    return days_from(before, "energy"), days_from(after, "energy")


def weather(count: int = 365, *, seed: int = 0, mean_c: float = 16.0) -> Floats:
    """A temperate climate: seasons of ±12 K and autocorrelated days of ±3 K."""
    season = -12 * np.cos(2 * np.pi * (np.arange(count) + 105) / 365.25)
    found: Floats = mean_c + season + 3 * noise(np.random.default_rng(seed), (1, count), 0.7)[0]
    return found


def building(energy_kwh: Floats, outdoor_c: Floats, *, start: date = START) -> Days:
    """Days of a building on the Chinese calendar, without daylight."""
    days = tuple(start + timedelta(days=i) for i in range(len(energy_kwh)))
    working = tuple(WORKDAYS.is_working_day(day) for day in days)
    return Days(days, energy_kwh, np.ones(len(days)), working, None, outdoor_c)
