"""The registry's relational database: engine, session factory, declarative root and migrations."""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, DateTime, Dialect, Engine, String, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:  # imported by what migrates: a collector, which only reads, does without its 11 MiB
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(5417)"}

Sessions = sessionmaker[Session]


class DatabaseUnusable(Exception):
    """The database cannot be used as it is named or as it stands; the message is one line without secrets."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, stored as UTC (SQLite keeps no zone, so it is put back on reading)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal figure kept digit for digit, as text: SQLite would turn a numeric column into floats."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def text_type(length: int | None = None) -> String:
    """Text in the order of its code points on every database: PostgreSQL would sort by its locale."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Table(DeclarativeBase):
    """Root of every slice's tables."""

    type_annotation_map = {str: text_type(), datetime: UtcDateTime, Decimal: ExactDecimal}  # noqa: RUF012  (SQLAlchemy reads it as a plain attribute)


def open_database(url: str) -> Engine:
    """Open the database of a SQLAlchemy URL, SQLite with write-ahead log and foreign keys on.

    Raises `DatabaseUnusable` for a URL of another kind; nothing is connected to yet.
    """
    parsed = _parse(url)
    if parsed.drivername == "sqlite" and parsed.database:
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnusable(str(error)) from error
    engine = create_engine(parsed, pool_pre_ping=parsed.drivername != "sqlite")
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _pragmas(connection: object, _record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("PRAGMA busy_timeout=30000")
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

    return engine


def _parse(url: str) -> URL:
    example = "sqlite:///var/kilowitness.db or postgresql+psycopg://user:password@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseUnusable(f"not a database URL; like {example}") from None
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise DatabaseUnusable(f"{parsed.drivername}:// is not supported; like {example}")
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise DatabaseUnusable(
            "several programs share it, so it is a file; like sqlite:///var/kilowitness.db"
        )
    return parsed


def session_factory(engine: Engine) -> Sessions:
    """Sessions whose objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


def write_alone(connection: Connection) -> None:
    """Until the transaction ends, let no other caller pass here. Call it before anything else in it.

    For changes that are right only if nobody changes something else at the same moment.
    """
    connection.exec_driver_sql(_ALONE[connection.dialect.name])


def migrations(url: str) -> "Config":
    """What Alembic's commands need to work on the database."""
    from alembic.config import Config

    config = Config(stdout=sys.stdout)  # its default is that of the moment when Alembic was imported
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Bring the database to the newest revision; safe to call at every start, by several programs at once.

    Raises `DatabaseUnusable` when it does not answer or does not let itself be changed.
    """
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(migrations(url), "head")
    except DBAPIError as error:
        raise DatabaseUnusable(reason_of(error)) from error
    except CommandError as error:
        raise DatabaseUnusable(f"a newer version of the product made its tables ({error})") from error


def reason_of(error: DBAPIError) -> str:
    """What the database's driver says, in one line and without the statement."""
    return str(error.orig).strip().partition("\n")[0]
