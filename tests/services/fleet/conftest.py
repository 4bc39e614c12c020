"""A registry, a database, a store and a fleet for the tests: the real parts, in a temporary folder."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from services.database import Sessions, Table, open_database, session_factory
from services.fleet.jobs import job
from services.fleet.model import Trip
from services.fleet.repository import TripFilter
from services.fleet.rules import load_rules
from services.fleet.service import Fleet
from services.metering.repository import Registry
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point
from services.workdays import Workdays
from tests.services.fleet.drives import ZONE, Row, local, points
from tests.services.metering.documents import document, institution


class Yard:
    """A fleet with its job, its store and a clock that a test sets."""

    def __init__(self, sessions: Sessions, store: SqliteStore) -> None:
        self.sessions = sessions
        self.store = store
        self.at: datetime = local("2026-11-22 08:00")
        self.cursor: str | None = None
        self.fleet = Fleet(
            sessions=sessions,
            institutions=lambda: {"cz-sport"},
            workdays=Workdays(),
            rules=load_rules(),
            clock=self.now,
            zone=ZONE,
        )

    def now(self) -> datetime:
        """The clock."""
        return self.at

    def hear(self, rows: Sequence[Row], code: str = "v-001") -> None:
        """Store what a tracker says."""
        self.store.write(points(rows, ("cz-sport", code)))

    def run(self, workdays: Workdays | None = None) -> None:
        """Run the job from where it stopped."""
        calendar = workdays or Workdays()
        found = job(sessions=self.sessions, store=self.store, workdays=calendar, clock=self.now, zone=ZONE)
        self.cursor = found.run(self.cursor)

    def trips(self, code: str = "v-001") -> list[Trip]:
        """A vehicle's trips, oldest first."""
        return self.fleet.trips(TripFilter(vehicle=code))[::-1]


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    found = SqliteStore(tmp_path / "readings.db")
    found.prepare()
    yield found
    found.close()


@pytest.fixture
def yard(sessions: Sessions, store: SqliteStore) -> Yard:
    return Yard(sessions, store)


@pytest.fixture
def registry(sessions: Sessions) -> Registry:
    found = Registry(sessions)
    found.apply(document(institutions=[institution("cz-sport"), institution("cz-school")]))
    return found


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """Every point written from now on, by whatever writes."""
    seen: list[Point] = []
    keep = SqliteStore.write

    def write(store: SqliteStore, batch: Sequence[Point]) -> None:
        seen.extend(batch)
        keep(store, batch)

    monkeypatch.setattr(SqliteStore, "write", write)
    return seen
