"""The newest reading, and strangers among the addresses: what is asked of the store for them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.clock import to_ms
from services.timeseries.ingest import newest_reading, strangers
from services.timeseries.schema import READINGS, Measurement
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point, Where

NOW = datetime(2026, 11, 22, 6, 40, tzinfo=UTC)


class Watched(SqliteStore):
    """A store that keeps what its newest points were asked of."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[Where | None] = []

    def latest(self, measurement: Measurement, where: Where | None = None) -> list[Point]:
        self.asked.append(where)
        return super().latest(measurement, where)


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> Watched:
    store = Watched(tmp_path / "readings.db")
    store.prepare()
    return store


def write(store: SqliteStore, ago: Mapping[str, float]) -> None:
    """A reading of each address, some seconds ago."""
    store.write(
        [
            Point(READINGS, tuple(address.split("/")), to_ms(NOW - timedelta(seconds=s)), {"energy_kwh": 1.0})
            for address, s in ago.items()
        ]
    )


def test_nothing_read_has_no_newest(store: Watched) -> None:
    assert newest_reading(store, NOW) is None
    assert strangers(store, set()) == {}


@pytest.mark.parametrize("seconds", [-10, 0, 299, 300, 301, 86_400])
def test_only_where_the_last_minutes_are_silent_every_device_is_asked(store: Watched, seconds: int) -> None:
    write(store, {"school/new": seconds, "school/old": 90_000})
    assert newest_reading(store, NOW) == NOW - timedelta(seconds=seconds)
    assert len(store.asked) == (seconds > 300)


def test_only_strangers_are_asked_for_their_newest(store: Watched) -> None:
    known = {f"school/m{n}" for n in range(70)}
    write(store, dict.fromkeys(known, 0.0) | {"school/new": 5.0, "gone/m1": 10_000_000.0})
    found = strangers(store, known)
    assert found == {"school/new": NOW - timedelta(seconds=5), "gone/m1": NOW - timedelta(seconds=10_000_000)}
    asked = [where["meter"] for where in store.asked if where is not None]
    assert asked == [frozenset({"new", "m1"})]


def test_without_a_stranger_no_point_is_looked_at(store: Watched) -> None:
    write(store, {"school/m1": 0.0})
    assert strangers(store, {"school/m1"}) == {}
    assert store.asked == []


def test_a_known_name_at_another_place_is_a_stranger_and_its_namesake_is_not(store: Watched) -> None:
    write(store, {"school/main": 0.0, "library/main": 1.0, "school/other": 2.0})
    assert set(strangers(store, {"school/main"})) == {"library/main", "school/other"}


def test_many_strangers_are_asked_some_at_a_time(store: Watched) -> None:
    write(store, {f"school/m{n:03d}": float(n) for n in range(120)})
    assert strangers(store, set()) == {f"school/m{n:03d}": NOW - timedelta(seconds=n) for n in range(120)}
    assert len(store.asked) == 3
