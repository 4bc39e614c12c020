"""Intervals read back, aligned to the days and hours asked for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.timeseries.intervals import daily, daily_many, hourly, hourly_many
from services.timeseries.rollups import roll_up_anew
from services.timeseries.schema import INTERVAL_DAY
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Series
from tests.services.timeseries.meters import HOUR_MS, SHANGHAI, T0, plain_meter, reading, write_all

NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """`main`: 1 kWh an hour, silent from noon of the third day to noon of the fourth; `light`: one day."""
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    write_all(store, [reading(60 * n, energy_kwh=n) for n in (*range(61), *range(84, 109))])
    write_all(store, [reading(60 * n, meter="light", energy_kwh=n / 4, water_m3=n) for n in range(25)])
    for code in ("main", "light"):
        roll_up_anew(store, plain_meter(code), zone=SHANGHAI)
    yield store
    store.close()


def test_every_day_of_the_period_has_its_place(store: SqliteStore) -> None:
    days = daily(store, "main", start=date(2025, 12, 31), end=date(2026, 1, 7), zone=SHANGHAI)
    assert days.days == tuple(date(2025, 12, 31) if n == 0 else date(2026, 1, n) for n in range(7))
    nan = np.nan
    np.testing.assert_array_equal(days.measured, [nan, 24, 24, 12, 12, 12, nan])
    np.testing.assert_array_equal(days.estimated, [nan, 0, 0, 12, 12, 0, nan])
    np.testing.assert_array_equal(days.coverage, [nan, 1, 1, 0.5, 0.5, 0.5, nan])


def test_the_end_is_exclusive_and_an_empty_period_is_empty(store: SqliteStore) -> None:
    assert len(daily(store, "main", start=NEW_YEAR, end=date(2026, 1, 2), zone=SHANGHAI).measured) == 1
    for end in (NEW_YEAR, date(2025, 12, 1)):
        nothing = daily(store, "main", start=NEW_YEAR, end=end, zone=SHANGHAI)
        assert nothing.days == ()
        assert nothing.coverage.shape == (0,)


def test_a_channel_is_asked_for_by_name(store: SqliteStore) -> None:
    period = {"start": NEW_YEAR, "end": date(2026, 1, 2)}
    assert daily(store, "light", zone=SHANGHAI, channel="water_m3", **period).measured.tolist() == [24]
    assert np.isnan(daily(store, "main", zone=SHANGHAI, channel="water_m3", **period).measured).all()


@pytest.mark.parametrize("others", [0, 1, 5])
def test_many_meters_are_the_same_as_each_alone(store: SqliteStore, others: int) -> None:
    codes = ["main", "light", *(f"silent-{n}" for n in range(others))]
    period = {"start": date(2025, 12, 30), "end": date(2026, 1, 8), "zone": SHANGHAI}
    found = daily_many(store, codes, **period)  # type: ignore[arg-type]
    assert list(found) == codes
    for code in codes:
        alone = daily(store, code, **period)  # type: ignore[arg-type]
        np.testing.assert_array_equal(found[code].measured, alone.measured)
        np.testing.assert_array_equal(found[code].coverage, alone.coverage)


class Counting:
    """Counts the points that reads of the store behind it give."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.series: list[str] = []

    def read(self, *args: Any, **named: Any) -> list[Series]:
        found = self._store.read(*args, **named)
        self.series += [one.tags["meter"] for one in found]
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("read", [daily_many, hourly_many])
def test_a_citys_other_meters_are_not_read(store: SqliteStore, read: Callable[..., object]) -> None:
    write_all(store, [reading(60 * n, meter=f"other-{m}", energy_kwh=n) for m in range(9) for n in (0, 24)])
    for m in range(9):
        roll_up_anew(store, plain_meter(f"other-{m}"), zone=SHANGHAI)
    counting = Counting(store)
    codes = ["main", "other-3", "light", "other-5", "silent"]
    read(counting, codes, start=NEW_YEAR, end=date(2026, 1, 3), zone=SHANGHAI)
    assert sorted(counting.series) == ["light", "main", "other-3", "other-5"]


def test_more_meters_than_one_read_takes(store: SqliteStore) -> None:
    codes = [*(f"a-{n}" for n in range(70)), "main", *(f"silent-{n}" for n in range(70)), "light"]
    found = daily_many(store, codes, start=NEW_YEAR, end=date(2026, 1, 3), zone=SHANGHAI)
    assert list(found) == codes
    assert found["main"].measured.tolist() == [24, 24]
    assert found["light"].measured[0] == 6
    hours = hourly_many(store, codes, start=NEW_YEAR, end=date(2026, 1, 2), zone=SHANGHAI)
    assert hours["main"].measured.tolist() == [1] * 24
    assert hours["light"].measured.tolist() == [0.25] * 24
    assert np.isnan(hours["a-0"].measured).all()


def test_no_meter_is_no_read(store: SqliteStore) -> None:
    assert daily_many(store, [], start=NEW_YEAR, end=date(2026, 2, 1), zone=SHANGHAI) == {}


def test_hours_begin_within_the_local_days(store: SqliteStore) -> None:
    hours = hourly(store, "main", start=date(2026, 1, 3), end=date(2026, 1, 4), zone=SHANGHAI)
    assert hours.starts_ms.tolist() == [T0 + n * HOUR_MS for n in range(48, 72)]
    assert hours.measured.tolist() == [1] * 12 + [0] * 12
    assert hours.estimated.tolist() == [0] * 12 + [1] * 12
    assert hours.coverage.tolist() == [1] * 12 + [0] * 12
    after = hourly(store, "main", start=date(2026, 2, 1), end=date(2026, 2, 2), zone=SHANGHAI)
    assert np.isnan(after.measured).all()
    assert len(hourly(store, "main", start=NEW_YEAR, end=NEW_YEAR, zone=SHANGHAI).starts_ms) == 0


def test_a_day_of_the_clocks_change_has_23_hours(store: SqliteStore) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = hourly(store, "main", start=date(2026, 3, 29), end=date(2026, 3, 30), zone=berlin)
    assert len(hours.starts_ms) == 23


def test_a_meter_that_moved_speaks_once(store: SqliteStore) -> None:
    roll_up_anew(store, replace(plain_meter(), institution="school"), zone=SHANGHAI)
    assert len(store.read(INTERVAL_DAY, {"meter": "main"})) == 2
    days = daily(store, "main", start=NEW_YEAR, end=date(2026, 1, 4), zone=SHANGHAI)
    assert days.measured.tolist() == [24, 24, 12]


def test_what_was_blanked_is_unknown_again(store: SqliteStore) -> None:
    roll_up_anew(store, replace(plain_meter(), address="bureau/removed"), zone=SHANGHAI)
    days = daily(store, "main", start=NEW_YEAR, end=date(2026, 1, 6), zone=SHANGHAI)
    assert np.isnan(days.measured).all()
    assert np.isnan(days.coverage).all()
