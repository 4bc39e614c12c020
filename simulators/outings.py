"""When a vehicle's engine runs: on duty, late, in the evening, on a day off, or standing."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulators import days
from simulators.plan import CityPlan, generator, midnight_ms

_MINUTE_MS = 60_000
_OPENS, _CLOSES = 7 * 60, 19 * 60
"""Working hours in minutes of the local day. No outing begins or ends within ten minutes of either."""

_DUTY_FROM, _DUTY_UNTIL = 7 * 60 + 20, 18 * 60


@dataclass(frozen=True, slots=True)
class Outing:
    """One run of the engine. `approved` outings have a slip that covers them with ten minutes to spare."""

    start_ms: int
    end_ms: int
    moves: bool
    approved: bool


def timetable(plan: CityPlan, vehicle: str) -> list[Outing]:
    """The outings of `vehicle` in time order, over the plan's whole time; none overlap or touch `until`."""
    rng = generator(plan.seed, "outings", vehicle)
    use_rate = float(rng.uniform(0.45, 0.8))
    outings: list[Outing] = []
    for day in days.span(plan.start, plan.days):
        if days.is_working_day(day):
            outings += _working_day(rng, day, use_rate)
        elif rng.random() < 0.05:
            outings.append(_outing(rng, day, (9 * 60, 16 * 60), (30, 120), approved=rng.random() < 0.6))
    edges = (plan.until_ms, midnight_ms(plan.start + timedelta(days=plan.days)))
    return [trip for trip in outings if not any(trip.start_ms <= edge <= trip.end_ms for edge in edges)]


def outside_working_hours(start_ms: int, end_ms: int) -> bool:
    """Whether an outing begins or ends on a day off, or before 07:00 or from 19:00 on.

    In a year without a calendar nobody can tell a day off, and nothing counts as outside.
    """
    return any(_off_duty(instant) for instant in (start_ms, end_ms))


def _off_duty(instant_ms: int) -> bool:
    epoch = date(1970, 1, 1)
    minutes = instant_ms // _MINUTE_MS + 8 * 60
    day, minute = divmod(minutes, 24 * 60)
    works = days.known_working_day(epoch + timedelta(days=day))
    return works is not None and (not works or not _OPENS <= minute < _CLOSES)


def _working_day(rng: np.random.Generator, day: date, use_rate: float) -> list[Outing]:
    outings: list[Outing] = []
    if rng.random() < use_rate:
        count = int(rng.choice(3, p=(0.45, 0.4, 0.15))) + 1
        segment = (_DUTY_UNTIL - _DUTY_FROM) / count
        for part in range(count):
            earliest = _DUTY_FROM + part * segment
            spread = (earliest, earliest + 0.25 * segment)
            longest = min(100.0, 0.6 * segment)
            outings.append(_outing(rng, day, spread, (20, longest), approved=rng.random() < 0.9))
    if rng.random() < 0.02:
        outings.append(_outing(rng, day, (18 * 60 + 2, 18 * 60 + 5), (5, 9), approved=False, moves=False))
    if rng.random() < 0.015:
        outings.append(_outing(rng, day, (18 * 60 + 20, 18 * 60 + 45), (55, 90), approved=rng.random() < 0.6))
    elif rng.random() < 0.012:
        outings.append(_outing(rng, day, (20 * 60, 22 * 60 + 40), (30, 110), approved=rng.random() < 0.5))
    return outings


def _outing(
    rng: np.random.Generator,
    day: date,
    start: tuple[float, float],
    minutes: tuple[float, float],
    *,
    approved: bool,
    moves: bool = True,
) -> Outing:
    start_s = round(float(rng.uniform(*start)) * 60)
    length_s = round(float(rng.uniform(*minutes)) * 60)
    midnight = midnight_ms(day)
    return Outing(midnight + 1000 * start_s, midnight + 1000 * (start_s + length_s), moves, approved)
