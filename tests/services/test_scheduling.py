"""Jobs go on from their cursor, and one that fails stops nobody."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.clock import fixed_clock
from services.database import Sessions, Table, open_database, session_factory
from services.scheduling import Job, JobState, run_cycle, run_forever

NOON = fixed_clock(datetime(2026, 11, 22, 4, tzinfo=UTC))


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_database(f"sqlite:///{tmp_path}/jobs.db")
    Table.metadata.create_all(engine)
    yield session_factory(engine)
    engine.dispose()


def _state(sessions: Sessions, name: str) -> JobState:
    with sessions() as session:
        state = session.get(JobState, name)
        assert state is not None
        return state


def test_a_job_is_given_the_cursor_it_returned(sessions: Sessions) -> None:
    seen: list[str | None] = []

    def count(cursor: str | None) -> str:
        seen.append(cursor)
        return str(len(seen))

    for _ in range(3):
        assert run_cycle([Job("count", count)], sessions, NOON)
    assert seen == [None, "1", "2"]
    assert _state(sessions, "count").ran_at == NOON()


def test_a_failing_job_keeps_its_cursor_and_its_neighbours_run(sessions: Sessions) -> None:
    ran: list[str] = []

    def fail(cursor: str | None) -> str | None:
        raise LookupError("no such meter")

    def note(cursor: str | None) -> str | None:
        ran.append("after")
        return cursor

    run_cycle([Job("first", lambda _: "7")], sessions, NOON)
    assert not run_cycle([Job("first", fail), Job("second", note)], sessions, NOON)
    assert ran == ["after"]
    state = _state(sessions, "first")
    assert (state.cursor, state.error) == ("7", "LookupError: no such meter")


def test_success_clears_the_error(sessions: Sessions) -> None:
    def fail(cursor: str | None) -> str | None:
        raise LookupError("gone")

    run_cycle([Job("job", fail)], sessions, NOON)
    run_cycle([Job("job", lambda cursor: cursor)], sessions, NOON)
    assert _state(sessions, "job").error is None


def test_running_forever_ends_when_told(sessions: Sessions) -> None:
    stop = threading.Event()
    runs: list[int] = []

    def stop_after_two(cursor: str | None) -> str | None:
        runs.append(1)
        if len(runs) == 2:
            stop.set()
        return cursor

    run_forever([Job("job", stop_after_two)], sessions, NOON, interval_s=0.001, stop=stop)
    assert len(runs) == 2
