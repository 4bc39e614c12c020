"""Stored, rejected, or waiting: the three fates of a message, on real files."""

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from collectors import pipeline as pipeline_module
from collectors import retry
from collectors.inbox import Message
from services.deadletters.letters import DeadLetters
from services.timeseries.schema import COLLECTOR_HEALTH, DEVICE_CLOCK, DEVICE_STATUS, POSITIONS, READINGS
from services.timeseries.store import Point, PointsRejected, StoreUnavailable
from tests.collectors.parts import ARRIVAL_MS, Collector, message


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_S", 0.001)


def reading(index: int, **more: object) -> str:
    return json.dumps({"time": ARRIVAL_MS - 1000 * index, "energy_kwh": index, **more})


def many(count: int) -> list[Message]:
    return [message(reading(index), mid=index + 1) for index in range(count)]


def told(collector: Collector) -> Counter[str]:
    """The health counts of a collector, summed."""
    totals: Counter[str] = Counter()
    for series in collector.store.read(COLLECTOR_HEALTH):
        for name in ("messages", "readings", "rejected", "retried"):
            totals[name] += int(series.fields[name].sum())
    return totals


def mood_of(*errors: Exception | None) -> Callable[[Sequence[Point]], None]:
    """Raises the errors in turn, then nothing more."""
    left = list(errors)

    def mood(points: Sequence[Point]) -> None:
        error = left.pop(0) if left else None
        if error is not None:
            raise error

    return mood


def test_good_messages_are_stored_and_acknowledged_in_order(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(250)).run()
    assert collector.store.count(READINGS)["energy_kwh"] == 250
    assert [m.mid for m in collector.tray.acknowledged] == list(range(1, 251))
    assert collector.letters.count() == 0
    assert told(collector) == {"messages": 250, "readings": 250, "rejected": 0, "retried": 0}


def test_every_kind_of_message_finds_its_measurement(tmp_path: Path) -> None:
    collector = Collector(
        tmp_path,
        [
            message('{"lat": 30.2, "lon": 115.0}', topic="kilowitness/v1/a/car/positions"),
            message("online", topic="kilowitness/v1/a/gateway/status"),
            message('{"power_kw": 1}'),
        ],
    ).run()
    assert collector.store.count(POSITIONS)["lat"] == 1
    assert collector.store.latest(DEVICE_STATUS)[0].fields == {"online": 1.0}
    assert collector.store.count(READINGS)["power_kw"] == 1


def test_bad_items_are_kept_aside_and_the_good_ones_of_the_message_stored(tmp_path: Path) -> None:
    bad = f'[{reading(1)}, {reading(2, colour=3)}, {{"time": 0, "energy_kwh": 1}}]'
    collector = Collector(tmp_path, [message(bad), message("x", mid=2), message(reading(5), mid=3)]).run()
    assert collector.store.count(READINGS)["energy_kwh"] == 3
    assert len(collector.tray.acknowledged) == 3
    letters = collector.letters.newest(10)
    assert [letter.payload for letter in letters] == [b"x", bad.encode()]
    assert [(r.item, r.reason.split(":")[0]) for r in letters[1].rejects] == [
        (1, "unknown-channel"),
        (2, "time-before-2000"),
    ]
    assert told(collector)["rejected"] == 3


def test_an_unavailable_store_is_tried_again_with_the_same_points_and_nothing_acknowledged(
    tmp_path: Path,
) -> None:
    collector = Collector(tmp_path, many(10))
    acknowledged_when_down: list[int] = []

    def mood(points: Sequence[Point]) -> None:
        if len(collector.store.writes) <= 3:
            acknowledged_when_down.append(len(collector.tray.acknowledged))
            raise StoreUnavailable("down")

    collector.store.mood = mood
    collector.run()
    assert acknowledged_when_down == [0, 0, 0]
    assert collector.store.writes[0] == collector.store.writes[3]
    assert len(collector.tray.acknowledged) == 10
    assert told(collector) == {"messages": 10, "readings": 10, "rejected": 0, "retried": 3}


def test_a_store_that_wrote_and_then_failed_to_say_so_counts_nothing_twice(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(10))
    collector.now_ms += 20_000
    real_write = super(type(collector.store), collector.store).write

    def mood(points: Sequence[Point]) -> None:
        if len(collector.store.writes) == 1:
            real_write(points)
            raise StoreUnavailable("no answer")

    collector.store.mood = mood
    collector.run()
    assert collector.store.count(READINGS)["energy_kwh"] == 10
    assert told(collector) == {"messages": 10, "readings": 10, "rejected": 0, "retried": 1}


