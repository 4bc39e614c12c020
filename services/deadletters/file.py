"""The SQLite file that dead letters are kept in: opened, locked, and its troubles put into words."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.deadletters.tables import prepare
from services.deadletters.topics import matches

_PATIENCE_S = 5.0
"""How long another process may hold the file."""
_MOST_JOURNAL_BYTES = 16 * 1024 * 1024

_TROUBLES = {
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_READONLY: "it may not be written",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_BUSY: "another program holds it",
    sqlite3.SQLITE_LOCKED: "another program holds it",
    sqlite3.SQLITE_IOERR: "its disk fails or is full",
    sqlite3.SQLITE_CORRUPT: "it is damaged; save what is in it and move it away",
    sqlite3.SQLITE_NOTADB: "it is damaged, or no dead letter file; move it away",
}


class DeadLetterUnavailable(Exception):
    """The letters cannot be read or written just now: a full disk, a locked or damaged file."""


class LetterFile:
    """The file at `path`, which several threads and processes may have open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for queries. Raises `DeadLetterUnavailable`."""
        with self._translated(), self._lock:
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction: all of it or nothing. Raises `DeadLetterUnavailable`."""
        with self._translated(), self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    def _prepare(self) -> None:
        self._to_wal()
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._db.execute(f"PRAGMA journal_size_limit={_MOST_JOURNAL_BYTES}")
        self._db.create_function("topic_matches", 2, matches, deterministic=True)
        prepare(self._db)

    def _to_wal(self) -> None:
        """Two that open a new file at once may refuse each other, whatever their timeouts."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if _primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DeadLetterUnavailable(f"{self._path}: {error}") from error
        except sqlite3.Error as error:
            trouble = _TROUBLES.get(_primary(error), "it cannot be used")
            raise DeadLetterUnavailable(f"{self._path}: {trouble} ({error})") from error


def _primary(error: sqlite3.Error) -> int:
    """The primary result code; the higher bytes of an extended one say more than is needed."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
