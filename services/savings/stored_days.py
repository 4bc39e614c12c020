"""The stored days that contracts are measured by: meters go in, their columns by day come out.

Read once for many contracts, each takes the days of its own period: two hundred may share one weather meter.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from services.mv.limits import limit
from services.mv.model import Floats
from services.timeseries.intervals import DailyEnergy, daily_many, daily_means
from services.timeseries.store import TimeSeriesStore


@dataclass(frozen=True, slots=True, eq=False)
class StoredDays:
    """Every local day from `start` on: energies of meters [kWh], and the outdoor temperature [°C] of weather
    meters, where most of the day was measured.
    """

    start: date
    energies: Mapping[str, DailyEnergy]
    outdoor_c: Mapping[str, Floats]

    def columns(
        self, meters: Iterable[str], start: date, end: date
    ) -> dict[str, tuple[Floats, Floats, Floats]]:
        """Measured [kWh], estimated [kWh] and coverage of each meter on the days [start, end)."""
        rows = self._rows(start, end)
        found = ((code, self.energies[code]) for code in meters)
        return {code: (one.measured[rows], one.estimated[rows], one.coverage[rows]) for code, one in found}

    def outdoor(self, meter: str, start: date, end: date) -> Floats:
        """The outdoor temperature [°C] of the days [start, end)."""
        return self.outdoor_c[meter][self._rows(start, end)]

    def _rows(self, start: date, end: date) -> slice:
        return slice((start - self.start).days, (end - self.start).days)


def read_days(
    store: TimeSeriesStore, *, meters: Collection[str], weather: Collection[str], start: date, end: date,
    zone: ZoneInfo,
) -> StoredDays:  # fmt: skip
    """The days [start, end) of meters and of weather meters; each weather meter is one read."""
    least = limit("sufficiency", "missing_part_of_day").figure
    return StoredDays(
        start,
        daily_many(store, sorted(meters), start=start, end=end, zone=zone),
        {
            code: daily_means(
                store, code, start=start, end=end, zone=zone, channel="temperature_c", least_coverage=least
            )
            for code in sorted(weather)
        },
    )
