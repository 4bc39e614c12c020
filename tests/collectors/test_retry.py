"""Trying again, patiently and quietly."""

import logging
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import retry
from collectors.retry import FIRST_S, LONGEST_ASKED_S, LONGEST_S, insist, pauses
from services.deadletters.letters import DeadLetterUnavailable
from services.timeseries.store import StoreUnavailable


def failing(times: int, error: Exception) -> tuple[Callable[[], None], list[float]]:
    """A step that fails so many times, and the list of when it was called."""
    calls: list[float] = []

    def step() -> None:
        calls.append(time.monotonic())
        if len(calls) <= times:
            raise error

    return step, calls


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_S", 0.001)


@given(st.integers(1, 10_000), st.none() | st.floats(0, 1e6), st.floats(0, 1))
def test_a_pause_is_never_longer_than_the_longest_nor_shorter_than_asked(
    attempt: int, asked_s: float | None, chance: float
) -> None:
    pause = pauses(attempt, asked_s, chance)
    assert 0 < pause <= max(LONGEST_S, min(asked_s or 0, LONGEST_ASKED_S))
    assert pause >= min(LONGEST_ASKED_S, asked_s or 0)


def test_pauses_double() -> None:
    first = pauses(1, None, 1.0)
    assert [pauses(n, None, 1.0) / first for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pauses(50, None, 1.0) == LONGEST_S
    assert FIRST_S < 1


@pytest.mark.parametrize(
    "error", [StoreUnavailable("down"), DeadLetterUnavailable("full"), RuntimeError("odd")]
)
def test_it_goes_on_until_it_works_and_says_so_twice(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    step, calls = failing(6, error)
    retries: list[int] = []
    told: list[str | None] = []
    assert insist(
        step, "the store", stop=threading.Event(), on_retry=lambda: retries.append(1), tell=told.append
    )
    assert (len(told), told[1]) == (2, None)
    assert str(error) in str(told[0])
    assert len(calls) == 7
    assert len(retries) == 6
    lines = [record.getMessage() for record in caplog.records]
    assert sum("is unavailable" in line for line in lines) == 1
    assert sum("is back" in line for line in lines) == 1


def test_success_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert insist(lambda: None, "x", stop=threading.Event(), on_retry=lambda: None, tell=lambda _: None)
    assert not caplog.records


def test_an_unforeseen_failure_leaves_its_trace_once(caplog: pytest.LogCaptureFixture) -> None:
    step, _ = failing(3, ZeroDivisionError("odd"))
    insist(step, "x", stop=threading.Event(), on_retry=lambda: None, tell=lambda _: None)
    assert sum(record.exc_info is not None for record in caplog.records) == 1


def test_the_other_side_is_given_the_time_it_asks_for() -> None:
    step, calls = failing(1, StoreUnavailable("busy", retry_after_s=0.2))
    insist(step, "x", stop=threading.Event(), on_retry=lambda: None, tell=lambda _: None)
    assert calls[1] - calls[0] >= 0.2


def test_a_stop_ends_the_waiting_at_once() -> None:
    step, calls = failing(10, StoreUnavailable("busy", retry_after_s=30))
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    assert not insist(step, "x", stop=stop, on_retry=lambda: None, tell=lambda _: None)
    assert time.monotonic() - began < 5
    assert len(calls) == 1
