"""One day of a statement, taken apart: each meter as it was frozen, beside what is stored of it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from services.metering.model import Meter
from services.mv.accounting import DaySavings
from services.savings.contract.measurement import weather_of
from services.savings.meter_days import from_rows
from services.timeseries.intervals import daily_many
from services.web.overview import Sources
from services.web.statement_sources import Found

_WH = 3


@dataclass(frozen=True, slots=True)
class MeterDay:
    """A meter's day [kWh] as settled, and what is stored of it now; None where nothing is known.

    `counted_kwh` is what the statement counts: measured and estimated together.
    """

    code: str
    meter: Meter | None
    measured_kwh: float | None
    estimated_kwh: float | None
    coverage: float | None
    stored_kwh: float | None

    @property
    def counted_kwh(self) -> float | None:
        """Measured and estimated."""
        return _together(self.measured_kwh, self.estimated_kwh)

    @property
    def agrees(self) -> bool:
        """Whether what is stored now is what was settled."""
        return self.counted_kwh == self.stored_kwh


@dataclass(frozen=True, slots=True)
class SettledDay:
    """A day of a version: its line of the statement, what the model was told of it, and its meters.

    `weather` is the meter whose day mean `outdoor_c` [°C] is, where the contract names one.
    """

    found: Found
    day: DaySavings
    working: bool | None
    daylight_h: float | None
    meters: tuple[MeterDay, ...]
    weather: str | None = None
    outdoor_c: float | None = None


def build_settled_day(sources: Sources, found: Found, day: date) -> SettledDay | None:
    """Take a day of a statement apart; None when the statement has no such day."""
    row = next((one for one in found.view.statement.days if one.day == day), None)
    if row is None:
        return None
    contract = found.view.statement.contract
    inputs = found.settlement.document["inputs"]
    table = from_rows(contract.meters, inputs["reporting_days"])
    at = table.days.index(day)
    stored = _stored(sources, contract.meters, day)
    meters = tuple(
        MeterDay(
            code, found.view.registered.get(code), _number(table.measured_kwh[i, at]),
            _number(table.estimated_kwh[i, at]), _number(table.coverage[i, at]), stored[code],
        )
        for i, code in enumerate(table.meters)
    )  # fmt: skip
    daylight = None if table.daylight_h is None else float(table.daylight_h[at])
    weather = weather_of(contract.measurement)
    outdoor = None if table.outdoor_c is None else _number(table.outdoor_c[at])
    return SettledDay(found, row, table.working[at], daylight, meters, weather, outdoor)


def _stored(sources: Sources, codes: tuple[str, ...], day: date) -> Mapping[str, float | None]:
    end = day + timedelta(days=1)
    found = daily_many(sources.store, codes, start=day, end=end, zone=sources.zone)
    columns = {code: (_number(one.measured[0]), _number(one.estimated[0])) for code, one in found.items()}
    return {code: _together(*values) for code, values in columns.items()}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), _WH) + 0.0


def _together(measured: float | None, estimated: float | None) -> float | None:
    return None if measured is None else round(measured + (estimated or 0.0), _WH)
