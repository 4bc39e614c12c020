"""Day means of a gauge from quoted samples, the same for who makes a bundle and who checks it.

Between two samples the value goes straight from one to the other, so every sample counts: all are quoted.
"""

from dataclasses import dataclass

import numpy as np

from services.metering.gauges import gauge_intervals, to_primary
from services.metering.model import Meter
from services.metering.spans import Floats, Integers
from services.mv.limits import limit
from services.savings.bundle.register import Cut, Quote

TEMPERATURE = "temperature_c"


@dataclass(frozen=True, slots=True)
class Gauge:
    """A meter's gauge of outdoor temperature [°C]."""

    meter: Meter

    def cut(self, quote: Quote, edges: Integers) -> Cut:
        """Mean and coverage between neighbouring `edges` [epoch ms]."""
        count = max(len(edges) - 1, 0)
        primary = to_primary(TEMPERATURE, quote.times_ms, quote.values, self.meter.ledger)
        found = gauge_intervals(quote.times_ms, primary, edges, gap_limit_s=self.meter.gap_limit_s)
        place = np.searchsorted(edges[:-1], found.starts_ms)
        coverage, mean = np.full(count, np.nan), np.full(count, np.nan)
        coverage[place], mean[place] = found.coverage, found.mean
        return Cut(np.full(count, np.nan), np.full(count, np.nan), coverage, mean)


def outdoor(cut: Cut) -> Floats:
    """The means of the days of which most was measured [°C], NaN for the others."""
    least = limit("sufficiency", "missing_part_of_day").figure
    means = np.nan if cut.mean_c is None else cut.mean_c
    return np.where(np.nan_to_num(cut.coverage) >= least, means, np.nan)


def around(quote: Quote, edges: Integers) -> Quote:
    """The samples that the means between `edges` follow from: all inside, and one beyond either end."""
    if len(edges) < 2:
        return Quote.none()
    first = max(int(np.searchsorted(quote.times_ms, edges[0], "right")) - 1, 0)
    last = int(np.searchsorted(quote.times_ms, edges[-1], "left"))
    inside = np.zeros(len(quote.times_ms), np.bool_)
    inside[first : last + 1] = True
    return quote.only(inside)
