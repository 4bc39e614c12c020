"""The saving rate (节电率) of Chinese lighting contracts: the same fixtures metered a day before and after.

Fixture tests flow in, a rate with its sampling error out; with an after-meter only, the rate turns what was
used into what was saved. A rate that is undefined or negative is a finding, never an exception.
"""

import math
from dataclasses import dataclass
from datetime import date

from services.mv.lighting.sampling import Sample, combined, size_record, to_wh
from services.mv.limits import limit
from services.mv.model import ENGINE, Record

_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class FixtureTest:
    """One fixture metered over `hours_*` [h] (24 in such contracts) before and after: its energies [kWh]."""

    fixture: str
    before_kwh: float
    after_kwh: float
    before_on: date
    after_on: date
    hours_before: float = 24.0
    hours_after: float = 24.0

    def __post_init__(self) -> None:
        for energy in (self.before_kwh, self.after_kwh):
            if not 0 <= energy < math.inf:
                raise ValueError(f"{self.fixture}: energies are finite and not negative")
        for hours in (self.hours_before, self.hours_after):
            if not 0 < hours < math.inf:
                raise ValueError(f"{self.fixture}: a test lasts some hours")


@dataclass(frozen=True, slots=True)
class SavingRate:
    """What tests of `size` of `population` fixtures say.

    `rate` = (Q_before − Q_after)/Q_before, over all tested fixtures; `multiple` = Q_before/Q_after, by which
    what is used now becomes the baseline. `uncertainty` and `multiple_uncertainty` are their half-widths at
    90 %. Each is None where it is undefined: nothing used, or one fixture that speaks for others.
    """

    rate: float | None
    uncertainty: float | None
    multiple: float | None
    multiple_uncertainty: float | None
    size: int
    population: int
    records: tuple[Record, ...]
    engine: str = ENGINE


@dataclass(frozen=True, slots=True)
class RateSavings:
    """What an after-meter's energy [kWh] means by a rate; `uncertainty_kwh` is the half-width at 90 %."""

    baseline_kwh: float | None
    actual_kwh: float
    savings_kwh: float | None
    uncertainty_kwh: float | None
    records: tuple[Record, ...]
    engine: str = ENGINE


def saving_rate(tests: tuple[FixtureTest, ...], *, population: int) -> SavingRate:
    """The rate from tests of `population` fixtures alike; `ValueError` when there are more tests or none.

    Ratios are of totals, not means of ratios: r = 1 − ΣQ_after/ΣQ_before, so that a fixture counts by what it
    uses. Energies count by the hour [kWh/h] where tests differ in length.
    """
    if not 1 <= len(tests) <= population or len({test.fixture for test in tests}) < len(tests):
        raise ValueError("a rate takes at least one test, of no fixture twice, of no more than there are")
    before = [test.before_kwh / test.hours_before for test in tests]
    after = [test.after_kwh / test.hours_after for test in tests]
    left, left_of = _ratio(after, before, population)
    multiple, multiple_of = _ratio(before, after, population)
    rate = None if left is None else round(1 - left, _DECIMALS) + 0.0
    return SavingRate(
        rate=rate,
        uncertainty=_half_width(left_of),
        multiple=None if multiple is None else round(multiple, _DECIMALS),
        multiple_uncertainty=_half_width(multiple_of),
        size=len(tests),
        population=population,
        records=(*_rate_records(rate), *_test_records(tests, left_of, population)),
    )


def saved_by_rate(rate: SavingRate, after_kwh: float) -> RateSavings:
    """S = Q_after·r/(1 − r) = Q_after·(m − 1), m = Q_before/Q_after of the tests [kWh].

    S is linear in m, so its half-width is Q_after times that of m: the delta method in r gives the same
    figure, by a detour. The meter's own error is not in it. `ValueError` for an energy below zero or unknown.
    """
    if not 0 <= after_kwh < math.inf:
        raise ValueError("the energy of an after-meter is finite and not negative")
    actual = to_wh(after_kwh)
    if rate.multiple is None:
        return RateSavings(None, actual, None, None, rate.records)
    baseline = to_wh(after_kwh * rate.multiple)
    half_width = rate.multiple_uncertainty
    return RateSavings(
        baseline_kwh=baseline,
        actual_kwh=actual,
        savings_kwh=to_wh(baseline - actual),
        uncertainty_kwh=None if half_width is None else to_wh(after_kwh * half_width),
        records=rate.records,
    )


def _ratio(top: list[float], bottom: list[float], population: int) -> tuple[float | None, Sample | None]:
    """Σtop/Σbottom, and the same as a sample whose spread is what each fixture departs from it by.

    √(Σ(top − ratio·bottom)²/(n − 1))/mean(bottom): the ratio estimator (Cochran, Sampling Techniques, 3rd ed.
    1977, § 6.4).
    """
    n, mean = len(bottom), math.fsum(bottom) / len(bottom)
    if mean == 0:
        return None, None
    ratio = math.fsum(top) / n / mean
    if n == 1:
        return ratio, Sample(ratio, 0.0, 1, 1) if population == 1 else None
    squares = math.fsum((a - ratio * b) ** 2 for a, b in zip(top, bottom, strict=True))
    return ratio, Sample(ratio, math.sqrt(squares / (n - 1)) / mean, n, population)


def _half_width(ratio: Sample | None) -> float | None:
    if ratio is None:
        return None
    return round(combined([(ratio.standard_error, ratio.freedom)]).half_width(), _DECIMALS)


def _rate_records(rate: float | None) -> tuple[Record, ...]:
    source = "definition of the rate"
    return (
        Record("saving_rate_defined", 0 if rate is None else 1, 1, source, rate is not None),
        Record("saving_rate_positive", rate or 0.0, 0, source, rate is not None and rate > 0),
        Record("saving_rate_below_one", rate or 0.0, 1, source, rate is not None and rate < 1),
    )


def _test_records(
    tests: tuple[FixtureTest, ...], left: Sample | None, population: int
) -> tuple[Record, Record]:
    hours, size = limit("sampling", "test_hours"), len(tests)
    lasted = (length for test in tests for length in (test.hours_before, test.hours_after))
    worst = max(lasted, key=lambda length: abs(length - hours.figure))
    return (
        size_record(
            "saving_rate_sample_size",
            size=size,
            variation=0.0 if left is None else left.variation,
            population=population,
        ),
        Record("saving_rate_test_hours", worst, hours.figure, hours.source, worst == hours.figure),
    )
