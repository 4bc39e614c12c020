"""What programs use, by the kernel's own account: compared with what this process knows of itself."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.bench.usage import ELSEWHERE, Window, cpu_s, machine_cpu_s, peak_mib, require_proc
from simulators.processes import ProgramFailed


def work(seconds: float) -> None:
    """Keep one core busy for so much CPU time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A program that works for ever."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process
    process.kill()
    process.wait()


def test_cpu_is_that_of_all_threads_user_and_system() -> None:
    before, began = cpu_s(os.getpid()), time.process_time()
    work(0.2)
    assert cpu_s(os.getpid()) - before == pytest.approx(time.process_time() - began, abs=0.03)


def test_a_name_with_spaces_and_brackets_is_no_trap(tmp_path: Path) -> None:
    odd = tmp_path / "a) b (c"
    odd.symlink_to(sys.executable)
    process = subprocess.Popen([odd, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert 0 <= cpu_s(process.pid) < 60
    finally:
        process.communicate(b"\n")


def test_peak_memory_only_grows() -> None:
    before = peak_mib(os.getpid())
    held = bytearray(64 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    after = peak_mib(os.getpid())
    del held
    assert after >= max(before, 64)
    assert peak_mib(os.getpid()) >= after - 1
    assert after <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + 1


def test_the_machine_works_at_least_as_much_as_this_process() -> None:
    before = machine_cpu_s()
    work(0.2)
    assert machine_cpu_s() - before >= 0.15


def test_a_window_tells_named_programs_from_all_others(worker: subprocess.Popen[bytes]) -> None:
    window = Window({"worker": worker.pid})
    blind = Window({})
    deadline = time.monotonic() + 20
    while cpu_s(worker.pid) < 0.5 and time.monotonic() < deadline:
        time.sleep(0.02)
    used, unnamed = window.end(), blind.end()
    assert set(used) == {"worker", ELSEWHERE}
    assert used["worker"] >= 0.4
    assert set(unnamed) == {ELSEWHERE}
    assert unnamed[ELSEWHERE] >= used[ELSEWHERE] + 0.3


def test_a_program_that_has_ended_has_no_memory_to_read() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(ProgramFailed, match="has ended"):
        peak_mib(process.pid)
    process.wait()


def test_a_system_without_proc_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    require_proc()
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    with pytest.raises(ProgramFailed, match="/proc"):
        require_proc()
