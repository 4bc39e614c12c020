"""The job: which days it writes, and when it computes which again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.clock import fixed_clock, from_ms, local_day_start, to_ms
from services.indicators.coefficients import GridFactor, load_coefficients
from services.indicators.jobs import ChangedDays, job
from services.metering.repository import Registry
from services.scheduling import Job
from services.timeseries.rollups import RolledUp
from services.timeseries.schema import INSTITUTION_DAY
from services.timeseries.store import Point, StoreUnavailable
from tests.services.indicators.conftest import FIRST, NOW, ZONE, City, meter


def make(city: City, at: datetime = NOW, **options: Any) -> Job:
    clock = fixed_clock(at)
    return job(store=city.store, registry=city.registry, clock=clock, zone=ZONE, region="hubei", **options)


def stored(city: City, field: str = "electricity_kwh", institution: str = "a") -> dict[date, float]:
    found = city.store.read(INSTITUTION_DAY, {"institution": institution}, fields=(field,))
    return {
        from_ms(int(time_ms)).astimezone(ZONE).date(): value
        for series in found
        for time_ms, value in zip(series.times_ms, series.fields[field], strict=True)
        if value == value
    }


def test_a_point_for_each_local_day_with_its_county(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1000, 500])
    make(city).run(None)
    assert stored(city) == {FIRST: 1000, FIRST + timedelta(days=1): 500}
    assert stored(city, "energy_kgce")[FIRST] == pytest.approx(122.9)
    assert stored(city, "energy_kgce_per_m2")[FIRST] == pytest.approx(0.1229)
    assert stored(city, "carbon_kg")[FIRST] == pytest.approx(404.4)
    assert stored(city, "coverage")[FIRST] == 1
    (series,) = city.store.read(INSTITUTION_DAY)
    assert series.tags == {"institution": "a", "county": "c1"}
    assert series.times_ms[0] == to_ms(local_day_start(FIRST, ZONE))


def test_unknown_figures_are_absent_and_unknown_days_too(city: City) -> None:
    city.institution("a", meter("m1"), meter("gas", "gas"))
    city.days("m1", [1000, None, 10])
    city.days("gas", [None, None, 1], channel="gas_m3")
    make(city).run(None)
    assert list(stored(city)) == [FIRST, FIRST + timedelta(days=2)]
    assert list(stored(city, "energy_kgce")) == [FIRST + timedelta(days=2)]
    assert stored(city, "coverage")[FIRST] == 0
    assert stored(city, "lighting_kwh") == {}


def test_an_empty_store_is_no_failure(city: City) -> None:
    make(city).run(None)
    city.institution("a")
    make(city).run(None)
    assert stored(city) == {}


def test_without_a_signal_every_run_computes_all(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1000, 500])
    work = make(city)
    cursor = work.run(None)
    city.days("m1", [900])
    work.run(cursor)
    assert stored(city)[FIRST] == 900


def test_with_a_signal_only_the_days_from_it_on(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1, 2, 3])
    changed = ChangedDays()
    work = make(city, earliest_change=changed.take)
    cursor = work.run(None)
    city.days("m1", [10, 20, 30])
    assert work.run(cursor) == cursor
    assert list(stored(city).values()) == [1, 2, 3]
    changed.note([RolledUp("m1", FIRST + timedelta(days=1), FIRST + timedelta(days=2))])
    work.run(cursor)
    assert list(stored(city).values()) == [1, 20, 30]


def test_a_new_process_computes_all(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1])
    cursor = make(city, earliest_change=lambda: None).run(None)
    city.days("m1", [10])
    make(city, earliest_change=lambda: None).run(cursor)
    assert stored(city)[FIRST] == 10


def test_a_changed_registry_computes_all(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1000])
    work = make(city, earliest_change=lambda: None)
    cursor = work.run(None)
    city.institution("a", meter("m1"), floor_area_m2=500.0)
    assert work.run(cursor) != cursor
    assert stored(city, "energy_kgce_per_m2")[FIRST] == pytest.approx(0.2458)


@pytest.mark.parametrize(
    "told",
    [
        {"floor_area_m2": 500.0},
        {"head_count": 51},
        {"county": "c2"},
        {"meter": {"role": "sub"}},
        {"meter": {"use": "lighting"}},
        {"meter": {"parent": "m1"}},
        {"meter": {"ledger": [{"valid_from": "2026-03-02T00:00:00+08:00"}]}},
        {"meter": {"code": "m3"}},
    ],
)
def test_whatever_a_figure_depends_on_is_another_basis(city: City, told: dict[str, Any]) -> None:
    city.institution("a", meter("m1"), meter("m2"))
    work = make(city, earliest_change=lambda: None)
    cursor = work.run(None)
    own = told.pop("meter", {})
    city.institution("a", meter("m1"), meter("m2") | own, **told)
    assert work.run(cursor) != cursor


def test_a_name_or_a_ledger_line_restates_no_day_by_itself(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.institution("a", meter("m1"))
    work = make(city, earliest_change=lambda: None)
    cursor = work.run(None)
    first, second = "2025-01-01T00:00:00+08:00", "2026-03-02T00:00:00+08:00"
    lines = [{"valid_from": first}, {"valid_from": second, "ct": 2.0}]
    city.institution("a", meter("m1", name_zh="总表", ledger=lines), name_en="Another name")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a quiet cycle needs no ledger")

    monkeypatch.setattr(Registry, "meters", refuse)
    assert work.run(cursor) == cursor


def test_a_new_grid_factor_restates_all_days(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1000])
    table = load_coefficients()
    newer = GridFactor("hubei", 2024, date(2026, 3, 13), 0.39, "a later notice", "M")
    table = replace(table, grid_factors=(*table.grid_factors, newer))
    cursor = make(city, coefficients=table).run(None)
    assert stored(city, "carbon_kg")[FIRST] == pytest.approx(404.4)
    tomorrow = datetime(2026, 3, 13, 4, 0, tzinfo=UTC)
    make(city, tomorrow, coefficients=table, earliest_change=lambda: None).run(cursor)
    assert stored(city, "carbon_kg")[FIRST] == pytest.approx(390)


def test_a_failed_run_owes_its_days_to_the_next(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1, 2])
    changed = ChangedDays()
    work = make(city, earliest_change=changed.take)
    cursor = work.run(None)
    city.days("m1", [10, 20])
    changed.note([RolledUp("m1", FIRST, FIRST)])

    def away(_points: Sequence[Point]) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(city.store, "write", away)
        with pytest.raises(StoreUnavailable):
            work.run(cursor)
    work.run(cursor)
    assert list(stored(city).values()) == [10, 20]


def test_more_than_a_year_of_days(city: City) -> None:
    city.institution("a", meter("m1"))
    first = date(2024, 12, 1)
    city.days("m1", [float(number) for number in range(460)], first=first)
    make(city).run(None)
    assert stored(city) == {first + timedelta(days=number): float(number) for number in range(460)}


def test_changed_days_tells_the_earliest_once() -> None:
    changed = ChangedDays()
    assert changed.take() is None
    changed.note([])
    assert changed.take() is None
    changed.note([RolledUp("x", date(2026, 3, 5), date(2026, 3, 9)), RolledUp("y", date(2026, 3, 2), FIRST)])
    changed.note([RolledUp("x", date(2026, 3, 4), date(2026, 3, 9))])
    assert changed.take() == date(2026, 3, 2)
    assert changed.take() is None


def test_a_meter_that_moves_leaves_no_energy_behind(city: City) -> None:
    city.institution("a", meter("m1"))
    city.institution("b")
    city.days("m1", [1000, 500])
    work = make(city, earliest_change=lambda: None)
    cursor = work.run(None)
    city.institution("b", meter("m1"))
    work.run(cursor)
    assert set(stored(city).values()) == {0}
    assert stored(city, institution="b") == {FIRST: 1000, FIRST + timedelta(days=1): 500}


def test_an_institution_that_changes_its_county_is_counted_once(city: City) -> None:
    city.institution("a", meter("m1"))
    city.days("m1", [1000])
    work = make(city, earliest_change=lambda: None)
    cursor = work.run(None)
    city.institution("a", meter("m1"), county="c2")
    work.run(cursor)
    by_county = {
        series.tags["county"]: series.fields["electricity_kwh"].tolist()
        for series in city.store.read(INSTITUTION_DAY)
    }
    assert by_county == {"c1": [0], "c2": [1000]}
