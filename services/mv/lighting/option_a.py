"""IPMVP option A for lighting: an inventory of lamp groups and a period in, a table of savings out.

Some figures are measured on samples, the others agreed between the parties; each keeps its own error, and the
result says how much of it was stipulated. The standard for lighting is GB/T 31348-2014; savings are positive.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.mv.lighting.lamps import FULL, NO_EFFECT, LampGroup
from services.mv.lighting.sampling import Figure, Sample, Uncertainty, added, combined, size_record, to_wh
from services.mv.limits import limit
from services.mv.model import ENGINE, Record
from services.mv.operating_days import On, Period


@dataclass(frozen=True, slots=True)
class LampLine:
    """A group in a period [W, h/d, d, kWh]; `uncertainty_kwh`: the half-width at 90 % of this line alone."""

    group: str
    type_before: str
    type_after: str
    count: int
    watts_before: float
    watts_after: float
    hours_before: float
    hours_after: float
    days: float
    baseline_kwh: float
    actual_kwh: float
    interactive_kwh: float
    savings_kwh: float
    uncertainty_kwh: float


@dataclass(frozen=True, slots=True)
class OptionA:
    """The table for [start, end), its sums [kWh] and findings.

    `savings_kwh` = baseline − actual + interactive, each the sum of the printed lines; `uncertainty_kwh` is
    the half-width at 90 % of the total.
    """

    start: date
    end: date
    lines: tuple[LampLine, ...]
    baseline_kwh: float
    actual_kwh: float
    interactive_kwh: float
    savings_kwh: float
    uncertainty_kwh: float
    records: tuple[Record, ...]
    engine: str = ENGINE


def error_of(inventory: tuple[LampGroup, ...], period: Period) -> Uncertainty:
    """The error of the inventory's saving in the period [kWh]: 0 where all is agreed."""
    return _uncertainty(_gathered(slope for group in inventory for slope in _slopes(group, period)))


_Slope = tuple[str, Figure, float]
"""A figure by its name, and what a unit more of it would add to the saving [kWh]."""


def option_a(inventory: tuple[LampGroup, ...], period: Period) -> OptionA:
    """Savings of the inventory (at least one group, names distinct) in the period, else `ValueError`.

    S = Σ N·(P_b·c_b·H_b − P_r·c_r·H_r)/1000·D·a·(1 + i) [kWh] (IPMVP option A with control factor c, days D,
    share in service a and interactive effect i). Errors by propagation to first order (GUM § 5.1.2): figures
    are independent of each other, and one that is shared counts once.
    """
    if not inventory or len({group.name for group in inventory}) < len(inventory):
        raise ValueError("an inventory has at least one group, and no two of one name")
    slopes = [_slopes(group, period) for group in inventory]
    lines = tuple(_line(group, period, _gathered(of)) for group, of in zip(inventory, slopes, strict=True))
    total = _gathered(slope for of in slopes for slope in of)
    baseline = added(line.baseline_kwh for line in lines)
    actual = added(line.actual_kwh for line in lines)
    interactive = added(line.interactive_kwh for line in lines)
    return OptionA(
        start=period.start,
        end=period.end,
        lines=lines,
        baseline_kwh=baseline,
        actual_kwh=actual,
        interactive_kwh=interactive,
        savings_kwh=added([baseline, -actual, interactive]),
        uncertainty_kwh=to_wh(_uncertainty(total).half_width()),
        records=_records(inventory, [(key, figure) for key, (figure, _) in total.items()], period),
    )


def _slopes(group: LampGroup, period: Period) -> list[_Slope]:
    """The saving is linear in each figure, so a unit more of it tells its slope exactly."""
    values, found = group.values(), []
    for slot, figure in group.figures():
        moved = values | {slot: values[slot] + 1}
        if slot == "hours" and group.hours_before is None:
            moved["hours_before"] = moved["hours"]
        slope = _saving(group, period, moved) - _saving(group, period, values)
        found.append((figure.shared or f"{group.name}:{slot}", figure, slope))
    return found


def _saving(group: LampGroup, period: Period, values: dict[str, float]) -> float:
    before, after, interactive = group.energies(period, values)
    return before - after + interactive


def _gathered(slopes: Iterable[_Slope]) -> dict[str, tuple[Figure, float]]:
    """One entry a figure, with the sum of its slopes."""
    found: dict[str, tuple[Figure, float]] = {}
    for key, figure, slope in slopes:
        known, carried = found.get(key, (figure, 0.0))
        if known != figure:
            raise ValueError(f"two different figures are shared as {key!r}")
        found[key] = (figure, carried + slope)
    return found


def _uncertainty(parts: dict[str, tuple[Figure, float]]) -> Uncertainty:
    return combined((slope * figure.standard_error, figure.freedom) for figure, slope in parts.values())


def _line(group: LampGroup, period: Period, parts: dict[str, tuple[Figure, float]]) -> LampLine:
    values = group.values()
    before, after, interactive = (to_wh(energy) for energy in group.energies(period, values))
    return LampLine(
        group=group.name,
        type_before=group.type_before,
        type_after=group.type_after,
        count=group.count,
        watts_before=values["watts_before"],
        watts_after=values["watts_after"],
        hours_before=values["hours_before"],
        hours_after=values["hours"],
        days=group.days(period, values),
        baseline_kwh=before,
        actual_kwh=after,
        interactive_kwh=interactive,
        savings_kwh=added([before, -after, interactive]),
        uncertainty_kwh=to_wh(_uncertainty(parts).half_width()),
    )


def _records(
    inventory: tuple[LampGroup, ...], figures: list[tuple[str, Figure]], period: Period
) -> tuple[Record, ...]:
    """Each sample against its rule, how much was stipulated, and days the calendar does not know."""
    stated = [(key, figure) for key, figure in figures if figure not in (FULL, NO_EFFECT)]
    samples = [(key, figure) for key, figure in stated if isinstance(figure, Sample)]
    least = limit("sampling", "measured_figures")
    by_calendar = any(group.on is not On.EVERY_DAY and group.days_a_month is None for group in inventory)
    unknown = period.unknown if by_calendar else 0
    return (
        *(
            size_record(
                f"sample_size:{key}",
                size=figure.size,
                variation=figure.variation,
                population=figure.population,
            )
            for key, figure in samples
        ),
        Record("measured_figures", len(samples), least.figure, least.source, len(samples) >= least.figure),
        Record("stipulated_share", round(1 - len(samples) / len(stated), 6), None, least.source, True),
        Record("days_without_calendar", unknown, 0, "calendar", unknown == 0),
    )
