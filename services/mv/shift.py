"""Whether days carry the wrong label: a fitted Baseline in, one record out.

A meter or an export that cuts days in another zone moves every day by one. Then energy follows the day type,
or the temperature, of the day beside better than its own. That is said, never mended: the file's owner knows
which column is wrong.
"""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np

from services.mv.baseline import Baseline
from services.mv.forms import EVERY_DAY, Term, design_matrix
from services.mv.limits import limit
from services.mv.model import Days, Record
from services.mv.shapes import types_of

_LEAST_EVIDENCE = 10.0
"""n′·ln of the ratio of SSE: "very strong" on the scale of Kass & Raftery (1995)."""
_LARGEST_SHARE = 0.85
"""Of the SSE that may remain: a building that stores heat follows yesterday's weather a little, too."""


def label_shift(baseline: Baseline, days: Days) -> Record:
    """By how many days labels seem to be shifted: 0, 1 (labels too early) or -1 (too late).

    `days` are all baseline days, complete or not, for the drivers of the neighbours. Day types, weather and
    both together are moved; whichever explains energy best counts.
    """
    bound = limit("sufficiency", "label_shift")
    best_share, shift = 1.0, 0
    for by in (-1, 1) if days.length_d is None else ():
        share = min(_share(baseline, days, by, types=t, weather=w) for t, w in ((1, 0), (0, 1), (1, 1)))
        if share < best_share:
            best_share, shift = share, by
    evidence = -baseline.fit.n_effective * math.log(max(best_share, 1e-12))
    if evidence < _LEAST_EVIDENCE or best_share > _LARGEST_SHARE:
        shift = 0
    return Record("label_shift_days", shift, bound.figure, bound.source, shift == 0)


def _share(baseline: Baseline, days: Days, by: int, *, types: int, weather: int) -> float:
    """SSE with the drivers of the day `by` days on, as a share of that with the days' own."""
    used, types_of_days = baseline.days, days.day_types
    place = {day: i for i, day in enumerate(days.days) if types_of_days[i] is not None}
    rows = [
        (i, place[day + timedelta(days=by)])
        for i, day in enumerate(used.days)
        if day + timedelta(days=by) in place
    ]
    if len(rows) <= baseline.fit.p + 1:
        return 1.0
    own = used.take([i for i, _ in rows])
    beside = days.take([j for _, j in rows])
    moved = own
    if types:
        moved = replace(moved, working=beside.working, kinds=beside.kinds)
    if weather and own.outdoor_c is not None and beside.outdoor_c is not None:
        if not np.isfinite(beside.outdoor_c).all():
            return 1.0
        moved = replace(moved, outdoor_c=beside.outdoor_c)
    before, after = _sse(baseline, own), _sse(baseline, moved)
    return after / before if before > 0 else 1.0


def _sse(baseline: Baseline, days: Days) -> float:
    """What an intercept for each day type and the baseline's other terms leave unexplained."""
    slopes = [Term(EVERY_DAY, t.by, t.point_c) for t in baseline.terms if t.by is not None]
    terms = [*(Term(name) for name in types_of(days)), *dict.fromkeys(slopes)]
    design = design_matrix(terms, days)
    residuals = days.energy_kwh - design @ np.linalg.lstsq(design, days.energy_kwh, rcond=None)[0]
    return float(residuals @ residuals)
