"""From quoted readings to day values, for every meter and period of a settlement, and where these differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from services.metering.spans import Floats
from services.savings.bundle_register import Quote, Register, day_edges
from services.savings.bundle_rows import Key, Run
from services.savings.meter_days import MeterDays, gather

_COLUMNS = ("measured_kwh", "estimated_kwh", "coverage")


@dataclass(frozen=True, slots=True)
class Unproven:
    """A frozen day value that is not what its readings give; None where nothing is known."""

    period: str
    meter: str
    day: date
    column: str
    said: float | None
    recomputed: float | None


def runs_of(
    tables: Mapping[str, MeterDays], registers: Mapping[str, Register], quotes: Mapping[Key, Quote],
    zone: ZoneInfo,
) -> list[Run]:  # fmt: skip
    """The intervals of every meter in every period, as its quoted readings give them."""
    runs = []
    for period, table in tables.items():
        edges = day_edges(table.days, zone)
        for code in table.meters:
            quote = quotes.get((period, code)) or Quote.none()
            runs.append(Run((period, code), edges, registers[code].cut(quote, edges), quote))
    return runs


def unproven_days(tables: Mapping[str, MeterDays], runs: Sequence[Run]) -> tuple[Unproven, ...]:
    """The day values of a settlement that the intervals do not round to, in reading order."""
    cuts = {run.key: run.cut for run in runs}
    return tuple(
        one
        for period, table in tables.items()
        for one in differences(period, table, {code: cuts[period, code].columns for code in table.meters})
    )


def differences(
    period: str, said: MeterDays, given: Mapping[str, tuple[Floats, Floats, Floats]]
) -> list[Unproven]:
    """Where `said` is not what gathering `given` (columns by meter) freezes."""
    frozen = gather(given, days=said.days, working=said.working, daylight_h=said.daylight_h)
    found = []
    for column in _COLUMNS:
        one, other = getattr(said, column), getattr(frozen, column)
        for m, i in np.argwhere((one != other) & ~(np.isnan(one) & np.isnan(other))).tolist():
            values = (_known(one[m, i]), _known(other[m, i]))
            found.append(Unproven(period, said.meters[m], said.days[i], column, *values))
    return sorted(found, key=lambda row: (row.day, said.meters.index(row.meter)))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
