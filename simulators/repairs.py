"""Repair requests round the clock: who reports what, how it is answered, done and rated.

Completions keep clear of any close of business: what is in time is done by 17:00 of the due day, what is late
is done on a later day. A paused or resized order is in time, or late, whichever way its due date is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulators import days
from simulators.places import Place
from simulators.plan import DAY_MS, CityPlan, generator, midnight_ms

WORKING_DAYS = {"small": 1, "large": 3}
PAUSE_REASONS = ("等待配件", "用户无法进入", "需停电/停水审批", "天气")
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_CLOSE = 17 * _HOUR_MS

TROUBLES: tuple[tuple[str, str, str], ...] = (
    ("lighting", "走廊灯不亮", "三楼走廊"),
    ("plumbing", "卫生间水龙头漏水", "二楼卫生间"),
    ("hvac", "空调不制冷", "会议室"),
    ("electrical", "插座没有电", "办公室"),
    ("door", "门锁损坏", "一楼大厅"),
    ("lift", "电梯异响", "1号电梯"),
    ("roof", "屋面渗水", "顶层机房"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an order; `detail` holds the reason, size or rating of its kind."""

    kind: str
    at_ms: int
    by: str
    detail: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A repair request and its events in time order."""

    number: str
    institution: str
    location: str
    category: str
    size: str
    severity: str
    description: str
    reporter: str
    reported_ms: int
    events: tuple[Event, ...]

    def at(self, kind: str) -> int | None:
        """When the first event of a kind happened."""
        return next((event.at_ms for event in self.events if event.kind == kind), None)


def report_repairs(plan: CityPlan, places: Sequence[Place]) -> tuple[Order, ...]:
    """The orders of the history, by time of report; none of their events lies after `until`."""
    rng = generator(plan.seed, "repairs")
    count = round(plan.repairs_per_month * plan.months)
    stamps = sorted(_report_instant(plan, rng) for _ in range(count))
    heads = np.array([place.head_count for place in places], dtype=float)
    homes = rng.choice(len(places), size=count, p=heads / heads.sum())
    return tuple(
        _order(plan, rng, number=f"R{number + 1:05}", place=places[int(homes[number])], reported_ms=stamp)
        for number, stamp in enumerate(stamps)
    )


def _report_instant(plan: CityPlan, rng: np.random.Generator) -> int:
    """Two in three in working hours of a working day; the others at any hour of any day."""
    in_hours = rng.random() < 0.66
    while True:
        offset = int(rng.integers(plan.history_days))
        if not in_hours or days.is_working_day(plan.start + timedelta(days=offset)):
            break
    minute = float(rng.uniform(8 * 60, 18 * 60)) if in_hours else float(rng.uniform(0, 24 * 60))
    return plan.start_ms + offset * DAY_MS + round(minute * 60) * 1000


def _order(plan: CityPlan, rng: np.random.Generator, *, number: str, place: Place, reported_ms: int) -> Order:
    category, description, location = TROUBLES[int(rng.integers(len(TROUBLES)))]
    size = "large" if rng.random() < (0.5 if category in {"roof", "lift"} else 0.06) else "small"
    if reported_ms > plan.until_ms - 4 * _HOUR_MS:
        size = "large"
    severity = "urgent" if rng.random() < 0.15 else "normal"
    due = _n_days_on(_local_day(reported_ms), WORKING_DAYS[size])
    minutes = float(rng.lognormal(np.log(9 if severity == "urgent" else 14), 0.6))
    responded_ms = reported_ms + max(1, round(minutes * 60)) * 1000
    events = [Event("respond", responded_ms, "维修值班室")]
    if rng.random() < 0.005:
        events.append(Event("cancel", responded_ms + 20 * _MINUTE_MS, "报修人", (("reason", "已自行恢复"),)))
    else:
        events += _work(rng, size=size, due=due, responded_ms=responded_ms)
    return Order(
        number=number, institution=place.code, location=location, category=category, size=size,
        severity=severity, description=description, reporter=f"{place.name_zh}值班员",
        reported_ms=reported_ms, events=_before(plan, events, due=due),
    )  # fmt: skip


def _before(plan: CityPlan, events: list[Event], *, due: date) -> tuple[Event, ...]:
    """The events up to `until`. What would be open then is done at once if it falls due on that very day.

    So whether an open order is overdue does not hang on the hour of the day at which someone asks.
    """
    told = tuple(event for event in events if event.at_ms < plan.until_ms)
    if due == plan.until and not any(event.kind in {"complete", "cancel"} for event in told):
        told = (*events[:1], Event("complete", events[0].at_ms + 5 * _MINUTE_MS, "维修一班"))
    return told


def _work(rng: np.random.Generator, *, size: str, due: date, responded_ms: int) -> list[Event]:
    """What happens after the response: pauses, a change of size, completion, a rating, or nothing yet."""
    fate = float(rng.random())
    if fate < 0.012:
        return []
    on_time = fate < 0.93
    latest = midnight_ms(due) + _CLOSE
    if on_time:
        hours = float(rng.uniform(0.05, 0.95))
        completed = responded_ms + round((latest - responded_ms) * hours / 1000) * 1000
        completed = _into_the_day(completed, earliest=responded_ms + 2 * _MINUTE_MS, latest=latest)
    else:
        late_day = _n_days_on(due, 6 + int(rng.integers(5)))
        completed = midnight_ms(late_day) + round(float(rng.uniform(9, 16)) * 3600) * 1000
    events = _interruptions(rng, responded_ms, completed, size=size)
    events.append(Event("complete", completed, f"维修{('一', '二', '三')[int(rng.integers(3))]}班"))
    if rng.random() < 0.72:
        rating = int(rng.choice([4, 3, 2, 1], p=(0.62, 0.27, 0.08, 0.03)))
        rated = completed + round(float(rng.uniform(0.5, 30)) * 3600) * 1000
        events.append(Event("rate", rated, "报修人", (("rating", rating),)))
    return events


def _interruptions(rng: np.random.Generator, first: int, last: int, *, size: str) -> list[Event]:
    """A pause within the work for some orders, a change of size for a few."""
    quarter = (last - first) // 4000 * 1000
    events: list[Event] = []
    if rng.random() < 0.08 and quarter > 10 * _MINUTE_MS:
        reason = PAUSE_REASONS[int(rng.integers(len(PAUSE_REASONS)))]
        events.append(Event("pause", first + quarter, "维修值班室", (("reason", reason),)))
        events.append(Event("resume", min(first + 2 * quarter, first + quarter + 2 * DAY_MS), "维修值班室"))
    elif size == "large" and rng.random() < 0.05:
        events.append(Event("resize", first + quarter, "维修值班室", (("size", "small"),)))
    return events


def _into_the_day(instant: int, *, earliest: int, latest: int) -> int:
    """The instant, moved out of the night where that keeps it between its bounds."""
    midnight = midnight_ms(_local_day(instant))
    awake = min(max(instant, midnight + 8 * _HOUR_MS), midnight + 21 * _HOUR_MS)
    return min(max(awake, earliest), max(latest, earliest))


def _local_day(ms: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + (ms + 8 * _HOUR_MS) // DAY_MS)


def _n_days_on(day: date, count: int) -> date:
    """The n-th working day after `day`, by the week where the calendar ends."""
    while count:
        day += timedelta(days=1)
        count -= days.is_working_day(day)
    return day
