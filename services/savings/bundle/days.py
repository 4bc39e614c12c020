"""From quoted readings to the frozen values of days and hours of a settlement, and where these differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.metering.spans import Floats, Integers
from services.savings.bundle.parts import days_of, meters_of
from services.savings.bundle.register import Quote, Register, day_edges, hour_edges
from services.savings.bundle.rows import Key, Run
from services.savings.meter_days import MeterDays, gather
from services.savings.money import inputs as money_inputs
from services.savings.money.local_hours import clock_hours

HOURS = "hours"
"""The period whose intervals are hours: those of the reporting days, where savings are valued by them."""

_COLUMNS = ("measured_kwh", "estimated_kwh", "coverage")


@dataclass(frozen=True, slots=True)
class Unproven:
    """A frozen value of a day or an hour that is not what its readings give; None where nothing is known."""

    period: str
    meter: str
    day: date
    column: str
    said: float | Decimal | None
    recomputed: float | Decimal | None


def grids(document: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Integers]:
    """The boundaries of the intervals that a settlement rests on, by period."""
    edges = {period: day_edges(table.days, zone) for period, table in days_of(document).items()}
    if document["inputs"].get("hours"):
        edges[HOURS] = hour_edges(edges["reporting"])
    return edges


def runs_of(
    document: Mapping[str, Any], registers: Mapping[str, Register], quotes: Mapping[Key, Quote],
    zone: ZoneInfo,
) -> list[Run]:  # fmt: skip
    """The intervals of every meter in every period, as its quoted readings give them."""
    runs = []
    for period, edges in grids(document, zone).items():
        for code in meters_of(document):
            quote = quotes.get((period, code)) or Quote.none()
            runs.append(Run((period, code), edges, registers[code].cut(quote, edges), quote))
    return runs


def unproven_values(document: Mapping[str, Any], runs: Sequence[Run], zone: ZoneInfo) -> tuple[Unproven, ...]:
    """The frozen values of days and hours that the intervals do not come to, in reading order."""
    found: list[Unproven] = []
    meters, cuts = meters_of(document), {run.key: run.cut for run in runs}
    for period, table in days_of(document).items():
        found += differences(period, table, {code: cuts[period, code].columns for code in meters})
    if document["inputs"].get("hours"):
        starts = next(run.edges for run in runs if run.key[0] == HOURS)[:-1]
        columns = [(cuts[HOURS, code].measured_kwh, cuts[HOURS, code].estimated_kwh) for code in meters]
        found += _hours(
            document, clock_hours(starts, columns, days=days_of(document)["reporting"].days, zone=zone)
        )
    return tuple(found)


def _hours(document: Mapping[str, Any], given: Mapping[date, Sequence[Decimal | None]]) -> Iterator[Unproven]:
    said = money_inputs.read(document["inputs"]).hours
    for day in sorted(given.keys() | said.keys()):
        pairs = zip_longest(said.get(day, ()), given.get(day, ()))
        for hour, (one, other) in enumerate(pairs):
            if one != other:
                yield Unproven(HOURS, "all meters", day, f"{hour:02}:00", one, other)


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
