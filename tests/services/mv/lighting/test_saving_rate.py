import json
import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.mv.canonical import canonical
from services.mv.lighting.saving_rate import FixtureTest, SavingRate, saved_by_rate, saving_rate

BEFORE, AFTER = date(2026, 4, 10), date(2026, 4, 20)
READ: TypeAdapter[tuple[FixtureTest, ...]] = TypeAdapter(tuple[FixtureTest, ...])


def pairs_of(*pairs: tuple[float, float], **changed: float) -> tuple[FixtureTest, ...]:
    return tuple(
        FixtureTest(f"fixture {i}", before, after, BEFORE, AFTER, **changed)
        for i, (before, after) in enumerate(pairs)
    )


def records(rate: SavingRate) -> dict[str, Any]:
    return {record.what: record for record in rate.records}


def test_the_rate_is_that_of_totals_not_the_mean_of_rates() -> None:
    rate = saving_rate(pairs_of((1.0, 0.2), (3.0, 1.8)), population=40)
    assert rate.rate == 0.5
    assert rate.multiple == 2.0


def test_the_rate_and_its_half_width_by_hand() -> None:
    """Left 0.4; departures −0.04, 0, +0.04 of a mean of 1: s = 0.04; t(2) = 2.920; 27 of 30 untested."""
    rate = saving_rate(pairs_of((1.0, 0.36), (1.0, 0.40), (1.0, 0.44)), population=30)
    assert rate.rate == pytest.approx(0.6)
    assert rate.uncertainty == pytest.approx(2.920 * 0.04 / math.sqrt(3) * math.sqrt(0.9), rel=1e-4)


def test_an_after_meter_and_the_rate_give_the_saving_of_the_formula() -> None:
    rate = saving_rate(pairs_of((1.0, 0.36), (1.0, 0.40), (1.0, 0.44)), population=30)
    found = saved_by_rate(rate, 1000.0)
    assert rate.rate is not None
    assert rate.uncertainty is not None
    assert found.savings_kwh == pytest.approx(1000 * rate.rate / (1 - rate.rate))
    assert (found.baseline_kwh, found.actual_kwh) == (2500.0, 1000.0)
    assert found.uncertainty_kwh == pytest.approx(1000 * rate.uncertainty / (1 - rate.rate) ** 2, rel=1e-5)


def test_all_fixtures_tested_leave_no_sampling_error() -> None:
    assert saving_rate(pairs_of((1.0, 0.3), (1.0, 0.5)), population=2).uncertainty == 0
    assert saving_rate(pairs_of((1.0, 0.3)), population=1).multiple_uncertainty == 0


def test_one_fixture_that_speaks_for_others_has_a_rate_and_no_band() -> None:
    rate = saving_rate(pairs_of((1.0, 0.4)), population=50)
    assert (rate.rate, rate.uncertainty) == (0.6, None)
    assert not records(rate)["saving_rate_sample_size"].ok
    found = saved_by_rate(rate, 100)
    assert (found.savings_kwh, found.uncertainty_kwh) == (150.0, None)


def test_a_rate_of_nothing_is_undefined_and_says_so() -> None:
    rate = saving_rate(pairs_of((0.0, 0.4), (0.0, 0.2)), population=9)
    assert (rate.rate, rate.uncertainty, rate.multiple) == (None, None, 0.0)
    assert not records(rate)["saving_rate_defined"].ok
    assert not records(rate)["saving_rate_positive"].ok
    assert saved_by_rate(rate, 10).savings_kwh == -10


def test_fixtures_that_use_nothing_any_more_leave_no_way_back_to_the_baseline() -> None:
    rate = saving_rate(pairs_of((1.0, 0.0), (2.0, 0.0)), population=9)
    assert (rate.rate, rate.multiple) == (1.0, None)
    assert not records(rate)["saving_rate_below_one"].ok
    found = saved_by_rate(rate, 10)
    assert (found.baseline_kwh, found.savings_kwh, found.uncertainty_kwh) == (None, None, None)
    assert found.actual_kwh == 10
    assert found.records == rate.records


def test_a_negative_rate_is_a_finding_and_keeps_its_band() -> None:
    rate = saving_rate(pairs_of((1.0, 1.2), (1.0, 1.3), (1.0, 1.25)), population=30)
    assert rate.rate == -0.25
    assert records(rate)["saving_rate_defined"].ok
    assert not records(rate)["saving_rate_positive"].ok
    found = saved_by_rate(rate, 500)
    assert found.savings_kwh == -100.0
    assert found.uncertainty_kwh is not None
    assert found.uncertainty_kwh > 0


