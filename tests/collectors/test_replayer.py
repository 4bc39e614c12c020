"""Replays beside a pipeline: done in their own time, and their failures reach nobody."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collectors.replayer import Replayer
from collectors.routing import Router, all_decoders
from services.deadletters.letters import EVERY, DeadLetters, Letter, Reject
from services.timeseries.schema import READINGS
from services.timeseries.store import StoreUnavailable
from tests.collectors.parts import ARRIVAL_MS, TOPIC, Moody

GOOD = Letter(ARRIVAL_MS, TOPIC, b'{"energy_kwh": 5}', "", (Reject("unknown-topic: x"),))


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Room:
    """A file of letters, a store, and a replayer that looks every few milliseconds."""

    def __init__(self, folder: Path) -> None:
        self.letters = DeadLetters(folder / "dead.db")
        self.store = Moody(folder / "readings.db")
        self.store.prepare()
        self.stop = threading.Event()
        self.replayer = Replayer(
            folder / "dead.db",
            router=Router(all_decoders(), ZoneInfo("Asia/Shanghai")),
            store=self.store,
            interval_s=0.005,
            stop=self.stop,
        )


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.stop.set()
    made.replayer.join()


def test_what_was_asked_for_is_replayed_and_nothing_else(room: Room) -> None:
    room.replayer.start()
    other = Letter(ARRIVAL_MS, TOPIC, b'{"power_kw": 5}', "", (Reject("x"),))
    room.letters.add([GOOD])
    room.letters.request(EVERY, at_ms=1)
    room.letters.add([other])
    until(lambda: room.letters.count() == 1)
    assert room.letters.newest(1)[0].payload == other.payload
    assert room.store.count(READINGS)["energy_kwh"] == 1


def test_a_store_that_is_away_is_told_once_and_tried_again(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = []

    def away(_: object) -> None:
        attempts.append(1)
        raise StoreUnavailable("gone fishing")

    room.store.mood = away
    room.letters.add([GOOD])
    room.letters.request(EVERY, at_ms=1)
    with caplog.at_level(logging.WARNING):
        room.replayer.start()
        until(lambda: len(attempts) > 3)
    assert [record.getMessage() for record in caplog.records] == [
        "the replay of dead letters waits: gone fishing"
    ]
    assert room.letters.count() == 1
    room.store.mood = lambda _: None
    until(lambda: room.letters.count() == 0)


def test_a_failure_nobody_foresaw_does_not_end_it(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    attempts = []

    def odd(_: object) -> None:
        attempts.append(1)
        if len(attempts) < 4:
            raise RuntimeError("odd")

    room.store.mood = odd
    room.letters.add([GOOD])
    room.letters.request(EVERY, at_ms=1)
    with caplog.at_level(logging.ERROR):
        room.replayer.start()
        until(lambda: room.letters.count() == 0)
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_a_file_that_is_damaged_meanwhile_does_not_end_it(room: Room, tmp_path: Path) -> None:
    room.letters.close()
    (tmp_path / "dead.db").write_bytes(b"rubbish" * 1000)
    room.replayer.start()
    until(lambda: bool(room.replayer._trouble))
    (tmp_path / "dead.db").unlink()
    again = DeadLetters(tmp_path / "dead.db")
    again.add([GOOD])
    again.request(EVERY, at_ms=1)
    until(lambda: again.count() == 0)


def test_it_ends_when_told(room: Room) -> None:
    room.replayer.start()
    room.stop.set()
    room.replayer.join()
    assert not room.replayer._thread.is_alive()
