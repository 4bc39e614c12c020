"""The figures: what counts, what does not, and rates without orders."""

import pytest

from services.repairs.figures import Figures, figures
from services.repairs.model import Size, WorkOrder
from services.repairs.promises import load_promises
from services.repairs.sla import Judge
from services.workdays import Workdays
from tests.services.repairs.orders import ZONE, event, local, order


def of(*orders: WorkOrder, now: str = "2026-12-10 08:00") -> Figures:
    judge = Judge(load_promises(), Workdays(), ZONE, local(now))
    return figures([judge(one) for one in orders])


def done(respond: str, complete: str, rating: int | None = None) -> WorkOrder:
    events = [event("respond", respond), event("complete", complete)]
    if rating is not None:
        events.append(event("rate", "2026-12-01 10:00", rating=rating))
    return order("2026-11-20 09:00", *events)


IN_TIME = done("2026-11-20 09:10", "2026-11-23 10:00", rating=4)
LATE = done("2026-11-20 10:00", "2026-11-24 10:00", rating=2)
LYING = order("2026-11-20 09:00")


def test_no_orders_have_counts_of_zero_and_no_rates() -> None:
    nothing = of()
    assert nothing.reported == 0
    assert nothing.response_minutes_p50 is None
    assert nothing.on_time_rate is None
    assert nothing.on_time_rate_net is None
    assert nothing.response_on_time_rate is None
    assert nothing.satisfaction_rate is None


def test_an_overdue_open_order_lowers_the_on_time_rate() -> None:
    assert of(IN_TIME, LATE).on_time_rate == 0.5
    found = of(IN_TIME, LATE, LYING)
    assert found.on_time_rate == pytest.approx(1 / 3)
    assert found.response_on_time_rate == pytest.approx(1 / 3)
    assert (found.completed, found.completed_on_time, found.overdue_open, found.open) == (2, 1, 1, 1)


def test_an_order_not_yet_due_lowers_nothing() -> None:
    found = of(IN_TIME, order("2026-12-10 07:50"))
    assert found.on_time_rate == 1
    assert found.response_on_time_rate == 1
    assert (found.open, found.overdue_open) == (1, 0)


def test_response_percentiles_are_in_minutes() -> None:
    found = of(IN_TIME, LATE)
    assert found.responded == 2
    assert found.response_minutes_p50 == 35
    assert found.response_minutes_p90 == 55


def test_unknown_due_dates_are_counted_apart() -> None:
    unknown = order(
        "2026-12-30 09:00",
        event("respond", "2026-12-30 09:01"),
        event("complete", "2026-12-31 09:00"),
        size=Size.LARGE,
    )
    found = of(IN_TIME, unknown, now="2027-02-01 08:00")
    assert found.due_unknown == 1
    assert found.completed == 2
    assert found.completed_on_time == 1
    assert found.on_time_rate == 1


def test_satisfied_are_the_two_upper_ratings() -> None:
    ratings = [done("2026-11-20 09:10", "2026-11-23 10:00", rating=n) for n in (1, 2, 3, 4)]
    found = of(*ratings, LATE, LYING)
    assert (found.rated, found.satisfied, found.satisfaction_rate) == (5, 2, 0.4)


def test_a_cancelled_order_counts_as_reported_and_its_response_as_response() -> None:
    answered = order(
        "2026-11-20 09:00", event("respond", "2026-11-20 09:05"), event("cancel", "2026-11-20 10:00")
    )
    unanswered = order("2026-11-20 09:00", event("cancel", "2026-11-20 10:00"))
    found = of(answered, unanswered)
    assert (found.reported, found.cancelled, found.responded, found.open) == (2, 2, 1, 0)
    assert found.response_on_time_rate == 1
    assert found.overdue_open == 0
    assert found.on_time_rate is None


def test_net_figures_stand_beside_the_gross_ones() -> None:
    waited = order(
        "2026-11-20 09:00",
        event("respond", "2026-11-20 09:05"),
        event("pause", "2026-11-23 09:00", reason="parts"),
        event("resume", "2026-11-24 09:00"),
        event("complete", "2026-11-24 12:00"),
    )
    found = of(waited)
    assert (found.completed_on_time, found.completed_on_time_net) == (0, 1)
    assert (found.on_time_rate, found.on_time_rate_net) == (0, 1)
