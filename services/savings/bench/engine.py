"""How fast the engine is: made-up years of meters in, milliseconds for each step and for a whole city out.

What the bench makes up is not the engine's time: it is made before a step is timed, and where worker
processes make their own buildings, its seconds are told apart.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import TypeVar

import numpy as np

from services.mv.accounting import account
from services.mv.baseline import fit
from services.mv.daylight import daylight_hours
from services.mv.model import Days, Floats
from services.mv.uncertainty.error_model import error_model
from services.workdays import Workdays

YEAR = tuple(date(2025, 1, 1) + timedelta(days=day) for day in range(365))
_CHUNK = 50

Given = TypeVar("Given")


@cache
def _working() -> tuple[bool | None, ...]:
    return tuple(map(Workdays().is_working_day, YEAR))


def _noise(seed: int) -> Floats:
    """First-order autoregressive noise of 5 %."""
    _, *shocks = np.random.default_rng(seed).normal(0, 0.05, len(YEAR)).tolist()
    return np.array([*accumulate(shocks, lambda before, shock: 0.4 * before + shock, initial=0.0)])


def circuit(seed: int) -> Days:
    """A year of daily lighting energy [kWh]: working days, short days, and noise."""
    daylight_h = daylight_hours(YEAR, 30.7, 111.3)
    by_type = np.where(np.array(_working(), dtype=bool), 400.0, 80.0)
    energy_kwh = (by_type - 15.0 * (daylight_h - 12.0)) * (1 + _noise(seed))
    return Days(YEAR, energy_kwh, np.ones(len(YEAR)), _working(), daylight_h)


def building(seed: int) -> Days:
    """A year of daily energy [kWh] of a building that is cooled above 24 °C and heated below 15 °C."""
    season = np.cos(2 * np.pi * (np.arange(len(YEAR)) - 200) / 365)
    outdoor_c = 17.0 + 12.0 * season + np.random.default_rng(seed + 1).normal(0, 2.5, len(YEAR))
    weather = 60.0 * np.maximum(outdoor_c - 24.0, 0) + 35.0 * np.maximum(15.0 - outdoor_c, 0)
    by_type = np.where(np.array(_working(), dtype=bool), 900.0, 300.0)
    energy_kwh = (by_type + weather) * (1 + _noise(seed))
    return Days(YEAR, energy_kwh, np.ones(len(YEAR)), _working(), None, outdoor_c=outdoor_c)


def median_ms(step: Callable[[Given], object], given: Sequence[Given]) -> float:
    """Median wall time of a step [ms] over all that it is given, after one run that does not count."""
    step(given[0])
    taken = []
    for one in given:
        started = time.perf_counter()
        step(one)
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def steps(days: Days, *, runs: int) -> dict[str, float]:
    """Median milliseconds of fit with selection, uncertainty, and a year's account; and of all three.

    Each run is given days and a model of its own, for these keep what they have been asked.
    """
    baseline = fit(days)
    model = error_model(baseline)
    figures = {
        "fit with selection ms": median_ms(fit, [replace(days) for _ in range(runs)]),
        "uncertainty ms": median_ms(error_model, [baseline] * runs),
        "account a year ms": median_ms(
            lambda one: account(*one), [(replace(model), replace(days)) for _ in range(runs)]
        ),
    }
    return figures | {"whole ms": sum(figures.values())}


@dataclass(frozen=True, slots=True)
class Progress:
    """Buildings measured so far, and the seconds since the first process was started.

    `making_s` of them went, process by process, into making the buildings up; `peak_mib` is the largest
    process's memory.
    """

    buildings: int = 0
    elapsed_s: float = 0.0
    making_s: float = 0.0
    peak_mib: float = 0.0

    @property
    def seconds(self) -> float:
        """What measuring took, starting the processes included and making up left out."""
        return self.elapsed_s - self.making_s


def _measured(seeds: range) -> tuple[float, int]:
    """Measure that many buildings; the seconds of making them, and the peak memory of this process [KiB]."""
    started = time.perf_counter()
    made = [building(seed) for seed in seeds]
    making_s = time.perf_counter() - started
    for days in made:
        account(error_model(fit(days)), days)
    return making_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def many(meters: int) -> Iterator[Progress]:
    """How far it is while buildings are measured on all cores."""
    started = time.perf_counter()
    chunks = [range(first, min(first + _CHUNK, meters)) for first in range(0, meters, _CHUNK)]
    cores, so_far = len(os.sched_getaffinity(0)), Progress()
    with ProcessPoolExecutor(cores) as pool:
        for chunk, (making_s, memory) in zip(chunks, pool.map(_measured, chunks), strict=True):
            so_far = Progress(
                buildings=so_far.buildings + len(chunk),
                elapsed_s=time.perf_counter() - started,
                making_s=so_far.making_s + making_s / min(cores, len(chunks)),
                peak_mib=max(so_far.peak_mib, memory / 1024),
            )
            yield so_far


def import_s() -> float:
    """Seconds a fresh interpreter takes to import the engine, less those of an empty one; median of three."""
    modules = "import services.mv.baseline, services.mv.uncertainty.error_model, services.mv.accounting"

    def taken(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    return statistics.median(taken(modules) - taken("") for _ in range(3))
