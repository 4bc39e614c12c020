"""From the meters of an institution to its energy figures: daily intervals in, sums with coverage out.

An institution's electricity, water, gas and heat are its main meters'; lighting, air conditioning and sockets
are sub-meters', shown beside the total and never added to it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from services.indicators.coefficients import CoefficientSet
from services.indicators.indicators import Consumption, Indicators, Quantity, compute_indicators, known
from services.metering.model import Institution, Meter, MeterRole, MeterUse, counted
from services.metering.repository import Registry
from services.timeseries.intervals import DailyEnergy, daily_many
from services.timeseries.store import TimeSeriesStore

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure comes from: the meters of this use and role, and their channel."""

    use: MeterUse
    role: MeterRole
    channel: str


SOURCES: dict[str, Source] = {
    "electricity_kwh": Source(MeterUse.ELECTRICITY, MeterRole.MAIN, "energy_kwh"),
    "lighting_kwh": Source(MeterUse.LIGHTING, MeterRole.SUB, "energy_kwh"),
    "hvac_kwh": Source(MeterUse.HVAC, MeterRole.SUB, "energy_kwh"),
    "sockets_kwh": Source(MeterUse.SOCKETS, MeterRole.SUB, "energy_kwh"),
    "water_m3": Source(MeterUse.WATER, MeterRole.MAIN, "water_m3"),
    "gas_m3": Source(MeterUse.GAS, MeterRole.MAIN, "gas_m3"),
    "heat_gj": Source(MeterUse.HEAT, MeterRole.MAIN, "heat_gj"),
}
CHANNELS = sorted({source.channel for source in SOURCES.values()})


@dataclass(frozen=True, slots=True)
class MeterDays:
    """A meter's days, arrays of shape (days,): `used` and `estimated` NaN and `coverage` 0 where unknown.

    `applies` is False on days before the meter stood, which are nobody's gap.
    """

    used: Floats
    estimated: Floats
    coverage: Floats
    applies: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """What an institution used in some days; `used` has the names of `SOURCES`, as `Quantity`.

    `estimated_kwh` is the part of `electricity_kwh` that gaps were filled with; `coverage` (0-1) is the least
    of the meters', None where there is no meter.
    """

    used: Mapping[str, Quantity]
    estimated_kwh: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class InstitutionDays:
    """An institution with its meters' days, by the figure they add up to."""

    institution: Institution
    meters: Mapping[str, Sequence[MeterDays]]

    def sum(self, first: int, end: int) -> EnergyUse:
        """Add up the days numbered `first` to `end` (excluded).

        A meter's known days are added and its unknown ones lower the coverage; a meter of which no day is
        known makes its figure unknown.
        """
        window = slice(first, end)
        standing = {
            name: [m for m in meters if m.applies[window].any()] for name, meters in self.meters.items()
        }
        used = {name: _sum([m.used[window] for m in meters]) for name, meters in standing.items()}
        estimated = _sum([m.estimated[window] for m in standing["electricity_kwh"]])
        coverages = [
            float(m.coverage[window][m.applies[window]].mean())
            for meters in standing.values()
            for m in meters
        ]
        return EnergyUse(used, known(estimated), min(coverages, default=None))


def indicators_of(energy: EnergyUse, institution: Institution, coefficients: CoefficientSet) -> Indicators:
    """The indicators of what an institution used."""
    names = ("electricity_kwh", "gas_m3", "heat_gj", "water_m3")
    return compute_indicators(
        Consumption(**{name: energy.used[name] for name in names}),
        coefficients,
        floor_area_m2=institution.floor_area_m2,
        head_count=institution.head_count,
    )


class EnergyAccounts:
    """Reads the daily intervals of every meter that a figure needs."""

    def __init__(self, *, store: TimeSeriesStore, registry: Registry, zone: ZoneInfo) -> None:
        self._store = store
        self._registry = registry
        self._zone = zone

    def read(self, start: date, end: date) -> list[InstitutionDays]:
        """Every institution with its meters' local days of [start, end), one store read a channel."""
        meters = self._registry.meters()
        chosen = {name: counted(meters, source.role, source.use) for name, source in SOURCES.items()}
        days: dict[str, MeterDays] = {}
        for channel in CHANNELS:
            of_channel = [m for name in SOURCES if SOURCES[name].channel == channel for m in chosen[name]]
            if of_channel:
                days |= self._meter_days(of_channel, channel, start=start, end=end)
        grouped: dict[str, dict[str, list[MeterDays]]] = defaultdict(lambda: {name: [] for name in SOURCES})
        for name, of_name in chosen.items():
            for meter in of_name:
                grouped[meter.institution][name].append(days[meter.code])
        return [InstitutionDays(one, grouped[one.code]) for one in self._registry.institutions()]

    def _meter_days(
        self, meters: Sequence[Meter], channel: str, *, start: date, end: date
    ) -> dict[str, MeterDays]:
        codes = [meter.code for meter in meters]
        daily = daily_many(self._store, codes, start=start, end=end, zone=self._zone, channel=channel)
        return {meter.code: self._applied(meter, daily[meter.code]) for meter in meters}

    def _applied(self, meter: Meter, daily: DailyEnergy) -> MeterDays:
        used = daily.measured + daily.estimated
        stood_from = meter.ledger[0].valid_from.astimezone(self._zone).date()
        stood = np.array([day >= stood_from for day in daily.days], dtype=np.bool_)
        return MeterDays(used, daily.estimated, np.nan_to_num(daily.coverage), stood | ~np.isnan(used))


def _sum(meters: Sequence[Floats]) -> Quantity:
    if not meters:
        return None
    return math.fsum(math.nan if np.isnan(days).all() else float(np.nansum(days)) for days in meters)
