"""What could not be understood is kept."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.decoders import Reject
from services.deadletters.letters import (
    MOST_REASONS,
    Arrival,
    DeadLetters,
    DeadLetterUnavailable,
    Letter,
    Replayed,
)
from services.deadletters.selection import Selection

LETTER = Letter(
    1_795_334_400_000, "a/b", b"\x00\xff{", "canonical", (Reject("malformed-json: x"), Reject("y", 7))
)


def test_a_letter_comes_back_as_it_was(tmp_path: Path) -> None:
    DeadLetters(tmp_path / "new" / "folder" / "dead.db").add([LETTER])
    letters = DeadLetters(tmp_path / "new" / "folder" / "dead.db")
    (kept,) = letters.newest(10)
    assert (kept.received_ms, kept.topic, kept.payload) == (LETTER.received_ms, "a/b", b"\x00\xff{")
    assert kept.rejects == LETTER.rejects
    assert kept.rejected == 2
    assert letters.get(kept.id) == kept
    assert letters.get(999) is None


def test_the_newest_come_first_and_no_more_than_asked(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([Letter(n, f"t{n}", b"", "", (Reject("r"),)) for n in range(5)])
    assert [letter.topic for letter in letters.newest(2)] == ["t4", "t3"]
    assert letters.count() == 5


def test_letters_and_their_reasons_are_dropped(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([replace(LETTER, topic=topic) for topic in ("a", "b", "c")])
    assert letters.drop([1, 3, 99]) == 2
    assert [letter.id for letter in letters.newest(9)] == [2]
    assert letters.drop_all() == 1
    with sqlite3.connect(tmp_path / "dead.db") as db:
        assert db.execute("SELECT count(*) FROM reject").fetchone() == (0,)


def test_many_letters_are_dropped_in_portions_that_let_others_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.deadletters.letters._PORTION", 2)
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([replace(LETTER, topic=f"t/{n % 2}", payload=b"%d" % n) for n in range(9)])
    assert letters.request(Selection(topic="t/0"), at_ms=3) == 5
    assert letters.drop(Selection(topic="t/0")) == 5
    assert {letter.topic for letter in letters.newest(9)} == {"t/1"}
    assert letters.drop_all() == 4


def test_numbers_are_not_given_twice(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([LETTER])
    letters.drop_all()
    letters.add([LETTER])
    assert letters.newest(1)[0].id == 2


def test_of_very_many_reasons_the_first_are_kept_and_all_counted(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([Letter(0, "t", b"", "", tuple(Reject("r", n) for n in range(MOST_REASONS + 5)))])
    kept = letters.newest(1)[0]
    assert len(kept.rejects) == MOST_REASONS
    assert kept.rejected == MOST_REASONS + 5


def test_all_of_a_batch_or_none(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters._db.execute("PRAGMA max_page_count=30")
    with pytest.raises(DeadLetterUnavailable, match="full"):
        letters.add([LETTER, Letter(0, "t", b"x" * 500_000, "", (Reject("r"),))])
    assert letters.count() == 0
    letters.add([LETTER])
    assert letters.count() == 1


def test_a_locked_file_is_unavailable(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters._db.execute("PRAGMA busy_timeout=10")
    other = sqlite3.connect(tmp_path / "dead.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DeadLetterUnavailable, match="locked"):
        letters.add([LETTER])
    other.execute("ROLLBACK")
    other.close()
    letters.add([LETTER])


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "dead.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(DeadLetterUnavailable, match=r"dead\.db"):
        DeadLetters(tmp_path / "dead.db")
    (tmp_path / "file").write_text("")
    with pytest.raises(DeadLetterUnavailable, match="file"):
        DeadLetters(tmp_path / "file" / "dead.db")


def test_a_killed_process_leaves_what_it_had_added(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from services.deadletters.letters import *; from collectors.decoders import Reject\n"
        "letters = DeadLetters(Path(sys.argv[1]))\n"
        "letters.add([Letter(0, f't{n}', b'x', '', (Reject('r'),)) for n in range(50)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "dead.db")], check=False, timeout=60)
    assert DeadLetters(tmp_path / "dead.db").count() == 50


def test_the_same_message_again_is_the_same_letter_and_every_arrival_is_known(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db", collector="west")
    letters.add([LETTER, replace(LETTER, received_ms=LETTER.received_ms + 60_000, rejects=(Reject("z"),))])
    letters.add([replace(LETTER, received_ms=LETTER.received_ms - 5, retained=True)])
    (kept,) = letters.newest(9)
    assert (kept.seen, kept.rejects, kept.rejected) == (3, LETTER.rejects, 2)
    assert (kept.received_ms, kept.last_received_ms) == (LETTER.received_ms - 5, LETTER.received_ms + 60_000)
    assert letters.arrivals(kept.id) == [
        Arrival(LETTER.received_ms - 5, retained=True),
        Arrival(LETTER.received_ms, retained=False),
        Arrival(LETTER.received_ms + 60_000, retained=False),
    ]


@pytest.mark.parametrize("other", [replace(LETTER, topic="a/c"), replace(LETTER, payload=b"\x00\xff{ ")])
def test_another_topic_or_another_byte_is_another_letter(tmp_path: Path, other: Letter) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([LETTER, other])
    assert letters.count() == 2


def test_the_first_collector_that_kept_a_letter_is_told(tmp_path: Path) -> None:
    for name in ("west", "east"):
        DeadLetters(tmp_path / "dead.db", collector=name).add([LETTER])
    (kept,) = DeadLetters(tmp_path / "dead.db").newest(9)
    assert (kept.collector, kept.seen) == ("west", 2)


def test_half_a_surrogate_pair_cannot_stop_a_letter(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([Letter(0, "t\ud800", b"", "", (Reject("unknown-channel: \udfff"),))])
    assert letters.newest(1)[0].rejects == (Reject("unknown-channel: ?"),)


def test_a_full_file_refuses_and_says_what_to_do_until_there_is_room(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db", most_bytes=400_000)
    big = [Letter(n, f"t{n}", bytes([n]) * 40_000, "", (Reject("r"),)) for n in range(12)]
    letters.add(big[:5])
    with pytest.raises(DeadLetterUnavailable, match="KILOWITNESS_DEADLETTER_MOST_MB"):
        letters.add(big[5:])
    assert letters.count() == 5
    assert letters.used_bytes() <= 400_000
    letters.add([big[0]])  # what is kept already takes no room
    assert letters.get(1) is not None
    letters.drop([1, 2, 3])
    before = (tmp_path / "dead.db").stat().st_size
    letters.add(big[5:8])
    assert letters.count() == 5
    assert (tmp_path / "dead.db").stat().st_size <= before + 8192


def test_a_full_file_can_still_be_settled(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([LETTER, replace(LETTER, topic="b")])
    full = DeadLetters(tmp_path / "dead.db", most_bytes=1)
    with pytest.raises(DeadLetterUnavailable, match="full"):
        full.add([replace(LETTER, topic="c")])
    assert full.settle([Replayed(1, 1, "x"), Replayed(2, 1, "x", (Reject("new"),))], at_ms=7) == 1
    (left,) = full.newest(9)
    assert (left.topic, left.decoder, left.rejects, left.replayed_ms) == ("b", "x", (Reject("new"),), 7)


def test_a_letter_that_grew_meanwhile_is_not_removed(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([LETTER, LETTER])
    assert letters.settle([Replayed(1, 1, "x")], at_ms=7) == 0
    assert letters.settle([Replayed(1, 2, "x")], at_ms=7) == 1


def test_what_was_dropped_is_not_settled_into_being(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    assert letters.settle([Replayed(5, 1, "x", (Reject("r"),)), Replayed(6, 1, "x")], at_ms=7) == 0
    assert letters.count() == 0


def test_sizes_tell_what_a_replay_will_cost(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([LETTER, replace(LETTER, topic="b", payload=b"12345"), LETTER])
    assert letters.sizes() == [(1, 2, 3), (2, 1, 5)]
    assert letters.sizes(most=1) == [(1, 2, 3)]
    assert letters.sizes(Selection(topic="b")) == [(2, 1, 5)]
