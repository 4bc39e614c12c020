"""What a contract's reporting days are compared with: its measurement and frozen baseline days in, a basis
out, that accounts for days and tells of itself in a settlement's document.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from services.mv import gates
from services.mv.accounting import Savings, account
from services.mv.baseline import Baseline, NoBaseline, fit
from services.mv.extrapolation import weather_reach
from services.mv.lighting.accounting import account_lamps, account_rate, period_of
from services.mv.lighting.option_a import option_a
from services.mv.lighting.saving_rate import SavingRate, saving_rate
from services.mv.limits import limit
from services.mv.model import Days, Record
from services.mv.selection import CRITERION
from services.mv.shapes import UnknownMethod
from services.mv.shift import label_shift
from services.mv.uncertainty.comparison import Comparison, comparison
from services.mv.uncertainty.comparison import records as of_bands
from services.mv.uncertainty.error_model import ErrorModel, error_model
from services.savings.contract.measurement import LampInventory, RateTests, Regression
from services.savings.contract.model import Contract
from services.savings.meter_days import MeterDays

_DAYS_PER_MONTH = 365.25 / 12

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a settlement's document says of a basis: the model, bands beside each other, and findings."""

    model: Json
    comparison: Comparison | None = None
    records: tuple[Record, ...] = ()


class Basis(Protocol):
    """What reporting days are compared with."""

    def demands(self, contract: Contract, savings: Savings) -> Sequence[Record]:
        """What the contract asks of it before a month may be paid."""

    def account(self, days: Days) -> Savings:
        """Savings of reporting days."""

    def gates(self, savings: Savings) -> Sequence[Record]:
        """The named gates, side by side."""

    def told(self, days: Days, savings: Savings) -> Told:
        """What is said of it with the savings of those days."""


@dataclass(frozen=True, slots=True)
class RegressionBasis:
    """A baseline of days with its error model; days under `minimum_coverage` are left out."""

    measurement: Regression
    model: ErrorModel
    shift: Record
    minimum_coverage: float

    def demands(self, contract: Contract, savings: Savings) -> Sequence[Record]:
        """Completeness of the baseline, days enough to know an error by, the contract's limits of the fit.

        A fit to fewer days than that passes through them: its ± would be near nothing.
        """
        fitted, limits, source = self.model.baseline.fit, contract.limits, f"contract {contract.code}"
        agreed = (contract.baseline_end - contract.baseline_start).days + 1
        known = round(fitted.n / agreed, 6)
        found = [Record("baseline_completeness", known, self.minimum_coverage, source,
                        known >= self.minimum_coverage)]  # fmt: skip
        least = limit("sufficiency", "days_of_each_type")
        found.append(Record("baseline_days_learnt", fitted.n, least.figure, least.source,
                            fitted.n >= least.figure))  # fmt: skip
        for what, figure, most in (
            ("contract_cvrmse", fitted.cvrmse, limits.cvrmse),
            ("contract_net_bias", abs(fitted.nmbe), limits.net_bias),
        ):
            if most is not None:
                found.append(Record(what, figure, most, source, figure <= most))
        if limits.r2 is not None:
            found.append(Record("contract_r2", fitted.r2, limits.r2, source, fitted.r2 >= limits.r2))
        return found

    def account(self, days: Days) -> Savings:
        """Adjusted baseline less actual."""
        return account(self.model, seen(self.measurement, days), minimum_coverage=self.minimum_coverage)

    def gates(self, savings: Savings) -> Sequence[Record]:
        """Those of a daily model and of the saving."""
        months = len(savings.days) / _DAYS_PER_MONTH
        return gates.gates(
            self.model.baseline.fit,
            savings_kwh=savings.total.savings_kwh,
            band=savings.band,
            reporting_months=months,
        )

    def told(self, days: Days, savings: Savings) -> Told:
        """The form, its figures, the forms it was chosen among, and the band beside others."""
        baseline = self.model.baseline
        measured = [i for i, row in enumerate(savings.days) if row.left_out is None]
        model = {
            "form": baseline.form,
            "coefficients": baseline.coefficients,
            "fit": baseline.fit,
            "criterion": CRITERION if baseline.candidates else None,
            "candidates": baseline.candidates,
            "engine": baseline.engine,
        }
        records = (*baseline.records, self.shift, *_learnable(baseline))
        if not measured:
            return Told(model, None, records)
        counted = seen(self.measurement, days).take(measured)
        compared, reach = comparison(self.model, counted), weather_reach(baseline, counted)
        return Told(model, compared, (*records, *reach, *of_bands(compared)))


