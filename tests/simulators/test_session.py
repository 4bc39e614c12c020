"""The collector's session with a real mosquitto: waited for, and forgotten in the end."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion

from simulators.processes import ProgramFailed
from simulators.publisher import Publisher
from simulators.session import end_session, wait_for_status
from tests.conftest import free_port, program, stop, wait_for_port


def quiet() -> None:
    """All is well."""


def url(port: int) -> str:
    return f"mqtt://127.0.0.1:{port}"


def say(port: int, topic: str, payload: bytes) -> None:
    with Publisher(url(port), client_id="session-status") as publisher:
        publisher.publish(topic, payload, retain=True)


@pytest.mark.mosquitto
def test_a_status_that_is_there_is_seen(mosquitto_port: int) -> None:
    say(mosquitto_port, "session/there/status", b"online")
    wait_for_status(url(mosquitto_port), "session/there/status", check=quiet)


@pytest.mark.mosquitto
def test_a_status_that_comes_later_is_waited_for(mosquitto_port: int) -> None:
    topic = "session/later/status"
    say(mosquitto_port, topic, b"offline")
    asked = threading.Event()

    def come() -> None:
        asked.wait(60)
        say(mosquitto_port, topic, b"online")

    comes = threading.Thread(target=come)
    comes.start()
    wait_for_status(url(mosquitto_port), topic, check=asked.set)
    comes.join()
    assert asked.is_set()


@pytest.mark.mosquitto
def test_waiting_ends_when_the_check_fails(mosquitto_port: int) -> None:
    def check() -> None:
        raise ProgramFailed("collector ended")

    with pytest.raises(ProgramFailed, match="collector ended"):
        wait_for_status(url(mosquitto_port), "session/never/status", check=check)


@pytest.mark.parametrize("address", ["127.0.0.1:{free}", "", "127.0.0.1:99999"])
def test_a_broker_that_does_not_answer_is_one_line(address: str) -> None:
    named = f"mqtt://{address.format(free=free_port())}"
    with pytest.raises(ProgramFailed, match=r"^no broker at .*; see KILOWITNESS_MQTT_URL$"):
        wait_for_status(named, "t", check=quiet)


@contextmanager
def strict_broker(folder: Path) -> Iterator[int]:
    """A mosquitto that knows nobody."""
    port, config = free_port(), folder / "strict.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\n")
    process = subprocess.Popen([program("mosquitto") or "", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield port
    finally:
        stop(process)


@pytest.mark.mosquitto
def test_a_broker_that_refuses_is_one_line_at_once(tmp_path: Path) -> None:
    with (
        strict_broker(tmp_path) as port,
        pytest.raises(ProgramFailed, match="the broker refuses: Not authorized; see KILOWITNESS_MQTT_URL"),
    ):
        wait_for_status(f"mqtt://user:wrong@127.0.0.1:{port}", "t", check=quiet)


def has_session(port: int, identity: str) -> bool:
    """Whether the broker still knows a persistent session; makes one."""
    known: list[bool] = []
    connected = threading.Event()

    def on_connect(_client: Client, _data: object, flags: ConnectFlags, *_: object) -> None:
        known.append(flags.session_present)
        connected.set()

    client = Client(CallbackAPIVersion.VERSION2, client_id=identity, clean_session=False)
    client.on_connect = on_connect
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert connected.wait(60)
    client.disconnect()
    client.loop_stop()
    return known[0]


@pytest.mark.mosquitto
def test_in_the_end_the_session_is_forgotten(mosquitto_port: int) -> None:
    assert not has_session(mosquitto_port, "session-a")
    assert has_session(mosquitto_port, "session-a")
    with end_session(url(mosquitto_port), "session-a"):
        pass
    assert not has_session(mosquitto_port, "session-a")


@pytest.mark.mosquitto
def test_it_is_forgotten_after_an_error_too_and_the_error_goes_on(mosquitto_port: int) -> None:
    has_session(mosquitto_port, "session-b")
    with pytest.raises(KeyboardInterrupt), end_session(url(mosquitto_port), "session-b"):
        raise KeyboardInterrupt
    assert not has_session(mosquitto_port, "session-b")


def test_a_broker_that_is_gone_hides_no_error() -> None:
    with pytest.raises(ProgramFailed, match="collector ended"), end_session(url(free_port()), "x"):
        raise ProgramFailed("collector ended")
    with end_session(url(free_port()), "x"):
        pass
