"""Every simulated device through a real mosquitto and the collector's own process, against what it meant."""

import sqlite3
from collections.abc import Iterator

import pytest

from simulators.devices.catalogue import DIALECTS
from simulators.devices.device import DEVICE_STATUS
from tests.conftest import running_mosquitto
from tests.e2e.device_runs import ROUNDS, Run, part, play
from tests.e2e.test_collector import Bench

pytestmark = pytest.mark.mosquitto
WITH_WILLS = [name for name, dialect in DIALECTS.items() if any(device.will for device in dialect.make())]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A mosquitto of its own and an SQLite store."""
    folder = tmp_path_factory.mktemp("devices")
    with running_mosquitto(folder / "broker") as port:
        yield Bench(folder, port)


@pytest.fixture(scope="module")
def run(bench: Bench) -> Run:
    """The one run that all tests look at."""
    return play(bench, f"mqtt://127.0.0.1:{bench.port}")


@pytest.mark.parametrize("name", DIALECTS)
def test_what_a_dialect_means_is_what_is_stored(run: Run, name: str) -> None:
    meant = run.meant[name]
    assert len({key[2] for key in meant if key[0] != DEVICE_STATUS} - {None}) in {0, *range(ROUNDS - 1, 99)}
    assert part(run.stored, meant) == meant


def test_nothing_is_stored_that_nobody_said(run: Run) -> None:
    said = {key[1] for meant in run.meant.values() for key in meant}
    assert {device for _, device, _, _ in run.stored} - {("collectors", "collector-1")} == said


@pytest.mark.parametrize("name", WITH_WILLS)
def test_a_device_that_falls_silent_is_known_as_silent(run: Run, name: str) -> None:
    silent = run.wills[name]
    assert set(map(tuple, silent.values())) == {(0.0,)}
    assert all(tuple(run.stored[key]) == (1.0,) for key in silent)
    assert {key: run.afterwards[key] for key in silent} == silent


def test_a_gateway_that_nobody_answered_is_answered_in_the_end(run: Run) -> None:
    assert run.patient.logged_in
    assert run.patient.knows_time
    assert run.patient.unconfirmed == []


def test_a_lost_message_makes_the_edge_node_be_born_again(run: Run) -> None:
    assert run.births >= 2


def test_the_dead_letters_are_of_what_cannot_be_believed(run: Run, bench: Bench) -> None:
    with sqlite3.connect(bench.folder / "dead.db") as db:
        topics = {topic for (topic,) in db.execute("SELECT topic FROM letter")}
    db.close()
    assert topics <= {
        "/neuron/mqtt",
        "/neuron/mqtt/Modbus-2/Meters",
        "homeassistant/sensor/Kitchen_Meter/power_kw/state",
        "tele/tasmota_9CF9D1/SENSOR",
        "tele/tasmota_9CF9D1/STATE",
    }
