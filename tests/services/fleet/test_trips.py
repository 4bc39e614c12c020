"""Positions to trips: ignition, silence, odometer, fixes, and the span a late batch can have changed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.fleet.trips import Journey, Limits, find_journeys, great_circle_km, window
from tests.services.fleet.drives import MINUTE, START, Row, at, drive, positions

LIMITS = Limits()
KM_NORTH = 1 / 111.195  # degrees of latitude


def journeys(*rows: Row) -> list[Journey]:
    return find_journeys(positions(rows), LIMITS)


def spans(*rows: Row) -> list[tuple[float, float]]:
    return [((one.start_ms - START) / MINUTE, (one.end_ms - START) / MINUTE) for one in journeys(*rows)]


def test_no_positions_make_no_trips() -> None:
    assert journeys() == []


def test_a_trip_runs_from_ignition_on_to_ignition_off() -> None:
    (found,) = journeys(at(-30, 0, 1000), *drive(0, 20, 10), at(50, 0, 1010))
    assert (found.start_ms, found.end_ms) == (START, START + 20 * MINUTE)
    assert found.distance_km == 10
    assert (found.start_odometer_km, found.end_odometer_km) == (1000, 1010)


def test_ignition_off_parts_two_trips() -> None:
    assert spans(*drive(0, 20), *drive(25, 10, odometer=1010)) == [(0, 20), (25, 35)]


def test_a_silence_longer_than_the_limit_ends_a_trip_at_its_last_point() -> None:
    going_on = [at(0, 1, 0), at(10, 1, 5), at(40, 1, 9), at(45, 0, 10)]
    assert spans(*going_on) == [(0, 45)]
    silent = [at(0, 1, 0), at(10, 1, 5), at(40.1, 1, 9), at(45, 0, 10)]
    assert spans(*silent) == [(0, 10), (40.1, 45)]


def test_an_ignition_off_after_a_silence_is_not_the_end_of_the_trip() -> None:
    assert spans(at(0, 1, 0), at(10, 1, 5), at(300, 0, 5)) == [(0, 10)]


def test_a_trip_under_way_ends_at_its_newest_point() -> None:
    assert spans(at(0, 1, 0), at(10, 1, 5)) == [(0, 10)]


def test_a_stand_with_the_engine_on_is_no_trip() -> None:
    assert spans(at(0, 1, 100), at(5, 1, 100.1), at(10, 0, 100.19)) == []
    assert spans(at(0, 1, 100), at(5, 1, 100.1), at(10, 0, 100.2)) == [(0, 10)]


def test_a_lone_point_is_no_trip() -> None:
    assert spans(at(0, 1, 100, lat=30, lon=111)) == []


def test_without_ignition_a_moving_point_counts_as_on() -> None:
    rows = [
        at(0, None, 10, speed_kmh=0.0),
        at(5, None, 11, speed_kmh=30.0),
        at(10, None, 12, speed_kmh=0.0),  # a red light
        at(15, None, 14, speed_kmh=30.0),
        *(at(minute, None, 14, speed_kmh=0.0) for minute in range(20, 100, 5)),
    ]
    assert spans(*rows) == [(5, 15)]


def test_a_point_that_tells_neither_ignition_nor_speed_is_passed_over() -> None:
    assert spans(*drive(0, 20), at(7, None, 500.0), at(90, None, 2000.0)) == [(0, 20)]


@pytest.mark.parametrize(
    "odometers",
    [(None, None, None), (1000.0, None, None), (1000.0, 900.0, 800.0), (1000.0, 1000.0, 9000.0)],
)
def test_an_odometer_that_is_absent_falls_or_leaps_yields_to_the_fixes(
    odometers: tuple[float | None],
) -> None:
    rows = [
        at(10 * n, float(n < 2), odometer, lat=30 + 3 * n * KM_NORTH, lon=111.0)
        for n, odometer in enumerate(odometers)
    ]
    (found,) = journeys(*rows)
    assert found.distance_km == pytest.approx(6, rel=1e-3)
    assert found.start_odometer_km is None
    assert found.end_odometer_km is None


def test_the_odometer_counts_where_it_was_told_within_the_trip() -> None:
    (found,) = journeys(at(0, 1), at(5, 1, 100), at(10, 1, 104), at(15, 0))
    assert found.distance_km == 4


def fixes(*places: tuple[float, float]) -> list[Row]:
    """A point a minute at (km north, km east) of a place, the ignition off at the last."""
    last = len(places) - 1
    return [
        at(n, float(n < last), lat=north * KM_NORTH, lon=111 + east * KM_NORTH)
        for n, (north, east) in enumerate(places)
    ]


def test_a_fix_out_of_reach_is_dropped() -> None:
    (found,) = journeys(*fixes((1, 0), (2, 0), (500, 0), (3, 0), (4, 0)))
    assert found.distance_km == pytest.approx(3, rel=1e-3)


def test_a_wrong_first_fix_does_not_hide_the_way() -> None:
    (found,) = journeys(*fixes((500, 0), (1, 0), (2, 0), (3, 0), (4, 0)))
    assert found.distance_km == pytest.approx(3, rel=1e-3)


@pytest.mark.parametrize("fix", [(0.0, 0.0), (95.0, 111.0), (30.0, 200.0), (float("nan"), 111.0)])
def test_what_is_no_fix_is_passed_over(fix: tuple[float, float]) -> None:
    rows = fixes((1, 0), (2, 0), (3, 0))
    rows[1] = at(1, 1, lat=fix[0], lon=fix[1])
    (found,) = journeys(*rows)
    assert found.distance_km == pytest.approx(2, rel=1e-3)


def test_great_circle_distances() -> None:
    assert great_circle_km((30.0, 111.0), (30.0, 111.0)) == 0
    assert great_circle_km((0.0, 0.0), (0.0, 90.0)) == pytest.approx(6371.0088 * np.pi / 2)
    assert great_circle_km((0.0, 0.0), (0.0, 180.0)) == pytest.approx(6371.0088 * np.pi)


def test_a_window_reaches_from_the_boundary_before_to_the_one_after() -> None:
    rows = [*drive(0, 20), *drive(60, 20), *drive(120, 20)]
    read = START - 600 * MINUTE, START + 800 * MINUTE
    touched = START + 65 * MINUTE, START + 70 * MINUTE
    assert window(positions(rows), touched, read, LIMITS) == (START + 60 * MINUTE, START + 120 * MINUTE)


def test_a_window_is_unknown_when_no_boundary_is_in_sight() -> None:
    rows = [at(5 * n, 1, float(n)) for n in range(40)]
    touched = START + 100 * MINUTE, START + 100 * MINUTE
    inside = START, START + 200 * MINUTE
    assert window(positions(rows), touched, inside, LIMITS) is None
    left_open = START, START + 600 * MINUTE
    assert window(positions(rows), touched, left_open, LIMITS) is None
    wide = START - 40 * MINUTE, START + 600 * MINUTE
    assert window(positions(rows), touched, wide, LIMITS) == (START, wide[1])


def test_the_window_of_points_that_tell_nothing_is_their_own() -> None:
    rows = [at(5, None, 3)]
    touched = START + 5 * MINUTE, START + 5 * MINUTE
    assert window(positions(rows), touched, (START, START + 10 * MINUTE), LIMITS) == (
        touched[0],
        touched[1] + 1,
    )


ROWS = st.lists(
    st.builds(
        at,
        st.integers(0, 300),
        st.sampled_from([0.0, 1.0, 1.0, None]),
        st.none(),
        speed_kmh=st.sampled_from([0.0, 40.0]),
        lat=st.floats(30, 30.05),
        lon=st.just(111.0),
    ),
    max_size=60,
    unique_by=lambda row: row[0],
)


@given(ROWS)
@settings(max_examples=150)
def test_trips_never_overlap_and_lie_within_the_positions(rows: list[Row]) -> None:
    found = journeys(*rows)
    for one in found:
        assert one.start_ms < one.end_ms
        assert one.distance_km >= LIMITS.movement_km
    for earlier, later in pairwise(found):
        assert earlier.end_ms <= later.start_ms


@given(ROWS.filter(bool), st.data())
@settings(max_examples=150)
def test_the_trips_of_a_window_are_those_of_the_whole(rows: list[Row], data: st.DataObject) -> None:
    minutes = sorted(row[0] for row in rows)
    first = data.draw(st.sampled_from(minutes))
    last = data.draw(st.sampled_from([minute for minute in minutes if minute >= first]))
    whole = positions(rows)
    read = START - 1000 * MINUTE, START + 2000 * MINUTE
    found = window(whole, (START + int(first) * MINUTE, START + int(last) * MINUTE), read, LIMITS)
    assert found is not None
    inside = [one for one in find_journeys(whole, LIMITS) if found[0] <= one.start_ms < found[1]]
    assert find_journeys(whole.within(*found), LIMITS) == inside
