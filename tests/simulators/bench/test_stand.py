"""The test stand's programs: what their logs tell, and what is said when one is absent."""

from pathlib import Path

import pytest

from simulators.bench import stand
from simulators.bench.gauges import InfluxGauge
from simulators.bench.stand import Broker, open_store
from simulators.bench.wire import Connection, keep_session
from simulators.processes import ProgramFailed, Programs


@pytest.mark.mosquitto
def test_the_broker_tells_who_connects_and_who_subscribes(broker: Broker) -> None:
    assert broker.connections("stand-a") == 0
    with Connection(broker.port, "stand-a"):
        broker.wait_for("stand-a", after=0, seconds=60)
        assert broker.connections("stand-a") == 1
        assert broker.connections("stand") == 0
        assert not broker.subscribed("stand-a")
    keep_session(broker.port, "stand-a", "stand/+")
    broker.wait_for("stand-a", after=1, seconds=60)
    assert broker.subscribed("stand-a")
    with pytest.raises(ProgramFailed, match="stand-b did not connect within"):
        broker.wait_for("stand-b", after=0, seconds=0.05)


@pytest.mark.influxd
def test_influxd_is_a_server_of_its_own_that_ends_with_its_programs(tmp_path: Path) -> None:
    with Programs(tmp_path, {}) as programs:
        store = open_store("influxd", programs, tmp_path / "store")
        assert store.url == f"influxdb://127.0.0.1:{store.port}/kilowitness"
        assert store.server is not None
        gauge = store.gauge(programs)
        assert isinstance(gauge, InfluxGauge)
        gauge.close()
        assert store.server.process.poll() is None
    assert store.server.process.returncode is not None


def test_other_stores_have_no_server_of_the_bench_s(tmp_path: Path) -> None:
    with Programs(tmp_path, {}) as programs:
        file = open_store("sqlite", programs, tmp_path / "a")
        assert (file.url, file.server, file.port) == (f"sqlite:///{tmp_path}/a/readings.db", None, None)
        given = open_store("influxdb2://t@h:1/b?org=o", programs, tmp_path / "b")
        assert (given.url, given.server, given.port) == ("influxdb2://t@h:1/b?org=o", None, None)


@pytest.mark.parametrize(
    "start",
    [
        lambda programs, folder: Broker(programs, folder),
        lambda programs, folder: open_store("influxd", programs, folder),
    ],
)
def test_an_absent_program_is_named(start: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand, "find_program", lambda _name: None)
    with Programs(tmp_path, {}) as programs, pytest.raises(ProgramFailed, match="is not on PATH"):
        start(programs, tmp_path / "new")  # type: ignore[operator]
