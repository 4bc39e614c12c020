"""Register arithmetic: rollover, replacement, steps back, spikes, ratios, and what no order may change."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metering.ledger import RegisterLine
from services.metering.model import Quality
from services.metering.registers import REACH, cumulate
from services.metering.spans import Cumulative, intervals

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000
T0 = int(START.timestamp() * 1000)


def line(hours: float = 0, **values: float | None) -> RegisterLine:
    """A ledger line valid from so many hours after the start; 6 digits unless told."""
    return RegisterLine(START + timedelta(hours=hours), **{"digits": 6, **values})  # type: ignore[arg-type]


def hourly(
    *values: float, ledger: tuple[RegisterLine, ...] = (line(),), rated_kw: float | None = None
) -> Cumulative:
    """The spans of one reading an hour, on the hour, from the start; NaN leaves a reading out."""
    times = T0 + np.arange(len(values)) * HOUR_MS
    return cumulate(times, values, ledger=rated(ledger, rated_kw), gap_limit_s=5400)


def rated(ledger: tuple[RegisterLine, ...], kw: float | None) -> tuple[RegisterLine, ...]:
    """The ledger of a circuit with this rated power, or of one that has its own."""
    return ledger if kw is None else tuple(replace(one, rated_kw=kw) for one in ledger)


def test_a_register_that_grows_is_the_sum_of_its_differences() -> None:
    assert hourly(100.0, 101.5, 101.5, 104.25).total == 4.25


def test_rollover_of_six_digits_is_told_by_the_top_of_the_range() -> None:
    spans = hourly(999_980, 999_990, 15)
    assert spans.total == 35
    assert spans.marks.tolist() == [0, Quality.ROLLOVER]


def test_a_step_back_without_evidence_is_quarantined_and_never_negative() -> None:
    spans = hourly(12_345.6, 0.2)
    assert spans.total == 0
    assert not spans.known.any()
    assert spans.marks.tolist() == [Quality.QUARANTINED]


def test_a_wrap_from_the_top_that_would_hide_too_much_is_no_rollover() -> None:
    assert not hourly(950_000, 0).known.any()
    assert hourly(995_000, 0).total == 5_000


def test_the_rated_power_decides_what_a_rollover_may_hide() -> None:
    assert hourly(995_000, 0, rated_kw=3_000).total == 5_000
    assert not hourly(995_000, 0, rated_kw=1_000).known.any()


def test_a_register_beyond_its_own_digits_proves_nothing() -> None:
    assert hourly(999_999, 1_000_001, 1_000_005).known.tolist() == [False, False]


def test_a_reset_costs_one_span_and_the_new_level_goes_on() -> None:
    spans = hourly(500, 510, 0.2, 9.2, 20.2)
    assert spans.known.tolist() == [True, False, True, True]
    assert spans.total == 30


@pytest.mark.parametrize("wrong", [0.0, 99_999.0])
def test_one_wrong_reading_between_two_that_agree_is_set_aside(wrong: float) -> None:
    spans = hourly(100, 110, wrong, 130, 140)
    assert spans.total == 40
    assert spans.times_ms.tolist() == [T0 + hour * HOUR_MS for hour in (0, 1, 3, 4)]
    assert spans.marks.tolist() == [0, Quality.GAP | Quality.QUARANTINED, 0]


def test_a_spike_that_is_still_the_newest_reading_is_corrected_by_the_next() -> None:
    assert hourly(100, 110, 5_000).total == 4_900
    assert hourly(100, 110, 5_000, 120).total == 20


def test_with_a_rated_power_the_rise_of_the_newest_spike_is_not_believed_either() -> None:
    spans = hourly(100, 110, 5_000, rated_kw=20)
    assert spans.total == 10
    assert spans.marks.tolist() == [0, Quality.QUARANTINED]


def test_two_contradicting_neighbours_are_both_doubted() -> None:
    spans = hourly(100, 110, 105, 120, 130)
    assert spans.known.tolist() == [False, False, False, True]
    assert spans.total == 10


def test_a_wrong_level_of_several_readings_is_caught_by_the_rated_power() -> None:
    spans = hourly(100, 110, 0, 0, 0, 120, 130, rated_kw=20)
    assert spans.total == 20
    assert spans.known.tolist() == [True, False, True, True, False, True]


def test_a_coarse_register_read_every_minute_does_not_look_like_a_peak_of_power() -> None:
    times = T0 + np.arange(5) * 60_000
    spans = cumulate(times, [7, 7, 8, 8, 8], ledger=[line(rated_kw=5)], gap_limit_s=5400)
    assert spans.total == 1


def test_the_ratio_of_each_ledger_line_multiplies_its_own_differences() -> None:
    ledger = (
        line(ratio=400),
        line(1.5, ratio=600, closing=11.5, opening=11.5),
    )
    spans = hourly(10, 11, 12, 13, ledger=ledger)
    assert spans.total == 400 + (0.5 * 400 + 0.5 * 600) + 600


def test_a_replacement_with_both_registers_known_is_continuous() -> None:
    ledger = (line(), line(1.5, closing=8_000, opening=0.0))
    spans = hourly(7_990, 7_998, 3, 10, ledger=ledger)
    assert spans.total == 8 + (2 + 3) + 7
    assert spans.marks.tolist() == [0, Quality.REPLACED, 0]
    assert spans.known.all()


def test_two_replacements_between_two_readings_count_the_device_between() -> None:
    ledger = (line(), line(1.2, closing=8_000, opening=100, ratio=2),
              line(1.6, closing=104, opening=50))  # fmt: skip
    assert hourly(7_990, 7_998, 53, ledger=ledger).total == 8 + (2 + 2 * 4 + 3)


def test_a_replacement_with_a_register_unknown_is_uncovered() -> None:
    for registers in ({}, {"closing": 8_000.0}, {"opening": 0.0}):
        spans = hourly(7_990, 7_998, 3, 10, ledger=(line(), line(1.5, **registers)))
        assert spans.total == 15
        assert spans.marks.tolist() == [0, Quality.REPLACED | Quality.QUARANTINED, 0]


def test_a_closing_register_below_the_last_reading_is_quarantined() -> None:
    ledger = (line(), line(1.5, closing=7_000, opening=0))
    assert hourly(7_990, 7_998, 3, ledger=ledger).known.tolist() == [True, False]


def test_the_old_device_may_roll_over_on_its_last_day() -> None:
    ledger = (line(), line(1.5, closing=5, opening=0))
    spans = hourly(999_980, 999_990, 3, ledger=ledger)
    assert spans.total == 10 + 15 + 3
    assert spans.marks.tolist() == [0, Quality.REPLACED | Quality.ROLLOVER]


def test_readings_before_the_first_ledger_line_belong_to_no_device() -> None:
    assert hourly(5, 900, 910, 920, ledger=(line(1),)).total == 20


def test_long_spans_are_gaps_with_a_known_total() -> None:
    spans = hourly(100, 101, np.nan, 105, 106)
    assert spans.total == 6
    assert spans.gap.tolist() == [False, True, False]
    assert spans.marks.tolist() == [0, Quality.GAP, 0]


def test_marks_of_both_readings_lie_on_the_span_between() -> None:
    marks = [0, Quality.ARRIVAL_TIME, Quality.IMPORTED, np.nan]
    times = T0 + np.arange(4) * HOUR_MS
    spans = cumulate(times, [1, 2, 3, 4], marks, ledger=[line()], gap_limit_s=5400)
    assert spans.marks.tolist() == [1, 65, 64]


@pytest.mark.parametrize("values", [(), (5.0,), (np.nan, np.inf)])
def test_fewer_than_two_readings_prove_nothing(values: tuple[float, ...]) -> None:
    spans = hourly(*values)
    assert spans.total == 0
    assert len(spans.marks) == 0
    assert list(intervals(spans, [T0, T0 + HOUR_MS])) == []


def test_of_two_values_at_one_instant_the_lower_counts_whichever_came_first() -> None:
    for values in ([10, 12, 11, 15], [10, 11, 12, 15]):
        times = T0 + np.array([0, 1, 1, 2]) * HOUR_MS
        spans = cumulate(times, values, ledger=[line()], gap_limit_s=5400)
        assert spans.steps.tolist() == [1e6, 4e6]


REGISTERS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 999_999_999).map(lambda milli: milli / 1000)), max_size=40
)
RATED = st.one_of(st.none(), st.floats(1, 1e6))
LEDGER = (
    line(),
    line(100.5, closing=900_000, opening=0, ratio=20),
    line(250.25, opening=3),
)


@given(REGISTERS, st.randoms(use_true_random=False), RATED)
def test_order_and_repetition_change_nothing(
    readings: list[tuple[int, float]], random: "np.random.Generator", rated_kw: float | None
) -> None:
    shuffled = readings + readings[::2]
    random.shuffle(shuffled)
    one, other = (
        cumulate([T0 + t * HOUR_MS for t, _ in rows], [v for _, v in rows], ledger=rated(LEDGER, rated_kw),
                 gap_limit_s=5400)
        for rows in (readings, shuffled)
    )  # fmt: skip
    for name in ("times_ms", "steps", "known", "gap", "marks"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


@given(REGISTERS, RATED)
def test_no_step_is_negative_and_what_is_unknown_is_marked(
    readings: list[tuple[int, float]], rated_kw: float | None
) -> None:
    spans = cumulate([T0 + t * HOUR_MS for t, _ in readings], [v for _, v in readings],
                     ledger=rated(LEDGER, rated_kw), gap_limit_s=5400)  # fmt: skip
    assert (spans.steps >= 0).all()
    assert (spans.steps[~spans.known] == 0).all()
    assert (spans.marks[~spans.known] & Quality.QUARANTINED != 0).all()
    assert (np.diff(spans.times_ms) > 0).all()


@given(st.lists(st.integers(0, 5_000), min_size=2, max_size=60), st.integers(0, 999_999))
def test_a_true_register_is_followed_through_its_rollovers(steps: list[int], first: int) -> None:
    register = (first + np.cumsum(steps)) % 1_000_000
    assert hourly(*register.tolist(), rated_kw=2_500).total == sum(steps[1:])


@given(REGISTERS.filter(len), st.integers(0, 39), st.integers(0, 999_999_999))
def test_a_reading_changes_nothing_beyond_its_reach(
    readings: list[tuple[int, float]], index: int, milli: int
) -> None:
    by_hour = dict(readings)
    hours = sorted(by_hour)
    at = index % len(hours)
    changed = {**by_hour, hours[at]: milli / 1000}
    one, other = (
        {
            row
            for spans in [hourly(*[values.get(hour, np.nan) for hour in range(401)], ledger=LEDGER)]
            for row in zip(
                (spans.times_ms[:-1] - T0) // HOUR_MS, (spans.times_ms[1:] - T0) // HOUR_MS,
                spans.steps, spans.known, spans.marks, strict=True,
            )
        }
        for values in (by_hour, changed)
    )  # fmt: skip
    for begin, end, *_ in one ^ other:
        assert begin >= hours[max(at - REACH, 0)]
        assert end <= hours[min(at + REACH, len(hours) - 1)]


def test_eighteen_months_of_hourly_readings_take_milliseconds() -> None:
    register = np.cumsum(np.random.default_rng(7).uniform(0, 30, 13_140)) % 100_000
    times = T0 + np.arange(13_140) * HOUR_MS
    fastest = np.inf
    for _ in range(5):
        begun = time.perf_counter()
        spans = cumulate(times, register, ledger=[line(digits=5, rated_kw=40)], gap_limit_s=5400)
        hours = intervals(spans, times)
        fastest = min(fastest, time.perf_counter() - begun)
    assert len(hours.measured) == 13_139
    assert fastest < 0.05
