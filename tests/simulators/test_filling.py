"""Filling at its edges: a store that is not empty, a product that falls behind, jobs that fail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from simulators import filling
from simulators.city import City
from simulators.filling import Stage, fill
from simulators.processes import ProgramFailed, Programs
from simulators.service import Service
from tests.conftest import free_port
from tests.simulators.stub_service import Answer, running_stub


def stage(folder: Path, url: str) -> Stage:
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    return Stage(folder, Programs(folder, {}), url, nowhere, "token", Console(file=StringIO()))


def test_a_store_that_is_not_empty_is_refused_before_anything_is_told(
    small_city: City, tmp_path: Path
) -> None:
    with running_stub(lambda _method, _path: (200, {"readings_stored": 1})) as stub:
        with pytest.raises(
            ProgramFailed, match="the store already holds readings; give the demo an empty one"
        ):
            fill(stage(tmp_path, stub.url), small_city)
        assert [asked.path for asked in stub.asked] == ["/ingest"]
    assert not (tmp_path / "truth.json").exists()


def test_a_product_that_keeps_up_is_not_waited_for() -> None:
    asked = count()
    filling._keep_pace(1000, lambda: 1000 - filling.MOST_AHEAD + 0 * next(asked))
    assert next(asked) == 1


def test_a_product_that_falls_behind_is_waited_for() -> None:
    enough = 1000 - filling.MOST_AHEAD
    stored = iter([0, 100, 100, enough - 1, enough, 900])
    filling._keep_pace(1000, lambda: next(stored))
    assert list(stored) == [900]


def test_a_product_that_stands_still_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have fewer to store than were sent: some brokers drop duplicates."""
    monkeypatch.setattr(filling, "STALLED_S", 0.2)
    filling._keep_pace(1000, lambda: 0)


def cycles(jobs: Callable[[int], list[dict[str, Any]]]) -> Callable[[str, str], Answer]:
    """A service whose jobs stand as `jobs` says at the nth time of asking."""
    asked = count()
    return lambda _method, _path: (200, {"items": jobs(next(asked))})


def job(name: str, *, ran: timedelta, error: str | None = None) -> dict[str, Any]:
    return {"name": name, "ran_at": (datetime.now(UTC) + ran).isoformat(), "error": error}


EARLIER, LATER = timedelta(minutes=-1), timedelta(minutes=1)


def test_a_cycle_is_over_when_every_job_ran_after_the_question(tmp_path: Path) -> None:
    answers = cycles(
        lambda time: (
            [job("rollup", ran=LATER), job("savings", ran=LATER if time > 2 else EARLIER)][: time + 1]
            if time
            else []
        )
    )
    with running_stub(answers) as stub, Service(stub.url) as service:
        filling._wait_for_cycle(service, Programs(tmp_path, {}))
        assert len(stub.asked) == 4


def test_a_job_that_failed_is_named_with_its_error(tmp_path: Path) -> None:
    answers = cycles(lambda _time: [job("rollup", ran=LATER), job("fleet", ran=LATER, error="no such table")])
    with (
        running_stub(answers) as stub,
        Service(stub.url) as service,
        pytest.raises(ProgramFailed, match=r"^job fleet: no such table$"),
    ):
        filling._wait_for_cycle(service, Programs(tmp_path, {}))
