"""A registry, a database, a store and a clock for the repair tests: the real parts, in a temporary folder."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from services.database import Sessions, Table, open_database, session_factory
from services.metering.repository import Registry
from services.timeseries.sqlite import SqliteStore
from tests.services.metering.documents import document, institution
from tests.services.repairs.orders import local


class Hands:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hands:
    return Hands(local("2026-11-22 08:00"))


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_database(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(engine)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def registry(sessions: Sessions) -> Registry:
    found = Registry(sessions)
    found.apply(document(institutions=[institution("cz-sport"), institution("cz-school")]))
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    found = SqliteStore(tmp_path / "readings.db")
    found.prepare()
    yield found
    found.close()
