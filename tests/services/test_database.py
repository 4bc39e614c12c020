"""Instants and decimals come back as they went in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.database import Sessions, Table, open_database, session_factory


class Root(DeclarativeBase):
    type_annotation_map = Table.type_annotation_map


class Note(Root):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime | None]
    amount: Mapped[Decimal | None]


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_database(f"sqlite:///{tmp_path}/deep/notes.db")
    Root.metadata.create_all(engine)
    yield session_factory(engine)
    engine.dispose()


def _kept(sessions: Sessions, note: Note) -> Note:
    with sessions.begin() as session:
        session.merge(note)
    with sessions() as session:
        kept = session.get(Note, note.id)
        assert kept is not None
        return kept


def test_an_instant_comes_back_aware_in_utc(sessions: Sessions) -> None:
    at = datetime(2026, 11, 22, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    kept = _kept(sessions, Note(id=1, at=at))
    assert kept.at == at
    assert kept.at is not None
    assert kept.at.tzinfo is UTC


def test_an_instant_without_its_zone_is_refused(sessions: Sessions) -> None:
    with pytest.raises(StatementError, match="needs its time zone"), sessions.begin() as session:
        session.add(Note(id=2, at=datetime(2026, 11, 22)))  # noqa: DTZ001


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20))
def test_a_decimal_comes_back_digit_for_digit(sessions: Sessions, amount: Decimal) -> None:
    kept = _kept(sessions, Note(id=3, amount=amount))
    assert str(kept.amount) == str(amount)


def test_sqlite_checks_foreign_keys_and_writes_ahead(sessions: Sessions) -> None:
    with sessions() as session:
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
