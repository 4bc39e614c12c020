"""The demo's options, and its watch over the programs while the city is live."""

import signal
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from simulators.demo import _interrupt, _interrupt_again, _options, _watch
from simulators.places import PLACES
from simulators.processes import STOPPING, Programs


def test_options_default_to_the_readme() -> None:
    options = _options([])
    assert (options.months, options.seed, options.port, options.broker) == (18, 1, 8000, "auto")
    assert options.institutions == len(PLACES)
    assert (options.verify, options.screenshots, options.until) == (False, None, None)


def test_a_day_can_be_fixed() -> None:
    assert _options(["--until", "2026-11-22"]).until == date(2026, 11, 22)


@pytest.mark.parametrize(
    "wrong",
    [
        ["--verify", "--screenshots", "x"],
        ["--broker", "carrier-pigeon"],
        ["--until", "yesterday"],
        ["--port", "a"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _options(wrong)
    assert ended.value.code == 2
    assert "usage: kilowitness demo" in capsys.readouterr().err


class Finalized:
    """An object in whose finalizer a Ctrl-C arrives."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_is_not_lost_in_a_finalizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", _interrupt_again)
    before = {number: signal.signal(number, _interrupt) for number in STOPPING}
    try:
        with pytest.raises(KeyboardInterrupt):
            _lose_one()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _lose_one() -> None:
    Finalized()
    time.sleep(10)


def test_another_error_in_a_finalizer_is_told_as_ever(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError("broken")

    monkeypatch.setattr(sys, "unraisablehook", _interrupt_again)
    Broken()
    assert "ValueError: broken" in capsys.readouterr().err


def test_the_live_city_stops_when_a_program_has_ended(tmp_path: Path) -> None:
    stop = threading.Event()
    with Programs(tmp_path, {}) as programs:
        programs.start("well", [sys.executable, "-c", "import time; time.sleep(600)"])
        programs.start("ill", [sys.executable, "-c", ""]).process.wait(60)
        watch = threading.Thread(target=_watch, args=(programs, stop))
        watch.start()
        assert stop.wait(60)
        watch.join(60)


def test_the_watch_ends_with_the_city(tmp_path: Path) -> None:
    stop = threading.Event()
    with Programs(tmp_path, {}) as programs:
        programs.start("well", [sys.executable, "-c", "import time; time.sleep(600)"])
        watch = threading.Thread(target=_watch, args=(programs, stop))
        watch.start()
        stop.set()
        watch.join(60)
        assert not watch.is_alive()
