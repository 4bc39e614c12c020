"""Clocks of devices: ahead, behind, late, catching up; and what watching them costs."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.clocks import MOST_AT_ONCE, Clocks
from services.metering.limits import built_in
from services.timeseries.schema import DEVICE_CLOCK
from services.timeseries.store import Point

HOUR_MS = 3_600_000
START = 497_648 * HOUR_MS
GATEWAY = ("hall", "gw-1")


def told(clocks: Clocks, now_ms: int) -> dict[tuple[str, ...], tuple[float, float]]:
    """Device → offset and delay of all estimates due at an instant."""
    return {p.tags: (p.fields["offset_s"], p.fields["delay_s"]) for p in drained(clocks, now_ms)}


def drained(clocks: Clocks, now_ms: int) -> Iterator[Point]:
    while points := clocks.points(now_ms):
        yield from points


def live(
    clocks: Clocks, *delays_ms: int, offset_ms: int = 0, start_ms: int = START, every_ms: int = 600_000
) -> None:
    """Readings taken every ten minutes by a clock that is ahead by so much, each delayed by its own time."""
    for n, delay in enumerate(delays_ms):
        taken = start_ms + n * 600_000
        clocks.note(GATEWAY, taken + offset_ms, taken + delay)


def test_nothing_is_told_before_the_hour_ends_and_once_when_it_does() -> None:
    clocks = Clocks(START + 5)
    live(clocks, 300, 700, 500)
    assert clocks.points(START + HOUR_MS - 1) == []
    assert clocks.points(START + HOUR_MS) == [
        Point(DEVICE_CLOCK, GATEWAY, START + HOUR_MS, {"offset_s": -0.3, "delay_s": 0.2})
    ]
    assert clocks.points(START + HOUR_MS + 1) == []


@pytest.mark.parametrize("offset_ms", [600_000, 90_000, -7_200_000, -20 * HOUR_MS, 1])
def test_a_clock_that_is_off_is_told_to_within_the_quickest_delay(offset_ms: int) -> None:
    clocks = Clocks(START)
    live(clocks, 1_500, 400, 3_000, 800, offset_ms=offset_ms)
    offset, delay = told(clocks, START + HOUR_MS)[GATEWAY]
    assert offset == (offset_ms - 400) / 1000
    assert delay == pytest.approx((1_500 + 400 + 3_000 + 800) / 4000 - 0.4)


def test_back_filled_readings_are_older_than_one_that_is_known_and_not_heard() -> None:
    clocks = Clocks(START)
    live(clocks, 500, 400)
    for age in range(1, 50):
        clocks.note(GATEWAY, START - age * HOUR_MS, START + 700_000)
    live(clocks, 600, start_ms=START + 1_300_000)
    assert told(clocks, START + HOUR_MS)[GATEWAY][0] == -0.4


def test_a_backlog_that_drains_is_no_clock_that_is_behind() -> None:
    clocks = Clocks(START)
    for n in range(200):
        clocks.note(GATEWAY, START - 10 * HOUR_MS + n * 60_000, START + n * 1_000)
    assert told(clocks, START + HOUR_MS) == {}
    for n in range(30):
        clocks.note(GATEWAY, START + HOUR_MS + n * 60_000, START + HOUR_MS + n * 60_000 + 900)
    assert told(clocks, START + 2 * HOUR_MS)[GATEWAY][0] == -0.9


def test_one_late_reading_says_nothing_and_a_second_hour_like_it_does() -> None:
    clocks = Clocks(START)
    live(clocks, 1_000, offset_ms=-HOUR_MS)
    assert told(clocks, START + HOUR_MS) == {}
    live(clocks, 1_500, offset_ms=-HOUR_MS, start_ms=START + HOUR_MS)
    assert told(clocks, START + 2 * HOUR_MS)[GATEWAY][0] == -3601.5


def test_one_quick_reading_is_enough() -> None:
    clocks = Clocks(START)
    live(clocks, 250)
    assert told(clocks, START + HOUR_MS)[GATEWAY] == (-0.25, 0)


def test_a_drift_shows_hour_by_hour() -> None:
    clocks = Clocks(START)
    offsets = []
    for hour in range(4):
        begin = START + hour * HOUR_MS
        live(clocks, *[300] * 6, offset_ms=hour * 2_000, start_ms=begin)
        offsets.append(told(clocks, begin + HOUR_MS)[GATEWAY][0])
    assert offsets == [-0.3, 1.7, 3.7, 5.7]


def test_a_repeated_reading_counts_once() -> None:
    clocks = Clocks(START)
    for delay in (400, 2_000, 90_000):
        clocks.note(GATEWAY, START, START + delay)
    assert told(clocks, START + HOUR_MS)[GATEWAY] == (-0.4, 0)


def test_a_device_that_fell_silent_is_forgotten_and_may_come_back() -> None:
    clocks = Clocks(START, most=1)
    live(clocks, 300)
    told(clocks, START + HOUR_MS)
    assert told(clocks, START + 2 * HOUR_MS) == {}
    clocks.note(("hall", "other"), START + 2 * HOUR_MS, START + 2 * HOUR_MS + 100)
    assert told(clocks, START + 3 * HOUR_MS) == {("hall", "other"): (-0.1, 0)}


def test_more_devices_than_are_watched_are_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    clocks = Clocks(START, most=2)
    for n in range(5):
        clocks.note(("hall", f"gw-{n}"), START, START + 100)
    with caplog.at_level(logging.WARNING):
        assert set(told(clocks, START + HOUR_MS)) == {("hall", "gw-0"), ("hall", "gw-1")}
    assert caplog.messages == ["3 readings of devices beyond the first 2 had their clocks not watched"]


def test_estimates_of_many_devices_are_handed_out_in_portions() -> None:
    clocks = Clocks(START)
    for n in range(MOST_AT_ONCE + 7):
        clocks.note(("hall", f"gw-{n}"), START, START + 100)
    assert len(clocks.points(START + HOUR_MS)) == MOST_AT_ONCE
    assert len(clocks.points(START + HOUR_MS)) == 7
    assert clocks.points(START + HOUR_MS) == []


def test_windows_end_with_the_hours_whenever_the_collector_started() -> None:
    clocks = Clocks(START + 1_234_567)
    live(clocks, 300, start_ms=START + 1_300_000)
    (point,) = clocks.points(START + HOUR_MS + 99)
    assert point.time_ms == START + HOUR_MS
    live(clocks, 300, start_ms=START + 5 * HOUR_MS)
    assert clocks.points(START + 5 * HOUR_MS)[0].time_ms == START + 2 * HOUR_MS


def test_what_is_far_off_is_dated_configuration() -> None:
    patient = replace(built_in(), clocks=[replace(built_in().clocks[0], marked_s=7_200.0)])
    clocks = Clocks(START, limits=patient)
    live(clocks, 1_000, offset_ms=-HOUR_MS)
    assert told(clocks, START + HOUR_MS)[GATEWAY][0] == -3601


@given(st.lists(st.integers(0, 20_000), min_size=2, max_size=6), st.integers(-4_000_000, 600_000))
def test_the_estimate_is_never_ahead_of_the_truth(delays: Sequence[int], offset_ms: int) -> None:
    clocks = Clocks(START)
    live(clocks, *delays, offset_ms=offset_ms)
    offset, delay = told(clocks, START + HOUR_MS)[GATEWAY]
    assert offset == pytest.approx((offset_ms - min(delays)) / 1000)
    assert 0 <= delay <= 20
