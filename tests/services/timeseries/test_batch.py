import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.timeseries.batch import JOIN_GAP_MS, LIMIT_MS, screen, spans, spans_of_times
from services.timeseries.schema import READINGS
from services.timeseries.store import Point

DAY = 86_400_000


def point(
    fields: dict[str, Any], tags: tuple[str, ...] = ("gov", "m1"), time_ms: int = 1_780_000_000_000
) -> Point:
    return Point(READINGS, tags, time_ms, fields)


def test_good_points_keep_their_place_in_the_batch() -> None:
    batch = [point({"energy_kwh": 1.0}), point({}), point({"energy_kwh": 2.0, "power_kw": 0.0})]
    good, rejected = screen(batch)
    assert good == [(0, batch[0]), (2, batch[2])]
    assert [index for index, _ in rejected] == [1]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (point({}), "carries no field"),
        (point({"energy_kwh": math.nan}), "energy_kwh is nan, not a finite number"),
        (point({"power_kw": 1.0, "energy_kwh": -math.inf}), "energy_kwh is -inf, not a finite number"),
        (point({"energy_kwh": 10**400}), "energy_kwh is not a 64-bit floating-point number"),
        (point({"energy_kwh": "12"}), "energy_kwh is not a 64-bit floating-point number"),
        (point({"energy_kwh": None}), "energy_kwh is not a 64-bit floating-point number"),
        (point({"steam_t": 1.0}), "readings has no field 'steam_t'"),
        (point({"energy_kwh": 1.0}, tags=("gov", "m1", "x")), "readings has 2 tags, not 3"),
        (point({"energy_kwh": 1.0}, tags=("gov", "a\nb")), "line feed"),
        (point({"energy_kwh": 1.0}, tags=("gov\\", "m1")), "backslash"),
        (point({"energy_kwh": 1.0}, tags=("gov", "\ud800")), "Unicode"),
        (point({"energy_kwh": 1.0}, time_ms=LIMIT_MS + 1), "1677 to 2262"),
        (point({"energy_kwh": 1.0}, time_ms=-LIMIT_MS - 1), "1677 to 2262"),
    ],
)
def test_what_no_store_can_hold_is_rejected_with_its_reason(wrong: Point, reason: str) -> None:
    good, rejected = screen([wrong])
    assert good == []
    assert reason in rejected[0][1]


def test_every_point_of_a_wrong_series_is_rejected_and_none_of_a_right_one() -> None:
    wrong = point({"energy_kwh": 1.0}, tags=("gov", "a\nb"))
    right = point({"energy_kwh": 1.0})
    good, rejected = screen([wrong, right, wrong, right, wrong])
    assert [index for index, _ in good] == [1, 3]
    assert [index for index, _ in rejected] == [0, 2, 4]


def test_the_limits_themselves_are_stored() -> None:
    assert screen([point({"energy_kwh": 1.0}, time_ms=t) for t in (LIMIT_MS, -LIMIT_MS)])[1] == []


def test_ranges_are_joined_where_they_touch_or_nearly_do() -> None:
    assert spans([(10, 20), (15, 30)]) == [(10, 30)]
    assert spans([(0, 5 * DAY), (DAY, 2 * DAY)]) == [(0, 5 * DAY)]
    assert spans([(0, 0), (JOIN_GAP_MS, JOIN_GAP_MS)]) == [(0, JOIN_GAP_MS)]
    assert spans([(JOIN_GAP_MS + 1, JOIN_GAP_MS + 1), (0, 0)]) == [(0, 0), (JOIN_GAP_MS + 1, JOIN_GAP_MS + 1)]
    assert spans([]) == []


times = st.lists(st.integers(-50 * DAY, 50 * DAY), min_size=1, max_size=30)


@given(times)
def test_spans_cover_every_instant_and_end_at_instants(instants: list[int]) -> None:
    found = spans_of_times(instants)
    assert all(any(first <= time <= last for first, last in found) for time in instants)
    assert {end for span in found for end in span} <= set(instants)
    assert found == sorted(found)
    assert all(later[0] - earlier[1] > JOIN_GAP_MS for earlier, later in pairwise(found))
    assert found == spans((time, time) for time in instants)
