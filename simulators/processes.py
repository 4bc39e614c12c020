"""The programs a demo runs beside itself: started in order, watched, and all stopped again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType


class ProgramFailed(Exception):
    """A program ended or did not come up; the message names it, its exit code and its last words."""


STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
"""The signals that end a demo; the alarm is its own."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C and its kin until the block is done, then let them come; for the main thread.

    Without it an impatient second Ctrl-C, or one right after a start, would leave a program running.
    """
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = {
        number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


@dataclass(frozen=True, slots=True)
class Program:
    """A running program and where it writes what it has to say."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-8:]) or "(it said nothing)"


class Programs:
    """Programs started together; leaving the context stops them, the last started first.

    Each has a session of its own, so that Ctrl-C reaches only the supervisor, which then stops them in order.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self.environment = {**os.environ, **environment}
        self._running: dict[str, Program] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Programs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def stop_all(self) -> None:
        """Stop what runs, the last started first."""
        with uninterrupted():
            for name in reversed(list(self._running)):
                self.stop(name)

    def start(self, name: str, command: Sequence[str]) -> Program:
        """Start a program; its output goes to `<folder>/<name>.log`."""
        log = self._folder / f"{name}.log"
        with log.open("wb") as output, uninterrupted():
            process = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running[name] = Program(name, process, log)
        return self._running[name]

    def python(self, name: str, *arguments: str) -> Program:
        """Start a module of the product: `python -m …`."""
        return self.start(name, [sys.executable, "-m", *arguments])

    def run(self, name: str, *arguments: str, timeout_s: float) -> None:
        """Run a module of the product to its end; raises `ProgramFailed` unless it ends well."""
        self.run_command(name, [sys.executable, "-m", *arguments], timeout_s=timeout_s)

    def run_command(self, name: str, command: Sequence[str], *, timeout_s: float = 30) -> None:
        """Run a command to its end; raises `ProgramFailed` unless it ends well."""
        program = self.start(name, command)
        try:
            code = program.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ProgramFailed(f"{name} took longer than {timeout_s:g} s") from None
        del self._running[name]
        if code != 0:
            raise ProgramFailed(f"{name} ended with exit code {code}:\n{program.last_words()}")

    def stop(self, name: str, *, patience_s: float = 10) -> None:
        """Ask a program to end, then make it."""
        process = self._running.pop(name).process
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def check(self, *, patience_s: float = 0) -> None:
        """Raise `ProgramFailed` when a program has ended by itself, or does so within `patience_s`.

        A killed program closes its connections a moment before it can be seen to have ended.
        """
        deadline = time.monotonic() + patience_s
        self._check()
        while time.monotonic() < deadline:
            time.sleep(0.02)
            self._check()

    def _check(self) -> None:
        for program in self._running.values():
            code = program.process.poll()
            if code is not None:
                raise ProgramFailed(
                    f"{program.name} ended with exit code {code}; its log is {program.log}:\n"
                    f"{program.last_words()}"
                )

    def wait_for_port(self, port: int, *, seconds: float = 30) -> None:
        """Return as soon as something on this machine accepts connections on `port`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise ProgramFailed(f"nothing listens on port {port} after {seconds:g} s")


def find_program(name: str) -> str | None:
    """Where a program is: on PATH, or in the folders that hold servers."""
    places = os.pathsep.join(
        [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"]
    )
    return shutil.which(name, path=places)


def free_port(preferred: int = 0) -> int:
    """`preferred` when nothing listens on it, else any free port of the loopback address."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            # as servers do: connections that ended a moment ago do not keep the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ProgramFailed("no free port on 127.0.0.1")


def wait_until(
    condition: Callable[[], bool],
    *,
    what: str,
    seconds: float,
    check: Callable[[], None],
    every_s: float = 0.25,
) -> None:
    """Return once `condition` holds; `check` may raise meanwhile. Raises `ProgramFailed` naming `what`."""
    deadline = time.monotonic() + seconds
    while not condition():
        check()
        if time.monotonic() > deadline:
            raise ProgramFailed(f"{what}: not done within {seconds:g} s")
        time.sleep(every_s)
