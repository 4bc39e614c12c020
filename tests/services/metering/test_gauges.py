"""Means, extremes and coverage of gauges."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metering.gauges import Gauges, gauge_intervals, to_primary
from services.metering.model import MeterPeriod

START = datetime(2026, 1, 1, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)
MINUTE_MS = 60_000


def cut(readings: Mapping[int, float], *minutes: float, gap_limit_s: float = 5400) -> list[tuple[float, ...]]:
    """(start minute, mean, lowest, highest, coverage) of the intervals between the given minutes."""
    times = [T0 + round(minute * MINUTE_MS) for minute in readings]
    edges = [T0 + round(minute * MINUTE_MS) for minute in minutes]
    found = gauge_intervals(times, list(readings.values()), edges, gap_limit_s=gap_limit_s)
    return rows(found)


def rows(found: Gauges) -> list[tuple[float, ...]]:
    minutes = ((found.starts_ms - T0) / MINUTE_MS).tolist()
    columns = (found.mean.tolist(), found.lowest.tolist(), found.highest.tolist(), found.coverage.tolist())
    return list(zip(minutes, *columns, strict=True))


def test_samples_on_the_hour_are_joined_by_straight_lines() -> None:
    assert cut({0: 10, 60: 20, 120: 40}, 0, 60, 120) == [(0, 15, 10, 10, 1), (60, 30, 20, 20, 1)]


def test_a_mean_is_weighted_by_time_not_by_the_number_of_samples() -> None:
    readings = {0: 0.0, 50: 0.0, 52: 10.0, 54: 10.0, 56: 10.0, 58: 10.0, 60: 10.0}
    assert cut(readings, 0, 60) == [(0, 1.5, 0, 10, 1)]


def test_a_boundary_cuts_the_line() -> None:
    assert cut({30: 10, 90: 16}, 0, 60, 120) == [(0, 11.5, 10, 10, 0.5), (60, 14.5, 16, 16, 0.5)]


def test_a_silence_beyond_the_limit_says_nothing() -> None:
    assert cut({0: 4, 60: 6, 240: 10, 300: 12}, 0, 60, 120, 180, 240, 300) == [
        (0, 5, 4, 4, 1),
        (60, 6, 6, 6, 0),
        (240, 11, 10, 10, 1),
    ]
    assert cut({0: 4, 60: 6, 240: 10, 300: 12}, 0, 300) == [(0, 8, 4, 10, 0.4)]


def test_an_interval_between_samples_takes_its_extremes_from_the_line() -> None:
    assert cut({0: 0, 90: 9}, 30, 60) == [(30, 4.5, 3, 6, 1)]


def test_a_lone_sample_covers_no_time_but_is_shown() -> None:
    assert cut({30: 7}, 0, 60, 120) == [(0, 7, 7, 7, 0)]


@pytest.mark.parametrize("readings", [{}, {30: np.nan}])
def test_no_sample_makes_no_interval(readings: Mapping[int, float]) -> None:
    assert cut(readings, 0, 60) == []


def test_one_boundary_makes_no_interval() -> None:
    assert cut({0: 1, 60: 2}, 0) == []


def test_negative_values_are_values() -> None:
    assert cut({0: -3, 60: -5}, 0, 60) == [(0, -4, -3, -3, 1)]


READINGS = st.dictionaries(st.integers(0, 1_500), st.floats(-90, 150), max_size=40)


@given(READINGS, st.lists(st.integers(-200, 1_700), min_size=2, max_size=12, unique=True).map(sorted))
def test_figures_lie_within_bounds(readings: Mapping[int, float], edges: list[int]) -> None:
    for _, mean, lowest, highest, coverage in cut(readings, *edges):
        assert 0 <= coverage <= 1
        assert lowest <= highest
        assert min(readings.values()) - 1e-6 <= mean <= max(readings.values()) + 1e-6


@given(READINGS, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(readings: Mapping[int, float], random: Any) -> None:
    pairs = list(readings.items()) * 2
    random.shuffle(pairs)
    times = [T0 + minute * MINUTE_MS for minute, _ in pairs]
    edges = T0 + np.arange(0, 1_501, 60) * MINUTE_MS
    shuffled = gauge_intervals(times, [value for _, value in pairs], edges, gap_limit_s=5400)
    assert rows(shuffled) == cut(readings, *range(0, 1_501, 60))


def test_secondary_values_become_primary_by_the_line_of_their_time() -> None:
    ledger = [
        MeterPeriod(START, ct=40, pt=10, already_primary=False),
        MeterPeriod(START + timedelta(hours=1), ct=60, pt=10, already_primary=False),
        MeterPeriod(START + timedelta(hours=2), ct=60, pt=10),
    ]
    times = T0 + np.array([-1, 0, 60, 120]) * MINUTE_MS
    said = {
        channel: to_primary(channel, times, np.full(4, 2.0), ledger).tolist()[1:]
        for channel in ("power_kw", "current_a", "voltage_v", "power_factor")
    }
    assert said == {
        "power_kw": [800, 1200, 2], "current_a": [80, 120, 2],
        "voltage_v": [20, 20, 2], "power_factor": [2, 2, 2],
    }  # fmt: skip
    assert np.isnan(to_primary("power_kw", times, np.full(4, 2.0), ledger)[0])
