"""The job writes the figures of each day, follows what changed, and what time alone changes."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.clock import from_ms
from services.database import Sessions
from services.repairs.jobs import job
from services.repairs.model import Event, Size, WorkOrder
from services.repairs.promises import load_promises
from services.repairs.repository import Filter, WorkOrders
from services.repairs.service import Repairs
from services.scheduling import Job
from services.timeseries.schema import REPAIRS_DAY
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from services.workdays import Workdays
from tests.services.repairs.conftest import Hands
from tests.services.repairs.orders import ZONE, event, local, order


class Desk:
    """A repair service, the job beside it, and what the store was told."""

    def __init__(self, sessions: Sessions, store: SqliteStore, clock: Hands) -> None:
        self._parts: dict[str, Any] = {"sessions": sessions, "clock": clock, "zone": ZONE}
        self._store = store
        self._cursor: str | None = None
        self.repairs = Repairs(
            institutions=lambda: {"cz-sport"}, workdays=Workdays(), promises=load_promises(), **self._parts
        )

    def report(self, number: str, at: str, *events: Event, size: Size = Size.SMALL) -> None:
        """Import an order under a number."""
        found = order(at, *events, size=size)
        request = type(found.request)(number, *list(_values(found.request))[1:])
        self.repairs.take([type(found)(request, found.events)])

    def run(self, workdays: Workdays | None = None) -> None:
        """Run the job from where it stopped."""
        self._cursor = self._job(workdays or Workdays()).run(self._cursor)

    def day(self, day: str, size: str = "small") -> dict[str, float]:
        """The fields of a day's point, without those that are absent."""
        for series in self._store.read(REPAIRS_DAY, {"institution": "cz-sport", "size": size}):
            for place, ms in enumerate(series.times_ms):
                if from_ms(int(ms)) == local(f"{day} 00:00"):
                    values = {name: float(column[place]) for name, column in series.fields.items()}
                    return {name: value for name, value in values.items() if value == value}
        return {}

    def count(self) -> int:
        """How many points there are."""
        return sum(len(series.times_ms) for series in self._store.read(REPAIRS_DAY))

    def _job(self, workdays: Workdays) -> Job:
        return job(store=self._store, workdays=workdays, **self._parts)


def _values(request: object) -> list[Any]:
    return [getattr(request, name) for name in type(request).__dataclass_fields__]  # type: ignore[attr-defined]


@pytest.fixture
def desk(sessions: Sessions, store: SqliteStore, clock: Hands) -> Desk:
    return Desk(sessions, store, clock)


def test_each_day_institution_and_size_has_a_point(desk: Desk) -> None:
    desk.report("A1", "2026-11-19 23:30", event("respond", "2026-11-19 23:40"))
    desk.report("A2", "2026-11-20 00:10")
    desk.report("A3", "2026-11-20 09:00", size=Size.LARGE)
    desk.run()
    assert desk.count() == 3
    assert desk.day("2026-11-19") == {
        "reported": 1, "responded": 1, "response_minutes_p50": 10, "response_minutes_p90": 10,
        "response_on_time": 1, "completed": 0, "completed_on_time": 0, "overdue_open": 1,
        "due_unknown": 0, "open": 1, "rated": 0, "satisfied": 0,
    }  # fmt: skip
    assert desk.day("2026-11-20", "large")["reported"] == 1


def test_a_day_without_responses_has_no_percentiles(desk: Desk) -> None:
    desk.report("A1", "2026-11-20 09:00")
    desk.run()
    assert "response_minutes_p50" not in desk.day("2026-11-20")
    assert desk.day("2026-11-20")["responded"] == 0


def test_a_change_is_followed_and_nothing_else_is_written(
    desk: Desk, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = (event("respond", "2026-11-18 09:05"), event("complete", "2026-11-18 12:00"))
    desk.report("A0", "2026-11-18 09:00", *done)
    desk.report("A1", "2026-11-20 09:00")
    clock.at = local("2026-11-22 09:00")
    desk.run()
    clock.at = local("2026-11-22 09:30")
    written: list[int] = []
    keep = SqliteStore.write

    def write(store: SqliteStore, points: Sequence[Point]) -> None:
        written.append(len(points))
        keep(store, points)

    monkeypatch.setattr(SqliteStore, "write", write)
    desk.repairs.append("A1", event("respond", "2026-11-22 08:30"))
    desk.run()
    assert written == [1]
    assert desk.day("2026-11-20")["responded"] == 1
    assert desk.day("2026-11-18")["completed_on_time"] == 1


def test_an_open_order_becomes_overdue_by_time_alone(desk: Desk, clock: Hands) -> None:
    desk.report("A1", "2026-11-20 09:00")
    desk.run()
    assert desk.day("2026-11-20")["overdue_open"] == 0
    clock.at = local("2026-11-23 18:00")
    desk.run()
    assert desk.day("2026-11-20")["overdue_open"] == 1


def test_a_calendar_that_is_loaded_later_settles_what_was_unknown(desk: Desk, clock: Hands) -> None:
    clock.at = local("2027-01-05 08:00")
    done = (event("respond", "2026-12-31 09:05"), event("complete", "2026-12-31 12:00"))
    desk.report("A1", "2026-12-31 09:00", *done)
    desk.run()
    assert (desk.day("2026-12-31")["due_unknown"], desk.day("2026-12-31")["completed_on_time"]) == (1, 0)
    clock.at = local("2027-01-06 08:00")
    desk.run(Workdays({local("2027-01-01 00:00").date(): False}, frozenset({2027}), "with 2027"))
    assert (desk.day("2026-12-31")["due_unknown"], desk.day("2026-12-31")["completed_on_time"]) == (0, 1)


def test_without_orders_nothing_is_written(desk: Desk) -> None:
    desk.run()
    desk.run()
    assert desk.count() == 0


def test_an_order_left_open_for_long_does_not_read_what_lies_between(
    desk: Desk, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = (event("respond", "2026-05-18 09:05"), event("complete", "2026-05-18 12:00"))
    clock.at = local("2026-11-18 08:00")
    desk.report("A0", "2026-01-05 09:00")
    desk.report("A1", "2026-05-18 09:00", *done)
    clock.at = local("2026-11-20 08:00")
    desk.run()
    read: list[str] = []
    keep = WorkOrders.select

    def select(orders: WorkOrders, which: Filter) -> list[WorkOrder]:
        found = keep(orders, which)
        read.extend(order.request.number for order in found)
        return found

    clock.at = local("2026-11-20 10:00")
    desk.report("A2", "2026-11-20 09:00")
    monkeypatch.setattr(WorkOrders, "select", select)
    desk.run()
    assert sorted(read) == ["A0", "A2"]
    assert [desk.day(day)["open"] for day in ("2026-01-05", "2026-11-20")] == [1, 1]
