"""The demo as a person runs it: `python -m kilowitness demo` in a terminal of its own, and all it starts."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.conftest import stop

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0


def until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    """Return as soon as the condition holds; fail, naming it, if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This environment with `settings` (short names) as its only ones, and the product importable."""
    kept = {name: value for name, value in os.environ.items() if "KILOWITNESS" not in name}
    named = {f"KILOWITNESS_{name}": value for name, value in settings.items()}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "PYTHONFAULTHANDLER": "1", **named}


def processes() -> dict[int, tuple[int, str]]:
    """Of every process that is alive: its parent and its command line."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat=,command="], check=True, capture_output=True, text=True
    )
    rows = (line.split(None, 3) for line in listing.stdout.splitlines())
    return {int(row[0]): (int(row[1]), row[3]) for row in rows if len(row) == 4 and row[2][0] != "Z"}


def descendants(parent: int) -> dict[int, str]:
    """The command lines of all that a process started, and of what these started."""
    table = processes()
    found: dict[int, str] = {}
    families = {parent}
    while families:
        families = {pid for pid, (mother, _) in table.items() if mother in families and pid not in found}
        found |= {pid: table[pid][1] for pid in families}
    return found


@dataclass
class Demo:
    """A running demo, what it said so far, and every process that it was ever seen with."""

    folder: Path
    process: subprocess.Popen[bytes]
    seen: dict[int, str] = field(default_factory=dict)

    def out(self) -> str:
        """Its standard output."""
        return (self.folder / "out").read_text("utf-8")

    def err(self) -> str:
        """Its standard error."""
        return (self.folder / "err").read_text("utf-8")

    def look(self) -> dict[int, str]:
        """Note the processes it has now, and return all that were ever noted."""
        self.seen |= descendants(self.process.pid)
        return self.seen

    def child(self, words: str) -> int:
        """The process whose command line ends so, as soon as there is one."""
        found: list[int] = []

        def started() -> bool:
            assert self.process.poll() is None, self.out() + self.err()
            found.extend(pid for pid, command in self.look().items() if command.endswith(words))
            return bool(found)

        until(started, words)
        return found[0]

    def says(self, pattern: str) -> re.Match[str]:
        """The match of the pattern in its output, as soon as there is one."""
        found: list[re.Match[str]] = []

        def said() -> bool:
            assert self.process.poll() is None, self.out() + self.err()
            found.extend(re.finditer(pattern, self.out() + self.err()))
            return bool(found)

        until(said, pattern)
        return found[0]

    def url(self) -> str:
        """The address it names."""
        return self.says(r"watch it at (http://127\.0\.0\.1:\d+)")[1]

    def get(self, path: str) -> Any:
        """The JSON of an answer of its service."""
        return httpx2.get(f"{self.url()}/api/v1{path}", timeout=30).raise_for_status().json()

    def stores(self, messages: int) -> None:
        """Return as soon as so many messages are stored."""
        until(lambda: self.get("/ingest/messages")["messages"] >= messages, f"{messages} messages")
        self.look()

    def interrupt(self, times: int = 1) -> None:
        """Press Ctrl-C: the terminal tells every process of the foreground."""
        for _ in range(times):
            os.killpg(self.process.pid, signal.SIGINT)

    def end(self, seconds: float = 60) -> int:
        """Wait for its end; returns the exit code. One that does not end says where it stands."""
        watching = threading.Event()

        def watch() -> None:
            while not watching.wait(0.05):
                self.look()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait(10)
            raise AssertionError(f"no end within {seconds:g} s:\n{self.out()}{self.err()}") from None
        finally:
            watching.set()
            watcher.join()

    def left(self) -> list[str]:
        """What it was seen with and is still there: nothing, if it cleaned up."""
        table = processes()
        return [command for pid, command in self.seen.items() if pid in table and table[pid][1] == command]


@contextmanager
def running_demo(folder: Path, *options: str, **settings: str) -> Iterator[Demo]:
    """A demo that keeps its files in `folder`; `settings` are those of the environment, by short names."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "kilowitness", "demo", *options],
            cwd=folder, env=environment(settings), stdout=out, stderr=err, start_new_session=True,
        )  # fmt: skip
    demo = Demo(folder, process)
    try:
        yield demo
    finally:
        if process.poll() is None:
            stop(process)
