"""Instants, local days and epoch milliseconds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import fixed_clock, from_ms, local_day_bounds, local_day_start, system_clock, to_ms

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_system_clock_is_aware_and_utc() -> None:
    assert system_clock().tzinfo is UTC


def test_a_fixed_clock_stands_still_in_utc() -> None:
    clock = fixed_clock(datetime(2026, 11, 22, 8, tzinfo=SHANGHAI))
    assert clock() == clock() == datetime(2026, 11, 22, 0, tzinfo=UTC)
    assert clock().tzinfo is UTC


def test_a_local_day_begins_at_local_midnight() -> None:
    assert local_day_start(date(2026, 11, 22), SHANGHAI) == datetime(2026, 11, 21, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)],
)
def test_a_local_day_is_as_long_as_its_zone_makes_it(day: date, hours: int) -> None:
    start, end = local_day_bounds(day, ZoneInfo("Europe/Berlin"))
    assert end - start == timedelta(hours=hours)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_milliseconds_go_there_and_back(instant: datetime) -> None:
    assert abs(from_ms(to_ms(instant)) - instant) <= timedelta(milliseconds=0.5)