def test_points_the_store_never_takes_go_to_the_dead_letter(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(3))
    collector.store.mood = mood_of(PointsRejected([(1, "too odd")]))
    collector.run()
    (letter,) = collector.letters.newest(10)
    assert letter.rejects[0].reason == "store-rejected: too odd"
    assert letter.payload == reading(1).encode()
    assert len(collector.tray.acknowledged) == 3
    assert told(collector)["rejected"] == 1


def test_a_fault_of_the_store_nobody_foresaw_is_tried_again(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(3))
    collector.store.mood = mood_of(ZeroDivisionError(), KeyError("x"))
    collector.run()
    assert collector.store.count(READINGS)["energy_kwh"] == 3
    assert len(collector.tray.acknowledged) == 3


def test_a_dead_letter_that_cannot_be_written_holds_the_acknowledgement(tmp_path: Path) -> None:
    collector = Collector(tmp_path, [message("x"), message(reading(1), mid=2)])
    lock = sqlite3.connect(tmp_path / "deadletter.db", isolation_level=None, check_same_thread=False)
    collector.letters._db.execute("PRAGMA busy_timeout=10")
    lock.execute("BEGIN IMMEDIATE")
    worker = threading.Thread(target=collector.run)
    worker.start()
    while not collector.store.writes:
        worker.join(0.01)
    worker.join(0.1)
    assert worker.is_alive()
    assert collector.tray.acknowledged == []
    lock.execute("ROLLBACK")
    lock.close()
    worker.join(10)
    assert not worker.is_alive()
    assert len(collector.tray.acknowledged) == 2
    assert collector.letters.count() == 1


def test_a_full_disk_under_the_dead_letter_is_waited_for(tmp_path: Path) -> None:
    collector = Collector(tmp_path, [message(b"x" * 200_000)])
    collector.letters._db.execute("PRAGMA max_page_count=20")
    worker = threading.Thread(target=collector.run)
    worker.start()
    worker.join(0.2)
    assert worker.is_alive()
    assert collector.tray.acknowledged == []
    collector.letters._db.execute("PRAGMA max_page_count=100000")
    worker.join(10)
    assert collector.letters.get(1) is not None
    assert len(collector.tray.acknowledged) == 1


def test_at_a_stop_with_the_store_down_the_batch_stays_unacknowledged(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(5))

    def mood(points: Sequence[Point]) -> None:
        collector.stop.set()
        raise StoreUnavailable("down", retry_after_s=30)

    collector.store.mood = mood
    collector.run()
    assert collector.tray.acknowledged == []
    assert len(collector.store.writes) == 1


def test_a_stop_between_two_batches_leaves_the_rest_at_the_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline_module, "MOST_POINTS", 4)
    collector = Collector(tmp_path, many(10))
    collector.store.mood = lambda _: collector.stop.set()
    collector.run()
    assert len(collector.tray.acknowledged) == 4
    assert told(collector)["messages"] == 4


def test_large_arrays_are_written_in_bounded_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_module, "MOST_POINTS", 25)
    arrays = [f"[{','.join(reading(10 * n + i) for i in range(10))}]" for n in range(10)]
    collector = Collector(tmp_path, [message(a, mid=n) for n, a in enumerate(arrays)]).run()
    assert collector.store.count(READINGS)["energy_kwh"] == 100
    assert max(len(points) for points in collector.store.writes) <= 31
    assert len(collector.tray.acknowledged) == 10


def test_counts_are_told_every_ten_seconds_and_add_up(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(30), batch_messages=1)

    def mood(points: Sequence[Point]) -> None:
        collector.now_ms += 3000

    collector.store.mood = mood
    collector.run()
    (series,) = collector.store.read(COLLECTOR_HEALTH)
    assert len(series.times_ms) in range(7, 10)
    assert told(collector)["messages"] == 30
    assert series.fields["pending"][0] > series.fields["pending"][-1] == 0


def test_silence_is_told_too(tmp_path: Path) -> None:
    collector = Collector(tmp_path, []).run()
    (series,) = collector.store.read(COLLECTOR_HEALTH)
    assert series.fields["messages"].tolist() == [0.0]


def test_rejects_are_said_once_for_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Collector(tmp_path, [message("x", mid=n) for n in range(50)]).run()
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == 1
    assert "50 items rejected" in warnings[0]
    assert "malformed-json" in warnings[0]


def test_a_letter_is_written_once_however_often_the_store_is_tried(tmp_path: Path) -> None:
    collector = Collector(tmp_path, [message("x"), message(reading(1), mid=2)])
    collector.store.mood = mood_of(StoreUnavailable("a"), StoreUnavailable("b"))
    collector.run()
    assert collector.letters.count() == 1
    assert isinstance(collector.letters, DeadLetters)


