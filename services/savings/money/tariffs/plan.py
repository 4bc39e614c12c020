"""A tariff plan: the clock hours of its periods by month, and the price of each [yuan/kWh].

Prices are those of the published table, digit for digit. None is ever computed from a base and a multiplier:
tables differ from such products in the fourth decimal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

MINUTES_OF_DAY = 24 * 60


class Period(StrEnum):
    """尖, 峰, 平 and 谷."""

    SHARP = "sharp"
    PEAK = "peak"
    FLAT = "flat"
    VALLEY = "valley"


class Structure(StrEnum):
    """单一制 (energy only) and 两部制 (energy, and demand or capacity)."""

    SINGLE = "single"
    TWO_PART = "two-part"


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes [start, end) of the local clock, 0 to 1440, in one period."""

    start: int
    end: int
    period: Period


@dataclass(frozen=True, slots=True)
class Hours:
    """Which period each minute of the local clock of `zone` lies in: for each month, January first, the spans
    in order, from 0 to 1440 without gap or overlap."""

    id: str
    zone: ZoneInfo
    months: tuple[tuple[Span, ...], ...]

    def spans(self, month: int) -> tuple[Span, ...]:
        """The spans of a month, 1 to 12."""
        return self.months[month - 1]

    def period(self, instant: datetime) -> Period:
        """The period of an aware instant; the spans of its own local month hold, also at midnight."""
        local = instant.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return next(span.period for span in self.spans(local.month) if minute < span.end)

    def minutes(self, month: int) -> dict[Period, int]:
        """How many minutes a day of the month has in each period."""
        found: dict[Period, int] = {}
        for span in self.spans(month):
            found[span.period] = found.get(span.period, 0) + span.end - span.start
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """One row of a published price table, in force on the local days `effective_from` to `effective_to`.

    `effective_to` is included; None: until further notice. `prices` are those of the periods of `hours`,
    empty where there are none; `non_tou` is the price of users without periods. All in yuan/kWh. The second
    part of a two-part tariff is by demand [yuan/kW per month] or by capacity [yuan/kVA per month], as the
    user chose. `network` is the part of the prices that is for transmission and distribution; nothing is
    computed from it. Days and hours are those of `zone`.
    """

    id: str
    region: str
    structure: Structure
    voltage: str
    effective_from: date
    effective_to: date | None
    source: str
    mark: str
    zone: ZoneInfo
    hours: Hours | None
    prices: Mapping[Period, Decimal]
    non_tou: Decimal | None
    demand_yuan_per_kw_month: Decimal | None
    capacity_yuan_per_kva_month: Decimal | None
    network: Decimal | None

    def on(self, day: date) -> bool:
        """Whether the plan is in force on a local day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class NoPrice(LookupError):
    """No price is known for what was asked; the message names the tariff, the day and what is missing."""


def price(plan: Plan, instant: datetime) -> Decimal:
    """The price [yuan/kWh] at an aware instant, by its period, or `non_tou` of a plan without periods.

    Raises `NoPrice` where the plan is not in force.
    """
    day = instant.astimezone(plan.zone).date()
    if not plan.on(day):
        raise NoPrice(f"{plan.id}: not in force on {day}")
    return non_tou(plan) if plan.hours is None else plan.prices[plan.hours.period(instant)]


def non_tou(plan: Plan) -> Decimal:
    """The price [yuan/kWh] without periods. Raises `NoPrice` where the plan has none."""
    if plan.non_tou is None:
        raise NoPrice(f"{plan.id}: has no price without periods")
    return plan.non_tou


def blended(plan: Plan, profile: Sequence[Decimal], *, month: int) -> Decimal:
    """The mean price [yuan/kWh] of a day's `profile`: 24 energies or weights, one a local clock hour.

    `Σ w_h·p_h / Σ w_h`, the energy of an hour being spread evenly over it. Raises `ValueError` when the
    profile is not of 24 weights of which none is negative and one is positive, `NoPrice` without any price.
    """
    if len(profile) != 24 or min(profile) < 0 or not any(profile):
        raise ValueError("a profile has 24 weights, none negative and not all zero")
    if plan.hours is None:
        return non_tou(plan)
    cost = Decimal()
    for span in plan.hours.spans(month):
        for hour, weight in enumerate(profile):
            minutes = max(0, min(span.end, 60 * hour + 60) - max(span.start, 60 * hour))
            cost += weight * minutes * plan.prices[span.period]
    return cost / 60 / sum(profile)


@dataclass(frozen=True, slots=True)
class Tariffs:
    """Every known plan, by id and day."""

    plans: tuple[Plan, ...] = ()

    def known(self, tariff: str) -> bool:
        """Whether there is any plan of this id."""
        return any(plan.id == tariff for plan in self.plans)

    def on(self, tariff: str, day: date) -> Plan | None:
        """The plan of an id that is in force on a local day, or None."""
        return next((plan for plan in self.plans if plan.id == tariff and plan.on(day)), None)

    def between(self, tariff: str, start: date, end: date) -> tuple[Plan, ...]:
        """The plans of an id that are in force on any of the days [start, end), oldest first."""
        found = [
            plan
            for plan in self.plans
            if plan.id == tariff
            and plan.effective_from < end
            and (plan.effective_to is None or plan.effective_to >= start)
        ]
        return tuple(sorted(found, key=lambda plan: plan.effective_from))
