"""How often bands hold the truth: `python -m services.mv.coverage.study` prints the shares, case by case.

Made-up buildings whose saving is zero, and shifted windows of example data where nobody saved anything:
of each reporting length a window is drawn, its error compared with every method's half-width, and counted. A
90 % band should hold 85 to 95 of 100; what does not is marked. Windows of which too many days lie beyond the
baseline's weather are counted apart: of them the product says that the band is not proven.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from services.mv.coverage.ensembles import WHOLE_YEAR, Building, Case, buildings
from services.mv.coverage.real import real_windows
from services.mv.extrapolation import weather_reach
from services.mv.model import Days
from services.mv.uncertainty.classical import guideline_14_half_width, prediction_interval_half_width
from services.mv.uncertainty.error_model import ErrorModel, error_model

LEAST, MOST = 0.85, 0.95
METHODS = ("chosen", "guideline 14", "prediction interval")
LENGTHS = {"month": 1, "quarter": 3, "year": 12}
BEYOND = " beyond"
"""Ends the name of a length where the windows lie beyond the baseline's weather."""
_HALVES = ((0, 182), (121, 304))
"""January to June, which has seen all but the hottest days, and May to October, which has seen no winter."""
_ROWS_A_MONTH = {"days": 30, "hours": 30, "bills": 1}

CASES = (
    *(Case(form, rho) for form in ("mean", "3PH", "3PC", "5P", "lighting") for rho in (0.0, 0.3, 0.6, 0.8)),
    *(Case(form, 0.4, misfit=0.5) for form in ("mean", "3PH", "3PC", "5P", "lighting")),
    *(Case(form, 0.3, drift=0.4) for form in ("mean", "5P", "lighting")),
    *(Case(form, 0.3, growing=1.0) for form in ("3PH", "3PC", "5P")),
    *(Case(form, 0.3, learnt=half) for form in ("mean", "3PC", "5P") for half in _HALVES),
    *(Case(form, rho, of="hours") for form in ("3PC", "5P") for rho in (0.0, 0.6)),
    *(Case(form, rho, of="bills") for form in ("mean", "3PH", "3PC", "5P") for rho in (0.0, 0.6)),
)


@dataclass(slots=True)
class Tally:
    """How many sums were seen, and how many each method's band held."""

    seen: int = 0
    held: dict[str, int] = field(default_factory=lambda: dict.fromkeys(METHODS, 0))

    def count(self, model: ErrorModel, days: Days) -> None:
        """Compare one reporting window whose saving is zero."""
        baseline, length = model.baseline, days.lengths
        error = abs(float(((baseline.predict(days) - days.energy_kwh) * length).sum()))
        widths = (
            model.of_total(days).half_width(),
            guideline_14_half_width(baseline, round(float(length.sum()))),
            prediction_interval_half_width(baseline, days),
        )
        self.seen += 1
        for method, width in zip(METHODS, widths, strict=True):
            self.held[method] += error <= width

    def share(self, method: str = METHODS[0]) -> float:
        """The share that a method's band held."""
        return self.held[method] / self.seen


def of_ensemble(case: Case, *, seed: int, count: int) -> dict[str, Tally]:
    """Tallies by reporting length, one window of each a building; by itself what ends with `BEYOND`."""
    rng = np.random.default_rng([seed, 1])
    return _tallied(buildings(case, seed=seed, count=count), _ROWS_A_MONTH[case.of], rng)


def _tallied(found: Iterable[Building], rows_a_month: int, rng: np.random.Generator) -> dict[str, Tally]:
    tallies = {name + end: Tally() for end in ("", BEYOND) for name in LENGTHS}
    for building in found:
        model, rows = error_model(building.baseline), len(building.reporting.days)
        for name, months in LENGTHS.items():
            wanted = rows if months == 12 else months * rows_a_month
            first = int(rng.integers(0, rows - wanted + 1))
            window = building.reporting.take(range(first, first + wanted))
            tallies[name + _end(model, window)].count(model, window)
    return {name: tally for name, tally in tallies.items() if tally.seen}


def _end(model: ErrorModel, window: Days) -> str:
    return "" if all(record.ok for record in weather_reach(model.baseline, window)) else BEYOND


def lines(name: str, tallies: dict[str, Tally]) -> Iterator[str]:
    """One line a reporting length; `!` marks a chosen band outside 85 to 95."""
    for length, tally in tallies.items():
        if tally.seen:
            shares = "  ".join(f"{method} {100 * tally.share(method):5.1f}" for method in METHODS)
            mark = " " if LEAST <= tally.share() <= MOST else "!"
            yield f"{name:<42} {length:<14} {tally.seen:>5}  {shares} {mark}"


def _name(case: Case) -> str:
    beside = (("misfit", case.misfit), ("drift", case.drift), ("growing", case.growing))
    extra = [f"{name} {value}" for name, value in beside if value > 0]
    if case.learnt != WHOLE_YEAR:
        extra.append("rows {} to {}".format(*case.learnt))
    return " ".join([case.of, case.form, f"rho {case.rho}", *extra])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the study; exit code 0 whatever it finds."""
    parser = argparse.ArgumentParser(prog="python -m services.mv.coverage.study", description=__doc__)
    parser.add_argument("--count", type=int, default=600, help="buildings a case")
    parser.add_argument("--seed", type=int, default=20260531)
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--data", type=Path, help="folder of office_daily.csv and il_daily.csv")
    options = parser.parse_args(arguments)
    for case in CASES:
        if _name(case).startswith(options.only):
            for line in lines(_name(case), of_ensemble(case, seed=options.seed, count=options.count)):
                print(line, flush=True)  # noqa: T201
    for line in _real(options.data) if options.data else ():
        print(line, flush=True)  # noqa: T201
    return 0


def _real(folder: Path) -> Iterator[str]:
    """Lines of every set of windows, and of all sets of one length together."""
    pooled: dict[str, Tally] = {}
    for name, length, windows in real_windows(folder):
        alone = {length + end: Tally() for end in ("", BEYOND)}
        for building in windows:
            model = error_model(building.baseline)
            of = length + _end(model, building.reporting)
            for tally in (alone[of], pooled.setdefault(of, Tally())):
                tally.count(model, building.reporting)
        yield from lines(name, alone)
    yield from lines("all of these windows", pooled)


if __name__ == "__main__":
    sys.exit(main())
