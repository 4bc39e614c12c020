"""Parts the collector's tests share: a source one can fill, and a store that fails when told to."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from collectors.decoders import Reply
from collectors.inbox import Message
from collectors.pipeline import Pipeline
from collectors.routing import Router, all_decoders
from services.deadletters.letters import DeadLetters
from services.timeseries.sqlite import SqliteStore
from services.timeseries.store import Point

ARRIVAL_MS = 1_795_334_400_000
TOPIC = "kilowitness/v1/city-hall/main-1/readings"


def message(
    payload: bytes | str, *, topic: str = TOPIC, mid: int = 1, received_ms: int = ARRIVAL_MS
) -> Message:
    """A message as the session would hand it over."""
    data = payload.encode() if isinstance(payload, str) else payload
    return Message(topic, data, received_ms, mid, 1)


class Tray:
    """A source filled by hand; once all of it is acknowledged it sets `stop`."""

    def __init__(self, messages: Sequence[Message], stop: threading.Event) -> None:
        self.waiting = list(messages)
        self.acknowledged: list[Message] = []
        self.replies: list[Reply] = []
        self.health: list[dict[str, str]] = []
        self._taken = 0
        self.stop = stop

    def take(self, most: int, timeout_s: float) -> list[Message]:
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        self._taken += len(taken)
        if not taken and (len(self.acknowledged) == self._taken or self.stop.wait(0.005)):
            self.stop.set()
        return taken

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self.acknowledged.extend(messages)

    def reply(self, replies: Sequence[Reply]) -> None:
        self.replies.extend(replies)

    def tell(self, health: Mapping[str, str]) -> None:
        self.health.append(dict(health))

    def pending(self) -> int:
        return len(self.waiting)


class Moody(SqliteStore):
    """A real store whose writes first ask `mood`, which may raise."""

    def __init__(self, path: Path, mood: Callable[[Sequence[Point]], None] = lambda _: None) -> None:
        super().__init__(path)
        self.mood = mood
        self.writes: list[list[Point]] = []

    def write(self, points: Sequence[Point]) -> None:
        self.writes.append(list(points))
        self.mood(points)
        super().write(points)


class Collector:
    """A pipeline between a tray and real files in `folder`."""

    def __init__(self, folder: Path, messages: Sequence[Message], *, batch_messages: int = 100) -> None:
        self.stop = threading.Event()
        self.tray = Tray(messages, self.stop)
        self.store = Moody(folder / "readings.db")
        self.letters = DeadLetters(folder / "deadletter.db")
        self.now_ms = ARRIVAL_MS
        self.pipeline = Pipeline(
            source=self.tray,
            router=Router(all_decoders(), ZoneInfo("Asia/Shanghai")),
            store=self.store,
            deadletters=self.letters,
            collector="c1",
            batch_messages=batch_messages,
            stop=self.stop,
            clock_ms=lambda: self.now_ms,
        )

    def run(self) -> "Collector":
        """Work until the tray is empty."""
        self.pipeline.run()
        return self
