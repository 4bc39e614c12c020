"""The same arrivals give the same intervals on a real influxd as on the embedded store."""

import secrets
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from services.timeseries.connect import open_store
from services.timeseries.intervals import daily, hourly
from services.timeseries.rollups import DERIVED, roll_up, roll_up_anew
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import TimeSeriesStore
from tests.services.timeseries.meters import SHANGHAI, plain_meter, reading, swapped

pytestmark = pytest.mark.influxd

METER = plain_meter(ledger=swapped(70.5, closing=1_080, opening=0))
START, END = date(2026, 1, 1), date(2026, 1, 8)


@pytest.fixture
def influx(influxd_port: int) -> Iterator[TimeSeriesStore]:
    store = open_store(f"influxdb://127.0.0.1:{influxd_port}/rollups_{secrets.token_hex(4)}")
    store.prepare()
    yield store
    store.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "readings.db")
    store.prepare()
    yield store
    store.close()


def live_a_week(store: TimeSeriesStore) -> None:
    """A week of hours in four arrivals: with a gap, a spike, a replacement, and the gap's readings late."""
    cursor = None
    registers = {hour: (1_000 + hour if hour < 71 else hour - 70) for hour in range(7 * 24 + 1)}
    registers[30] = 90_000
    late = range(100, 110)
    arrivals = [range(60), [h for h in range(60, 140) if h not in late], range(140, 169), late]
    for hours in arrivals:
        store.write([reading(60 * h, energy_kwh=registers[h], temperature_c=h % 24) for h in hours])
        changes = store.changes(cursor)
        roll_up(store, [METER], changes.touched, zone=SHANGHAI)
        cursor = changes.cursor


def test_both_stores_end_with_the_same_points(influx: TimeSeriesStore, embedded: SqliteStore) -> None:
    for store in (influx, embedded):
        live_a_week(store)
    for measurement in DERIVED:
        (one,), (other,) = influx.read(measurement), embedded.read(measurement)
        assert dict(one.tags) == dict(other.tags)
        np.testing.assert_array_equal(one.times_ms, other.times_ms)
        for field in measurement.fields:
            np.testing.assert_array_equal(one.fields[field], other.fields[field])


def test_the_week_adds_up_and_is_covered(influx: TimeSeriesStore) -> None:
    live_a_week(influx)
    days = daily(influx, "main", start=START, end=END, zone=SHANGHAI)
    assert days.measured.sum() == 70 + 10 + 98
    assert days.coverage.tolist() == [1] * 7
    hours = hourly(influx, "main", start=START, end=END, zone=SHANGHAI)
    assert hours.coverage.tolist() == [1.0] * 29 + [0.0] * 2 + [1.0] * 137
    assert hours.estimated.sum() == 2


def test_a_description_that_changes_is_followed(influx: TimeSeriesStore) -> None:
    live_a_week(influx)
    roll_up_anew(influx, plain_meter(address="bureau/other"), zone=SHANGHAI)
    assert np.isnan(daily(influx, "main", start=START, end=END, zone=SHANGHAI).measured).all()
    roll_up_anew(influx, METER, zone=SHANGHAI)
    assert daily(influx, "main", start=START, end=END, zone=SHANGHAI).coverage.tolist() == [1] * 7
