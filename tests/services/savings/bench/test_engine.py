"""What the bench makes up, and what it counts as the engine's time."""

import time
from itertools import pairwise

import numpy as np
import pytest

from services.mv.figures import lag_one
from services.savings.bench import engine
from services.workdays import Workdays


def test_the_same_seed_is_the_same_building_and_another_is_not() -> None:
    one, again, other = engine.building(1), engine.building(1), engine.building(2)
    assert one.energy_kwh.tobytes() == again.energy_kwh.tobytes() != other.energy_kwh.tobytes()
    assert one.working == tuple(Workdays().is_working_day(day) for day in engine.YEAR)
    assert None not in one.working


def test_noise_begins_at_nothing_and_four_tenths_of_it_remain_the_next_day() -> None:
    numbers = np.arange(len(engine.YEAR))
    found = [engine._noise(seed) for seed in range(20)]
    assert {noise[0] for noise in found} == {0.0}
    assert np.mean([lag_one(noise, numbers) for noise in found]) == pytest.approx(0.4, abs=0.06)
    assert np.std(found) == pytest.approx(0.05 / np.sqrt(1 - 0.4**2), rel=0.05)


def test_a_step_is_timed_over_all_it_is_given_after_one_run_that_does_not_count() -> None:
    seen: list[str] = []
    assert engine.median_ms(seen.append, ["a", "b", "c"]) >= 0
    assert seen == ["a", "a", "b", "c"]
    assert engine.median_ms(time.sleep, [0.03, 0.0, 0.03]) >= 29


def test_steps_add_up() -> None:
    taken = engine.steps(engine.circuit(1), runs=2)
    *each, whole = taken.values()
    assert whole == pytest.approx(sum(each))
    assert min(each) > 0


def test_progress_is_told_chunk_by_chunk_without_what_was_made_up() -> None:
    told = list(engine.many(120))
    assert [one.buildings for one in told] == [50, 100, 120]
    for before, after in pairwise(told):
        assert after.elapsed_s > before.elapsed_s
        assert after.making_s > before.making_s
        assert after.peak_mib >= before.peak_mib > 0
    assert all(0 < one.making_s < 0.5 * one.elapsed_s for one in told)
    assert told[-1].seconds == pytest.approx(told[-1].elapsed_s - told[-1].making_s)


def test_nothing_asked_is_nothing_told() -> None:
    assert list(engine.many(0)) == []
    assert engine.Progress().seconds == 0


def test_the_import_takes_a_moment() -> None:
    assert 0 < engine.import_s() < 20
