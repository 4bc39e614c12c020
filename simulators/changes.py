"""Lamps that are hung while a retrofit counts its saving, for a need that its baseline did not know.

One such change both sides put into words and approve: a non-routine adjustment. Another nobody has worded
yet: it counts as used, and the product has to notice the step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from simulators import days
from simulators.contracts import Contract
from simulators.plan import CityPlan, generator, months_after
from simulators.weather import Array

ADJUSTMENT = "nra-1"
HALF_WIDTH_SHARE = 0.05
"""What the parties grant the agreed amount; the true one departs from it by less."""

_SHOWING_DAYS = 30
"""A change that has not lasted so long by the end of the history is not made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`lamps` of `watts` each, lit from `first_hour` for `hours` [h/d] from `first_day` on, on `on` days.

    `last_day` is that of the contract's term. `adjustment` is the code of what both sides approved, or None
    where nobody has worded it.
    """

    contract: str
    place: str
    first_day: date
    last_day: date
    lamps: int
    watts: float
    first_hour: int
    hours: int
    on: str
    adjustment: str | None


_FOUND: dict[str, tuple[int, int, float, int, int, str, str | None]] = {
    "finance": (60, 220, 40.0, 8, 10, "working_days", ADJUSTMENT),
    "library": (56, 320, 36.0, 8, 14, "every_day", None),
}
"""By place: days after the saving began, lamps, watts, first hour, hours, days, adjustment."""


def happen(plan: CityPlan, contracts: Sequence[Contract]) -> tuple[Change, ...]:
    """The changes at the places under contract that show before the history ends."""
    found = []
    for contract in contracts:
        if contract.place.code not in _FOUND:
            continue
        after, lamps, watts, first_hour, hours, on, adjustment = _FOUND[contract.place.code]
        first_day = contract.reporting_start + timedelta(days=after)
        if first_day + timedelta(days=_SHOWING_DAYS) <= plan.until:
            found.append(
                Change(
                    contract=contract.code, place=contract.place.code, first_day=first_day,
                    last_day=months_after(contract.accepted_on, 12 * contract.term_years),
                    lamps=lamps, watts=watts, first_hour=first_hour, hours=hours, on=on,
                    adjustment=adjustment,
                )
            )  # fmt: skip
    return tuple(found)


def extra_kwh(plan: CityPlan, change: Change) -> Array:
    """What the change adds within each hour, shape (hours,)."""
    calendar = days.span(plan.start, plan.days)
    lit = np.zeros((plan.days, 24))
    lit[:, change.first_hour : change.first_hour + change.hours] = 1
    lit[[day < change.first_day for day in calendar]] = 0
    if change.on == "working_days":
        lit[~days.working(calendar)] = 0
    rng = generator(plan.seed, "change", change.contract)
    departs = 1 + 0.4 * HALF_WIDTH_SHARE * float(rng.standard_normal())
    jitter = 1 + 0.05 * rng.standard_normal(plan.hours)
    return np.asarray(change.lamps * change.watts / 1000 * departs * lit.ravel() * jitter)


def adjustment_document(change: Change) -> dict[str, Any]:
    """The wording both sides approve: no more than they know."""
    return {
        "kind": "lamps",
        "first_day": change.first_day.isoformat(),
        "last_day": change.last_day.isoformat(),
        "term": {
            "formula": "lamps", "count": change.lamps, "watts": change.watts, "hours": float(change.hours),
        },
        "reason": "三楼新增办公用房,加装照明 / offices moved in on the third floor, lamps were added",
        "evidence": ["装修竣工单 2026-3F / completion certificate 2026-3F", "灯具清单 / list of lamps"],
        "on": change.on,
        "half_width_share": HALF_WIDTH_SHARE,
        "by": "李强",
        "role": "esco",
    }  # fmt: skip


def approvals(contract: Contract) -> tuple[dict[str, str], dict[str, str]]:
    """Who approves: the client, then the ESCO."""
    return (
        {"side": "client", "by": "王敏", "role": f"{contract.place.name_zh} 节能管理岗"},
        {"side": "esco", "by": "李强", "role": f"{contract.esco_zh} 项目经理"},
    )
