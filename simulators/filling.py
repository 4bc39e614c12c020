"""Filling the product with a city's history, with progress: register, send, store, compute."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from simulators.city import City
from simulators.history import publish_history
from simulators.processes import ProgramFailed, Programs, wait_until
from simulators.registration import register_city
from simulators.service import Service
from simulators.truth import ledger, write_truth

MOST_AHEAD = 250
"""Messages sent and not yet stored: a broker may keep no more than 1,000 for a slow subscriber, and drops the
others."""
STALLED_S = 20.0
STORED_S = 120.0
COMPUTED_S = 600.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a demo plays: its folder and programs, the product's address and the broker's."""

    folder: Path
    programs: Programs
    base_url: str
    mqtt_url: str
    token: str
    console: Console


def fill(stage: Stage, city: City) -> None:
    """Register the city, send its history, wait until all is stored and everything is computed from it.

    Writes the truth ledger before the first message. Raises `ProgramFailed` when the store is not empty, when
    a program ends, or when values are missing in the end.
    """
    programs = stage.programs
    with _bars(stage.console) as progress, Service(stage.base_url, token=stage.token) as service:
        if service.get("/ingest")["readings_stored"]:
            raise ProgramFailed("the store already holds readings; give the demo an empty one")
        with _step(progress, "register"):
            register_city(city, stage.base_url, token=stage.token)
            truth = ledger(city)
            write_truth(truth, stage.folder / "truth.json")
        sending, storing = progress.add_task("send", total=None), progress.add_task("store", total=None)

        def stored() -> int:
            programs.check()
            messages = int(service.get("/ingest/messages")["messages"])
            progress.update(storing, completed=messages)
            return messages

        sent = publish_history(
            city,
            stage.mqtt_url,
            progress=lambda done, total: progress.update(sending, completed=done, total=total),
            pace=lambda messages: _keep_pace(messages, stored),
        )
        progress.update(storing, total=sent.messages)
        expected = sum(truth.values.values())
        wait_until(
            lambda: stored() >= sent.messages and service.get("/ingest")["readings_stored"] >= expected,
            what=f"storing {expected:,} values", seconds=STORED_S, check=programs.check,
        )  # fmt: skip
        with _step(progress, "compute"):
            wait_for_jobs(service, programs)


def wait_for_jobs(service: Service, programs: Programs) -> None:
    """Return once everything is computed from what is stored now. Raises `ProgramFailed`."""
    for _ in ("the cycle that may have begun before now", "a whole one after it"):
        _wait_for_cycle(service, programs)


def _keep_pace(sent: int, stored: Callable[[], int]) -> None:
    """Wait until the product is at most `MOST_AHEAD` messages behind, or has stood still for long."""
    behind = sent - stored()
    moved = time.monotonic()
    while behind > MOST_AHEAD and time.monotonic() - moved < STALLED_S:
        time.sleep(0.05)
        now_behind = sent - stored()
        if now_behind != behind:
            behind, moved = now_behind, time.monotonic()


def _wait_for_cycle(service: Service, programs: Programs) -> None:
    """Return once every job has ended a run after now; raises `ProgramFailed` with the error of one."""
    begun = datetime.now(UTC)

    def ended() -> bool:
        jobs = service.get("/jobs")["items"]
        for job in jobs:
            if job["error"]:
                raise ProgramFailed(f"job {job['name']}: {job['error']}")
        return bool(jobs) and all(datetime.fromisoformat(job["ran_at"]) > begun for job in jobs)

    wait_until(ended, what="the jobs' cycle", seconds=COMPUTED_S, check=programs.check)


def _bars(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), console=console,
    )  # fmt: skip


@contextmanager
def _step(progress: Progress, name: str) -> Iterator[None]:
    task = progress.add_task(name, total=1)
    yield
    progress.update(task, completed=1)
