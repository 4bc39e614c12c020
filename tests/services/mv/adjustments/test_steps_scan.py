from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mv.adjustments.steps_scan import DRAWS, Found, Series, Span, scan, spans_of
from tests.services.mv.circuits import noise

SPANS = spans_of(200, 14)


def series(*, seed: int = 1, rho: float = 0.3, size: float = 0.0, span: Span = (90, 200)) -> Series:
    n = 200
    values = noise(np.random.default_rng(seed), (1, n), rho)[0]
    values[slice(*span)] += size
    return Series(np.arange(n), values, np.ones((n, 1)), np.ones(n))


def found(given: Series, *, spans: list[Span] = SPANS, seed: int = 7) -> Found:
    answer = scan(given, spans, seed)
    assert answer is not None
    return answer


@given(st.integers(0, 500), st.integers(1, 30))
def test_spans_leave_enough_days_in_them_and_around(n: int, least: int) -> None:
    spans = spans_of(n, least)
    assert len(set(spans)) == len(spans)
    for start, end in spans:
        assert start >= least
        assert end - start >= least
        assert end == n or n - end >= least


@pytest.mark.parametrize("years", [2, 3, 5, 30])
def test_many_years_have_no_more_spans_than_two(years: int) -> None:
    assert len(spans_of(365 * years, 14)) <= 54 * 55 / 2 + 365
    assert {edge % 14 for span in spans_of(730, 14) for edge in span if span[1] < 730} == {0}


def test_a_change_that_lasts_may_begin_on_any_day_of_a_year() -> None:
    assert [start for start, end in spans_of(300, 14) if end == 300] == list(range(14, 287))
    assert {start % 2 for start, end in spans_of(700, 14) if end == 700} == {0}


def test_a_change_in_ten_years_is_found_on_its_day() -> None:
    n, edge = 3650, 2003
    values = noise(np.random.default_rng(3), (1, n), 0.3)[0]
    values[edge:] += 3
    answer = found(Series(np.arange(n), values, np.ones((n, 1)), np.ones(n)), spans=spans_of(n, 14))
    assert abs(answer.span[0] - edge) <= 2
    assert answer.span[1] == n


def test_a_clear_step_is_found_on_its_day_with_all_the_confidence_the_draws_can_give() -> None:
    answer = found(series(size=3))
    assert abs(answer.span[0] - 90) <= 1
    assert answer.span[1] == 200
    assert answer.confidence == pytest.approx(1 - 1 / (1 + DRAWS))


def test_edges_are_those_of_the_days_after() -> None:
    assert found(series(rho=0, size=40, span=(77, 200))).span == (77, 200)
    assert found(series(rho=0, size=-40, span=(77, 123))).span == (77, 123)


@settings(max_examples=15, deadline=None)
@given(st.integers(20, 90), st.integers(30, 80))
def test_a_large_change_is_dated_wherever_it_lies(start: int, length: int) -> None:
    answer = found(series(rho=0.2, size=25, span=(start, start + length)))
    assert answer.span == (start, start + length)


@pytest.mark.parametrize("start", [84, 87, 91, 95, 98])
@pytest.mark.parametrize("size", [3, 30])
def test_a_change_that_lasts_is_as_certain_between_the_fortnights(start: int, size: float) -> None:
    """The larger it is, the more the days beside an edge that is off would look like autocorrelation."""
    answer = found(series(rho=0.2, size=size, span=(start, 200)))
    assert abs(answer.span[0] - start) <= 1
    assert answer.confidence == pytest.approx(1 - 1 / (1 + DRAWS))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 0.9), st.sampled_from([-40, 0, 40]), st.integers(0, 200))
def test_a_change_has_a_day_and_one_before_it_wherever_its_edges_move(
    seed: int, rho: float, size: float, start: int
) -> None:
    begin, end = found(series(seed=seed, rho=rho, size=size, span=(start, 200))).span
    assert 0 < begin < end <= 200


def test_confidence_does_not_depend_on_unit_or_level() -> None:
    plain = series(size=0.8)
    assert found(replace(plain, values=250 * plain.values + 1e4)) == found(plain)


def test_confidence_is_even_where_nothing_changed() -> None:
    """Confidences without a change are spread evenly over 0 to 1, so that 5 % of them pass 95 %."""
    levels = np.sort([found(series(seed=i, rho=0.5)).confidence for i in range(80)])
    distance = np.abs(levels - (np.arange(80) + 0.5) / 80).max()
    assert distance < 1.36 / np.sqrt(80)


def test_autocorrelation_is_not_taken_for_a_change() -> None:
    """What were certain among independent days is nothing among days that hang together."""
    alike = [found(series(seed=i, rho=0.9)).confidence >= 0.95 for i in range(40)]
    assert np.mean(alike) <= 0.125


def test_missing_dates_loosen_neighbours_and_sharpen_the_same_values() -> None:
    """With every other day only, what hangs together over a day hangs together less over two."""
    plain = series(rho=0.7, size=1.2)
    sparse = replace(plain, numbers=plain.numbers * 2)
    assert found(sparse).span == found(plain).span
    assert found(sparse).confidence >= found(plain).confidence


def test_a_change_that_a_column_already_is_cannot_be_told() -> None:
    plain = series(size=3)
    known = np.column_stack([plain.columns, np.arange(200) >= 90])
    assert scan(replace(plain, columns=known), [(90, 200)], 7) is None
    assert scan(plain, [], 7) is None


def test_rounding_is_no_change() -> None:
    assert scan(replace(series(), values=np.full(200, 0.6)), SPANS, 7) is None
    exact = replace(series(), values=np.repeat([0.6, 0.7], [90, 110]))
    assert found(exact).span == (90, 200)


def test_the_seed_alone_decides_the_draws() -> None:
    weak = series(size=0.45)
    assert found(weak) == found(weak)
    levels = {found(weak, seed=seed).confidence for seed in range(6)}
    assert len(levels) > 1
    assert max(levels) - min(levels) < 0.15
