"""Where a baseline speaks of days unlike any it has seen: Baseline and reporting Days in, records out."""

from collections.abc import Iterator

import numpy as np

from services.mv.baseline import Baseline
from services.mv.forms import COOLING, HEATING, RESERVED, TEMPERATURE
from services.mv.limits import limit
from services.mv.model import Days, Floats, Record

_DAYLIGHT_TOLERANCE_H = 0.1
_SOURCE = "baseline period"
_WEATHER = frozenset({COOLING, HEATING, TEMPERATURE})


def extrapolation(baseline: Baseline, days: Days) -> tuple[Record, ...]:
    """How many reporting days lie outside what the baseline has seen, driver by driver that it uses."""
    return tuple(_records(baseline, days))


def weather_reach(baseline: Baseline, days: Days) -> tuple[Record, ...]:
    """The share of the reporting days [d/d] that are colder or hotter than all of the baseline's.

    Up to a tenth a band holds as often as it says (measured in `coverage`); beyond, no residual tells how far
    a response goes on, or whether one begins that was never seen: a baseline of summer knows no heating. A
    whole year without any response has seen both, and a whole year of bills hides its extremes in its means
    (the band held beyond them): empty of these, and without weather.
    """
    learned = baseline.days
    whole = float(learned.lengths.sum()) >= limit("sufficiency", "baseline_days").figure
    daily = learned.length_d is None and bool({term.by for term in baseline.terms} & _WEATHER)
    if learned.outdoor_c is None or days.outdoor_c is None or (whole and not daily):
        return ()
    beyond = (days.outdoor_c < learned.outdoor_c.min()) | (days.outdoor_c > learned.outdoor_c.max())
    share = round(float(days.lengths[beyond].sum() / days.lengths.sum()), 6)
    most = limit("uncertainty", "beyond_weather")
    return (Record("reporting_share_beyond_weather", share, most.figure, most.source, share <= most.figure),)


def _records(baseline: Baseline, days: Days) -> Iterator[Record]:
    learned, used = baseline.days, {term.by for term in baseline.terms if term.by is not None}
    beyond = 0
    if learned.daylight_h is not None and days.daylight_h is not None:
        beyond = _below(learned.daylight_h, days.daylight_h, _DAYLIGHT_TOLERANCE_H)
        beyond += _above(learned.daylight_h, days.daylight_h, _DAYLIGHT_TOLERANCE_H)
    yield _count("reporting_days_beyond_baseline_daylight", beyond)
    if used & _WEATHER and learned.outdoor_c is not None and days.outdoor_c is not None:
        yield _count("reporting_days_colder_than_baseline", _below(learned.outdoor_c, days.outdoor_c))
        yield _count("reporting_days_hotter_than_baseline", _above(learned.outdoor_c, days.outdoor_c))
        unknown = int((~np.isfinite(days.outdoor_c)).sum())
        yield Record("reporting_days_without_weather", unknown, 0, "outdoor temperature", unknown == 0)
    for name in sorted(used - RESERVED):
        outside = _below(learned.drivers[name], days.drivers[name])
        outside += _above(learned.drivers[name], days.drivers[name])
        yield _count(f"reporting_days_beyond_baseline_{name}", outside)


def _below(learned: Floats, values: Floats, tolerance: float = 0.0) -> int:
    return int((values < learned.min() - tolerance).sum())


def _above(learned: Floats, values: Floats, tolerance: float = 0.0) -> int:
    return int((values > learned.max() + tolerance).sum())


def _count(what: str, days: int) -> Record:
    return Record(what, days, 0, _SOURCE, days == 0)
