"""Lamps as they truly are, one by one, and what is measured on some of them: samples and fixture tests.

A population of lamps grows from the plan's seed; its sums are the truth, and what a sample of it says goes
into the contract, with the error that a sample honestly has.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from simulators.places import Place
from simulators.plan import CityPlan, generator
from simulators.weather import Array

OUTDOOR_HOURS = 10.5
"""The time switch of outdoor lamps: 18:30 to 05:00, the whole year."""

_OUTDOOR_SHARES = np.array([1.0] * 5 + [0.0] * 13 + [0.5] + [1.0] * 5)
_TIME_SWITCH = {
    "value": OUTDOOR_HOURS, "shared": "time-switch",
    "source": "双方约定:时控开关全年 18:30-05:00 / agreed: time switch, 18:30-05:00 all year",
}  # fmt: skip

FIXTURES = 400
TESTED = 12
_TEST_HOURS = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LampGroup:
    """Outdoor lamps of one kind before and after their retrofit: true watts, shape (count,).

    `sampled` of them were measured.
    """

    name: str
    type_before: str
    type_after: str
    sampled: int
    watts_before: Array
    watts_after: Array

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.watts_before)


@dataclass(frozen=True, slots=True)
class Fixtures:
    """Fixtures alike of one place: true watts before and after, shape (population,)."""

    watts_before: Array
    watts_after: Array

    @property
    def saving_rate(self) -> float:
        """1 − Σ after / Σ before."""
        return 1 - float(self.watts_after.sum() / self.watts_before.sum())


_OUTDOOR: dict[str, tuple[tuple[str, str, str, int, int, float, float], ...]] = {
    "sports": (
        ("庭院灯 courtyard", "HPS 250 W", "LED 100 W", 164, 36, 278.0, 101.0),
        ("停车场灯 car park", "HPS 400 W", "LED 150 W", 58, 24, 442.0, 152.0),
    )
}


def outdoor_lamps(plan: CityPlan, place: Place) -> tuple[LampGroup, ...]:
    """The outdoor lamps of `place` that stand in no meter's books but the main meter's."""
    groups = []
    for name, before, after, count, sampled, watts_before, watts_after in _OUTDOOR.get(place.code, ()):
        rng = generator(plan.seed, "outdoor lamps", place.code, name)
        groups.append(
            LampGroup(
                name=name, type_before=before, type_after=after, sampled=sampled,
                watts_before=_watts(rng, watts_before, share=0.06, count=count),
                watts_after=_watts(rng, watts_after, share=0.03, count=count),
            )
        )  # fmt: skip
    return tuple(groups)


def outdoor_kwh(plan: CityPlan, place: Place) -> Array:
    """What the outdoor lamps of `place` use within each hour as without any retrofit, shape (hours,)."""
    kilowatts = sum(float(group.watts_before.sum()) for group in outdoor_lamps(plan, place)) / 1000
    return np.asarray(np.tile(kilowatts * _OUTDOOR_SHARES, plan.days))


def outdoor_saving_rate(plan: CityPlan, place: Place) -> float:
    """1 − Σ after / Σ before over all groups, which burn the same hours."""
    groups = outdoor_lamps(plan, place)
    after = sum(float(group.watts_after.sum()) for group in groups)
    return 1 - after / sum(float(group.watts_before.sum()) for group in groups)


def inventory(plan: CityPlan, place: Place) -> list[dict[str, Any]]:
    """The lamp inventory of a contract: each group with its samples and its agreed hours."""
    return [
        {
            "name": group.name, "type_before": group.type_before, "type_after": group.type_after,
            "count": group.count,
            "watts_before": _sample(plan, place, f"{group.name} before", group.watts_before, group.sampled),
            "watts_after": _sample(plan, place, f"{group.name} after", group.watts_after, group.sampled),
            "hours": dict(_TIME_SWITCH),
        }
        for group in outdoor_lamps(plan, place)
    ]  # fmt: skip


def fixtures(plan: CityPlan, place: Place) -> Fixtures:
    """The ceiling fixtures of a place whose saving is measured on some of them."""
    rng = generator(plan.seed, "fixtures", place.code)
    before = _watts(rng, 160.0, share=0.06, count=FIXTURES)
    rate = rng.uniform(0.5, 0.6)
    return Fixtures(before, np.round(before * (1 - rate) * (1 + 0.05 * rng.standard_normal(FIXTURES)), 2))


def fixture_tests(plan: CityPlan, place: Place, *, before: date, after: date) -> list[dict[str, Any]]:
    """24 hours of some fixtures on a day before and one after: each burns as long as its room is used."""
    found = fixtures(plan, place)
    rng = generator(plan.seed, "fixture tests", place.code)
    rows = []
    for order, number in enumerate(sorted(rng.choice(FIXTURES, TESTED, replace=False).tolist())):
        hours = _TEST_HOURS * (1 + 0.04 * rng.standard_normal(2))
        energies = np.round(hours * (found.watts_before[number], found.watts_after[number]) / 1000, 3)
        rows.append(
            {"fixture": f"L-{number + 1:03}", "before_kwh": float(energies[0]),
             "after_kwh": float(energies[1]),
             "before_on": (before + timedelta(days=order % 3)).isoformat(), "after_on": after.isoformat()}
        )  # fmt: skip
    return rows


def _watts(rng: np.random.Generator, mean: float, *, share: float, count: int) -> Array:
    """Lamps of one kind differ by a `share` of their mean."""
    return np.asarray(np.round(mean * (1 + share * rng.standard_normal(count)), 2))


def _sample(plan: CityPlan, place: Place, what: str, watts: Array, size: int) -> dict[str, Any]:
    """Mean and deviation of `size` lamps drawn without replacement."""
    drawn = generator(plan.seed, "sample", place.code, what).choice(watts, size, replace=False)
    return {
        "mean": round(float(drawn.mean()), 3), "deviation": round(float(drawn.std(ddof=1)), 3),
        "size": size, "population": len(watts),
    }  # fmt: skip
