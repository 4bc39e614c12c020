"""The figures of a set of judged orders: counts, response percentiles, and rates that hide nothing.

A rate's denominator holds what is done and what is overdue and not done, so that an order left lying lowers
it: on-time rate = on time ÷ (completed + overdue open). An order whose due date is unknown is in neither. A
cancelled order counts as reported and, if someone had responded, as responded; in nothing else.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.repairs.model import Status
from services.repairs.sla import Judged, Verdict

SATISFIED = 3
"""The lowest rating that counts as satisfied: 4 satisfied, 3 fairly satisfied."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of orders; percentiles in minutes and rates (0–1) are None where there is nothing to divide.

    `on_time_rate` and `completed_on_time` are gross (pauses ignored), those that end in `_net` are net.
    `due_unknown` counts orders, done or open, whose due date lies in a year without a calendar.
    """

    reported: int
    cancelled: int
    responded: int
    response_minutes_p50: float | None
    response_minutes_p90: float | None
    response_on_time: int
    response_on_time_rate: float | None
    completed: int
    completed_on_time: int
    completed_on_time_net: int
    overdue_open: int
    due_unknown: int
    open: int
    on_time_rate: float | None
    on_time_rate_net: float | None
    rated: int
    satisfied: int
    satisfaction_rate: float | None


def figures(orders: Sequence[Judged]) -> Figures:
    """The figures of `orders`, in any order."""
    minutes = [order.response_minutes for order in orders if order.response_minutes is not None]
    p50, p90 = np.percentile(minutes, [50, 90]).tolist() if minutes else (None, None)
    ratings = [order.state.rating for order in orders if order.state.rating is not None]
    satisfied = sum(rating >= SATISFIED for rating in ratings)
    response = Counter(order.response for order in orders)
    gross = Counter(order.completion for order in orders)
    net = Counter(order.completion_net for order in orders)
    return Figures(
        reported=len(orders),
        cancelled=sum(order.state.status is Status.CANCELLED for order in orders),
        responded=len(minutes),
        response_minutes_p50=p50,
        response_minutes_p90=p90,
        response_on_time=response[Verdict.ON_TIME],
        response_on_time_rate=_on_time_rate(response),
        completed=sum(order.state.completed_at is not None for order in orders),
        completed_on_time=gross[Verdict.ON_TIME],
        completed_on_time_net=net[Verdict.ON_TIME],
        overdue_open=gross[Verdict.OVERDUE],
        due_unknown=gross[Verdict.UNKNOWN],
        open=sum(order.state.open for order in orders),
        on_time_rate=_on_time_rate(gross),
        on_time_rate_net=_on_time_rate(net),
        rated=len(ratings),
        satisfied=satisfied,
        satisfaction_rate=satisfied / len(ratings) if ratings else None,
    )


def _on_time_rate(verdicts: Counter[Verdict]) -> float | None:
    judged = verdicts[Verdict.ON_TIME] + verdicts[Verdict.LATE] + verdicts[Verdict.OVERDUE]
    return verdicts[Verdict.ON_TIME] / judged if judged else None
