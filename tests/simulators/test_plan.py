"""The plan's window of time, and its random streams."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.plan import (
    DAY_MS,
    CityPlan,
    generator,
    last_midnight,
    local_text,
    midnight_ms,
    months_after,
)
from tests.simulators.conftest import SMALL


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 22), -18, date(2025, 5, 22)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_after_keeps_the_day_where_the_month_has_it(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(-60, 60))
def test_months_after_moves_by_whole_months(day: date, months: int) -> None:
    moved = months_after(day, months)
    assert moved.year * 12 + moved.month == day.year * 12 + day.month + months
    assert moved.day <= day.day


def test_the_history_begins_and_ends_at_local_midnights() -> None:
    plan = CityPlan(until=date(2026, 11, 22))
    assert plan.start == date(2025, 5, 22)
    assert plan.history_days == 549
    assert plan.history_hours == 549 * 24
    assert plan.hours == (549 + 3) * 24
    assert plan.start_ms == round(datetime(2025, 5, 21, 16, tzinfo=UTC).timestamp() * 1000)
    assert plan.until_ms - plan.start_ms == 549 * DAY_MS


def test_the_last_midnight_is_that_of_the_local_day() -> None:
    assert last_midnight(datetime(2026, 11, 21, 15, 59, tzinfo=UTC)) == date(2026, 11, 21)
    assert last_midnight(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == date(2026, 11, 22)


def test_local_text_carries_the_offset() -> None:
    assert local_text(midnight_ms(date(2026, 1, 2))) == "2026-01-02T00:00:00+08:00"


def test_each_name_has_a_stream_of_its_own() -> None:
    first, again = generator(1, "a").random(4).tolist(), generator(1, "a").random(4).tolist()
    assert first == again
    assert first != generator(1, "b").random(4).tolist()
    assert first != generator(2, "a").random(4).tolist()
    assert generator(1, "a", "b").random() != generator(1, "a").random()


def test_a_longer_horizon_leaves_the_history_where_it_was() -> None:
    longer = replace(SMALL, horizon_days=30)
    assert (longer.start_ms, longer.until_ms) == (SMALL.start_ms, SMALL.until_ms)
    assert longer.hours - SMALL.hours == 27 * 24
