from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.mv.changepoint import PRECISION_K, Points, coarse_grid, search
from services.mv.changepoint_tables import Block, basis_of
from services.mv.forms import degrees
from services.mv.limits import limit
from services.mv.model import Days, Floats
from tests.services.mv.published import building, weather

SHAPES = ("3PH", "3PC", "4P", "5P")


def energy_of(outdoor: Floats, heating_c: float, cooling_c: float, left: float, right: float) -> Floats:
    return 100 + left * np.maximum(heating_c - outdoor, 0) + right * np.maximum(outdoor - cooling_c, 0)


def blocks_of(days: Days, *, split: bool = False) -> list[Block]:
    flags = np.array([flag is True for flag in days.working])
    of_each = [np.flatnonzero(flags), np.flatnonzero(~flags)] if split else [np.arange(len(flags))]
    parts = [days.take(rows.tolist()) for rows in of_each]
    return [Block(part, ones, basis_of(ones[:, None], ones)) for part in parts for ones in [part.lengths**0]]


def found(days: Days, shape: str, *, split: bool = False) -> Points | None:
    return search(blocks_of(days, split=split), [shape])[shape]


def by_hand(days: Days, heating_c: float, cooling_c: float) -> float:
    """SSE of the plain least squares at a pair of points."""
    outdoor = days.outdoor_c
    assert outdoor is not None
    below, above = np.maximum(heating_c - outdoor, 0), np.maximum(outdoor - cooling_c, 0)
    design = np.column_stack([np.ones(len(outdoor)), below, above])
    residuals = days.energy_kwh - design @ np.linalg.lstsq(design, days.energy_kwh, rcond=None)[0]
    return float(residuals @ residuals)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    heating_c=st.floats(9, 15),
    width=st.floats(2, 8),
    left=st.floats(2, 30),
    right=st.floats(2, 30),
)
@example(seed=0, heating_c=14.80078125, width=2.0, left=18.0, right=2.0)  # small steps of one point
def test_both_points_of_a_building_are_found(
    seed: int, heating_c: float, width: float, left: float, right: float
) -> None:
    outdoor = weather(seed=seed)
    days = building(energy_of(outdoor, heating_c, heating_c + width, left, right), outdoor)
    points = found(days, "5P")
    assert points is not None
    assert points.heating_c == pytest.approx(heating_c, abs=5 * PRECISION_K)
    assert points.cooling_c == pytest.approx(heating_c + width, abs=5 * PRECISION_K)
    assert points.sse is not None
    assert points.sse < 1e-4 * float(((days.energy_kwh - days.energy_kwh.mean()) ** 2).sum())
    assert points.sound


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_sse_is_that_of_plain_least_squares_and_no_pair_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outdoor = weather(seed=seed)
    days = building(energy_of(outdoor, 12, 20, 5, 9) + rng.normal(0, 12, 365), outdoor)
    points = found(days, "5P")
    assert points is not None
    assert points.heating_c is not None
    assert points.cooling_c is not None
    sse = by_hand(days, points.heating_c, points.cooling_c)
    assert points.sse == pytest.approx(sse, rel=1e-9)
    for _ in range(20):
        low, high = sorted(rng.uniform(8, 24, 2).tolist())
        assert by_hand(days, low, high) >= 0.999 * sse


def test_one_sided_shapes_name_one_point() -> None:
    outdoor = weather()
    heating = found(building(energy_of(outdoor, 14, 99, 8, 0), outdoor), "3PH")
    cooling = found(building(energy_of(outdoor, -99, 18, 0, 8), outdoor), "3PC")
    assert heating is not None
    assert cooling is not None
    assert heating.heating_c == pytest.approx(14, abs=0.051)
    assert cooling.cooling_c == pytest.approx(18, abs=0.051)
    assert heating.cooling_c is cooling.heating_c is None
    assert not heating.shared


def test_a_shape_of_four_meets_at_one_point_whatever_its_signs() -> None:
    outdoor = weather()
    points = found(building(energy_of(outdoor, 16, 16, 20, -3), outdoor), "4P")
    assert points is not None
    assert points.shared
    assert points.heating_c == pytest.approx(16, abs=0.051)
    assert not points.sound


def test_a_falling_response_is_not_sound_where_nothing_rises() -> None:
    outdoor = weather()
    points = found(building(200 - 3 * outdoor, outdoor), "3PC")
    assert points is not None
    assert not points.sound


def test_without_days_on_both_sides_there_is_no_point() -> None:
    outdoor = np.linspace(36, 40, 365)
    days = building(outdoor * 2, outdoor)
    assert [found(days, shape) for shape in SHAPES] == [None] * 4


def test_a_side_needs_its_days_and_its_degree_days() -> None:
    outdoor = np.full(365, 20.0)
    outdoor[:9] = 5.0  # nine cold days: one too few
    energy = energy_of(outdoor, 12, 99, 10, 0)
    assert found(building(energy, outdoor), "3PH") is None
    outdoor[9] = 5.0
    ten = found(building(energy_of(outdoor, 12, 99, 10, 0), outdoor), "3PH")
    assert ten is not None
    assert ten.sound
    shallow = np.where(np.arange(365) < 30, 19.9, 20.0)  # thirty days, three degree-days
    assert found(building(energy, np.where(shallow < 20, 31.9, 33.0)), "3PC") is None


def test_balance_points_stay_within_the_limits() -> None:
    low, high = limit("change_point", "lowest_c").figure, limit("change_point", "highest_c").figure
    points = coarse_grid()
    assert low <= points.min()
    assert points.max() <= high
    assert np.diff(points).max() <= 1.67


def test_day_types_with_their_own_slopes_share_their_points() -> None:
    outdoor = weather(seed=4)
    plain = building(np.zeros(365), outdoor)
    working = np.array([flag is True for flag in plain.working])
    energy = np.where(working, energy_of(outdoor, 13, 21, 9, 12), 0.4 * energy_of(outdoor, 13, 21, 3, 2))
    days = replace(plain, energy_kwh=energy)
    split, common = found(days, "5P", split=True), found(days, "5P")
    assert split is not None
    assert common is not None
    assert split.heating_c == pytest.approx(13, abs=0.1)
    assert split.cooling_c == pytest.approx(21, abs=0.1)
    assert split.sse is not None
    assert common.sse is not None
    assert split.sse < 0.01 * common.sse


def test_equal_pairs_resolve_to_the_coldest() -> None:
    outdoor = np.where(np.arange(365) % 2 == 0, 0.0, 30.0)  # nothing between: every point explains all
    days = building(np.where(outdoor == 0, 300.0, 100.0), outdoor)
    points = found(days, "3PH")
    assert points is not None
    assert points.sse == pytest.approx(0, abs=1e-6)
    assert points.heating_c == 0.1  # the coldest with 11.1 degree-days below it


def test_a_bills_overlap_of_both_sides_is_counted() -> None:
    rng = np.random.default_rng(2)
    inside = tuple(rng.normal(mean, 6, 30) for mean in np.linspace(2, 28, 24))
    mean = np.array([part.mean() for part in inside])
    days = building(np.zeros(24), mean)
    days = replace(days, inside_c=inside, length_d=np.full(24, 30.0))
    below, above = degrees(days, np.array([14.0, 18.0]))
    energy = 50 + 4 * below[0] + 6 * above[1]
    points = found(replace(days, energy_kwh=energy), "5P")
    assert points is not None
    assert points.heating_c == pytest.approx(14, abs=0.2)
    assert points.cooling_c == pytest.approx(18, abs=0.2)
