"""From quoted readings to the frozen values of days and hours of a settlement, and where these differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, zip_longest
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.metering.spans import Floats, Integers
from services.savings.bundle.gauge import TEMPERATURE, Gauge, outdoor
from services.savings.bundle.parts import days_of, meters_of, weather_meter
from services.savings.bundle.register import CHANNEL, Cut, Quote, Register, day_edges, hour_edges
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


def grids(document: Mapping[str, Any], zone: ZoneInfo) -> dict[Key, Integers]:
    """The boundaries of the intervals that a settlement rests on, of every series in the order of tables."""
    meters, weather = meters_of(document), weather_meter(document)
    found: dict[Key, Integers] = {}
    for period, table in days_of(document).items():
        _refuse_gaps(period, table.days)
        edges = day_edges(table.days, zone)
        found |= {(period, code, CHANNEL): edges for code in meters}
        if weather is not None:
            found[period, weather, TEMPERATURE] = edges
    if document["inputs"].get("hours"):
        edges = hour_edges(day_edges(days_of(document)["reporting"].days, zone))
        found |= {(HOURS, code, CHANNEL): edges for code in meters}
    return found


def _refuse_gaps(period: str, days: Sequence[date]) -> None:
    """Few rows far apart would ask for the intervals of all the years between."""
    for one, other in pairwise(days):
        if other != one + timedelta(days=1):
            raise ValueError(f"{period}: {other} follows {one}")


def source(registers: Mapping[str, Register], key: Key) -> Register | Gauge:
    """What a series is cut by: its meter's register, or the gauge beside it."""
    register = registers[key[1]]
    return Gauge(register.meter) if key[2] == TEMPERATURE else register


def runs_of(
    document: Mapping[str, Any], registers: Mapping[str, Register], quotes: Mapping[Key, Quote],
    zone: ZoneInfo,
) -> list[Run]:  # fmt: skip
    """The intervals of every series, as its quoted readings give them."""
    runs = []
    for key, edges in grids(document, zone).items():
        quote = quotes.get(key) or Quote.none()
        runs.append(Run(key, edges, source(registers, key).cut(quote, edges), quote))
    return runs


def unproven_values(document: Mapping[str, Any], runs: Sequence[Run], zone: ZoneInfo) -> tuple[Unproven, ...]:
    """The frozen values of days and hours that the intervals do not come to, in reading order."""
    found: list[Unproven] = []
    for period, table in days_of(document).items():
        found += differences(period, table, {run.key: run.cut for run in runs})
    if document["inputs"].get("hours"):
        of_hours = [run for run in runs if run.key[0] == HOURS]
        columns = [(run.cut.measured_kwh, run.cut.estimated_kwh) for run in of_hours]
        days = days_of(document)["reporting"].days
        found += _hours(document, clock_hours(of_hours[0].edges[:-1], columns, days=days, zone=zone))
    return tuple(found)


def _hours(document: Mapping[str, Any], given: Mapping[date, Sequence[Decimal | None]]) -> Iterator[Unproven]:
    said = money_inputs.read(document["inputs"]).hours
    for day in sorted(given.keys() | said.keys()):
        pairs = zip_longest(said.get(day, ()), given.get(day, ()))
        for hour, (one, other) in enumerate(pairs):
            if one != other:
                yield Unproven(HOURS, "all meters", day, f"{hour:02}:00", one, other)


def differences(period: str, said: MeterDays, given: Mapping[Key, Cut]) -> list[Unproven]:
    """Where the days that `said` holds are not what freezing `given` gives, day by day."""
    columns = {code: given[period, code, CHANNEL].columns for code in said.meters}
    weather = next((key for key in given if key[0] == period and key[2] == TEMPERATURE), None)
    means = None if weather is None else outdoor(given[weather])
    frozen = gather(
        columns, days=said.days, working=said.working, daylight_h=said.daylight_h, outdoor_c=means
    )
    found: list[Unproven] = []
    for m, meter in enumerate(said.meters):
        for name in _COLUMNS:
            values = (getattr(said, name)[m], getattr(frozen, name)[m])
            found += _unequal((period, meter, name), said.days, *values)
    unknown = np.full(len(said.days), np.nan)
    one, other = (unknown if table.outdoor_c is None else table.outdoor_c for table in (said, frozen))
    found += _unequal((period, weather[1] if weather else "no weather", "outdoor_c"), said.days, one, other)
    return sorted(found, key=lambda row: row.day)


def _unequal(
    place: tuple[str, str, str], days: Sequence[date], said: Floats, given: Floats
) -> Iterator[Unproven]:
    period, meter, column = place
    for i in np.flatnonzero((said != given) & ~(np.isnan(said) & np.isnan(given))).tolist():
        yield Unproven(period, meter, days[i], column, _known(said[i]), _known(given[i]))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
