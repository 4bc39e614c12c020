"""What is SQLite's own: durability, several processes, the change log's size, broken files."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.timeseries import sqlite, sqlite_tables
from services.timeseries.schema import MEASUREMENTS, READINGS
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point, PointsRejected, StoreUnavailable, Touched

T0 = 1_780_000_000_000

WRITER = """
import sys
from pathlib import Path
from services.timeseries.schema import READINGS
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point

store = SqliteStore(Path(sys.argv[1]))
store.prepare()
for batch in range(int(sys.argv[3])):
    store.write([
        Point(READINGS, ("gov", sys.argv[2]), 1_780_000_000_000 + batch * 100 + n, {"energy_kwh": 1.0})
        for n in range(100)
    ])
    print(batch, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    store.prepare()
    yield store
    store.close()


def reading(number: int, meter: str = "m1", **fields: float) -> Point:
    return Point(READINGS, ("gov", meter), T0 + number, fields or {"energy_kwh": float(number)})


def writer(path: Path, meter: str, batches: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), meter, str(batches)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    with writer(path, "m1", 100_000) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout.read().split()]
    store = SqliteStore(path)
    stored = store.count(READINGS)["energy_kwh"]
    assert stored >= 100 * len(acknowledged)
    assert stored % 100 == 0, "a batch is stored whole or not at all"
    (touched,) = store.changes(None).touched
    assert touched.last_ms == T0 + stored - 1, "the log tells exactly what is stored"
    store.close()


def test_every_commit_is_synced_to_the_disk(store: SqliteStore) -> None:
    with store._connection() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_processes_prepare_and_write_at_once(path: Path) -> None:
    processes = [writer(path, f"m{number}", 30) for number in range(4)]
    for process in processes:
        with process:
            process.communicate(timeout=60)
        assert process.returncode == 0
    store = SqliteStore(path)
    assert {s.tags["meter"]: len(s.times_ms) for s in store.read(READINGS)} == {
        f"m{number}": 3000 for number in range(4)
    }
    store.close()


