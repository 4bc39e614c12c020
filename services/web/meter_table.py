"""Meters' local days as a table: one row a meter, one column a day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.clock import local_day_start
from services.metering.model import Meter, MeterRole, MeterUse, counted
from services.timeseries.intervals import daily_many
from services.timeseries.store import TimeSeriesStore

Floats = npt.NDArray[np.float64]
CHANNELS: Mapping[MeterUse, str] = {
    MeterUse.WATER: "water_m3",
    MeterUse.GAS: "gas_m3",
    MeterUse.HEAT: "heat_gj",
}
ENERGY = "energy_kwh"
"""The channel of every other use."""


@dataclass(frozen=True, slots=True)
class MeterTable:
    """`used` (measured and estimated, in the channel's unit) and `coverage` of shape (meters, days).

    NaN where nothing is known. `standing` says where a meter was there: before that nothing is missing.
    """

    meters: tuple[Meter, ...]
    used: Floats
    coverage: Floats
    standing: npt.NDArray[np.bool_]

    def total(self, role: MeterRole, use: MeterUse) -> list[float | None]:
        """The sum over the meters of a role and use that add up, by day; None where nothing is known."""
        return sums_of_known(self.rows(role, use))

    def rows(self, role: MeterRole, use: MeterUse) -> Floats:
        """`used` of the meters of a role and use that add up."""
        return self.used[self._rows(role, use)]

    def mean_coverage(self, role: MeterRole, use: MeterUse) -> list[float]:
        """The mean over the meters standing on each day, 0 where there is none."""
        rows = self._rows(role, use)
        covered, standing = np.nan_to_num(self.coverage[rows]), self.standing[rows]
        counts = standing.sum(axis=0)
        sums = np.where(standing, covered, 0.0).sum(axis=0)
        return [float(s / n) if n else 0.0 for s, n in zip(sums.tolist(), counts.tolist(), strict=True)]

    def by_institution(self) -> "dict[str, MeterTable]":
        """The rows of each institution's meters, for those that have any."""
        rows: dict[str, list[int]] = defaultdict(list)
        for i, meter in enumerate(self.meters):
            rows[meter.institution].append(i)
        return {
            code: MeterTable(
                tuple(self.meters[i] for i in own), self.used[own], self.coverage[own], self.standing[own]
            )
            for code, own in rows.items()
        }

    def _rows(self, role: MeterRole, use: MeterUse) -> list[int]:
        codes = {meter.code for meter in counted(self.meters, role, use)}
        return [i for i, meter in enumerate(self.meters) if meter.code in codes]


def sums_of_known(rows: Floats) -> list[float | None]:
    """The sum of each column's known values; None where there are none."""
    known = np.isfinite(rows)
    return [float(rows[known[:, i], i].sum()) if known[:, i].any() else None for i in range(rows.shape[1])]


def local_days(start: date, end: date) -> tuple[date, ...]:
    """Every day of [start, end)."""
    return tuple(start + timedelta(days=i) for i in range((end - start).days))


def day_table(
    store: TimeSeriesStore, meters: Iterable[Meter], *, start: date, end: date, zone: ZoneInfo
) -> MeterTable:
    """One column for each local day of [start, end), which holds at least one."""
    by_channel: dict[str, list[Meter]] = defaultdict(list)
    for meter in meters:
        by_channel[CHANNELS.get(meter.use, ENERGY)].append(meter)
    chosen = tuple(meter for group in by_channel.values() for meter in group)
    days = local_days(start, end)
    used, coverage = (np.full((len(chosen), len(days)), np.nan) for _ in range(2))
    found = (
        energy
        for channel, group in by_channel.items()
        for energy in daily_many(
            store, [meter.code for meter in group], start=start, end=end, zone=zone, channel=channel
        ).values()
    )
    for row, energy in enumerate(found):
        used[row] = np.where(
            np.isnan(energy.measured), np.nan, energy.measured + np.nan_to_num(energy.estimated)
        )
        coverage[row] = energy.coverage
    ends = np.array([local_day_start(day + timedelta(days=1), zone) for day in days], object)
    begun = np.array([meter.ledger[0].valid_from for meter in chosen], object)
    return MeterTable(chosen, used, coverage, begun[:, np.newaxis] < ends)
