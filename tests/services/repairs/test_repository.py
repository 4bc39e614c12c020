"""Work orders in their tables: nothing is lost, nothing is changed, and many cost few queries."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from services.database import Sessions
from services.repairs.model import Event, Severity, Size, Status, WorkOrder
from services.repairs.repository import Filter, WorkOrders
from services.repairs.tables import WorkOrderEventRow, WorkOrderRow
from tests.services.repairs.orders import event, local, order

NOW = local("2026-11-22 08:00")
LATER = local("2026-11-22 09:00")
RESPOND = event("respond", "2026-11-20 09:05")
COMPLETE = event("complete", "2026-11-20 10:00")


def numbered(number: str, *events: Event, at: str = "2026-11-20 09:00", **more: object) -> WorkOrder:
    """An order under a number."""
    found = order(at, *events)
    return replace(found, request=replace(found.request, number=number, **more))  # type: ignore[arg-type]


def stored(sessions: Sessions, *orders: WorkOrder, at: datetime = NOW) -> None:
    """Write orders in a transaction of their own."""
    with sessions.begin() as session:
        WorkOrders(session).add(orders, at)


def found(sessions: Sessions, which: Filter) -> list[WorkOrder]:
    """Read orders in a transaction of their own."""
    with sessions() as session:
        return WorkOrders(session).select(which)


@pytest.fixture
def statements(sessions: Sessions) -> Iterator[list[str]]:
    """Every statement sent to the database from now on."""
    engine = sessions.kw["bind"]
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sql_event.listen(engine, "before_cursor_execute", note)
    yield seen
    sql_event.remove(engine, "before_cursor_execute", note)


def test_every_member_goes_there_and_back(sessions: Sessions) -> None:
    events = (
        event("respond", "2026-11-20 09:05"),
        event("pause", "2026-11-20 09:10", reason="需停电/停水审批"),
        event("resume", "2026-11-20 09:20"),
        event("resize", "2026-11-20 09:30", size=Size.LARGE),
        event("complete", "2026-11-20 10:00"),
        event("rate", "2026-11-20 11:00", rating=1),
    )
    whole = numbered("A1", *events, severity=Severity.URGENT, size=Size.LARGE, contact="0717-1")
    stored(sessions, whole)
    assert found(sessions, Filter()) == [whole]


def test_instants_keep_their_microseconds(sessions: Sessions) -> None:
    odd = replace(RESPOND, at=RESPOND.at + timedelta(microseconds=123_457))
    stored(sessions, numbered("A1", odd))
    assert found(sessions, Filter())[0].events == (odd,)


def test_nothing_is_written_for_nothing(sessions: Sessions, statements: list[str]) -> None:
    stored(sessions)
    assert statements == []


def test_a_number_is_used_once(sessions: Sessions) -> None:
    stored(sessions, numbered("A1"))
    with pytest.raises(IntegrityError):
        stored(sessions, numbered("A1"))


def test_events_are_added_after_those_recorded(sessions: Sessions) -> None:
    stored(sessions, numbered("A1", RESPOND))
    with sessions.begin() as session:
        WorkOrders(session).extend(numbered("A1", RESPOND, COMPLETE), 1, LATER)
    assert found(sessions, Filter())[0].events == (RESPOND, COMPLETE)
    with sessions() as session:
        row = session.get_one(WorkOrderRow, "A1")
        assert (row.status, row.changed_at) == (Status.COMPLETED, LATER)
        recorded = session.scalars(select(WorkOrderEventRow.recorded_at)).all()
        assert recorded == [NOW, LATER]


def test_a_second_event_in_the_same_place_is_refused_by_the_key(sessions: Sessions) -> None:
    stored(sessions, numbered("A1", RESPOND))
    with pytest.raises(IntegrityError), sessions.begin() as session:
        WorkOrders(session).extend(numbered("A1", COMPLETE), 0, LATER)
    assert found(sessions, Filter())[0].events == (RESPOND,)


def test_reading_many_orders_takes_few_statements(sessions: Sessions, statements: list[str]) -> None:
    stored(sessions, *(numbered(f"A{n:04}", RESPOND, COMPLETE) for n in range(1200)))
    assert len(statements) == 2
    statements.clear()
    orders = found(sessions, Filter())
    assert len(orders) == 1200
    assert all(len(one.events) == 2 for one in orders)
    assert len(statements) == 4  # the orders, and their events by five hundred
    statements.clear()
    assert len(found(sessions, Filter(numbers=[f"A{n:04}" for n in range(700)]))) == 700
    assert len(statements) == 4


def test_a_filter_of_no_numbers_finds_nothing(sessions: Sessions) -> None:
    stored(sessions, numbered("A1"))
    assert found(sessions, Filter(numbers=[])) == []


def test_numbers_are_found_by_how_they_begin(sessions: Sessions) -> None:
    stored(sessions, *(numbered(name) for name in ("R20261120-0001", "R20261120-0002", "R2026112", "R_0")))
    with sessions() as session:
        orders = WorkOrders(session)
        assert sorted(orders.numbers_like("R20261120-")) == ["R20261120-0001", "R20261120-0002"]
        assert orders.numbers_like("R_") == ["R_0"]  # no wildcard


def test_days_to_tell_again_are_of_changed_and_of_open_orders(sessions: Sessions) -> None:
    stored(sessions, numbered("old", RESPOND, COMPLETE))
    stored(sessions, numbered("open", at="2026-11-10 09:00"))
    stored(sessions, numbered("new", event("respond", "2026-11-21 09:05"), at="2026-11-21 09:00"), at=LATER)
    with sessions() as session:
        orders = WorkOrders(session)
        everything = sorted(orders.report_instants(None))
        changed = sorted(orders.report_instants(LATER))
    assert everything == [local("2026-11-10 09:00"), local("2026-11-20 09:00"), local("2026-11-21 09:00")]
    assert changed == [local("2026-11-10 09:00"), local("2026-11-21 09:00")]


def test_a_failed_transaction_leaves_nothing(sessions: Sessions) -> None:
    with pytest.raises(IntegrityError), sessions.begin() as session:
        WorkOrders(session).add([numbered("A1", RESPOND), numbered("A1")], NOW)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(WorkOrderRow)) == 0
        assert session.scalar(select(func.count()).select_from(WorkOrderEventRow)) == 0
