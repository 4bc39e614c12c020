"""The day values a result rests on, meter by meter, rounded as frozen: arrays here, rows in documents."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from services.mv.model import Days, Floats

COLUMNS = ("day", "working", "daylight_h", "[measured_kwh, estimated_kwh, coverage] by meter", "outdoor_c")
_WH = 3
_HUNDREDTH = 2


@dataclass(frozen=True, slots=True)
class MeterDays:
    """Day values of a contract's meters: `measured_kwh`, `estimated_kwh` and `coverage` of shape (meters, n).

    NaN where nothing is known. `daylight_h` is None where no place is known, `outdoor_c` [°C] where the
    contract names no weather. Build them with `gather` or `from_rows`, which see to the rounding.
    """

    meters: tuple[str, ...]
    days: tuple[date, ...]
    working: tuple[bool | None, ...]
    daylight_h: Floats | None
    measured_kwh: Floats
    estimated_kwh: Floats
    coverage: Floats
    outdoor_c: Floats | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of what a row holds."""
        return COLUMNS if self.outdoor_c is not None else COLUMNS[:-1]

    def total(self) -> Days:
        """All meters together: energies summed, the worst coverage.

        Estimated energy (a gap's known total) counts on days that are complete by their coverage: registers
        prove that it flowed, only the hour is assumed.
        """
        energy = (self.measured_kwh + np.nan_to_num(self.estimated_kwh)).sum(axis=0)
        coverage = np.nan_to_num(self.coverage).min(axis=0, initial=1.0)
        return Days(self.days, energy, coverage, self.working, self.daylight_h, self.outdoor_c)

    def between(self, start: date, end: date) -> "MeterDays":
        """The days of [start, end)."""
        rows = slice(*(sum(day < bound for day in self.days) for bound in (start, end)))
        return MeterDays(
            self.meters,
            self.days[rows],
            self.working[rows],
            None if self.daylight_h is None else self.daylight_h[rows],
            self.measured_kwh[:, rows],
            self.estimated_kwh[:, rows],
            self.coverage[:, rows],
            None if self.outdoor_c is None else self.outdoor_c[rows],
        )

    def rows(self) -> list[list[Any]]:
        """One JSON row a day, in the order of `COLUMNS`."""
        table = np.stack((self.measured_kwh, self.estimated_kwh, self.coverage), axis=-1)
        values = table.swapaxes(0, 1).astype(object)
        values[np.isnan(table).swapaxes(0, 1)] = None
        hours = [None] * len(self.days) if self.daylight_h is None else self.daylight_h.tolist()
        rows = [
            [day.isoformat(), working, daylight, meters]
            for day, working, daylight, meters in zip(
                self.days, self.working, hours, values.tolist(), strict=True
            )
        ]
        if self.outdoor_c is not None:
            for row, outdoor in zip(rows, self.outdoor_c.tolist(), strict=True):
                row.append(None if math.isnan(outdoor) else outdoor)
        return rows


def gather(
    meters: Mapping[str, tuple[Floats, Floats, Floats]],
    *,
    days: Sequence[date],
    working: Sequence[bool | None],
    daylight_h: Floats | None,
    outdoor_c: Floats | None = None,
) -> MeterDays:
    """Put together each meter's (measured [kWh], estimated [kWh], coverage) of shape (n,), rounded."""
    stacked: Floats = np.array(list(meters.values()), dtype=np.float64).reshape(-1, 3, len(days))
    measured, estimated, coverage = (np.round(stacked, _WH) + 0.0).transpose(1, 0, 2)
    outdoor = None if outdoor_c is None else np.round(outdoor_c, _HUNDREDTH) + 0.0
    of_days = (tuple(days), tuple(working), daylight_h)
    return MeterDays(tuple(meters), *of_days, measured, estimated, coverage, outdoor)


def from_rows(meters: Sequence[str], rows: Sequence[Sequence[Any]]) -> MeterDays:
    """The inverse of `MeterDays.rows`; `ValueError`, `TypeError` or `IndexError` for anything else."""
    values = np.array(
        [[[math.nan if v is None else float(v) for v in meter] for meter in row[3]] for row in rows]
    ).reshape(len(rows), len(meters), 3)
    places = all(row[2] is not None for row in rows)
    return MeterDays(
        meters=tuple(meters),
        days=tuple(date.fromisoformat(row[0]) for row in rows),
        working=tuple(row[1] for row in rows),
        daylight_h=np.array([float(row[2]) for row in rows]) if places else None,
        measured_kwh=values[:, :, 0].T,
        estimated_kwh=values[:, :, 1].T,
        coverage=values[:, :, 2].T,
        outdoor_c=_outdoor(rows),
    )


def _outdoor(rows: Sequence[Sequence[Any]]) -> Floats | None:
    if not any(len(row) > 4 for row in rows):
        return None
    return np.array([math.nan if row[4] is None else float(row[4]) for row in rows])
