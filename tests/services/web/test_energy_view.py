"""Electricity for the pages, from real rollups: sums, comparisons, the ranking, what is missing."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.app import Parts
from services.clock import local_day_start
from services.metering.model import MeterUse
from services.timeseries.sqlite import SqliteStore
from services.web.energy_view import (
    Today,
    Use,
    by_month,
    completeness_of,
    days_of_use,
    ranking,
    today_against_last_week,
)
from services.web.meter_table import day_table
from tests.services.web.city import FIRST_DAY, NOW, ZONE, used_kwh

TODAY = date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)


def start_of(day: date) -> datetime:
    return local_day_start(day, ZONE)


@pytest.fixture(name="empty")
def empty_store(tmp_path: Path) -> SqliteStore:
    store = SqliteStore(tmp_path / "empty.db")
    store.prepare()
    return store


def test_days_sum_main_meters_and_lay_sub_meters_beside(city: Parts) -> None:
    meters = city.registry.meters()
    day = date(2026, 11, 10)
    (use,) = days_of_use(city.store, meters, start=day, end=day + timedelta(days=1), zone=ZONE)
    bounds = start_of(day), start_of(day + timedelta(days=1))
    assert use.total == pytest.approx(used_kwh("school-main", *bounds) + used_kwh("library-main", *bounds))
    lighting = used_kwh("school-lighting", *bounds) + used_kwh("library-lighting", *bounds)
    assert use.lighting == pytest.approx(lighting)
    assert use.hvac is None
    assert use.total is not None
    assert use.other == pytest.approx(use.total - lighting)
    assert use.coverage == pytest.approx(1.0)


def test_a_silent_meter_lowers_the_coverage_of_its_day(city: Parts) -> None:
    (use,) = days_of_use(city.store, city.registry.meters(), start=YESTERDAY, end=TODAY, zone=ZONE)
    assert 0.5 < use.coverage < 0.6


def test_days_nobody_measured_are_unknown_not_zero(empty: SqliteStore, city: Parts) -> None:
    (use,) = days_of_use(empty, city.registry.meters(), start=YESTERDAY, end=TODAY, zone=ZONE)
    assert (use.total, use.lighting, use.other, use.coverage) == (None, None, None, 0.0)


def test_a_meter_that_was_not_there_yet_is_not_missing(city: Parts) -> None:
    before = FIRST_DAY - timedelta(days=3)
    table = day_table(
        city.store, city.registry.meters(), start=before, end=FIRST_DAY + timedelta(days=1), zone=ZONE
    )
    assert not table.standing[:, :3].any()
    assert table.standing[:, 3].all()


def test_uses_that_exceed_the_main_meter_leave_nothing_over() -> None:
    assert Use(TODAY, 60.0, 50.0, None, 100.0, 1.0).other == 0.0


def test_months_add_up_their_known_days() -> None:
    days = [
        Use(date(2026, 1, 31), 1.0, None, None, 10.0, 1.0),
        Use(date(2026, 2, 1), 2.0, None, None, None, 0.0),
        Use(date(2026, 2, 2), 3.0, None, None, 30.0, 1.0),
    ]
    january, february = by_month(days)
    assert (january.start, january.total) == (date(2026, 1, 1), 10.0)
    assert (february.start, february.total, february.lighting) == (date(2026, 2, 1), 30.0, 5.0)
    assert february.hvac is None
    assert february.coverage == 0.5


def test_today_is_compared_with_the_same_hours_a_week_ago(city: Parts) -> None:
    today = today_against_last_week(city.store, city.registry.meters(), now=NOW, zone=ZONE)
    assert today.through == 14
    start, end = start_of(TODAY), start_of(TODAY) + timedelta(hours=14)
    expected = used_kwh("school-main", start, end) + used_kwh("library-main", start, end)
    assert today.so_far == pytest.approx(expected)
    week = timedelta(days=7)
    before = used_kwh("school-main", start - week, end - week) + used_kwh(
        "library-main", start - week, end - week
    )
    assert today.last_week == pytest.approx(before)
    assert today.change == pytest.approx(expected / before - 1)
    assert today.hours[14:] == (None,) * 10
    assert len(today.hours_last_week) == 24


def test_the_running_hour_is_not_counted(city: Parts) -> None:
    meters = city.registry.meters()
    earlier = today_against_last_week(city.store, meters, now=NOW - timedelta(minutes=41), zone=ZONE)
    assert earlier.through == 13


def test_right_after_midnight_there_is_nothing_to_compare(city: Parts) -> None:
    midnight = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)
    today = today_against_last_week(city.store, city.registry.meters(), now=midnight, zone=ZONE)
    assert (today.through, today.so_far, today.last_week, today.change) == (0, None, None, None)


def test_without_meters_or_points_today_is_unknown(city: Parts, empty: SqliteStore) -> None:
    nothing = Today((None,) * 24, (None,) * 24, 0, None, None, None)
    assert today_against_last_week(city.store, [], now=NOW, zone=ZONE) == nothing
    assert today_against_last_week(empty, city.registry.meters(), now=NOW, zone=ZONE) == nothing


def test_only_hours_known_on_both_days_are_compared() -> None:
    today = Today((1.0,) * 24, (2.0,) * 24, 3, 30.0, 10.0, 20.0)
    assert today.change == -0.5
    assert replace(today, last_week=0.0).change is None


def test_institutions_are_ranked_by_energy_per_area(city: Parts) -> None:
    start, end = date(2026, 11, 1), date(2026, 11, 11)
    first, second = ranking(
        city.store, city.registry.institutions(), city.registry.meters(), start=start, end=end, zone=ZONE
    )
    assert (first.institution.code, second.institution.code) == ("school", "library")
    assert second.kwh_per_m2 == pytest.approx(20.0 * 24 * 10 / 20_000)
    assert first.coverage == pytest.approx(1.0)


def test_an_institution_without_area_or_data_is_not_ranked(city: Parts, empty: SqliteStore) -> None:
    meters = city.registry.meters()
    bare = [replace(one, floor_area_m2=None) for one in city.registry.institutions()]
    period = {"start": YESTERDAY, "end": TODAY}
    assert ranking(city.store, bare, meters, zone=ZONE, **period) == ()
    assert ranking(empty, city.registry.institutions(), meters, zone=ZONE, **period) == ()


def test_completeness_names_the_meters_that_fall_short(city: Parts) -> None:
    found = completeness_of(city.store, city.registry.meters(), day=YESTERDAY, zone=ZONE)
    assert [one.meter.code for one in found.worst] == ["library-main"]
    assert found.short == 1
    assert found.coverage is not None
    assert math.isclose(found.coverage, (3 + found.worst[0].coverage) / 4)


def test_a_meter_without_a_point_counts_as_nothing_measured(city: Parts, empty: SqliteStore) -> None:
    found = completeness_of(empty, city.registry.meters(), day=YESTERDAY, zone=ZONE, most=2)
    assert (found.coverage, found.short, len(found.worst)) == (0.0, 4, 2)


def test_without_meters_completeness_is_unknown(city: Parts) -> None:
    weather = [replace(meter, use=MeterUse.WEATHER) for meter in city.registry.meters()]
    assert completeness_of(city.store, weather, day=YESTERDAY, zone=ZONE).coverage is None
