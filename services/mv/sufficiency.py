"""Whether there is enough to learn from, and what is odd in it: baseline days in, records out.

Nothing is dropped here: extremes and zeros are counted and kept, gaps are what `complete_rows` left out.
"""

import numpy as np

from services.mv.limits import limit
from services.mv.model import Days, Record


def sufficiency(days: Days, used: Days) -> tuple[Record, ...]:
    """Hold all baseline `days` and the complete ones among them, `used`, against the limits."""
    records = _of_days(days, used) if days.length_d is None else _of_bills(days, used)
    if days.outdoor_c is not None:
        unknown = int((~np.isfinite(days.outdoor_c)).sum())
        records += (Record("baseline_days_without_weather", unknown, 0, "outdoor temperature", unknown == 0),)
    return records


def _of_days(days: Days, used: Days) -> tuple[Record, ...]:
    enough, missing, each = (
        limit("sufficiency", name) for name in ("baseline_days", "missing_days", "days_of_each_type")
    )
    n, gone = len(used.days), len(days.days) - len(used.days)
    unknown = sum(name is None for name in days.day_types)
    fewest = _fewest_of_a_type(used)
    zeros = int((used.energy_kwh == 0).sum())
    extremes = _extremes(used)
    return (
        Record("baseline_days", n, enough.figure, enough.source, n >= enough.figure),
        Record("baseline_days_left_out", gone, missing.figure, missing.source, gone <= missing.figure),
        Record("baseline_days_without_calendar", unknown, 0, "working calendar", unknown == 0),
        Record("baseline_days_of_rarer_type", fewest, each.figure, each.source, fewest >= each.figure),
        Record("baseline_days_at_zero", zeros, None, "zeros are data", True),
        Record("baseline_days_extreme", extremes, 0, "CalTRACK 2.0: flagged, kept", extremes == 0),
    )


def _of_bills(days: Days, used: Days) -> tuple[Record, ...]:
    enough = limit("sufficiency", "baseline_days")
    covered, gone = int(used.lengths.sum()), len(days.days) - len(used.days)
    zeros, extremes = int((used.energy_kwh == 0).sum()), _extremes(used)
    return (
        Record("baseline_days", covered, enough.figure, enough.source, covered >= enough.figure),
        Record("baseline_bills_left_out", gone, 0, "CalTRACK 2.0, billing periods", gone == 0),
        Record("baseline_bills_at_zero", zeros, None, "zeros are data", True),
        Record("baseline_bills_extreme", extremes, 0, "CalTRACK 2.0: flagged, kept", extremes == 0),
    )


def _fewest_of_a_type(used: Days) -> int:
    types = used.day_types
    names = {"working_day", "non_working_day"} | {kind for kind in used.kinds or () if kind}
    return min(types.count(name) for name in names)


def _extremes(days: Days) -> int:
    """Rows above the median by more than three interquartile ranges."""
    low, middle, high = np.quantile(days.energy_kwh, (0.25, 0.5, 0.75))
    return int((days.energy_kwh > middle + 3 * (high - low)).sum())
