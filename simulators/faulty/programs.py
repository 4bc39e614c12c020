"""The real programs under the harness: a mosquitto, an influxd and collectors, killed and started again."""

import getpass
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators import influxd
from simulators.processes import Program, ProgramFailed, Programs, find_program, free_port, wait_until

COLLECTOR = (sys.executable, "-m", "collectors")
SAVE_EVERY_S = 1
MOSQUITTO_CONF = f"""\
listener {{port}} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {{folder}}/
autosave_interval {SAVE_EVERY_S}
max_inflight_messages 4000
max_queued_messages 0
user {{user}}
"""


class Victim:
    """A program that is started, killed, frozen and started again; its logs are numbered by its lives."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.folder = folder
        self._programs = Programs(folder, environment or {})
        self._lives = 0
        self._program: Program | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.resume()
        self._programs.stop_all()

    def command(self) -> list[str]:
        """What to run."""
        raise NotImplementedError

    def wait_until_up(self) -> None:
        """Return once it serves."""

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self._lives += 1
        self._program = self._programs.start(f"{self.name}-{self._lives}", self.command())
        self.wait_until_up()

    @property
    def pid(self) -> int:
        """Its process."""
        if self._program is None:
            raise ProgramFailed(f"{self.name} is not running")
        return self._program.process.pid

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def terminate(self, seconds: float) -> tuple[int | None, float]:
        """SIGTERM; the exit code (None when it had to be killed after `seconds`) and how long it took."""
        began = time.monotonic()
        code = self._end(signal.SIGTERM, seconds)
        return code, time.monotonic() - began

    def freeze(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT, if there is somebody to hear it."""
        with suppress(ProgramFailed, ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def check(self) -> None:
        """Raise `ProgramFailed` when it has ended by itself."""
        self._programs.check()

    def log(self) -> str:
        """All it said in all its lives."""
        logs = sorted(self.folder.glob(f"{self.name}-*.log"), key=lambda path: path.stat().st_mtime_ns)
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in logs)

    def _end(self, number: signal.Signals, seconds: float = 10) -> int | None:
        if self._program is None:
            raise ProgramFailed(f"{self.name} is not running")
        process, self._program = self._program.process, None
        process.send_signal(number)
        code: int | None = None
        with suppress(Exception):
            code = process.wait(seconds)
        self._programs.stop(f"{self.name}-{self._lives}", patience_s=0)
        return code


class Broker(Victim):
    """A mosquitto with persistence that saves every second."""

    def __init__(self, folder: Path) -> None:
        super().__init__("mosquitto", folder)
        self.port = free_port()
        self._file = folder / "mosquitto.db"
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._saves = self._deaths = 0
        text = MOSQUITTO_CONF.format(port=self.port, folder=folder.resolve(), user=getpass.getuser())
        (folder / "mosquitto.conf").write_text(text, encoding="utf-8")

    def command(self) -> list[str]:
        """What to run."""
        return [_found("mosquitto"), "-c", str(self.folder / "mosquitto.conf")]

    def wait_until_up(self) -> None:
        """Return once it accepts connections."""
        self._programs.wait_for_port(self.port)

    def kill(self) -> None:
        """SIGKILL; what it took since its last save is gone."""
        super().kill()
        self._deaths += 1

    def deaths(self) -> int:
        """How often it was killed."""
        return self._deaths

    def saves(self) -> int:
        """How many of its saves were noticed."""
        with self._lock, suppress(FileNotFoundError):
            found = self._file.stat()
            identity = found.st_ino, found.st_mtime_ns
            self._saves += identity != self._seen
            self._seen = identity
        return self._saves

    def save(self) -> None:
        """Let it save now, and wait for it."""
        before = self.saves()
        os.kill(self.pid, signal.SIGUSR1)
        wait_until(lambda: self.saves() > before, what="a save of the broker", seconds=30, check=self.check,
                   every_s=0.02)  # fmt: skip


class Database(Victim):
    """An influxd 1.x."""

    def __init__(self, folder: Path) -> None:
        super().__init__("influxd", folder)
        self.port = free_port()
        text = influxd.CONF.format(port=self.port, rpc=free_port(), folder=folder.resolve())
        (folder / "influxdb.conf").write_text(text, encoding="utf-8")

    def command(self) -> list[str]:
        """What to run."""
        return [_found("influxd"), "-config", str(self.folder / "influxdb.conf")]

    def wait_until_up(self) -> None:
        """Return once it answers."""
        wait_until(self._answers, what="influxd", seconds=60, check=self.check, every_s=0.05)

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 204
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


class Collector(Victim):
    """The collector, as a process of its own; its peak memory is watched."""

    def __init__(
        self, name: str, folder: Path, settings: Mapping[str, str], *, command: Sequence[str] = COLLECTOR
    ) -> None:
        self._command = list(command)
        mine = {"COLLECTOR_ID": name, **settings}
        super().__init__(name, folder, {f"KILOWITNESS_{key}": value for key, value in mine.items()})
        self.peak_mib = 0.0

    def command(self) -> list[str]:
        """What to run."""
        return self._command

    def kill(self) -> None:
        """SIGKILL."""
        self.measure()
        super().kill()

    def terminate(self, seconds: float) -> tuple[int | None, float]:
        """SIGTERM; the exit code (None when it had to be killed after `seconds`) and how long it took."""
        self.measure()
        return super().terminate(seconds)

    def wait_until_it_can_stop(self) -> None:
        """Return once it catches SIGTERM; before, while Python loads its modules, it just ends."""
        wait_until(self._catches_sigterm, what=self.name, seconds=30, check=self.check, every_s=0.02)

    def _catches_sigterm(self) -> bool:
        caught = self._status("SigCgt")
        return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)

    def _status(self, name: str) -> str:
        """What Linux says of the process."""
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii", "replace").splitlines()
        return next((line.split()[1] for line in lines if line.startswith(f"{name}:")), "0")

    def measure(self) -> None:
        """Note its peak memory so far (Linux tells it)."""
        with suppress(OSError, ProgramFailed):
            self.peak_mib = max(self.peak_mib, int(self._status("VmHWM")) / 1024)

    def fill_disk(self) -> None:
        """Let every file it writes be full: nothing may grow past its first byte."""
        _, most = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (1, most))

    def free_disk(self) -> None:
        """Take the limit away."""
        with suppress(ProcessLookupError, ProgramFailed):
            _, most = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (most, most))


def _found(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise ProgramFailed(f"{name} is not on PATH")
    return path
