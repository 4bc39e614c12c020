"""Repair orders: round the clock, in a possible order of events, clear of the edges of due days."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from simulators import days
from simulators.city import City
from simulators.places import PLACES
from simulators.plan import ZONE
from simulators.repairs import PAUSE_REASONS, WORKING_DAYS, Order, report_repairs
from tests.simulators.conftest import SMALL

MANY = report_repairs(replace(SMALL, repairs_per_month=600), PLACES[:6])

FOLLOWS: dict[str, set[str | None]] = {
    "respond": {None},
    "pause": {"respond"},
    "resume": {"pause"},
    "resize": {"respond"},
    "complete": {"respond", "resume", "resize"},
    "cancel": {"respond"},
    "rate": {"complete"},
}


DETAILS = {"pause": {"reason"}, "cancel": {"reason"}, "rate": {"rating"}, "resize": {"size"}}


def local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZONE)


def due(order: Order) -> date:
    day = days.due_day(local(order.reported_ms).date(), WORKING_DAYS[order.size])
    assert day is not None
    return day


def test_orders_come_by_day_and_night_and_on_days_off(whole_city: City) -> None:
    reported = [local(order.reported_ms) for order in whole_city.orders]
    in_hours = sum(days.is_working_day(at.date()) and 8 <= at.hour < 18 for at in reported)
    assert 0.65 < in_hours / len(reported) < 0.85
    assert sum(at.hour < 6 for at in reported) > 20
    assert sum(not days.is_working_day(at.date()) for at in reported) > 60
    assert reported == sorted(reported)


def test_numbers_are_unique_and_institutions_exist(whole_city: City) -> None:
    assert len({order.number for order in whole_city.orders}) == len(whole_city.orders)
    assert {order.institution for order in whole_city.orders} <= {place.code for place in PLACES}


def test_events_follow_one_another_and_none_is_after_the_end() -> None:
    for order in MANY:
        before, at_ms = None, order.reported_ms
        for event in order.events:
            assert before in FOLLOWS[event.kind]
            assert at_ms <= event.at_ms < SMALL.until_ms
            before, at_ms = event.kind, event.at_ms


def test_everything_that_can_happen_happens() -> None:
    kinds = Counter(event.kind for order in MANY for event in order.events)
    assert set(kinds) == set(FOLLOWS)
    assert kinds["respond"] > kinds["complete"] > kinds["rate"] > kinds["pause"] > kinds["cancel"]
    assert {order.size for order in MANY} == {"small", "large"}
    assert {order.severity for order in MANY} == {"normal", "urgent"}


def test_details_belong_to_their_kind() -> None:
    for order in MANY:
        for event in order.events:
            detail = dict(event.detail)
            assert set(detail) == DETAILS.get(event.kind, set())
            if event.kind == "pause":
                assert detail["reason"] in PAUSE_REASONS
            if event.kind == "rate":
                assert detail["rating"] in {1, 2, 3, 4}


def test_most_are_done_in_time_and_some_are_late() -> None:
    done = [(order, local(at)) for order in MANY if (at := order.at("complete"))]
    on_time = sum(at.date() <= due(order) for order, at in done)
    assert 0.88 < on_time / len(done) < 0.97


def test_no_completion_is_near_close_of_business_of_its_due_day() -> None:
    """In time is by 17:00 of the due day, late is at least a whole day later."""
    for order in MANY:
        if at := order.at("complete"):
            day = due(order)
            assert local(at) <= datetime.combine(day, time(17), ZONE) or local(at).date() > day


def test_a_pause_or_a_new_size_never_decides_whether_an_order_is_in_time() -> None:
    for order in MANY:
        completed, paused = order.at("complete"), order.at("pause")
        if completed is None or (paused is None and order.at("resize") is None):
            continue
        late = local(completed).date() > due(order)
        days_paused = ((order.at("resume") or 0) - paused) / 86_400_000 if paused else 0
        if late:
            generous = days.due_day(due(order), 3)
            assert generous is not None
            assert local(completed).date() > generous
            assert days_paused <= 2


def test_some_are_open_at_the_end_and_none_of_them_is_due_on_that_day() -> None:
    still_open = [order for order in MANY if not order.at("complete") and not order.at("cancel")]
    assert still_open
    dues = [due(order) for order in still_open]
    assert SMALL.until not in dues
    assert min(dues) < SMALL.until < max(dues) + timedelta(days=1)


def test_responses_take_minutes() -> None:
    minutes = sorted((order.at("respond") or 0) - order.reported_ms for order in MANY if order.events)
    assert 5 * 60_000 < minutes[len(minutes) // 2] < 25 * 60_000
    assert minutes[0] > 0


def test_the_seed_decides() -> None:
    plan = replace(SMALL, repairs_per_month=20)
    assert report_repairs(plan, PLACES[:6]) == report_repairs(plan, PLACES[:6])
    assert report_repairs(plan, PLACES[:6]) != report_repairs(replace(plan, seed=2), PLACES[:6])
