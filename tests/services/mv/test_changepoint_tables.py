"""Tables of SSE: each entry is what a plain least squares with those degrees leaves."""

from dataclasses import replace

import numpy as np
import pytest

from services.mv.changepoint_tables import Block, basis_of, line, pairs, pairs_of, sums_of, together
from services.mv.forms import degrees
from services.mv.model import Days, Floats
from tests.services.mv.published import building, weather

POINTS = np.array([8.0, 11.5, 12.0, 16.0, 21.25])


def noisy(seed: int = 3) -> Days:
    outdoor = weather(seed=seed)
    response = 6 * np.maximum(13 - outdoor, 0) + 9 * np.maximum(outdoor - 20, 0)
    return building(100 + response + np.random.default_rng(seed).normal(0, 9, 365), outdoor)


def block_of(days: Days, columns: Floats, root_weight: Floats) -> Block:
    return Block(days, root_weight, basis_of(columns, root_weight))


def plain(days: Days, *columns: Floats, root_weight: Floats | None = None) -> float:
    """SSE of the (weighted) least squares on these columns."""
    root = np.ones(len(days.days)) if root_weight is None else root_weight
    design, energy = np.column_stack(columns) * root[:, None], days.energy_kwh * root
    residuals = energy - design @ np.linalg.lstsq(design, energy, rcond=None)[0]
    return float(residuals @ residuals)


def test_pairs_are_all_that_do_not_overlap_the_coldest_first() -> None:
    found = pairs(3)
    together = list(zip(found.heating.tolist(), found.cooling.tolist(), strict=True))
    assert together == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    assert [together[place] for place in found.same] == [(0, 0), (1, 1), (2, 2)]
    assert pairs(3) is found
    assert len(pairs(100).heating) == 100 * 101 // 2


def test_every_pair_is_a_plain_least_squares() -> None:
    days, ones = noisy(), np.ones(365)
    flags = np.column_stack([days.flags["working_day"], days.flags["non_working_day"]])
    table = pairs_of(sums_of(block_of(days, flags, ones), POINTS))
    below, above = degrees(days, POINTS)
    of_grid = pairs(len(POINTS))
    expected = [
        plain(days, *flags.T, below[i], above[j])
        for i, j in zip(of_grid.heating, of_grid.cooling, strict=True)
    ]
    assert table.sse == pytest.approx(np.array(expected), rel=1e-9)
    assert table.enough.all()
    assert table.positive.all()


@pytest.mark.parametrize(("shape", "side"), [("3PH", 0), ("3PC", 1)])
def test_every_single_response_is_one_too(shape: str, side: int) -> None:
    days, ones = noisy(5), np.ones(365)
    table = line(sums_of(block_of(days, ones[:, None], ones), POINTS), shape)
    expected = [plain(days, ones, of_point) for of_point in degrees(days, POINTS)[side]]
    assert table.sse == pytest.approx(np.array(expected), rel=1e-9)


def test_bills_are_weighted_by_their_days_and_lie_on_both_sides() -> None:
    rng = np.random.default_rng(8)
    inside = tuple(rng.normal(mean, 5, 30) for mean in np.linspace(4, 28, 24))
    days = building(rng.normal(400, 40, 24), np.array([part.mean() for part in inside]))
    length = np.where(np.arange(24) % 2, 30.0, 60.0)
    days, root = replace(days, inside_c=inside, length_d=length), np.sqrt(length / length.mean())
    table = pairs_of(sums_of(block_of(days, np.ones((24, 1)), root), POINTS))
    below, above = degrees(days, POINTS)
    of_grid = pairs(len(POINTS))
    expected = [
        plain(days, np.ones(24), below[i], above[j], root_weight=root)
        for i, j in zip(of_grid.heating, of_grid.cooling, strict=True)
    ]
    assert table.sse == pytest.approx(np.array(expected), rel=1e-9)


def test_a_point_beyond_the_weather_has_not_enough_and_explains_nothing() -> None:
    days, ones = noisy(), np.ones(365)
    points = np.array([-40.0, 15.0, 60.0])
    sums = sums_of(block_of(days, ones[:, None], ones), points)
    assert sums.enough.tolist() == [[False, True, True], [True, True, False]]
    heating = line(sums, "3PH")
    assert heating.enough.tolist() == [False, True, False]  # the flat side needs its days, too
    assert heating.sse[0] == pytest.approx(sums.yy)
    assert np.isfinite(pairs_of(sums).sse).all()


def test_blocks_together_add_up_and_need_all_of_theirs() -> None:
    days = noisy(7)
    parts = [days.take(np.flatnonzero(days.flags[of]).tolist()) for of in ("working_day", "non_working_day")]
    each = [pairs_of(sums_of(block_of(part, part.lengths[:, None], part.lengths), POINTS)) for part in parts]
    both = together(each)
    assert both.sse == pytest.approx(each[0].sse + each[1].sse)
    assert (both.enough == (each[0].enough & each[1].enough)).all()
    place = pairs(len(POINTS)).same
    assert both.take(place).sse.tolist() == both.sse[place].tolist()
    assert len(both.take(place).positive) == len(POINTS)
