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
    known = {device for _, device, _, _ in run.stored}
    assert known - {("collectors", "collector-1"), ("zigbee2mqtt", "old_plug")} == said


def test_a_value_that_the_broker_kept_is_no_new_reading(run: Run) -> None:
    assert {key[0] for key in run.plug} == {"readings", "device_status"}
    status = ("device_status", ("zigbee2mqtt", "old_plug"), None, "online")
    bridge = ("device_status", ("zigbee2mqtt", "bridge"), None, "online")
    assert part(run.stored, run.plug) == {status: [1.0], bridge: [1.0]}


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


def test_edge_nodes_are_born_again_when_births_or_data_were_missed(run: Run) -> None:
    lost, missed = (births for births in run.births if births)
    assert lost >= 2  # its own birth and one for the gap
    assert missed >= 1  # the one for the births that nobody heard


def test_the_dead_letters_are_of_what_cannot_be_believed(run: Run, bench: Bench) -> None:
    with sqlite3.connect(bench.folder / "dead.db") as db:
        topics = {topic for (topic,) in db.execute("SELECT topic FROM letter")}
    db.close()
    assert topics <= {
        "/neuron/mqtt",
        "/neuron/mqtt/Modbus-2/Meters",
        "kilowitness/v1/city-hall/gw-7/frames/dlt645",
        "spBv1.0/Plant2/DDATA/Edge-A/Meter1",
        "zigbee2mqtt/Old_Plug",
        "homeassistant/sensor/Kitchen_Meter/power_kw/state",
        "tele/tasmota_9CF9D1/SENSOR",
        "tele/tasmota_9CF9D1/STATE",
    }
