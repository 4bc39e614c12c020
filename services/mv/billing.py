"""Bills: meter readings that lie weeks apart in, rows of daily averages with their lengths out.

A bill is explained per day and weighted by its days, which is weighted least squares of its total (CalTRACK
2.0, billing methods). An estimated bill is not a reading: it is merged forward into the next read one. Bills
too short or too long to compare are dropped, each with a record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from services.mv.limits import limit
from services.mv.model import Days, Record


@dataclass(frozen=True, slots=True)
class Bill:
    """Energy [kWh] of the days [start, end), NaN where unknown; `outdoor_c` [°C] is their mean, if known."""

    start: date
    end: date
    energy_kwh: float
    outdoor_c: float | None = None
    estimated: bool = False

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.end - self.start).days


def merged(bills: Sequence[Bill]) -> list[Bill]:
    """Each estimated bill joined to what follows, until a read one; the mean temperature by days."""
    found: list[Bill] = []
    for bill in bills:
        before = found[-1] if found else None
        if before is None or not before.estimated or before.end != bill.start:
            found.append(bill)
            continue
        known = before.outdoor_c is not None and bill.outdoor_c is not None
        weighed = before.days * (before.outdoor_c or 0) + bill.days * (bill.outdoor_c or 0)
        found[-1] = replace(
            bill,
            start=before.start,
            energy_kwh=before.energy_kwh + bill.energy_kwh,
            outdoor_c=weighed / (before.days + bill.days) if known else None,
        )
    return found


def bill_rows(
    bills: Sequence[Bill], *, daily_c: Mapping[date, float] | None = None
) -> tuple[Days, tuple[Record, ...]]:
    """Rows for `fit`, one a usable bill, and what was merged and dropped.

    `daily_c` [°C] by local day gives degree-days of the days inside; else a bill's own mean stands for them.
    Day types are not told apart: every row holds about as many of each. `ValueError` without a usable bill.
    """
    joined = merged(sorted(bills, key=lambda bill: bill.start))
    shortest, month, longest = (limit("billing", n) for n in ("shortest", "longest_month", "longest"))
    lengths = [bill.days for bill in joined]
    bimonthly = bool(lengths) and float(np.median(lengths)) > month.figure
    estimates = sum(bill.estimated for bill in bills)
    most = longest if bimonthly or estimates else month
    kept = [bill for bill in joined if shortest.figure <= bill.days <= most.figure and not bill.estimated]
    gone = len(joined) - len(kept)
    if not kept:
        raise ValueError("no bill is read, long enough and short enough to learn from")
    records = (
        Record("bills_estimated_merged", estimates, None, "CalTRACK 2.0: merged forward", True),
        Record("bills_of_unfit_length_dropped", gone, 0, f"{shortest.source}; {most.source}", gone == 0),
    )
    return _rows(kept, daily_c), records


def _rows(bills: Sequence[Bill], daily_c: Mapping[date, float] | None) -> Days:
    length = np.array([bill.days for bill in bills], dtype=np.float64)
    energy = np.array([bill.energy_kwh for bill in bills]) / length
    inside = None
    outdoor = np.array([np.nan if bill.outdoor_c is None else bill.outdoor_c for bill in bills])
    if daily_c is not None:
        inside = tuple(
            np.array([daily_c.get(bill.start + timedelta(days=i), np.nan) for i in range(bill.days)])
            for bill in bills
        )
        outdoor = np.array([days.mean() for days in inside])
    return Days(
        days=tuple(bill.start for bill in bills),
        energy_kwh=energy,
        coverage=np.isfinite(energy).astype(np.float64),
        working=(True,) * len(bills),
        daylight_h=None,
        outdoor_c=outdoor if np.isfinite(outdoor).any() else None,
        length_d=length,
        inside_c=inside,
    )
