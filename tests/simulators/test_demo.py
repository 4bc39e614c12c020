"""The demo's options, and its watch over the programs while the city is live."""

import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from simulators.demo import _options, _watch
from simulators.places import PLACES
from simulators.processes import Programs


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


def test_the_live_city_stops_when_a_program_has_ended(tmp_path: Path) -> None:
    stop = threading.Event()
    with Programs(tmp_path, {}) as programs:
        programs.start("well", [sys.executable, "-c", "import time; time.sleep(600)"])
        programs.start("ill", [sys.executable, "-c", ""]).process.wait(20)
        watch = threading.Thread(target=_watch, args=(programs, stop))
        watch.start()
        assert stop.wait(20)
        watch.join(20)


def test_the_watch_ends_with_the_city(tmp_path: Path) -> None:
    stop = threading.Event()
    with Programs(tmp_path, {}) as programs:
        programs.start("well", [sys.executable, "-c", "import time; time.sleep(600)"])
        watch = threading.Thread(target=_watch, args=(programs, stop))
        watch.start()
        stop.set()
        watch.join(20)
        assert not watch.is_alive()
