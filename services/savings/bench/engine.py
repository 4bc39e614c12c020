"""How fast the engine is: made-up years of meters in, milliseconds for each step and for a whole city out."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta

import numpy as np

from services.mv.accounting import account
from services.mv.baseline import fit
from services.mv.daylight import daylight_hours
from services.mv.model import Days
from services.mv.uncertainty.error_model import error_model
from services.workdays import Workdays

YEAR = tuple(date(2025, 1, 1) + timedelta(days=day) for day in range(365))
_CHUNK = 50


def _noise(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """First-order autoregressive noise of 5 %."""
    noise = np.zeros(len(YEAR))
    shocks = np.random.default_rng(seed).normal(0, 0.05, len(YEAR))
    for day in range(1, len(YEAR)):
        noise[day] = 0.4 * noise[day - 1] + shocks[day]
    return noise


def circuit(seed: int) -> Days:
    """A year of daily lighting energy [kWh]: working days, short days, and noise."""
    working = tuple(Workdays().is_working_day(day) for day in YEAR)
    daylight_h = daylight_hours(YEAR, 30.7, 111.3)
    by_type = np.where(np.array(working, dtype=bool), 400.0, 80.0)
    energy_kwh = (by_type - 15.0 * (daylight_h - 12.0)) * (1 + _noise(seed))
    return Days(YEAR, energy_kwh, np.ones(len(YEAR)), working, daylight_h)


def building(seed: int) -> Days:
    """A year of daily energy [kWh] of a building that is cooled above 24 °C and heated below 15 °C."""
    working = tuple(Workdays().is_working_day(day) for day in YEAR)
    season = np.cos(2 * np.pi * (np.arange(len(YEAR)) - 200) / 365)
    outdoor_c = 17.0 + 12.0 * season + np.random.default_rng(seed + 1).normal(0, 2.5, len(YEAR))
    weather = 60.0 * np.maximum(outdoor_c - 24.0, 0) + 35.0 * np.maximum(15.0 - outdoor_c, 0)
    by_type = np.where(np.array(working, dtype=bool), 900.0, 300.0)
    energy_kwh = (by_type + weather) * (1 + _noise(seed))
    return Days(YEAR, energy_kwh, np.ones(len(YEAR)), working, None, outdoor_c=outdoor_c)


def median_ms(step: Callable[[], object], runs: int) -> float:
    """Median wall time of a step [ms] after one run that does not count."""
    step()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        step()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def steps(days: Days, *, runs: int) -> dict[str, float]:
    """Median milliseconds of fit with selection, uncertainty, and a year's account; and of all three."""
    baseline = fit(days)
    model = error_model(baseline)
    figures = {
        "fit with selection ms": median_ms(lambda: fit(days), runs),
        "uncertainty ms": median_ms(lambda: error_model(baseline), runs),
        "account a year ms": median_ms(lambda: account(model, days), runs),
    }
    return figures | {"whole ms": sum(figures.values())}


def _measured(seeds: range) -> int:
    """Measure that many buildings; the peak memory of this process [KiB]."""
    for seed in seeds:
        days = building(seed)
        account(error_model(fit(days)), days)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def many(meters: int) -> Iterator[tuple[int, float, float]]:
    """(meters done, seconds so far, peak MiB of a process) while buildings are measured on all cores."""
    started = time.perf_counter()
    chunks = [range(first, min(first + _CHUNK, meters)) for first in range(0, meters, _CHUNK)]
    done, peak = 0, 0
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for chunk, memory in zip(chunks, pool.map(_measured, chunks), strict=True):
            done, peak = done + len(chunk), max(peak, memory)
            yield done, time.perf_counter() - started, peak / 1024


def import_s() -> float:
    """Seconds a fresh interpreter takes to import the engine, less those of an empty one; median of three."""
    modules = "import services.mv.baseline, services.mv.uncertainty.error_model, services.mv.accounting"

    def taken(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    return statistics.median(taken(modules) - taken("") for _ in range(3))
