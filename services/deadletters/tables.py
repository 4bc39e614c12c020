"""The tables of a dead letter file, and how a file of an older shape becomes one of today's, in place."""

import hashlib
import sqlite3
from collections.abc import Callable

SHAPE = 2
"""`PRAGMA user_version` of today's shape; files from before it was counted say 0."""

CODE = "substr(reason, 1, instr(reason || ':', ':') - 1)"
"""The stable code that a reason begins with."""

_LETTER_SINCE_2 = {
    "last_received_ms": "INTEGER NOT NULL DEFAULT 0",
    "seen": "INTEGER NOT NULL DEFAULT 1",
    "collector": "TEXT NOT NULL DEFAULT ''",
    "digest": "BLOB",
    "requested_ms": "INTEGER",
    "replayed_ms": "INTEGER",
}
_TABLES = (
    f"""CREATE TABLE IF NOT EXISTS letter (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        received_ms INTEGER NOT NULL,
        topic TEXT NOT NULL,
        payload BLOB NOT NULL,
        decoder TEXT NOT NULL,
        rejected INTEGER NOT NULL,
        {", ".join(f"{name} {kind}" for name, kind in _LETTER_SINCE_2.items())})""",
    """CREATE TABLE IF NOT EXISTS reject (
        letter INTEGER NOT NULL REFERENCES letter (id) ON DELETE CASCADE,
        item INTEGER,
        reason TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS arrival (
        letter INTEGER NOT NULL REFERENCES letter (id) ON DELETE CASCADE,
        received_ms INTEGER NOT NULL,
        retained INTEGER NOT NULL,
        PRIMARY KEY (letter, received_ms, retained)) WITHOUT ROWID""",
)
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS reject_letter ON reject (letter)",
    f"CREATE INDEX IF NOT EXISTS reject_code ON reject ({CODE}, letter)",
    "CREATE UNIQUE INDEX IF NOT EXISTS letter_digest ON letter (digest)",
    "CREATE INDEX IF NOT EXISTS letter_requested ON letter (id) WHERE requested_ms IS NOT NULL",
    """CREATE INDEX IF NOT EXISTS letter_origin
        ON letter (decoder, collector, seen, received_ms, last_received_ms)""",
)
_MERGE_REPEATED = (
    "UPDATE letter SET last_received_ms = received_ms, digest = digest_of(topic, payload)",
    """CREATE TEMP TABLE original AS SELECT digest, min(id) AS id, count(*) AS seen,
        min(received_ms) AS earliest, max(received_ms) AS latest FROM letter GROUP BY digest""",
    "CREATE INDEX temp.original_digest ON original (digest)",
    """INSERT OR IGNORE INTO arrival
        SELECT original.id, received_ms, 0 FROM letter JOIN original USING (digest)""",
    """UPDATE letter SET seen = original.seen, received_ms = earliest, last_received_ms = latest
        FROM original WHERE original.id = letter.id AND original.seen > 1""",
    "DELETE FROM letter WHERE id NOT IN (SELECT id FROM original)",
    "DROP TABLE temp.original",
)


def digest_of(topic: str, payload: bytes) -> bytes:
    """What tells one message from another: 20 bytes of BLAKE2b (RFC 7693) over topic and payload."""
    return hashlib.blake2b(topic.encode(errors="replace") + b"\0" + payload, digest_size=20).digest()


def prepare(db: sqlite3.Connection) -> None:
    """Make or migrate the tables, in one transaction. Raises `sqlite3.Error`, also for a newer file."""
    if _shape(db) == SHAPE:
        return
    with db:
        db.execute("BEGIN IMMEDIATE")
        shape = _shape(db)  # another process may have been first
        if shape > SHAPE:
            raise sqlite3.NotSupportedError(f"its shape is {shape}, and this program knows {SHAPE} at most")
        if shape < SHAPE:
            _make(db)


def _shape(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _make(db: sqlite3.Connection) -> None:
    older = {row[1] for row in db.execute("PRAGMA table_info(letter)")}
    _run(db, _TABLES)
    if older:
        missing = (item for item in _LETTER_SINCE_2.items() if item[0] not in older)
        _run(db, [f"ALTER TABLE letter ADD COLUMN {name} {kind}" for name, kind in missing])
        made: Callable[[str, bytes], bytes] = digest_of
        db.create_function("digest_of", 2, made, deterministic=True)
        _run(db, _MERGE_REPEATED)
    _run(db, [*_INDEXES, f"PRAGMA user_version = {SHAPE}"])


def _run(db: sqlite3.Connection, statements: list[str] | tuple[str, ...]) -> None:
    for statement in statements:
        db.execute(statement)
