"""Edges of days and hours, and the points that turn stored series into fresh ones."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.timeseries.derived import Derived, Edges, differences, local_date
from services.timeseries.schema import GAUGE_HOUR, INTERVAL_HOUR, Measurement
from services.timeseries.store import Series
from tests.services.timeseries.meters import DAY_MS, HOUR_MS, SHANGHAI, T0

TAGS = ("bureau", "main", "energy_kwh")


def columns(measurement: Measurement, rows: dict[int, tuple[float, ...]]) -> dict[str, np.ndarray]:
    table = np.array(list(rows.values()), np.float64).reshape(len(rows), len(measurement.fields))
    return dict(zip(measurement.fields, table.T, strict=True))


def fresh(rows: dict[int, tuple[float, ...]], measurement: Measurement = INTERVAL_HOUR) -> Derived:
    times = T0 + np.array(list(rows), np.int64) * HOUR_MS
    return Derived(measurement, TAGS, times, columns(measurement, rows))


def stored(
    rows: dict[int, tuple[float, ...]], measurement: Measurement = INTERVAL_HOUR, owner: str = "bureau"
) -> Series:
    tags = dict(zip(measurement.tags, (owner, *TAGS[1:]), strict=True))
    return Series(tags, T0 + np.array(list(rows), np.int64) * HOUR_MS, columns(measurement, rows))


def written(
    new: list[Derived], old: list[Series], measurement: Measurement = INTERVAL_HOUR
) -> dict[tuple[str, int], tuple[float, ...]]:
    """(institution, hour) → the values of the fields, in the schema's order."""
    return {
        (point.tags[0], (point.time_ms - T0) // HOUR_MS): tuple(
            point.fields[name] for name in measurement.fields if name in point.fields
        )
        for point in differences(new, old, measurement)
    }


def test_edges_are_local_midnights_and_the_hours_between() -> None:
    edges = Edges.around(T0 + HOUR_MS, T0 + DAY_MS, SHANGHAI)
    assert (edges.first, edges.last) == (date(2026, 1, 1), date(2026, 1, 2))
    assert edges.days.tolist() == [T0, T0 + DAY_MS, T0 + 2 * DAY_MS]
    assert edges.hours.tolist() == [T0 + n * HOUR_MS for n in range(49)]
    assert (edges.start_ms, edges.end_ms) == (T0, T0 + 2 * DAY_MS)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/Berlin", date(2026, 3, 29), 23), ("Europe/Berlin", date(2026, 10, 25), 25),
     ("Asia/Shanghai", date(2026, 3, 29), 24), ("Asia/Kolkata", date(2026, 3, 29), 25)],
)  # fmt: skip
def test_a_day_has_the_hours_it_has(zone: str, day: date, hours: int) -> None:
    edges = Edges.of(day, day, ZoneInfo(zone))
    assert len(edges.hours) - 1 == hours
    assert edges.start_ms <= edges.days[0]
    assert edges.end_ms >= edges.days[-1]
    assert local_date(int(edges.days[0]), ZoneInfo(zone)) == day
    assert local_date(int(edges.days[0]) - 1, ZoneInfo(zone)) < day


def test_everything_is_written_where_nothing_is_stored() -> None:
    assert written([fresh({0: (1, 0, 1, 0), 1: (2, 0, 1, 4)})], []) == {
        ("bureau", 0): (1, 0, 1, 0),
        ("bureau", 1): (2, 0, 1, 4),
    }


def test_only_what_differs_is_written() -> None:
    old = stored({0: (1, 0, 1, 0), 1: (2, 0, 1, 4), 3: (9, 0, 1, 0)})
    new = fresh({0: (1, 0, 1, 0), 1: (2, 0, 1, 0), 2: (5, 0, 1, 0), 3: (9, 0, 1, 0)})
    assert written([new], [old]) == {("bureau", 1): (2, 0, 1, 0), ("bureau", 2): (5, 0, 1, 0)}


def test_what_has_no_successor_is_blanked_once() -> None:
    old = stored({0: (1, 0, 1, 0), 1: (0, 2, 0, 4), 2: (0, 0, 0, 8), 3: (0, 0, 0, 0), 4: (1, 0, 1, 0)})
    assert written([fresh({4: (1, 0, 1, 0)})], [old]) == {("bureau", n): (0, 0, 0, 0) for n in range(3)}
    assert written([], [old]) == {("bureau", n): (0, 0, 0, 0) for n in (0, 1, 2, 4)}
    blanked = stored(dict.fromkeys(range(5), (0, 0, 0, 0)))
    assert written([], [blanked]) == {}


def test_a_series_under_another_institution_is_blanked() -> None:
    rows: dict[int, tuple[float, ...]] = {0: (1, 0, 1, 0)}
    assert written([fresh(rows)], [stored(rows, owner="school")]) == {
        ("bureau", 0): (1, 0, 1, 0),
        ("school", 0): (0, 0, 0, 0),
    }


def test_of_a_gauge_only_the_coverage_is_blanked() -> None:
    old = stored({0: (20, 19, 21, 1)}, GAUGE_HOUR)
    assert written([], [old], GAUGE_HOUR) == {("bureau", 0): (0,)}


def test_an_empty_fresh_series_writes_nothing() -> None:
    assert written([fresh({})], []) == {}
    assert written([fresh({})], [stored({0: (1, 0, 1, 0)})]) == {("bureau", 0): (0, 0, 0, 0)}
