"""A dead letter file of the first shape becomes one of today's, in place and without loss."""

import sqlite3
from pathlib import Path

import pytest

from services.deadletters.letters import Arrival, DeadLetters, DeadLetterUnavailable, Letter, Reject
from services.deadletters.tables import SHAPE, digest_of

FIRST_SHAPE = """
CREATE TABLE letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_ms INTEGER NOT NULL, topic TEXT NOT NULL,
    payload BLOB NOT NULL, decoder TEXT NOT NULL, rejected INTEGER NOT NULL
);
CREATE TABLE reject (
    letter INTEGER NOT NULL REFERENCES letter (id) ON DELETE CASCADE, item INTEGER, reason TEXT NOT NULL
);
CREATE INDEX reject_letter ON reject (letter);
"""


def first_shape(path: Path, rows: list[tuple[int, str, bytes]]) -> None:
    """A file as the first version made it: every message a row of its own."""
    with sqlite3.connect(path) as db:
        db.executescript(FIRST_SHAPE)
        for received_ms, topic, payload in rows:
            number = db.execute(
                "INSERT INTO letter (received_ms, topic, payload, decoder, rejected)"
                " VALUES (?, ?, ?, 'canonical', 1)",
                (received_ms, topic, payload),
            ).lastrowid
            db.execute("INSERT INTO reject VALUES (?, 4, ?)", (number, f"code-{number}: x"))
    db.close()


def test_letters_keep_number_bytes_reasons_and_times(tmp_path: Path) -> None:
    first_shape(tmp_path / "dead.db", [(5, "a", b"\x00"), (6, "b", b"x")])
    letters = DeadLetters(tmp_path / "dead.db", collector="west")
    kept = letters.newest(9)
    assert [(one.id, one.received_ms, one.topic, one.payload) for one in kept] == [
        (2, 6, "b", b"x"),
        (1, 5, "a", b"\x00"),
    ]
    assert kept[1].rejects == (Reject("code-1: x", 4),)
    assert (kept[1].seen, kept[1].last_received_ms, kept[1].collector) == (1, 5, "")
    assert letters.arrivals(1) == [Arrival(5, retained=False)]


def test_repeated_messages_become_one_letter_with_all_arrivals(tmp_path: Path) -> None:
    first_shape(tmp_path / "dead.db", [(9, "a", b"x"), (5, "a", b"x"), (6, "b", b"x"), (9, "a", b"x")])
    letters = DeadLetters(tmp_path / "dead.db")
    assert [(one.id, one.seen) for one in letters.newest(9)] == [(3, 1), (1, 3)]
    first = letters.get(1)
    assert first is not None
    assert (first.received_ms, first.last_received_ms) == (5, 9)
    assert first.rejects == (Reject("code-1: x", 4),)
    assert [arrival.received_ms for arrival in letters.arrivals(1)] == [5, 9]


def test_a_migrated_file_goes_on_counting(tmp_path: Path) -> None:
    first_shape(tmp_path / "dead.db", [(5, "a", b"x"), (6, "b", b"x"), (7, "b", b"x")])
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([Letter(8, "a", b"x", "", (Reject("r"),)), Letter(8, "new", b"x", "", (Reject("r"),))])
    assert [(one.id, one.topic, one.seen) for one in letters.newest(9)] == [
        (5, "new", 1),
        (2, "b", 2),
        (1, "a", 2),
    ]


def test_a_migrated_file_has_the_tables_of_a_new_one(tmp_path: Path) -> None:
    first_shape(tmp_path / "old.db", [(5, "a", b"x")])
    shapes = []
    for name in ("old.db", "new.db"):
        letters = DeadLetters(tmp_path / name)
        with letters.reading() as db:
            tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master ORDER BY 1")]
            columns = {
                table: {tuple(row[1:4]) for row in db.execute(f"PRAGMA table_info({table})")}
                for table in ("letter", "reject", "arrival")
            }
            shapes.append((tables, columns, db.execute("PRAGMA user_version").fetchone()))
    assert shapes[0] == shapes[1]
    assert shapes[0][2] == (SHAPE,)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "dead.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DeadLetterUnavailable, match="its shape is 99"):
        DeadLetters(tmp_path / "dead.db")


def test_a_migration_that_is_cut_off_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first_shape(tmp_path / "dead.db", [(5, "a", b"x"), (6, "a", b"x")])
    monkeypatch.setattr(
        "services.deadletters.tables._INDEXES", ("CREATE INDEX no_such ON letter (no_such_column)",)
    )
    with pytest.raises(DeadLetterUnavailable):
        DeadLetters(tmp_path / "dead.db")
    with sqlite3.connect(tmp_path / "dead.db") as db:
        assert db.execute("SELECT count(*) FROM letter").fetchone() == (2,)
    db.close()
    monkeypatch.undo()
    assert DeadLetters(tmp_path / "dead.db").count() == 1


def test_topic_and_payload_are_not_mixed_up_in_a_digest() -> None:
    digests = {digest_of(*pair) for pair in [("a", b"b"), ("ab", b""), ("", b"ab"), ("a", b"b\x00")]}
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {20}
