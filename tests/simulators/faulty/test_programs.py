"""Victims are started, killed, frozen and started again; their disks are full when that is asked."""

import os
import signal
import socket
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mqtt5
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulators.faulty.leftovers import left_for
from simulators.faulty.programs import Broker, Collector, Victim
from simulators.processes import ProgramFailed

WRITER = """\
    import os, signal, sys, time
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(int(os.environ["CODE"])))
    print("up", flush=True)
    while True:
        try:
            with open(os.environ["NOTES"], "ab", buffering=0) as notes:
                notes.write(b"a line of notes\\n")
        except OSError:
            pass
        time.sleep(0.01)
"""


class Writer(Victim):
    """A program that writes lines to a file."""

    def __init__(self, folder: Path, *, code: int = 0) -> None:
        self.notes = folder / "notes"
        super().__init__("writer", folder, {"NOTES": str(self.notes), "CODE": str(code)})

    def command(self) -> list[str]:
        """What to run."""
        return [sys.executable, "-c", textwrap.dedent(WRITER)]

    def size(self) -> int:
        """How much it has written."""
        return self.notes.stat().st_size if self.notes.exists() else 0


class WriterWithDisk(Collector, Writer):
    """The same, with a disk that can be full."""

    def __init__(self, folder: Path) -> None:
        Writer.__init__(self, folder)
        self.peak_mib = 0.0

    def command(self) -> list[str]:
        """What to run."""
        return Writer.command(self)


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture(name="writer")
def running_writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path) as writer:
        until(lambda: writer.size() > 0)
        yield writer


def test_a_killed_victim_is_started_again_and_its_logs_are_kept(writer: Writer) -> None:
    first = writer.pid
    writer.kill()
    with pytest.raises(ProgramFailed, match="writer is not running"):
        _ = writer.pid
    size = writer.size()
    writer.start()
    assert writer.pid != first
    until(lambda: writer.size() > size and writer.log() == "up\nup\n")
    writer.check()


def test_a_frozen_victim_does_nothing_until_it_is_resumed(writer: Writer) -> None:
    writer.freeze()
    state = Path(f"/proc/{writer.pid}/stat")
    until(lambda: state.read_text().split()[2] == "T")
    size = writer.size()
    time.sleep(0.1)
    assert writer.size() == size
    writer.resume()
    until(lambda: writer.size() > size)


def test_the_way_a_victim_ends_is_told(tmp_path: Path) -> None:
    with Writer(tmp_path, code=3) as writer:
        until(lambda: writer.size() > 0)
        code, seconds = writer.terminate(10)
        assert (code, seconds < 10) == (3, True)


def test_a_victim_that_does_not_end_is_killed_and_that_is_told(writer: Writer) -> None:
    writer.freeze()
    assert writer.terminate(0.1)[0] is None


def test_a_victim_that_ended_by_itself_is_noticed(writer: Writer) -> None:
    os.kill(writer.pid, signal.SIGKILL)
    with pytest.raises(ProgramFailed, match="writer-1 ended with exit code -9"):
        until(lambda: writer.check() is not None)  # type: ignore[func-returns-value]


def test_a_full_disk_takes_nothing_more_until_it_is_freed(tmp_path: Path) -> None:
    with WriterWithDisk(tmp_path) as writer:
        until(lambda: writer.size() > 100)
        writer.fill_disk()
        until(lambda: _grows_no_more(writer))
        writer.free_disk()
        size = writer.size()
        until(lambda: writer.size() > size)


def _grows_no_more(writer: Writer) -> bool:
    size = writer.size()
    time.sleep(0.1)
    return writer.size() == size


def test_the_peak_of_memory_stays_known(tmp_path: Path) -> None:
    with WriterWithDisk(tmp_path) as writer:
        until(lambda: writer.size() > 0)
        writer.kill()
        assert 3 < writer.peak_mib < 200
        writer.measure()
        assert writer.peak_mib > 3


def test_a_collector_is_stopped_only_once_it_can_be(tmp_path: Path) -> None:
    with WriterWithDisk(tmp_path) as writer:
        for _ in range(3):
            writer.wait_until_it_can_stop()
            assert writer.terminate(10)[0] == 0
            writer.start()


@pytest.fixture(name="broker")
def real_broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as broker:
        yield broker


def _session(port: int, *topics: str) -> None:
    """Make a persistent session, and leave messages waiting for it."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="session", clean_session=False)
    done: list[int] = []
    client.on_subscribe = lambda *_: done.append(1)
    client.connect("127.0.0.1", port)
    client.subscribe("#", 1)
    client.loop_start()
    until(lambda: bool(done))
    client.disconnect()
    client.loop_stop()
    publisher = paho.Client(CallbackAPIVersion.VERSION2)
    publisher.connect("127.0.0.1", port)
    publisher.loop_start()
    for topic in topics:
        publisher.publish(topic, b"x", qos=1).wait_for_publish(60)
    publisher.disconnect()
    publisher.loop_stop()


@pytest.mark.mosquitto
def test_what_a_session_still_holds_is_counted_and_stays(broker: Broker) -> None:
    _session(broker.port, "a/readings", "b/readings", "c/status")
    assert left_for("session", broker.port) == 2
    assert left_for("session", broker.port) == 2
    assert left_for("nobody", broker.port) == 0


@pytest.mark.mosquitto
def test_a_killed_broker_keeps_what_it_saved(broker: Broker) -> None:
    _session(broker.port, "a/readings")
    before = broker.saves()
    broker.save()
    assert broker.saves() > before
    broker.kill()
    assert broker.deaths() == 1
    broker.start()
    assert left_for("session", broker.port) == 1


@pytest.mark.mosquitto
def test_a_broker_takes_as_many_at_a_time_as_gateways_send(broker: Broker) -> None:
    with socket.create_connection(("127.0.0.1", broker.port), 5) as connection:
        connection.sendall(mqtt5.ConnectPacket("x", clean_start=True).write())
        answer, _ = mqtt5.read(memoryview(connection.recv(1000)))
    assert isinstance(answer, mqtt5.ConnAckPacket)
    assert answer.receive_max >= 500
