"""Tracks: points minutes apart, smooth, true to the odometer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.outings import Outing
from simulators.tracks import Track, draw_track, great_circle_km
from tests.simulators.conftest import SMALL

HOME = (30.7, 111.3)


def drawn(*outings: Outing) -> Track:
    return draw_track(SMALL, "v-1", outings, home=HOME, odometer_km=1_000.0)


def outing(start_min: float, length_min: float, *, moves: bool = True) -> Outing:
    start = SMALL.start_ms + round(start_min * 60_000)
    return Outing(start, start + round(length_min * 60) * 1000, moves, approved=False)


def test_a_degree_of_latitude_is_111_km() -> None:
    legs = great_circle_km(np.array([30.0, 31.0, 31.0]), np.array([111.0, 111.0, 112.0]))
    assert legs[0] == pytest.approx(111.195, abs=0.01)
    assert legs[1] == pytest.approx(111.195 * np.cos(np.radians(31)), rel=1e-3)


def test_an_outing_begins_with_the_ignition_on_and_ends_with_it_off() -> None:
    track = drawn(outing(0, 40), outing(100, 25))
    for number in (0, 1):
        rows = track.outing == number
        assert track.ignition[rows].tolist() == [1] * (rows.sum() - 1) + [0]
    assert track.times_ms[0] == SMALL.start_ms
    assert track.times_ms[track.outing == 0][-1] == SMALL.start_ms + 40 * 60_000
    assert track.speed_kmh[-1] == 0


@given(st.floats(20, 120))
def test_points_are_three_to_five_minutes_apart(length_min: float) -> None:
    gaps = np.diff(drawn(outing(0, length_min)).times_ms) / 60_000
    assert gaps.min() > 2.9
    assert gaps.max() < 5.1


def test_a_track_comes_home_and_stays_near() -> None:
    track = drawn(outing(0, 90))
    for end in (0, -1):
        assert track.lat[end] == pytest.approx(HOME[0], abs=1e-4)
        assert track.lon[end] == pytest.approx(HOME[1], abs=1e-4)
    assert np.abs(track.lat - HOME[0]).max() < 0.3
    assert np.abs(track.lon - HOME[1]).max() < 0.3


def test_the_odometer_is_the_way_between_the_points() -> None:
    track = drawn(outing(0, 60), outing(100, 30))
    for number in (0, 1):
        rows = track.outing == number
        counted = track.odometer_km[rows][-1] - track.odometer_km[rows][0]
        way = great_circle_km(track.lat[rows], track.lon[rows]).sum()
        assert counted == pytest.approx(way, rel=0.005, abs=0.02)
        assert 5 < counted < 60
    assert (np.diff(track.odometer_km) >= 0).all()
    assert track.odometer_km[0] == 1_000.0


def test_speeds_are_those_of_a_city() -> None:
    track = drawn(outing(0, 60))
    assert track.speed_kmh[0] == 0
    assert track.speed_kmh[1:-1].min() > 8
    assert track.speed_kmh.max() < 60


def test_an_idling_engine_goes_nowhere() -> None:
    track = drawn(outing(0, 8, moves=False))
    assert track.odometer_km.tolist() == [1_000.0] * len(track.times_ms)
    assert great_circle_km(track.lat, track.lon).sum() < 0.2
    assert track.speed_kmh.max() == 0
    assert track.ignition[-1] == 0


def test_a_vehicle_that_never_leaves_has_no_points() -> None:
    assert len(drawn().times_ms) == 0


def test_tracks_do_not_cross_vehicles() -> None:
    trip = outing(0, 60)
    other = draw_track(SMALL, "v-2", [trip], home=HOME, odometer_km=1_000.0)
    assert not np.array_equal(drawn(trip).lat, other.lat)