@dataclass(frozen=True, slots=True)
class LampBasis:
    """An inventory of lamps: nothing is learnt and nothing metered."""

    inventory: LampInventory

    def demands(self, contract: Contract, savings: Savings) -> Sequence[Record]:
        """That the calendar knows the days on which lamps burn."""
        return [one for one in savings.records if one.what == "days_without_calendar"]

    def account(self, days: Days) -> Savings:
        """Day by day from the table of each month."""
        return account_lamps(self.inventory.groups, days)

    def gates(self, savings: Savings) -> Sequence[Record]:
        """Those of the saving."""
        return gates.of_saving(savings.total.savings_kwh, savings.band)

    def told(self, days: Days, savings: Savings) -> Told:
        """The month's table."""
        table = option_a(self.inventory.groups, period_of(days, range(len(days.days))))
        return Told({"form": "option_a", "lamps": table.lines, "engine": table.engine})


@dataclass(frozen=True, slots=True)
class RateBasis:
    """The saving rate of fixture tests, applied to what an after-meter measures."""

    tests: RateTests
    rate: SavingRate
    minimum_coverage: float

    def demands(self, contract: Contract, savings: Savings) -> Sequence[Record]:
        """Nothing beside completeness."""
        return ()

    def account(self, days: Days) -> Savings:
        """The after-meter's energy times the rate."""
        return account_rate(self.rate, days, minimum_coverage=self.minimum_coverage)

    def gates(self, savings: Savings) -> Sequence[Record]:
        """Those of the saving."""
        return gates.of_saving(savings.total.savings_kwh, savings.band)

    def told(self, days: Days, savings: Savings) -> Told:
        """The rate; its tests stand in the contract."""
        rate = {name: getattr(self.rate, name) for name in _RATE}
        return Told({"form": "saving_rate", "rate": rate, "engine": self.rate.engine})


_RATE = ("rate", "uncertainty", "multiple", "multiple_uncertainty", "size", "population")


def _learnable(baseline: Baseline) -> Iterator[Record]:
    """How many values each further driver had: from one alone its effect cannot be learnt."""
    for name, values in sorted(baseline.days.drivers.items()):
        count = len(np.unique(values))
        yield Record(f"baseline_values_of_driver:{name}", count, 2, "baseline period", count >= 2)


def seen(measurement: Regression, days: Days) -> Days:
    """Days with the closures and drivers that a contract records."""
    drivers = {one.name: one.on(days.days) for one in measurement.drivers}
    return replace(days, kinds=measurement.kinds(days.days), drivers=drivers)


def learn(contract: Contract, baseline: MeterDays) -> Basis:
    """What the contract's reporting days are compared with.

    Raises `NoBaseline` when a regression has not one complete day, none with the weather that the contract
    names, or when its days cannot carry the form that was agreed.
    """
    minimum = float(contract.minimum_completeness)
    match contract.measurement:
        case LampInventory() as inventory:
            return LampBasis(inventory)
        case RateTests() as tests:
            return RateBasis(tests, saving_rate(tests.tests, population=tests.population), minimum)
        case Regression() as regression:
            days = seen(regression, baseline.total())
            return RegressionBasis(regression, *_learnt(regression, days, minimum), minimum)


def _learnt(regression: Regression, days: Days, minimum_coverage: float) -> tuple[ErrorModel, Record]:
    if regression.weather is not None and (days.outdoor_c is None or np.isnan(days.outdoor_c).all()):
        # The engine would learn without it, which is not what was agreed.
        raise NoBaseline(f"no baseline day has a temperature of {regression.weather!r}")
    try:
        fitted = fit(days, minimum_coverage=minimum_coverage, method=regression.form)
    except UnknownMethod as error:
        raise NoBaseline(f"the agreed form does not fit the baseline: {error}") from error
    return error_model(fitted), label_shift(fitted, days)
