"""The repair service on a real database: numbers, imports, collisions, filters."""

import threading
from dataclasses import replace

import pytest

from services.database import Sessions
from services.repairs.model import Event, EventRefused, Size, Status, WorkOrder
from services.repairs.promises import load_promises
from services.repairs.repository import Filter, WorkOrders
from services.repairs.service import Collision, Imported, OrderRefused, Repairs
from services.repairs.sla import Verdict
from services.workdays import Workdays
from tests.services.repairs.conftest import Hands
from tests.services.repairs.orders import ZONE, event, local, order, request


@pytest.fixture
def repairs(sessions: Sessions, clock: Hands) -> Repairs:
    return Repairs(
        sessions=sessions,
        institutions=lambda: {"cz-sport"},
        workdays=Workdays(),
        promises=load_promises(),
        clock=clock,
        zone=ZONE,
    )


def past(number: str, *events: Event, at: str = "2026-11-20 09:00") -> WorkOrder:
    found = order(at, *events)
    return replace(found, request=replace(found.request, number=number))


def test_numbers_count_within_the_local_day(repairs: Repairs) -> None:
    days = ["2026-11-20 23:59", "2026-11-21 00:01", "2026-11-20 08:00"]
    numbers = [repairs.report(request(day, number="")).order.request.number for day in days]
    assert numbers == ["R20261120-0001", "R20261121-0001", "R20261120-0002"]


def test_numbers_go_on_after_those_that_an_import_brought(repairs: Repairs) -> None:
    repairs.take([past("R20261120-0007"), past("R20261120-old"), past(""), past("R20261120-0009")])
    assert repairs.order("R20261120-0010") is not None
    assert repairs.report(request("2026-11-20 10:00", number="")).order.request.number == "R20261120-0011"


