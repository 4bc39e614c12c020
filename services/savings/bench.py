"""How fast the savings engine is: the median time of each step for a year of one lighting circuit."""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from services.mv.accounting import account
from services.mv.baseline import fit
from services.mv.daylight import daylight_hours
from services.mv.model import Days
from services.mv.uncertainty import error_model
from services.workdays import Workdays

RUNS = 50
YEAR = tuple(date(2025, 1, 1) + timedelta(days=day) for day in range(365))


def circuit(seed: int) -> Days:
    """A year of daily lighting energy [kWh]: working days, short days, and AR(1) noise of 5 %."""
    noise = np.zeros(len(YEAR))
    shocks = np.random.default_rng(seed).normal(0, 0.05, len(YEAR))
    for day in range(1, len(YEAR)):
        noise[day] = 0.4 * noise[day - 1] + shocks[day]
    working = tuple(Workdays().is_working_day(day) for day in YEAR)
    daylight_h = daylight_hours(YEAR, 30.7, 111.3)
    energy_kwh = (np.where(np.array(working, dtype=bool), 400.0, 80.0) - 15.0 * (daylight_h - 12.0)) * (
        1 + noise
    )
    return Days(YEAR, energy_kwh, np.ones(len(YEAR)), working, daylight_h)


def median_ms(step: Callable[[], object]) -> float:
    """Median wall time of a step [ms] over `RUNS` runs after one that does not count."""
    step()
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        step()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, as lines or (`--json`) as one object."""
    parser = argparse.ArgumentParser(prog="kilowitness bench savings")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    days = circuit(1)
    baseline = fit(days)
    model = error_model(baseline)
    figures = {
        "fit ms": median_ms(lambda: fit(days)),
        "error model ms": median_ms(lambda: error_model(baseline)),
        "account a year ms": median_ms(lambda: account(model, days)),
    }
    figures["whole ms per meter-year"] = sum(figures.values())
    lines = [json.dumps(figures)] if options.json else [f"{k:<34} {v:>14,.2f}" for k, v in figures.items()]
    print("\n".join(lines))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
