"""Jobs that run again and again, and the durable state that lets each go on where it stopped."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from services.clock import Clock
from services.database import Sessions, Table, reason_of

log = logging.getLogger(__name__)


class JobState(Table):
    """Where a job stopped: its cursor, when it last ran, and why it failed if it did."""

    __tablename__ = "job_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    ran_at: Mapped[datetime | None]
    error: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Job:
    """A named step of the cycle. `run` takes the cursor it returned last time (None at first)."""

    name: str
    run: Callable[[str | None], str | None]


def run_cycle(jobs: Sequence[Job], sessions: Sessions, clock: Clock) -> bool:
    """Run every job once, in order; a failure is recorded and the others still run. True if there is none."""
    outcomes = [_run_one(job, sessions, clock) for job in jobs]
    return all(outcomes)


def _run_one(job: Job, sessions: Sessions, clock: Clock) -> bool:
    with sessions() as session:
        state = session.get(JobState, job.name)
        cursor = state.cursor if state else None
    error: str | None = None
    try:
        cursor = job.run(cursor)
    except Exception as failure:  # a job must not stop its neighbours; the failure is shown at /api/v1/jobs
        log.exception("job %s failed", job.name)
        error = f"{type(failure).__name__}: {failure}"
    with sessions.begin() as session:
        session.merge(JobState(name=job.name, cursor=cursor, ran_at=clock(), error=error))
    return error is None


def run_forever(
    jobs: Sequence[Job], sessions: Sessions, clock: Clock, *, interval_s: float, stop: threading.Event
) -> None:
    """Run cycles until `stop` is set, `interval_s` apart; while the jobs' own table is away, try again."""
    while not stop.is_set():
        try:
            run_cycle(jobs, sessions, clock)
        except DBAPIError as error:
            log.error("the registry's database: %s", reason_of(error))  # noqa: TRY400  (an outage, not a fault)
        stop.wait(interval_s)
