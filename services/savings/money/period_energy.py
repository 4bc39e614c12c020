"""A month's baseline and actual energy by tariff period: day values and clock hours in, sums out.

What is known of a day's hours serves as its profile: a day value is laid over the periods in proportion, so
that the periods add up to the day values, exactly. A baseline known by the hour has a profile of its own. A
baseline known by the day takes that of the reporting day's actual hours: it is taken that what was replaced
would have run when its replacement did.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.savings.money.tariffs.plan import Hours, Period
from services.savings.money.tariffs.splitting import portions


class ProfileRule(StrEnum):
    """Whose hours a day's baseline was laid over the periods by, the first of these that there is."""

    OWN = "own"
    """The baseline's own hours."""
    ACTUAL = "actual"
    """The hours of the day's actual energy."""
    MEAN = "mean"
    """The actual hours of all days of the month together, for a day on which nothing was used."""
    EVEN = "even"
    """Every minute alike, in a month in which nothing was used."""


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """A measured day: its adjusted baseline and actual energy [kWh], as settled.

    `actual_by_hour` are the actual energies of the 24 hours of the local clock [kWh], None where one is not
    known; `baseline_by_hour` the same of the baseline, or None where it is known by the day only.
    """

    day: date
    baseline_kwh: Decimal
    actual_kwh: Decimal
    actual_by_hour: Sequence[Decimal | None]
    baseline_by_hour: Sequence[Decimal | None] | None = None


@dataclass(frozen=True, slots=True)
class PeriodEnergies:
    """Baseline and actual energy [kWh] by period, and how many days' baselines were laid out by which rule.

    The periods are those of the tariff's hours, also where there is no energy in them.
    """

    baseline_kwh: Mapping[Period, Decimal]
    actual_kwh: Mapping[Period, Decimal]
    days: Mapping[ProfileRule, int]


def energy_by_period(days: Iterable[DayEnergy], hours: Hours) -> PeriodEnergies:
    """Lay the energies of measured days of one month over the periods of a tariff's hours.

    Raises `ValueError` where a day has not 24 hours.
    """
    rows = list(days)
    own = [_weights(row.day.month, row.actual_by_hour, hours) for row in rows]
    mean = _sum(own)
    baseline, actual = _nothing(rows, hours), _nothing(rows, hours)
    used: dict[ProfileRule, int] = {}
    for row, weights in zip(rows, own, strict=True):
        rule, profile = _profile(row, weights, mean, hours)
        _add(actual, portions(row.actual_kwh, profile))
        if row.baseline_by_hour is not None:
            of_baseline = _weights(row.day.month, row.baseline_by_hour, hours)
            if any(of_baseline.values()):
                rule, profile = ProfileRule.OWN, of_baseline
        _add(baseline, portions(row.baseline_kwh, profile))
        used[rule] = used.get(rule, 0) + 1
    return PeriodEnergies(baseline, actual, {rule: used[rule] for rule in ProfileRule if rule in used})


def _profile(
    row: DayEnergy, own: Mapping[Period, Decimal], mean: Mapping[Period, Decimal], hours: Hours
) -> tuple[ProfileRule, Mapping[Period, Decimal]]:
    if any(own.values()):
        return ProfileRule.ACTUAL, own
    if any(mean.values()):
        return ProfileRule.MEAN, mean
    even = {period: Decimal(minutes) for period, minutes in hours.minutes(row.day.month).items()}
    return ProfileRule.EVEN, even


def _weights(month: int, by_hour: Sequence[Decimal | None], hours: Hours) -> dict[Period, Decimal]:
    """kWh × minutes by period; an hour that is not known, or below zero, weighs nothing."""
    if len(by_hour) != 24:
        raise ValueError(f"a day has 24 hours of the clock, not {len(by_hour)}")
    found: dict[Period, Decimal] = {}
    for span in hours.spans(month):
        for hour in range(span.start // 60, (span.end + 59) // 60):
            minutes = min(span.end, 60 * hour + 60) - max(span.start, 60 * hour)
            weight = max(Decimal(), by_hour[hour] or Decimal()) * minutes
            found[span.period] = found.get(span.period, Decimal()) + weight
    return found


def _nothing(rows: Sequence[DayEnergy], hours: Hours) -> dict[Period, Decimal]:
    there = {period for row in rows for period in hours.minutes(row.day.month)}
    return {period: Decimal("0.000") for period in Period if period in there}


def _sum(all_weights: Iterable[Mapping[Period, Decimal]]) -> dict[Period, Decimal]:
    found: dict[Period, Decimal] = {}
    for weights in all_weights:
        _add(found, weights)
    return found


def _add(to: dict[Period, Decimal], more: Mapping[Period, Decimal]) -> None:
    for period, value in more.items():
        to[period] = to.get(period, Decimal()) + value
