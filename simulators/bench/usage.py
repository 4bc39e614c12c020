"""What programs use, read from Linux's /proc: CPU seconds, peak memory, and what the whole machine does."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from simulators.processes import ProgramFailed

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
ELSEWHERE = "elsewhere"


def require_proc() -> None:
    """Raise `ProgramFailed` where there is no /proc to read."""
    if not Path("/proc/self/stat").exists():
        raise ProgramFailed("CPU and memory are read from /proc, which this system does not have")


def cpu_s(pid: int) -> float:
    """CPU seconds [s] a process has used so far, of all its threads, user and system; to 10 ms.

    Source: proc(5), /proc/pid/stat, fields 14 (utime) and 15 (stime).
    """
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    fields = text.rpartition(")")[2].split()  # the program's name, in parentheses, may hold spaces
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def peak_mib(pid: int) -> float:
    """The most memory [MiB] a process ever held: VmHWM of /proc/pid/status, proc(5)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ProgramFailed(f"process {pid} has ended before its memory was read")


def machine_cpu_s() -> float:
    """CPU seconds [s] all cores have worked since the start: /proc/stat without idle and waiting, proc(5)."""
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _idle, _waiting, irq, softirq, stolen = (int(ticks) for ticks in first[:8])
    return (user + nice + system + irq + softirq + stolen) / _TICKS_A_SECOND


class Window:
    """From its making to `end`: the CPU of named programs, and of all others as `ELSEWHERE`."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._before = self._now()
        self.began = time.perf_counter()

    def end(self) -> dict[str, float]:
        """CPU seconds by name since the window was opened."""
        used = {name: now - self._before[name] for name, now in self._now().items()}
        own = used.pop("bench")
        whole = used.pop("machine")
        used[ELSEWHERE] = max(0.0, whole - own - sum(used.values()))
        return used

    def _now(self) -> dict[str, float]:
        readings = {name: cpu_s(pid) for name, pid in self._pids.items()}
        return {**readings, "bench": time.process_time(), "machine": machine_cpu_s()}