def test_uneven_fixtures_need_more_tests_than_even_ones() -> None:
    uneven = saving_rate(pairs_of((1.0, 0.2), (1.0, 0.6), (1.0, 0.4)), population=400)
    even = saving_rate(pairs_of((1.0, 0.40), (1.0, 0.41), (1.0, 0.39)), population=400)
    assert records(uneven)["saving_rate_sample_size"].limit == 58
    assert not records(uneven)["saving_rate_sample_size"].ok
    assert records(even)["saving_rate_sample_size"].ok


def test_tests_of_other_lengths_count_by_the_hour_and_are_listed() -> None:
    rate = saving_rate(pairs_of((2.0, 0.4), (2.0, 0.4), hours_before=48.0), population=30)
    assert rate.rate == 0.6
    assert (records(rate)["saving_rate_test_hours"].figure, records(rate)["saving_rate_test_hours"].ok) == (
        48,
        False,
    )
    assert records(saving_rate(pairs_of((1.0, 0.4), (1.0, 0.4)), population=30))["saving_rate_test_hours"].ok


@pytest.mark.parametrize("pairs", [[], [(1.0, 0.5)] * 4])
def test_tests_are_some_and_not_more_than_fixtures(pairs: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="at least one test"):
        saving_rate(pairs_of(*pairs), population=3)


def test_the_same_fixture_is_not_counted_twice() -> None:
    with pytest.raises(ValueError, match="no fixture twice"):
        saving_rate(pairs_of((1.0, 0.5)) * 2, population=3)


@pytest.mark.parametrize("energy", [-1.0, math.nan, math.inf])
def test_energies_that_cannot_be_are_refused(energy: float) -> None:
    with pytest.raises(ValueError, match="fixture 0"):
        pairs_of((1.0, energy))
    with pytest.raises(ValueError, match="after-meter"):
        saved_by_rate(saving_rate(pairs_of((1.0, 0.5)), population=1), energy)


def test_a_test_lasts() -> None:
    with pytest.raises(ValueError, match="some hours"):
        pairs_of((1.0, 0.5), hours_after=0)


def test_tests_replay_from_json_to_the_same_bytes() -> None:
    tests = pairs_of((1.1, 0.5), (1, 0.45), (0.9, 0.4))
    again = READ.validate_python(json.loads(canonical(tests)))
    assert again == tests
    assert canonical(saving_rate(again, population=9)) == canonical(saving_rate(tests, population=9))


ENERGY = st.floats(0, 50).map(lambda kwh: round(kwh, 3))


@given(st.lists(st.tuples(ENERGY, ENERGY), min_size=1, max_size=30), st.integers(0, 500), st.floats(0, 1e5))
def test_every_rate_can_be_told_and_written(
    pairs: list[tuple[float, float]], untested: int, after_kwh: float
) -> None:
    rate = saving_rate(pairs_of(*pairs), population=len(pairs) + untested)
    found = saved_by_rate(rate, after_kwh)
    assert canonical(rate)
    assert canonical(found)
    if found.savings_kwh is not None and found.baseline_kwh is not None:
        assert round(found.savings_kwh, 3) == round(found.baseline_kwh - found.actual_kwh, 3)
    if rate.rate and rate.multiple and abs(1 - rate.rate) > 1e-6:
        assert rate.multiple * (1 - rate.rate) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize(("size", "spread"), [(4, 0.1), (10, 0.1), (10, 0.3), (30, 0.5)])
def test_the_band_holds_the_truth_of_fixtures_that_were_sampled(size: int, spread: float) -> None:
    """240 fixtures of uneven power; an after-meter shows the year, the truth is known."""
    rng, held, rounds = np.random.default_rng([20261103, size]), 0, 600
    for _ in range(rounds):
        before = rng.gamma(30, 1 / 30, 240)
        after = before * np.clip(rng.normal(0.45, 0.45 * spread, 240), 0.02, None)
        at = rng.choice(240, size, replace=False)
        pairs = [(float(b), float(a)) for b, a in zip(before[at], after[at], strict=True)]
        found = saved_by_rate(saving_rate(pairs_of(*pairs), population=240), 365 * float(after.sum()))
        truth = 365 * float(before.sum() - after.sum())
        assert found.savings_kwh is not None
        assert found.uncertainty_kwh is not None
        held += abs(found.savings_kwh - truth) <= found.uncertainty_kwh
    assert 0.85 <= held / rounds <= 0.95
