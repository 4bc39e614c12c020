"""Lamps one by one: what a few of them say is honest about all of them."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from simulators.lamps import (
    FIXTURES,
    OUTDOOR_HOURS,
    TESTED,
    fixture_tests,
    fixtures,
    inventory,
    outdoor_kwh,
    outdoor_lamps,
    outdoor_saving_rate,
)
from simulators.places import PLACES, Place
from tests.simulators.conftest import SMALL

BEFORE, AFTER = date(2026, 5, 20), date(2026, 6, 12)
SEEDS = range(1, 121)
T_90 = {11: 1.796, 23: 1.714, 35: 1.690}
"""Two-sided Student quantiles at 90 %, from a table, by degrees of freedom."""


def place(code: str) -> Place:
    return next(one for one in PLACES if one.code == code)


SPORTS, SCHOOL = place("sports"), place("primary-2")


def rows_of(seed: int) -> list[dict[str, Any]]:
    return fixture_tests(replace(SMALL, seed=seed), SCHOOL, before=BEFORE, after=AFTER)


def test_only_the_sports_centre_has_outdoor_lamps_of_its_own() -> None:
    lit = [one.code for one in PLACES if outdoor_lamps(SMALL, one)]
    assert lit == ["sports"]
    assert outdoor_kwh(SMALL, SCHOOL).sum() == 0


def test_lamps_use_about_what_is_written_on_them_and_their_gear() -> None:
    for group in outdoor_lamps(SMALL, SPORTS):
        written = float(group.type_before.split()[1])
        assert 1.05 < group.watts_before.mean() / written < 1.2
        assert group.watts_after.mean() < 0.45 * group.watts_before.mean()
        assert group.watts_before.shape == group.watts_after.shape == (group.count,)
        assert group.watts_before.min() > 0
        assert group.sampled < group.count / 2


def test_the_same_seed_gives_the_same_lamps() -> None:
    one, again = outdoor_lamps(SMALL, SPORTS), outdoor_lamps(replace(SMALL, months=9), SPORTS)
    other = outdoor_lamps(replace(SMALL, seed=2), SPORTS)
    for first, second, third in zip(one, again, other, strict=True):
        assert np.array_equal(first.watts_before, second.watts_before)
        assert not np.array_equal(first.watts_before, third.watts_before)


def test_outdoor_lamps_burn_as_long_as_their_time_switch_says() -> None:
    kilowatts = sum(float(group.watts_before.sum()) for group in outdoor_lamps(SMALL, SPORTS)) / 1000
    days = outdoor_kwh(SMALL, SPORTS).reshape(-1, 24)
    assert len(days) == SMALL.days
    np.testing.assert_allclose(days.sum(axis=1), kilowatts * OUTDOOR_HOURS)
    assert (days[:, 5:18] == 0).all()
    np.testing.assert_allclose(days[:, 18], kilowatts / 2)


def test_the_outdoor_rate_is_that_of_all_lamps_together() -> None:
    groups = outdoor_lamps(SMALL, SPORTS)
    after = np.concatenate([group.watts_after for group in groups]).sum()
    before = np.concatenate([group.watts_before for group in groups]).sum()
    assert outdoor_saving_rate(SMALL, SPORTS) == pytest.approx(1 - after / before)
    assert 0.55 < outdoor_saving_rate(SMALL, SPORTS) < 0.75


def test_the_inventory_tells_samples_and_what_was_agreed() -> None:
    rows, groups = inventory(SMALL, SPORTS), outdoor_lamps(SMALL, SPORTS)
    assert [row["name"] for row in rows] == [group.name for group in groups]
    for row, group in zip(rows, groups, strict=True):
        assert row["count"] == group.count
        for slot in ("watts_before", "watts_after"):
            assert (row[slot]["size"], row[slot]["population"]) == (group.sampled, group.count)
            assert row[slot]["deviation"] > 0
        assert row["hours"]["value"] == OUTDOOR_HOURS
        assert row["hours"]["source"]
    assert len({row["hours"]["shared"] for row in rows}) == 1


def test_an_inventory_does_not_tell_the_true_means() -> None:
    for row, group in zip(inventory(SMALL, SPORTS), outdoor_lamps(SMALL, SPORTS), strict=True):
        assert row["watts_before"]["mean"] != round(float(group.watts_before.mean()), 3)


def test_nine_samples_in_ten_hold_the_true_mean_in_their_band() -> None:
    """The band of a sample without replacement, from its own mean and deviation; 90 % of 480, ± 4σ."""
    held = []
    for seed in SEEDS:
        plan = replace(SMALL, seed=seed)
        for row, group in zip(inventory(plan, SPORTS), outdoor_lamps(plan, SPORTS), strict=True):
            for slot, true in (("watts_before", group.watts_before), ("watts_after", group.watts_after)):
                told = row[slot]
                left = 1 - told["size"] / told["population"]
                half_width = T_90[told["size"] - 1] * told["deviation"] * np.sqrt(left / told["size"])
                held.append(abs(told["mean"] - true.mean()) <= half_width)
    assert len(held) == 4 * len(SEEDS)
    assert 0.845 <= np.mean(held) <= 0.955


def test_fixtures_count_by_what_they_use() -> None:
    found = fixtures(SMALL, SCHOOL)
    assert found.watts_before.shape == found.watts_after.shape == (FIXTURES,)
    assert (found.watts_after < found.watts_before).all()
    own = 1 - found.watts_after / found.watts_before
    assert found.saving_rate == pytest.approx(np.average(own, weights=found.watts_before))
    assert own.std() > 0.01


def test_some_fixtures_are_tested_once_each_before_and_after() -> None:
    rows = rows_of(1)
    assert len({row["fixture"] for row in rows}) == len(rows) == TESTED
    for row in rows:
        assert BEFORE <= date.fromisoformat(row["before_on"]) < AFTER
        assert date.fromisoformat(row["after_on"]) == AFTER
        assert 0 < row["after_kwh"] < row["before_kwh"] < 24 * 0.25


def test_tested_fixtures_are_fixtures_of_the_place() -> None:
    """Their energies are their own watts for about nine hours."""
    found = fixtures(SMALL, SCHOOL)
    for row in rows_of(SMALL.seed):
        number = int(row["fixture"].removeprefix("L-")) - 1
        assert row["before_kwh"] / found.watts_before[number] * 1000 == pytest.approx(9, rel=0.16)
        assert row["after_kwh"] / found.watts_after[number] * 1000 == pytest.approx(9, rel=0.16)


def test_tests_scatter_honestly_around_the_true_rate() -> None:
    """No bias, and nine bands in ten of the ratio estimator hold the truth: 90 % of 120, ± 4σ."""
    errors, held = [], []
    for seed in SEEDS:
        rows = rows_of(seed)
        before = np.array([row["before_kwh"] for row in rows])
        after = np.array([row["after_kwh"] for row in rows])
        left = after.sum() / before.sum()
        apart = np.sqrt(((after - left * before) ** 2).sum() / (TESTED - 1)) / before.mean()
        half_width = T_90[TESTED - 1] * apart * np.sqrt((1 - TESTED / FIXTURES) / TESTED)
        errors.append((1 - left) - fixtures(replace(SMALL, seed=seed), SCHOOL).saving_rate)
        held.append(abs(errors[-1]) <= half_width)
    assert abs(np.mean(errors)) < 0.004
    assert 0.79 <= np.mean(held) <= 0.98
