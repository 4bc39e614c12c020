"""Telegraf as the peer: what it is told, that its absence is one line, and that a drain by it is watched.

A stand-in takes Telegraf's place on PATH: it reads the same configuration and does what that says, so that
the bench's own part (sessions, counting, stopping) is real.
"""

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.bench.contestants import Stand
from simulators.bench.load import FILTER, new_load, publish
from simulators.bench.peers import ABSENT, Telegraf, configuration
from simulators.bench.stand import Broker, Store, open_store
from simulators.processes import ProgramFailed, Programs

STAND_IN = Path(__file__).with_name("telegraf_stand_in.py")


def test_its_configuration_stores_what_the_collector_would_and_as_safely() -> None:
    found = tomllib.loads(configuration(1883, 8086, "peer", "bench-telegraf"))
    [consumer] = found["inputs"]["mqtt_consumer"]
    assert consumer["servers"] == ["tcp://127.0.0.1:1883"]
    assert consumer["topics"] == [FILTER]
    assert (consumer["qos"], consumer["persistent_session"]) == (1, True)
    assert consumer["client_id"] == "bench-telegraf"
    assert consumer["name_override"] == "readings"
    [tags] = consumer["topic_parsing"]
    topic, places = tags["topic"].split("/"), tags["tags"].split("/")
    assert len(topic) == len(places)
    assert {name: topic[at] for at, name in enumerate(places) if name != "_"} == {
        "institution": "+",
        "meter": "+",
    }
    [output] = found["outputs"]["influxdb"]
    assert (output["urls"], output["database"]) == (["http://127.0.0.1:8086"], "peer")


def test_nothing_in_its_configuration_holds_it_back() -> None:
    found = tomllib.loads(configuration(1, 2, "d", "c"))
    [consumer] = found["inputs"]["mqtt_consumer"]
    agent = found["agent"]
    assert consumer["max_undelivered_messages"] >= 10 * agent["metric_batch_size"]
    assert agent["metric_buffer_limit"] > consumer["max_undelivered_messages"]
    assert agent["flush_interval"] == "100ms"


def test_its_absence_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.bench.peers.find_program", lambda _name: None)
    with Programs(tmp_path, {}) as programs:
        stand = Stand(tmp_path, programs, None, Store("", None, port=1))  # type: ignore[arg-type]
        with pytest.raises(ProgramFailed, match=ABSENT):
            Telegraf(stand, tmp_path / "telegraf")
    assert "\n" not in ABSENT


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a stand-in for Telegraf on PATH, which drops the messages whose payload has the given text."""

    def put(dropped: str) -> None:
        script = tmp_path / "telegraf"
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@" --drop "{dropped}"\n')
        script.chmod(0o755)
        monkeypatch.setattr("simulators.bench.peers.find_program", lambda _name: str(script))

    return put


@pytest.mark.mosquitto
@pytest.mark.influxd
@pytest.mark.parametrize(("dropped", "stored"), [("(nothing)", 700), ("1006.001,", 699)])
def test_it_drains_and_a_message_it_loses_is_told(
    on_path: Callable[[str], None], tmp_path: Path, dropped: str, stored: int
) -> None:
    on_path(dropped)
    with Programs(tmp_path, {}) as programs:
        broker = Broker(programs, tmp_path / "broker")
        stand = Stand(
            tmp_path, programs, broker, open_store("influxd", programs, tmp_path / "store"), patience_s=0.5
        )
        telegraf = Telegraf(stand, tmp_path / "config")
        telegraf.subscribe()
        load = new_load(700, 50, "peer")
        publish(broker.port, load)
        if stored == load.messages:
            drain = telegraf.drain(load)
            assert drain.messages == 700
            assert drain.beside_s.keys() == {"mosquitto", "influxd", "elsewhere"}
        else:
            with pytest.raises(ProgramFailed, match="lost: 699 of 700 messages are stored"):
                telegraf.drain(load)
