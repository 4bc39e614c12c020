"""What could not be understood: kept on disk whole, with its reasons, until it is replayed or dropped.

A message that comes again, byte for byte, is the same letter: it is counted, and the instant of each arrival
is kept, because a payload without a time says something else at another instant.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from services.deadletters.file import DeadLetterUnavailable, LetterFile
from services.deadletters.model import Arrival, Letter, Reject, Replayed
from services.deadletters.selection import Selection
from services.deadletters.tables import digest_of

__all__ = ["EVERY", "Arrival", "DeadLetterUnavailable", "DeadLetters", "Letter", "Reject", "Replayed"]

MOST_REASONS = 1000
"""Reasons kept of one message; the count of rejected items is kept in full."""
MOST_BYTES = 1024**3
EVERY = Selection()
_PORTION = 2000

_KEEP = (
    "INSERT INTO letter (received_ms, last_received_ms, topic, payload, decoder, rejected, collector, digest)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET seen = seen + 1,"
    " received_ms = min(received_ms, excluded.received_ms),"
    " last_received_ms = max(last_received_ms, excluded.last_received_ms) RETURNING id, seen"
)
_COLUMNS = (
    "received_ms, topic, payload, decoder, rejected, id, collector, seen, last_received_ms,"
    " requested_ms, replayed_ms"
)


class DeadLetters(LetterFile):
    """The letters in the SQLite file `path`, which this `collector` adds to until they take `most_bytes`."""

    def __init__(self, path: Path, *, collector: str = "", most_bytes: int = MOST_BYTES) -> None:
        super().__init__(path)
        self._collector = collector
        self._most_bytes = most_bytes

    def add(self, letters: Sequence[Letter]) -> None:
        """Keep the letters durably, all or none. Raises `DeadLetterUnavailable`, also when full."""
        with self.writing() as db:
            for letter in letters:
                self._keep(db, letter)
            if self._used_bytes(db) > self._most_bytes:
                raise DeadLetterUnavailable(
                    f"{self._path} is full: replay or drop letters, or raise KILOWITNESS_DEADLETTER_MOST_MB"
                )

    def get(self, number: int) -> Letter | None:
        """One letter by its number."""
        return next(iter(self.select(Selection(ids=[number]))), None)

    def newest(self, limit: int) -> list[Letter]:
        """The last letters, the newest first."""
        return self._letters(f"SELECT {_COLUMNS} FROM letter ORDER BY id DESC LIMIT ?", [limit])  # noqa: S608

    def select(self, selection: Selection) -> list[Letter]:
        """The letters of a selection with their payloads, the oldest first."""
        where, values = selection.where()
        return self._letters(f"SELECT {_COLUMNS} FROM letter WHERE {where} ORDER BY id", values)  # noqa: S608

    def sizes(self, selection: Selection = EVERY, *, most: int = -1) -> list[tuple[int, int, int]]:
        """(id, arrivals, payload bytes) of the letters, the oldest first; of `most` of them, or all."""
        where, values = selection.where()
        query = f"SELECT id, seen, length(payload) FROM letter WHERE {where} ORDER BY id LIMIT ?"  # noqa: S608
        with self.reading() as db:
            return db.execute(query, [*values, most]).fetchall()

    def arrivals(self, number: int) -> list[Arrival]:
        """When a letter's message arrived, the earliest first; of two in one millisecond, one."""
        query = "SELECT received_ms, retained FROM arrival WHERE letter = ? ORDER BY received_ms"
        with self.reading() as db:
            return [Arrival(ms, bool(retained)) for ms, retained in db.execute(query, (number,))]

    def request(self, selection: Selection, *, at_ms: int) -> int:
        """Ask for the replay of letters, which a collector does in its own time; returns how many."""
        return self._change(f"UPDATE letter SET requested_ms = {at_ms:d} WHERE", selection)  # noqa: S608

    def drop(self, which: Selection | Sequence[int]) -> int:
        """Forget letters; returns how many there were."""
        selection = which if isinstance(which, Selection) else Selection(ids=which)
        return self._change("DELETE FROM letter WHERE", selection)

    def drop_all(self) -> int:
        """Forget every letter; returns how many there were."""
        return self.drop(EVERY)

    def settle(self, outcomes: Sequence[Replayed], *, at_ms: int) -> int:
        """Remove what is wholly taken and renew the reasons of the rest; returns how many are removed.

        A letter that arrived again since it was read stays: the new arrival is not replayed yet.
        """
        with self.writing() as db:
            return sum(_settle(db, outcome, at_ms) for outcome in outcomes)

    def count(self, selection: Selection = EVERY) -> int:
        """How many letters are kept."""
        where, values = selection.where()
        with self.reading() as db:
            return int(db.execute(f"SELECT count(*) FROM letter WHERE {where}", values).fetchone()[0])  # noqa: S608

    def used_bytes(self) -> int:
        """How much the letters take; what dropped ones took is used again before the file grows."""
        with self.reading() as db:
            return self._used_bytes(db)

    def _keep(self, db: sqlite3.Connection, letter: Letter) -> None:
        at_ms, topic = letter.received_ms, _storable(letter.topic)
        collector = letter.collector or self._collector
        row = (at_ms, at_ms, topic, letter.payload, letter.decoder, len(letter.rejects), collector,
               digest_of(letter.topic, letter.payload))  # fmt: skip
        ((number, seen),) = db.execute(_KEEP, row).fetchall()
        db.execute("INSERT OR IGNORE INTO arrival VALUES (?, ?, ?)", (number, at_ms, letter.retained))
        if seen == 1:
            _write_reasons(db, number, letter.rejects)

    def _used_bytes(self, db: sqlite3.Connection) -> int:
        pages, free, size = (
            int(db.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def _change(self, statement: str, selection: Selection) -> int:
        """Change the letters a portion at a time, so that a collector need not wait long to add its own."""
        numbers = [number for number, _, _ in self.sizes(selection)]
        changed = 0
        for start in range(0, len(numbers), _PORTION):
            where, values = Selection(ids=numbers[start : start + _PORTION]).where()
            with self.writing() as db:
                changed += db.execute(f"{statement} {where}", values).rowcount
        return changed

    def _letters(self, query: str, values: Sequence[object]) -> list[Letter]:
        with self.reading() as db:
            return [
                Letter(
                    received, topic, bytes(payload), decoder, _reasons(db, number), rejected, number, *rest
                )
                for received, topic, payload, decoder, rejected, number, *rest in db.execute(query, values)
            ]


def _settle(db: sqlite3.Connection, outcome: Replayed, at_ms: int) -> int:
    if not outcome.rejects:
        done = (outcome.id, outcome.seen)
        return db.execute("DELETE FROM letter WHERE id = ? AND seen = ?", done).rowcount
    left = (outcome.decoder, len(outcome.rejects), at_ms, outcome.id)
    renewal = "UPDATE letter SET decoder = ?, rejected = ?, replayed_ms = ?, requested_ms = NULL WHERE id = ?"
    if db.execute(renewal, left).rowcount:
        db.execute("DELETE FROM reject WHERE letter = ?", (outcome.id,))
        _write_reasons(db, outcome.id, outcome.rejects)
    return 0


def _write_reasons(db: sqlite3.Connection, number: int, rejects: Sequence[Reject]) -> None:
    rows = [(number, reject.item, _storable(reject.reason)) for reject in rejects[:MOST_REASONS]]
    db.executemany("INSERT INTO reject VALUES (?, ?, ?)", rows)


def _reasons(db: sqlite3.Connection, number: int) -> tuple[Reject, ...]:
    query = "SELECT reason, item FROM reject WHERE letter = ? ORDER BY rowid"
    return tuple(Reject(reason, item) for reason, item in db.execute(query, (number,)))


def _storable(text: str) -> str:
    """Text that SQLite can hold: half of a surrogate pair, which JSON can carry, becomes a question mark."""
    return text.encode(errors="replace").decode()
