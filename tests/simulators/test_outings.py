"""When vehicles are out: no overlaps, clear of the edges of working hours."""

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import pytest

from simulators import days
from simulators.outings import Outing, outside_working_hours, timetable
from simulators.plan import ZONE, CityPlan
from tests.simulators.conftest import SMALL

YEAR = CityPlan(until=date(2026, 11, 1), months=12)


@pytest.fixture(scope="module", name="outings")
def _outings() -> list[Outing]:
    return [outing for number in range(10) for outing in timetable(YEAR, f"v-{number}")]


def local(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, ZONE)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(f"{text}+08:00").timestamp() * 1000)


def test_outings_of_a_vehicle_follow_each_other() -> None:
    outings = timetable(YEAR, "v-1")
    assert len(outings) > 200
    for before, after in pairwise(outings):
        assert before.start_ms < before.end_ms
        assert after.start_ms - before.end_ms >= 60_000


def test_none_is_under_way_when_the_history_ends() -> None:
    for number in range(30):
        for outing in timetable(SMALL, f"v-{number}"):
            assert not outing.start_ms <= SMALL.until_ms <= outing.end_ms


def test_most_are_on_duty_and_some_are_not(outings: list[Outing]) -> None:
    outside = [outing for outing in outings if outside_working_hours(outing.start_ms, outing.end_ms)]
    assert 0.02 < len(outside) / len(outings) < 0.15
    assert {outing.approved for outing in outside} == {True, False}
    assert any(not days.is_working_day(local(outing.start_ms).date()) for outing in outside)
    assert any(days.is_working_day(local(outing.start_ms).date()) for outing in outside)


def test_some_begin_in_working_hours_and_end_after_them(outings: list[Outing]) -> None:
    late = [o for o in outings if local(o.start_ms).hour == 18 and local(o.end_ms).hour in {19, 20}]
    assert late
    assert all(outside_working_hours(outing.start_ms, outing.end_ms) for outing in late)


def test_none_begins_or_ends_within_ten_minutes_of_an_edge(outings: list[Outing]) -> None:
    for outing in outings:
        for instant in (local(outing.start_ms), local(outing.end_ms)):
            minute = instant.hour * 60 + instant.minute
            assert abs(minute - 7 * 60) >= 10
            assert abs(minute - 19 * 60) >= 10


def test_some_engines_only_idle(outings: list[Outing]) -> None:
    idle = [outing for outing in outings if not outing.moves]
    assert idle
    assert all(outing.end_ms - outing.start_ms < 10 * 60_000 for outing in idle)


@pytest.mark.parametrize(
    ("start", "end", "outside"),
    [
        ("2026-03-04T07:00", "2026-03-04T18:59", False),
        ("2026-03-04T06:59", "2026-03-04T08:00", True),
        ("2026-03-04T18:00", "2026-03-04T19:00", True),
        ("2026-03-07T10:00", "2026-03-07T11:00", True),
        ("2026-05-09T10:00", "2026-05-09T11:00", False),
        ("2026-10-01T10:00", "2026-10-01T11:00", True),
        ("2026-03-04T23:30", "2026-03-05T00:20", True),
        ("2040-03-03T23:30", "2040-03-04T00:20", False),
    ],
    ids=["edges", "early", "late", "Saturday", "make-up", "holiday", "over midnight", "no calendar"],
)
def test_working_hours_know_make_up_days_and_holidays(start: str, end: str, *, outside: bool) -> None:
    assert outside_working_hours(ms(start), ms(end)) is outside


def test_a_longer_horizon_only_adds_outings() -> None:
    short = timetable(SMALL, "v-3")
    long = timetable(replace(SMALL, horizon_days=30), "v-3")
    assert [o for o in long if o.end_ms < SMALL.until_ms] == [o for o in short if o.end_ms < SMALL.until_ms]
