"""What could not be understood: kept on disk whole, with its reasons, until someone drops it."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

MOST_REASONS = 1000
"""Reasons kept of one message; the count of rejected items is kept in full."""

_TABLES = """
CREATE TABLE IF NOT EXISTS letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_ms INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    decoder TEXT NOT NULL,
    rejected INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS reject (
    letter INTEGER NOT NULL REFERENCES letter (id) ON DELETE CASCADE,
    item INTEGER,
    reason TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS reject_letter ON reject (letter);
"""
_INSERT = "INSERT INTO letter (received_ms, topic, payload, decoder, rejected) VALUES (?, ?, ?, ?, ?)"
_COLUMNS = "id, received_ms, topic, payload, decoder, rejected"


class Reject(msgspec.Struct, frozen=True):
    """Something that cannot be taken: a stable code, a colon, the detail; `item` is its place in an array."""

    reason: str
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of which `rejected` items were not taken. `id` is 0 until it is kept."""

    received_ms: int
    topic: str
    payload: bytes
    decoder: str
    rejects: tuple[Reject, ...]
    rejected: int = 0
    id: int = 0


class DeadLetterUnavailable(Exception):
    """The letters could not be written: a full disk, a locked or damaged file."""


class DeadLetters:
    """The dead letters of one collector, in the SQLite file `path`."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
            self._db.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise DeadLetterUnavailable(f"{path}: {error}") from error

    def add(self, letters: Sequence[Letter]) -> None:
        """Keep the letters durably, all or none. Raises `DeadLetterUnavailable`."""
        with self._transaction() as db:
            for letter in letters:
                row = (letter.received_ms, letter.topic, letter.payload, letter.decoder, len(letter.rejects))
                number = db.execute(_INSERT, row).lastrowid
                reasons = [(number, r.item, r.reason) for r in letter.rejects[:MOST_REASONS]]
                db.executemany("INSERT INTO reject VALUES (?, ?, ?)", reasons)

    def newest(self, limit: int) -> list[Letter]:
        """The last letters, the newest first."""
        with self._lock:
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM letter ORDER BY id DESC LIMIT ?", (limit,))  # noqa: S608
            return [self._letter(row) for row in rows.fetchall()]

    def get(self, number: int) -> Letter | None:
        """One letter by its number."""
        with self._lock:
            row = self._db.execute(f"SELECT {_COLUMNS} FROM letter WHERE id = ?", (number,)).fetchone()  # noqa: S608
            return self._letter(row) if row else None

    def drop(self, numbers: Sequence[int]) -> int:
        """Forget letters; returns how many there were."""
        with self._transaction() as db:
            return sum(db.execute("DELETE FROM letter WHERE id = ?", (n,)).rowcount for n in numbers)

    def drop_all(self) -> int:
        """Forget every letter; returns how many there were."""
        with self._transaction() as db:
            return db.execute("DELETE FROM letter").rowcount

    def count(self) -> int:
        """How many letters are kept."""
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM letter").fetchone()[0])

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def _letter(self, row: tuple[int, int, str, bytes, str, int]) -> Letter:
        number, received_ms, topic, payload, decoder, rejected = row
        found = self._db.execute(
            "SELECT reason, item FROM reject WHERE letter = ? ORDER BY rowid", (number,)
        ).fetchall()
        rejects = tuple(Reject(reason, item) for reason, item in found)
        return Letter(received_ms, topic, bytes(payload), decoder, rejects, rejected, number)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._db:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
        except (OSError, sqlite3.Error) as error:
            raise DeadLetterUnavailable(str(error)) from error