def test_a_reader_does_not_wait_for_a_writer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that did would wait for ever: for as long as it may, and then be refused."""
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.05)
    store = SqliteStore(path)
    store.prepare()
    store.write([reading(0)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE readings SET energy_kwh = 99")
    assert store.read(READINGS)[0].fields["energy_kwh"].tolist() == [0.0]
    assert store.changes(None).touched
    other.execute("ROLLBACK")
    other.close()
    store.close()


def test_a_store_that_stays_locked_is_unavailable(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setattr(sqlite, "_BUSY_SECONDS", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.write([reading(1)])
    other.execute("ROLLBACK")
    other.close()
    store.write([reading(1)])
    assert store.count(READINGS)["energy_kwh"] == 1


def test_a_writer_waits_for_a_short_lock(store: SqliteStore, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, other.execute, ("COMMIT",))
    timer.start()
    store.write([reading(1)])
    timer.join()
    other.close()
    assert store.count(READINGS)["energy_kwh"] == 1


def test_a_full_disk_is_unavailable_and_nothing_of_the_batch_is_stored(store: SqliteStore) -> None:
    store.write([reading(0)])
    with store._connection() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="full"):
        store.write([reading(n, "other") for n in range(20_000)])
    assert [s.tags["meter"] for s in store.read(READINGS)] == ["m1"]
    store.write([reading(n, "other") for n in range(20_000)])
    assert store.count(READINGS)["energy_kwh"] == 20_001


def acts(store: SqliteStore) -> list[Callable[[], object]]:
    return [
        store.prepare,
        lambda: store.write([reading(0)]),
        lambda: store.read(READINGS),
        lambda: store.latest(READINGS),
        lambda: store.count(READINGS),
        lambda: store.changes(None),
    ]


def test_a_file_that_is_no_database_is_unavailable_and_named(path: Path) -> None:
    path.write_bytes(b"energy reports 2025, second quarter\n" * 100)
    store = SqliteStore(path)
    for act in acts(store):
        with pytest.raises(StoreUnavailable, match=r"readings\.db: file is not a database"):
            act()


def test_an_unprepared_store_is_unavailable(path: Path) -> None:
    store = SqliteStore(path)
    for act in acts(store)[1:]:
        with pytest.raises(StoreUnavailable, match="no such table"):
            act()
    store.close()


def test_a_folder_that_cannot_be_made_is_unavailable(path: Path) -> None:
    path.write_text("a file stands where the folder should")
    with pytest.raises(StoreUnavailable, match="cannot make the folder"):
        SqliteStore(path / "readings.db").prepare()


def test_a_field_that_a_newer_schema_adds_becomes_a_column(path: Path) -> None:
    old = sqlite3.connect(path)
    old.execute(
        "CREATE TABLE readings (series INTEGER NOT NULL, time INTEGER NOT NULL, energy_kwh REAL, "
        "PRIMARY KEY (series, time)) WITHOUT ROWID"
    )
    old.commit()
    old.close()
    store = SqliteStore(path)
    store.prepare()
    store.write([reading(0, energy_kwh=1.0, gas_m3=2.0)])
    assert store.read(READINGS)[0].fields["gas_m3"].tolist() == [2.0]
    store.close()


def test_a_rejected_point_does_not_undo_the_batch(store: SqliteStore) -> None:
    with pytest.raises(PointsRejected):
        store.write([reading(0), reading(1, energy_kwh=float("nan"))])
    assert store.count(READINGS)["energy_kwh"] == 1


def test_changes_are_exact_and_told_once(store: SqliteStore) -> None:
    store.write([reading(0), reading(5)])
    first = store.changes(None)
    assert first.touched == (Touched("readings", ("gov", "m1"), T0, T0 + 5),)
    assert store.changes(first.cursor).touched == ()
    store.write([reading(3, "m2")])
    second = store.changes(first.cursor)
    assert second.touched == (Touched("readings", ("gov", "m2"), T0 + 3, T0 + 3),)
    assert store.changes(second.cursor) == type(second)(second.cursor, ())


def test_a_failed_write_tells_no_change(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write([reading(0)])
    cursor = store.changes(None).cursor

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(sqlite_tables, "remember", fail)
        with pytest.raises(StoreUnavailable, match="disk I/O error"):
            store.write([reading(1, "new")])
    assert store.changes(cursor).touched == ()
    assert [s.tags["meter"] for s in store.read(READINGS)] == ["m1"]
    store.write([reading(1, "new")])
    assert [touched.tags for touched in store.changes(cursor).touched] == [("gov", "new")]


def test_another_file_does_not_know_this_cursor(store: SqliteStore, tmp_path: Path) -> None:
    store.write([reading(n) for n in range(3)])
    store.write([reading(9)])
    other = SqliteStore(tmp_path / "other.db")
    other.prepare()
    other.write([reading(0)])
    assert other.changes(store.changes(None).cursor).touched == other.changes(None).touched
    other.close()


def test_the_change_log_is_compacted_and_a_slow_reader_is_told_at_least_as_much(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_tables, "COMPACT_EVERY", 50)
    day = 86_400_000
    cursors = []
    for number in range(400):
        cursors.append(store.changes(None).cursor)
        store.write([reading(number * 2 * day, f"m{number % 3}")])
    with store._connection() as connection:
        (rows,) = connection.execute("SELECT count(*) FROM touched").fetchone()
    assert rows <= 2 * 50 + 3
    for number, cursor in enumerate(cursors):
        touched = store.changes(cursor).touched
        for later in range(number, 400):
            time_ms = T0 + later * 2 * day
            tags = ("gov", f"m{later % 3}")
            assert any(t.tags == tags and t.first_ms <= time_ms <= t.last_ms for t in touched)
    assert len(store.changes(cursors[-40]).touched) == 40, "a reader that keeps up is told exactly"


@pytest.mark.parametrize(
    "where", [{"meter": "m7"}, {"institution": "i3"}, {"meter": frozenset({"m7", "m8"})}]
)
def test_one_meter_is_found_without_looking_at_the_others(
    store: SqliteStore, path: Path, where: dict[str, str | frozenset[str]]
) -> None:
    def instructions() -> int:
        counted: list[int] = []

        def count() -> None:
            counted.append(1)

        with sqlite3.connect(path) as connection:
            connection.set_progress_handler(count, 10)
            assert sqlite_tables.matching(connection, READINGS, where)
        connection.close()
        return len(counted)

    store.write([Point(READINGS, (f"i{n}", f"m{n}"), T0, {"energy_kwh": 1.0}) for n in range(10)])
    before = instructions()
    store.write([Point(READINGS, (f"i{n}", f"m{n}"), T0, {"energy_kwh": 1.0}) for n in range(10, 500)])
    assert instructions() <= before + 2


def test_a_file_of_before_is_given_the_indexes_of_series(store: SqliteStore, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP INDEX series_by_second_tag")
    connection.close()
    store.write([Point(READINGS, ("i1", "m1"), T0, {"energy_kwh": 1.0})])
    store.prepare()
    assert len(store.read(READINGS, {"meter": "m1"})) == 1
    with sqlite3.connect(path) as connection:
        names = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        }
    connection.close()
    assert {"series_by_first_tag", "series_by_second_tag"} <= names


def test_every_measurement_of_the_schema_has_its_table(store: SqliteStore) -> None:
    for measurement in MEASUREMENTS.values():
        tags = tuple(f"tag{n}" for n in range(len(measurement.tags)))
        store.write([Point(measurement, tags, T0, dict.fromkeys(measurement.fields, 1.5))])
        (point,) = store.latest(measurement)
        assert (point.tags, dict(point.fields)) == (tags, dict.fromkeys(measurement.fields, 1.5))


def test_connections_are_used_again(store: SqliteStore) -> None:
    for number in range(20):
        store.write([reading(number)])
        store.read(READINGS)
    assert len(store._idle) == 1
    store.close()
    assert store._idle == []
    assert store.count(READINGS)["energy_kwh"] == 20


def test_rows_removed_by_hand_leave_a_series_without_latest_point(store: SqliteStore, path: Path) -> None:
    store.write([reading(0), reading(0, "m2")])
    by_hand = sqlite3.connect(path)
    by_hand.execute("DELETE FROM readings WHERE series = 1")
    by_hand.commit()
    by_hand.close()
    assert [point.tags[1] for point in store.latest(READINGS)] == ["m2"]
