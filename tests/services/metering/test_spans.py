"""Cutting spans into intervals: measured, estimated, coverage and marks."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.metering.ledger import RegisterLine
from services.metering.model import Interval, Quality
from services.metering.registers import cumulate
from services.metering.spans import Cumulative, intervals

T0 = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def at_minutes(*readings: tuple[float, float], gap_limit_s: float = 5400) -> Cumulative:
    ledger = [RegisterLine(datetime(2025, 1, 1, tzinfo=UTC), digits=6)]
    times = [T0 + round(minute * MINUTE_MS) for minute, _ in readings]
    return cumulate(times, [value for _, value in readings], ledger=ledger, gap_limit_s=gap_limit_s)


def cut(spans: Cumulative, *minutes: float) -> list[Interval]:
    return list(intervals(spans, [T0 + round(minute * MINUTE_MS) for minute in minutes]))


def row(begin: float, end: float, *figures: float, quality: Quality = Quality.GOOD) -> Interval:
    measured, estimated, coverage = figures
    start, stop = T0 + round(begin * MINUTE_MS), T0 + round(end * MINUTE_MS)
    return Interval(start, stop, measured, estimated, coverage, quality)


def test_readings_on_the_hour_are_hours() -> None:
    spans = at_minutes((0, 10), (60, 12), (120, 15))
    assert cut(spans, 0, 60, 120) == [row(0, 60, 2, 0, 1), row(60, 120, 3, 0, 1)]


def test_a_boundary_inside_an_ordinary_span_cuts_it_in_proportion_and_is_measured() -> None:
    spans = at_minutes((30, 10), (90, 16))
    assert cut(spans, 0, 60, 120) == [row(0, 60, 3, 0, 0.5), row(60, 120, 3, 0, 0.5)]


def test_of_a_gap_each_side_of_a_boundary_gets_its_even_share_as_an_estimate() -> None:
    spans = at_minutes((0, 0), (60, 6), (180, 30), (240, 32))
    assert cut(spans, 0, 60, 120, 180, 240) == [
        row(0, 60, 6, 0, 1),
        row(60, 120, 0, 12, 0, quality=Quality.GAP),
        row(120, 180, 0, 12, 0, quality=Quality.GAP),
        row(180, 240, 2, 0, 1),
    ]


def test_a_gap_wholly_inside_an_interval_is_measured() -> None:
    spans = at_minutes((0, 0), (60, 6), (180, 30), (240, 32))
    assert cut(spans, 0, 240) == [row(0, 240, 32, 0, 1, quality=Quality.GAP)]
    assert cut(spans, 60, 180) == [row(60, 180, 24, 0, 1, quality=Quality.GAP)]


def test_only_the_part_of_a_gap_inside_is_uncovered() -> None:
    spans = at_minutes((0, 0), (60, 6), (180, 30), (240, 32))
    assert cut(spans, 0, 90) == [row(0, 90, 6, 6, 60 / 90, quality=Quality.GAP)]
    assert cut(spans, 150, 240) == [row(150, 240, 2, 6, 60 / 90, quality=Quality.GAP)]
    assert cut(spans, 90, 150) == [row(90, 150, 0, 12, 0, quality=Quality.GAP)]


def test_a_span_as_long_as_the_limit_is_no_gap() -> None:
    assert cut(at_minutes((0, 0), (90, 9)), 0, 60) == [row(0, 60, 6, 0, 1)]


def test_before_the_first_and_after_the_last_reading_nothing_is_said() -> None:
    spans = at_minutes((60, 0), (120, 6))
    assert cut(spans, -60, 0, 60) == []
    assert cut(spans, 120, 180, 240) == []
    assert cut(spans, 0, 90) == [row(0, 90, 3, 0, 30 / 90)]
    assert cut(spans, 0, 240) == [row(0, 240, 6, 0, 0.25)]


def test_a_quarantined_span_is_uncovered_and_says_why() -> None:
    spans = at_minutes((0, 500), (60, 0.5), (120, 1.5))
    assert cut(spans, 0, 60, 120) == [
        row(0, 60, 0, 0, 0, quality=Quality.QUARANTINED),
        row(60, 120, 1, 0, 1),
    ]
    assert cut(spans, 0, 120) == [row(0, 120, 1, 0, 0.5, quality=Quality.QUARANTINED)]


def test_marks_reach_every_interval_their_span_overlaps_and_no_other() -> None:
    spans = at_minutes((0, 999_990), (60, 999_999), (90, 1), (150, 4), (180, 5))
    assert [i.quality for i in cut(spans, 0, 60, 75, 90, 120, 180)] == [
        Quality.GOOD, Quality.ROLLOVER, Quality.ROLLOVER, Quality.GOOD, Quality.GOOD,
    ]  # fmt: skip


def test_one_boundary_or_none_makes_no_interval() -> None:
    spans = at_minutes((0, 0), (60, 6))
    assert cut(spans) == []
    assert cut(spans, 30) == []


def test_an_interval_does_not_depend_on_the_history_before_it() -> None:
    rng = np.random.default_rng(3)
    readings = list(zip(np.arange(3_000) * 17.0, np.cumsum(rng.uniform(0, 1, 3_000)) / 3, strict=True))
    whole, part = at_minutes(*readings), at_minutes(*readings[2_900:])
    edges = np.arange(2_902, 2_998) * 17 + 5
    assert cut(whole, *edges) == cut(part, *edges)


SPANS = st.lists(
    st.tuples(st.integers(0, 3_000), st.integers(0, 999_999_999).map(lambda milli: milli / 1000)),
    min_size=2,
    max_size=40,
).map(lambda readings: at_minutes(*readings))
EDGES = st.lists(st.integers(-500, 3_500), min_size=2, max_size=20, unique=True).map(sorted)


@given(SPANS, EDGES)
def test_intervals_are_within_bounds(spans: Cumulative, edges: list[int]) -> None:
    for interval in cut(spans, *edges):
        assert interval.measured >= 0
        assert interval.estimated >= 0
        assert 0 <= interval.coverage <= 1
        if (
            interval.coverage < 1
            and spans.times_ms[0] <= interval.start_ms < interval.end_ms <= (spans.times_ms[-1])
        ):
            assert interval.quality & (Quality.GAP | Quality.QUARANTINED)


@given(SPANS, EDGES)
def test_a_partition_conserves_everything_proven(spans: Cumulative, edges: list[int]) -> None:
    found = cut(spans, *sorted({-1_000, 4_000, *edges}))
    assert np.isclose(sum(i.measured + i.estimated for i in found), spans.total, rtol=1e-12, atol=1e-6)


@given(SPANS, st.integers(-500, 3_500), st.integers(1, 900), st.integers(1, 900))
def test_splitting_an_interval_is_additive(spans: Cumulative, begin: int, one: int, two: int) -> None:
    middle, end = begin + one, begin + one + two
    parts, whole = cut(spans, begin, middle, end), cut(spans, begin, end)
    together = sum(i.measured + i.estimated for i in whole)
    assert np.isclose(sum(i.measured + i.estimated for i in parts), together, rtol=1e-12, atol=1e-9)
    assert sum(i.measured for i in parts) <= sum(i.measured for i in whole) + 1e-6
    covered = sum(i.coverage * (i.end_ms - i.start_ms) for i in parts)
    assert covered <= sum(i.coverage * (i.end_ms - i.start_ms) for i in whole) + 1e-3
    marks = [i.quality for i in parts]
    assert {bit for mark in marks for bit in mark} == {bit for i in whole for bit in i.quality}