def test_reports_at_the_same_moment_get_numbers_of_their_own(repairs: Repairs) -> None:
    numbers: list[str] = []

    def report() -> None:
        judged = [repairs.report(request("2026-11-20 09:00", number="")) for _ in range(5)]
        numbers.extend(one.order.request.number for one in judged)

    threads = [threading.Thread(target=report) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(numbers) == [f"R20261120-{n:04}" for n in range(1, 16)]


def test_an_order_comes_back_as_it_was_told(repairs: Repairs) -> None:
    told = past("A1", event("respond", "2026-11-20 09:05"), event("pause", "2026-11-20 10:00", reason="天气"))
    repairs.take([told])
    found = repairs.order("A1")
    assert found is not None
    assert found.order == told
    assert found.state.status is Status.PAUSED
    assert repairs.order("A2") is None


def test_events_are_appended_one_by_one(repairs: Repairs) -> None:
    repairs.take([past("A1")])
    repairs.append("A1", event("respond", "2026-11-20 09:05"))
    repairs.append("A1", event("resize", "2026-11-20 09:06", size=Size.LARGE))
    judged = repairs.append("A1", event("complete", "2026-11-20 12:00"))
    assert judged is not None
    assert judged.completion is Verdict.ON_TIME
    assert [one.kind for one in judged.order.events] == ["respond", "resize", "complete"]
    assert repairs.order("A1") == judged
    assert repairs.append("A2", event("respond", "2026-11-20 09:05")) is None


def test_a_refused_event_leaves_the_order_as_it_was(repairs: Repairs) -> None:
    repairs.take([past("A1")])
    for wrong in (event("complete", "2026-11-20 10:00"), event("respond", "2026-11-24 10:00")):
        with pytest.raises(EventRefused):
            repairs.append("A1", wrong)
    found = repairs.order("A1")
    assert found is not None
    assert found.order.events == ()


def test_two_writers_of_the_same_order_collide_and_none_is_lost(repairs: Repairs) -> None:
    repairs.take([past("A1")])
    repairs.append("A1", event("cancel", "2026-11-20 09:04"))
    with pytest.MonkeyPatch.context() as patch:  # a slower writer had read the order before that
        patch.setattr(WorkOrders, "select", lambda _self, _which: [past("A1")])
        with pytest.raises(Collision, match="A1 was changed at the same moment"):
            repairs.append("A1", event("respond", "2026-11-20 09:05"))
    found = repairs.order("A1")
    assert found is not None
    assert found.state.status is Status.CANCELLED


def test_an_import_can_be_repeated_and_brings_what_is_new(repairs: Repairs) -> None:
    first = past("A1", event("respond", "2026-11-20 09:05"))
    assert repairs.take([first, past("A2")]) == Imported(2, 0, 0)
    assert repairs.take([first, past("A2")]) == Imported(0, 0, 2)
    longer = replace(first, events=(*first.events, event("complete", "2026-11-20 11:00")))
    assert repairs.take([longer, past("A3")]) == Imported(1, 1, 0)
    found = repairs.order("A1")
    assert found is not None
    assert found.order == longer


@pytest.mark.parametrize(
    ("wrong", "member", "reason"),
    [
        (past("A2", event("complete", "2026-11-20 10:00")), "events/0/kind", "cannot follow"),
        (past("A2", event("respond", "2026-11-20 08:00")), "events/0/at", "earlier"),
        (past("A2", event("respond", "2026-11-30 08:00")), "events/0/at", "future"),
        (past("A2", at="2026-11-24 09:00"), "reported_at", "future"),
        (past("A2", at="1999-12-31 09:00"), "reported_at", "before 2000"),
        (past("A1"), "number", "occurs twice"),
    ],
)
def test_one_wrong_order_stops_the_whole_import_and_is_named(
    repairs: Repairs, wrong: WorkOrder, member: str, reason: str
) -> None:
    with pytest.raises(OrderRefused, match=reason) as refusal:
        repairs.take([past("A1"), wrong])
    assert (refusal.value.index, refusal.value.member) == (1, member)
    assert repairs.order("A1") is None


def test_an_event_that_does_not_fit_what_is_recorded_is_named(repairs: Repairs) -> None:
    repairs.take([past("A1", event("respond", "2026-11-20 09:05"), event("cancel", "2026-11-20 09:10"))])
    with pytest.raises(OrderRefused) as refusal:
        repairs.take(
            [past("A1", event("respond", "2026-11-20 09:05"), event("complete", "2026-11-20 10:00"))]
        )
    assert (refusal.value.index, refusal.value.member) == (0, "events/1/kind")


def test_an_institution_that_the_registry_does_not_have_is_refused(repairs: Repairs) -> None:
    stranger = past("A1")
    stranger = replace(stranger, request=replace(stranger.request, institution="nowhere"))
    with pytest.raises(OrderRefused, match="the registry has no 'nowhere'"):
        repairs.take([stranger])


def test_orders_are_listed_newest_first_and_narrowed(repairs: Repairs) -> None:
    repairs.take(
        [
            past("A1", at="2026-11-18 09:00"),
            past("A2", event("respond", "2026-11-19 09:05"), at="2026-11-19 09:00"),
            past("A3", event("cancel", "2026-11-20 09:05"), at="2026-11-20 09:00"),
            past("A4", at="2026-11-20 09:00"),
        ]
    )

    def numbers(which: Filter) -> list[str]:
        return [one.order.request.number for one in repairs.select(which)]

    assert numbers(Filter()) == ["A4", "A3", "A2", "A1"]
    assert numbers(Filter(limit=2)) == ["A4", "A3"]
    assert numbers(Filter(after=(local("2026-11-20 09:00"), "A4"))) == ["A3", "A2", "A1"]
    assert numbers(Filter(statuses=[Status.REPORTED])) == ["A4", "A1"]
    assert numbers(Filter(institution="cz-school")) == []
    assert numbers(repairs.days(local("2026-11-19 00:00").date(), local("2026-11-20 00:00").date())) == ["A2"]


def test_the_summary_is_of_the_local_days_of_the_report(repairs: Repairs) -> None:
    repairs.take([past("A1", at="2026-11-19 23:59"), past("A2", at="2026-11-20 00:00")])
    day = local("2026-11-20 00:00").date()
    assert repairs.summary(day, None).reported == 1
    assert repairs.summary(None, day).reported == 1
    assert repairs.summary(None, None).reported == 2
    assert repairs.summary(None, None, "cz-school").reported == 0
