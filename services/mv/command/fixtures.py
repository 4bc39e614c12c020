"""The saving rate from one file: tests of fixtures and an after-meter's energy in, the printed object out."""

import argparse
import math
from typing import Any

from services.mv.canonical import plain, sha256_of
from services.mv.command.cells import LARGEST
from services.mv.command.fixtures_file import read_tests
from services.mv.command.refusals import FileRefused
from services.mv.gates import of_saving
from services.mv.lighting.accounting import SampledBand
from services.mv.lighting.sampling import t_quantile
from services.mv.lighting.saving_rate import SavingRate, saved_by_rate, saving_rate
from services.mv.model import ENGINE, Record
from services.mv.uncertainty.band import LEVEL


def fixtures_answer(options: argparse.Namespace) -> dict[str, Any]:
    """The rate of `options.fixtures`, and by it what `options.after_kwh` [kWh] saved. Raises `FileRefused`.

    Without an after-meter the energies are None: a rate alone says nothing of kWh.
    """
    rows, tests = read_tests(options.fixtures)
    population, after_kwh = options.population, options.after_kwh
    if population is None:
        raise FileRefused("fixtures_population")
    if population < len(tests):
        raise FileRefused("population_small", file="--population", population=population, tests=len(tests))
    if after_kwh is not None and not 0 <= after_kwh < math.inf:
        raise FileRefused("below_zero", file="--after-kwh", text=after_kwh)
    if after_kwh is not None and after_kwh > LARGEST:
        raise FileRefused("too_large", file="--after-kwh", text=after_kwh)
    rate = saving_rate(tests, population=population)
    saved = None if after_kwh is None else saved_by_rate(rate, after_kwh)
    answer: dict[str, Any] = plain(
        {
            "form": "saving_rate",
            "rate": rate.rate,
            "rate_uncertainty": rate.uncertainty,
            "multiple": rate.multiple,
            "multiple_uncertainty": rate.multiple_uncertainty,
            "fixtures_tested": rate.size,
            "population": rate.population,
            "adjusted_baseline_kwh": saved and saved.baseline_kwh,
            "reporting_kwh": saved and saved.actual_kwh,
            "savings_kwh": saved and saved.savings_kwh,
            "uncertainty_kwh": saved and saved.uncertainty_kwh,
            "gates": _gates(rate),
            "records": (*rate.records, rows.record),
            "engine": ENGINE,
            "input_sha256": sha256_of({"tests": tests, "population": population, "after_kwh": after_kwh}),
        }
    )
    return answer


def _gates(rate: SavingRate) -> tuple[Record, ...]:
    """The gates of a saving, which is Q_after·(m − 1): they are shares, so they hold for any Q_after."""
    if rate.multiple is None or rate.multiple_uncertainty is None:
        return ()
    freedom = max(rate.size - 1, 1)
    band = SampledBand(rate.multiple_uncertainty / t_quantile(LEVEL, freedom), freedom)
    return of_saving(rate.multiple - 1, band)
