"""The demo as a person meets it: it verifies, Ctrl-C stops it, it says what is wrong, it leaves nothing."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.e2e.demo_runs import Demo, running_demo, until

EMBEDDED = ("--months", "1", "--broker", "embedded")
SMALL = ("--institutions", "2", *EMBEDDED)
READY = r"Ready: http://127\.0\.0\.1:(\d+)"
STOPPED = "stopped; nothing of the demo is left running"


def port_option() -> tuple[str, str]:
    return "--port", str(free_port())


def test_verify_agrees_with_the_truth_and_leaves_nothing(tmp_path: Path) -> None:
    """Also of a history that ended years ago: nothing that it compares goes on by the clock."""
    options = ("--verify", "--until", "2024-03-01")
    with running_demo(tmp_path, *EMBEDDED, *port_option(), *options) as demo:
        demo.child("-m services jobs")
        assert demo.end(seconds=200) == 0, demo.out() + demo.err()
    assert "Truth and product" in demo.out().splitlines()[0]
    rows = re.fullmatch(r"(\d+) of (\d+) rows agree", demo.out().splitlines()[-1])
    assert rows, demo.out()
    assert rows[1] == rows[2]
    assert "FAIL" not in demo.out()
    assert "compute" in demo.err()
    assert demo.left() == []
    assert {path.name for path in tmp_path.iterdir()} == {"out", "err", "var"}


@pytest.mark.parametrize(
    ("program", "number"),
    [
        ("-m services serve", signal.SIGINT),
        ("-m collectors", signal.SIGTERM),
        ("-m services jobs", signal.SIGHUP),
    ],
)
def test_stopped_while_it_starts_it_stops_what_is_there(
    program: str, number: signal.Signals, tmp_path: Path
) -> None:
    with running_demo(tmp_path, *EMBEDDED, *port_option()) as demo:
        demo.child(program)
        os.kill(demo.process.pid, number)
        # Python ends as interrupted when the signal met an import, though it was handled
        assert demo.end() in {0, -signal.SIGINT}, demo.err()
    assert STOPPED in demo.out()
    assert demo.err() == ""
    assert demo.left() == []


@pytest.mark.mosquitto
def test_an_impatient_ctrl_c_during_the_history_stops_everything(tmp_path: Path) -> None:
    options = ("--months", "6", "--broker", "mosquitto", "--verify")
    with running_demo(tmp_path, *options, *port_option()) as demo:
        demo.stores(messages=300)
        assert any("mosquitto.conf" in command for command in demo.look().values())
        demo.interrupt(times=3)
        assert demo.end() == 130, demo.err()
    assert STOPPED in demo.err()
    assert "Traceback" not in demo.err()
    assert demo.left() == []


@pytest.mark.parametrize(
    ("name", "program"), [("service", "-m services serve"), ("jobs", "-m services jobs")]
)
def test_a_program_that_dies_ends_the_history_and_is_named(name: str, program: str, tmp_path: Path) -> None:
    with running_demo(tmp_path, "--months", "6", "--broker", "embedded", *port_option()) as demo:
        demo.stores(messages=300)
        os.kill(demo.child(program), signal.SIGKILL)
        assert demo.end(seconds=90) == 1
    assert demo.err().startswith(f"kilowitness demo: {name} ended with exit code -9; its log is ")
    assert demo.left() == []


def test_live_goes_on_beside_a_second_demo_until_ctrl_c(tmp_path: Path) -> None:
    with running_demo(tmp_path / "first", *SMALL, *port_option(), "--step", "0.5") as demo:
        port = demo.says(READY)[1]
        assert demo.url().endswith(f":{port}")
        _a_second_is_refused_on_another_port(tmp_path / "second", demo, port)
        stored = demo.get("/ingest")["readings_stored"]
        until(lambda: demo.get("/ingest")["readings_stored"] > stored, "live readings")
        demo.child("-m services jobs")
        demo.interrupt(times=2)
        assert demo.end() == 0, demo.err()
    assert STOPPED in demo.out()
    assert demo.err() == ""
    assert demo.left() == []


def test_a_collector_that_dies_ends_the_live_city_and_is_named(tmp_path: Path) -> None:
    with running_demo(tmp_path, *SMALL, *port_option(), "--step", "0.5") as demo:
        demo.says(READY)
        os.kill(demo.child("-m collectors"), signal.SIGKILL)
        assert demo.end() == 1
    assert demo.err().startswith("kilowitness demo: collector ended with exit code -9; its log is ")
    assert demo.left() == []


def _a_second_is_refused_on_another_port(folder: Path, first: Demo, port: str) -> None:
    """It asks for the port and the store of the first: another port is found, a full store is refused."""
    store = f"sqlite:///{first.folder}/var/demo/{port}/readings.db"
    with running_demo(folder, *SMALL, "--port", port, STORE_URL=store) as second:
        assert not second.url().endswith(f":{port}")
        assert second.end() == 1
    assert second.err() == (
        "kilowitness demo: the store already holds readings; give the demo an empty one\n"
    )
    assert second.left() == []


def test_a_broker_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    url = f"mqtt://127.0.0.1:{free_port()}"
    with running_demo(tmp_path, *port_option(), MQTT_URL=url) as demo:
        assert demo.end() == 1
    [line] = demo.err().splitlines()
    assert line.startswith("kilowitness demo: no broker at 127.0.0.1: ")
    assert line.endswith("see KILOWITNESS_MQTT_URL")
    assert demo.left() == []