def test_the_same_messages_again_change_nothing(tmp_path: Path) -> None:
    Collector(tmp_path, many(20)).run()
    again = Collector(tmp_path, many(20)).run()
    assert again.store.count(READINGS)["energy_kwh"] == 20


def test_a_gateway_is_answered_only_after_its_readings_are_stored(tmp_path: Path) -> None:
    login = message(b'{"type": "login", "sn": "sn-1"}', topic="/gw/acrelHW/awt100/login/sn-1")
    collector = Collector(tmp_path, [login, *many(3)])
    replies_at_writes: list[int] = []
    collector.store.mood = lambda _: replies_at_writes.append(len(collector.tray.replies))
    collector.run()
    assert replies_at_writes[0] == 0
    assert len(collector.tray.replies) == 1


def test_who_watches_hears_when_messages_are_held_back_and_when_no_longer(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(3))

    def mood(_: Sequence[Point]) -> None:
        if len(collector.store.writes) == 1:
            raise StoreUnavailable("401: check the token")

    collector.store.mood = mood
    collector.run()
    holding, storing = collector.tray.health
    assert holding["state"] == "holding"
    assert "check the token" in holding["reason"]
    assert storing == {"state": "storing", "since": "2026-11-22T08:00:00Z"}


def test_a_store_that_hangs_does_not_hold_the_program(tmp_path: Path) -> None:
    collector = Collector(tmp_path, many(3))
    hanging, released = threading.Event(), threading.Event()

    def mood(_: Sequence[Point]) -> None:
        hanging.set()
        released.wait(60)

    collector.store.mood = mood
    running = threading.Thread(target=collector.run, daemon=True)
    running.start()
    assert hanging.wait(20)
    (settling,) = [thread for thread in threading.enumerate() if thread.name == "settle"]
    assert settling.daemon
    collector.stop.set()
    released.set()
    running.join(20)
    assert not running.is_alive()


def test_a_clock_that_is_ahead_is_told_once_its_hour_has_ended(tmp_path: Path) -> None:
    def said(minute: int, ahead_s: int) -> Message:
        at_ms = ARRIVAL_MS + minute * 60_000
        payload = json.dumps({"time": at_ms + ahead_s * 1000, "energy_kwh": 1.0})
        return message(payload, topic=f"kilowitness/v1/city-hall/ahead-{ahead_s}/readings", received_ms=at_ms)

    silent = message('{"energy_kwh": 2.0}', topic="kilowitness/v1/city-hall/no-clock/readings")
    talk = [said(minute, ahead_s) for minute in range(10) for ahead_s in (0, 120)]
    collector = Collector(tmp_path, [*talk, silent])
    taken = collector.tray.take

    def take(most: int, timeout_s: float) -> list[Message]:
        messages = taken(most, timeout_s)
        if not messages:
            collector.now_ms = ARRIVAL_MS + 2 * 3_600_000
        return messages

    collector.tray.take = take  # type: ignore[method-assign]
    collector.run()
    offsets = {point.tags[1]: point.fields["offset_s"] for point in collector.store.latest(DEVICE_CLOCK)}
    assert offsets == {"ahead-0": 0.0, "ahead-120": 120.0}


def test_a_batch_stored_early_is_acknowledged_after_the_one_before(tmp_path: Path) -> None:
    messages = [
        message(json.dumps({"time": ARRIVAL_MS - n * 1000, "energy_kwh": n}), mid=n) for n in range(1, 3)
    ]
    collector = Collector(tmp_path, messages, batch_messages=1)
    second_stored = threading.Event()

    def mood(points: Sequence[Point]) -> None:
        first = [point.fields.get("energy_kwh") for point in points] == [1.0]
        if first:
            assert second_stored.wait(20), "two batches are settled at once"
            assert collector.tray.acknowledged == []
        else:
            second_stored.set()

    collector.store.mood = mood
    collector.run()
    assert [one.mid for one in collector.tray.acknowledged] == [1, 2]


def test_batches_that_say_something_of_one_device_at_one_time_keep_their_order(tmp_path: Path) -> None:
    messages = [message(json.dumps({"time": ARRIVAL_MS, "energy_kwh": n}), mid=n) for n in range(1, 6)]
    collector = Collector(tmp_path, messages, batch_messages=1)
    writing = threading.Lock()

    def mood(_: Sequence[Point]) -> None:
        assert writing.acquire(blocking=False), "the next is not written before this one is settled"
        time.sleep(0.01)
        writing.release()

    collector.store.mood = mood
    collector.run()
    written = [point.fields["energy_kwh"] for points in collector.store.writes for point in points
               if point.measurement is READINGS]  # fmt: skip
    assert written == [1.0, 2.0, 3.0, 4.0, 5.0]
    (point,) = collector.store.latest(READINGS)
    assert point.fields["energy_kwh"] == 5.0
