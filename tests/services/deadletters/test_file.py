"""The file under trouble: shared, full, read-only, locked, damaged. The pipeline waits for each to pass."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from services.deadletters.letters import DeadLetters, DeadLetterUnavailable, Letter, Reject

LETTER = Letter(0, "t", b"x", "", (Reject("r"),))

WRITER = """
import sys
from pathlib import Path
from services.deadletters.letters import DeadLetters, Letter, Reject
name, path = sys.argv[1:]
sys.stdin.readline()
letters = DeadLetters(Path(path), collector=name)
for n in range(60):
    own = Letter(n, f"{name}/{n}", b"own", "", (Reject("r"),))
    both = Letter(n, f"both/{n % 20}", b"both", "", (Reject("r"),))
    letters.add([own, both])
letters.close()
"""


def test_two_processes_share_a_file_that_neither_had_made(tmp_path: Path) -> None:
    path = tmp_path / "dead.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, name, str(path)], stdin=subprocess.PIPE)
        for name in ("west", "east")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.close()
    assert [writer.wait(60) for writer in writers] == [0, 0]
    letters = DeadLetters(path)
    kept = letters.newest(1000)
    assert len(kept) == 60 + 60 + 20
    assert {one.seen for one in kept if one.topic.startswith("both/")} == {6}
    assert {one.collector for one in kept if one.topic.startswith("east/")} == {"east"}
    assert sum(one.seen for one in kept) == 240


LIMITED = """
import resource, sys
from pathlib import Path
from services.deadletters.letters import DeadLetters, DeadLetterUnavailable, Letter, Reject
letters = DeadLetters(Path(sys.argv[1]))
letters.add([Letter(0, "small", b"x", "", (Reject("r"),))])
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
try:
    letters.add([Letter(0, "big", b"x" * 900_000, "", (Reject("r"),))])
except DeadLetterUnavailable as error:
    print(error)
print(letters.count())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
letters.add([Letter(0, "big", b"x" * 900_000, "", (Reject("r"),))])
print(letters.count())
"""


def test_a_disk_that_takes_no_more_is_waited_for(tmp_path: Path) -> None:
    """The kernel refuses the write itself, as at a full disk or a quota."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "dead.db")], capture_output=True, text=True, timeout=60
    )
    trouble, kept, after = done.stdout.splitlines()
    assert "its disk fails or is full" in trouble
    assert (kept, after) == ("1", "2")


def test_a_full_database_is_named(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters._db.execute("PRAGMA max_page_count=20")
    with pytest.raises(DeadLetterUnavailable, match=r"dead\.db: its disk is full"):
        letters.add([Letter(0, "t", b"x" * 500_000, "", (Reject("r"),))])


def test_a_file_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters._db.execute("PRAGMA query_only=ON")
    with pytest.raises(DeadLetterUnavailable, match="may not be written"):
        letters.add([LETTER])


def test_a_file_under_anothers_lock_is_named(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters._db.execute("PRAGMA busy_timeout=10")
    other = sqlite3.connect(tmp_path / "dead.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DeadLetterUnavailable, match="another program holds it"):
        letters.add([LETTER])
    assert letters.count() == 0
    other.close()


def test_a_file_that_is_damaged_under_us_is_named_by_readers_and_writers(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([Letter(n, f"t{n}", b"x" * 3000, "", (Reject("r"),)) for n in range(30)])
    letters._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    letters.close()
    size = (tmp_path / "dead.db").stat().st_size
    with (tmp_path / "dead.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    damaged = DeadLetters(tmp_path / "dead.db")
    with pytest.raises(DeadLetterUnavailable, match="damaged"):
        damaged.newest(30)
    with pytest.raises(DeadLetterUnavailable, match="damaged"):
        damaged.add([Letter(0, "new", b"", "", (Reject("r"),))])


def test_what_is_no_database_or_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(DeadLetterUnavailable, match="no dead letter file"):
        DeadLetters(tmp_path / "text.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DeadLetterUnavailable, match="cannot be opened"):
        DeadLetters(tmp_path / "folder.db")


def test_a_closed_file_is_unavailable_not_a_crash(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.close()
    with pytest.raises(DeadLetterUnavailable, match="closed"):
        letters.add([LETTER])


def test_the_journal_does_not_keep_the_size_of_its_largest_transaction(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path / "dead.db")
    letters.add([Letter(0, "t", b"x" * 40_000_000, "", (Reject("r"),))])
    for n in range(3):
        letters.add([Letter(n, f"s{n}", b"", "", (Reject("r"),))])
    assert (tmp_path / "dead.db-wal").stat().st_size <= 17 * 1024 * 1024
