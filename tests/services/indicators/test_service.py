"""Sums over meters and days: what is added, what is unknown, and how complete the answer is."""

from datetime import date, timedelta

import pytest

from services.indicators.service import EnergyAccounts, EnergyUse
from tests.services.indicators.conftest import FIRST, ZONE, City, meter


def use(city: City, days: int, institution: str = "a", start: date = FIRST) -> EnergyUse:
    accounts = EnergyAccounts(store=city.store, registry=city.registry, zone=ZONE)
    (found,) = [
        one
        for one in accounts.read(start, start + timedelta(days=days))
        if one.institution.code == institution
    ]
    return found.sum(0, days)


def test_mains_are_added_and_subs_stand_beside_them(city: City) -> None:
    city.institution(
        "a",
        meter("m1"),
        meter("m2"),
        meter("light", "lighting", "sub"),
        meter("water", "water"),
    )
    city.days("m1", [10, 20])
    city.days("m2", [1, 2])
    city.days("light", [5, 5])
    city.days("water", [0.5, 0.25], channel="water_m3")
    found = use(city, 2)
    assert found.used["electricity_kwh"] == 33
    assert found.used["lighting_kwh"] == 10
    assert found.used["water_m3"] == 0.75
    assert found.used["gas_m3"] is None
    assert found.coverage == 1


def test_a_sub_meter_below_another_of_its_use_is_not_counted_twice(city: City) -> None:
    city.institution(
        "a",
        meter("floor", "lighting", "sub"),
        meter("room", "lighting", "sub", parent="floor"),
        meter("check", "electricity", "check"),
    )
    city.days("floor", [8])
    city.days("room", [3])
    city.days("check", [99])
    found = use(city, 1)
    assert found.used["lighting_kwh"] == 8
    assert found.used["electricity_kwh"] is None


def test_estimates_count_and_are_told(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [10, 10], estimated=2.5, coverage=0.8)
    found = use(city, 2)
    assert found.used["electricity_kwh"] == 25
    assert found.estimated_kwh == 5
    assert found.coverage == pytest.approx(0.8)


def test_a_missing_day_lowers_the_coverage_and_is_no_zero(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [10, None, 10, 10])
    assert use(city, 4).used["electricity_kwh"] == 30
    assert use(city, 4).coverage == 0.75


def test_a_meter_of_which_nothing_is_known_makes_its_figure_unknown(city: City) -> None:
    city.institution("a", meter("m1"), meter("m2"), meter("gas", "gas"))
    city.days("m1", [10])
    city.days("gas", [3], channel="gas_m3")
    found = use(city, 1)
    assert found.used["electricity_kwh"] != found.used["electricity_kwh"]  # NaN
    assert found.used["gas_m3"] == 3
    assert found.coverage == 0


def test_coverage_is_the_least_of_the_meters(city: City) -> None:
    city.institution("a", meter("m1"), meter("water", "water"))
    city.days("m1", [10], coverage=0.99)
    city.days("water", [1], channel="water_m3", coverage=0.4)
    assert use(city, 1).coverage == pytest.approx(0.4)


def test_days_before_a_meter_stood_are_nobodys_gap(city: City) -> None:
    later = [{"valid_from": "2026-03-03T00:00:00+08:00"}]
    city.institution("a", meter("m1"), meter("new", ledger=later))
    city.days("m1", [10, 10, 10, 10])
    city.days("new", [None, None, 7, 7])
    assert use(city, 2).used["electricity_kwh"] == 20
    assert use(city, 2).coverage == 1
    assert use(city, 4).used["electricity_kwh"] == 54
    assert use(city, 4).coverage == 1


def test_readings_older_than_the_ledger_still_count(city: City) -> None:
    city.institution("a", meter("m1", ledger=[{"valid_from": "2026-03-10T00:00:00+08:00"}]))
    city.days("m1", [10, 10])
    assert use(city, 2).used["electricity_kwh"] == 20


def test_a_day_that_was_taken_back_is_unknown(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [10])
    city.days("m1", [0], coverage=0.0)
    found = use(city, 1)
    assert found.used["electricity_kwh"] != found.used["electricity_kwh"]  # NaN
    assert found.coverage == 0


def test_an_institution_without_meters_has_nothing_to_cover(city: City) -> None:
    city.institution("a")
    found = use(city, 1)
    assert set(found.used.values()) == {None}
    assert found.coverage is None
    assert found.estimated_kwh is None


def test_institutions_are_kept_apart(city: City) -> None:
    city.institution("a", meter("m1"))
    city.institution("b", meter("m2"))
    city.days("m1", [10])
    city.days("m2", [20], institution="b")
    assert use(city, 1, "a").used["electricity_kwh"] == 10
    assert use(city, 1, "b").used["electricity_kwh"] == 20
