from pathlib import Path

import numpy as np
import pytest

from services.timeseries.schema import SAVINGS_DAY
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from services.timeseries.withdrawal import withdrawn


def day(contract: str, time_ms: int, **fields: float) -> Point:
    return Point(SAVINGS_DAY, (contract, "hall"), time_ms, fields)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    found = SqliteStore(tmp_path / "readings.db")
    found.prepare()
    return found


def test_what_is_no_longer_told_is_zero_and_the_rest_stays(store: SqliteStore) -> None:
    store.write(
        [
            day("a", 1000, savings_kwh=5.0, coverage=1.0),
            day("a", 2000, savings_kwh=-7.0, coverage=1.0),
            day("b", 1000, savings_kwh=9.0),
        ]
    )
    told = [day("a", 1000, coverage=0.5), day("b", 1000, savings_kwh=8.0)]
    gone = withdrawn(store.read(SAVINGS_DAY), told, SAVINGS_DAY)
    assert gone == [day("a", 1000, savings_kwh=0.0), day("a", 2000, savings_kwh=0.0)]
    store.write([*told, *gone])
    first, second = store.read(SAVINGS_DAY)
    assert first.fields["savings_kwh"].tolist() == [0.0, 0.0]
    assert first.fields["coverage"].tolist() == [0.5, 1.0]
    assert second.fields["savings_kwh"].tolist() == [8.0]


def test_what_was_taken_back_is_not_taken_back_again(store: SqliteStore) -> None:
    store.write([day("a", 1000, savings_kwh=5.0)])
    store.write(withdrawn(store.read(SAVINGS_DAY), [], SAVINGS_DAY))
    assert withdrawn(store.read(SAVINGS_DAY), [], SAVINGS_DAY) == []


def test_only_what_was_asked_about_is_taken_back(store: SqliteStore) -> None:
    store.write([day("a", 1000, savings_kwh=5.0), day("a", 2000, savings_kwh=6.0)])
    gone = withdrawn(store.read(SAVINGS_DAY), [], SAVINGS_DAY, only=lambda _tags, time_ms: time_ms > 1000)
    assert [point.time_ms for point in gone] == [2000]


def test_an_absent_figure_is_left_absent(store: SqliteStore) -> None:
    store.write([day("a", 1000, coverage=1.0), day("a", 2000, savings_kwh=6.0)])
    store.write(withdrawn(store.read(SAVINGS_DAY), [], SAVINGS_DAY))
    (series,) = store.read(SAVINGS_DAY)
    assert np.isnan(series.fields["savings_kwh"][0])
