"""The publisher against a real mosquitto: everything arrives, also across a broker's restart."""

import threading
from pathlib import Path

import pytest

from simulators.publisher import Publisher, PublishError
from tests.conftest import free_port, running_mosquitto
from tests.simulators.listener import listening


def url(port: int) -> str:
    return f"mqtt://127.0.0.1:{port}"


@pytest.mark.mosquitto
def test_every_message_arrives_at_qos_1_in_order(mosquitto_port: int) -> None:
    with listening(mosquitto_port, "publisher/all/#") as listener:
        with Publisher(url(mosquitto_port), client_id="all", window=50) as publisher:
            for number in range(3_000):
                publisher.publish(f"publisher/all/{number % 7}", str(number).encode())
        heard = listener.wait_for(3_000)
    assert {qos for _, _, qos in heard} == {1}
    assert [int(payload) for _, payload, _ in heard] == list(range(3_000))


@pytest.mark.mosquitto
def test_leaving_the_block_waits_for_every_acknowledgement(mosquitto_port: int) -> None:
    with listening(mosquitto_port, "publisher/drain") as listener:
        with Publisher(url(mosquitto_port), client_id="drain", window=10) as publisher:
            publisher.publish("publisher/drain", b"1")
            publisher.drain()
            publisher.publish("publisher/drain", b"2")
            publisher.drain()
        assert [payload for _, payload, _ in listener.wait_for(2)] == [b"1", b"2"]


@pytest.mark.mosquitto
def test_a_retained_message_waits_for_those_who_come_later(mosquitto_port: int) -> None:
    with Publisher(url(mosquitto_port), client_id="retained") as publisher:
        publisher.publish("publisher/retained", b"online", retain=True)
    with listening(mosquitto_port, "publisher/retained") as listener:
        assert listener.wait_for(1)[0][1] == b"online"


@pytest.mark.mosquitto
def test_a_restarted_broker_gets_what_it_did_not_acknowledge(tmp_path: Path) -> None:
    port = free_port()
    with running_mosquitto(tmp_path / "first", port):
        publisher = Publisher(url(port), client_id="restart").__enter__()
        publisher.publish("publisher/restart", b"before")
        publisher.drain()
    publisher.publish("publisher/restart", b"between")
    with running_mosquitto(tmp_path / "second", port), listening(port, "publisher/restart") as listener:
        publisher.publish("publisher/restart", b"after")
        publisher.__exit__(None, None, None)
        payloads = {payload for _, payload, _ in listener.wait_for(1)}
    assert b"after" in payloads
    assert payloads <= {b"between", b"after"}


@pytest.mark.parametrize("address", ["http://127.0.0.1:1883", "mqtt://", "127.0.0.1"])
def test_a_wrong_address_is_named(address: str) -> None:
    with pytest.raises(PublishError, match="is not an address"):
        Publisher(address)


def test_an_absent_broker_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.publisher._CONNECT_S", 0.2)
    port = free_port()
    with pytest.raises(PublishError, match=f"no session with the broker at 127.0.0.1:{port}"):
        Publisher(url(port)).__enter__()


@pytest.mark.mosquitto
def test_a_full_window_that_nobody_empties_is_an_error(
    mosquitto_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.publisher._SILENCE_S", 0.3)
    with Publisher(url(mosquitto_port), client_id="silent", window=2) as publisher:
        publisher._client.on_publish = None
        publisher.publish("publisher/silent", b"1")
        publisher.publish("publisher/silent", b"2")
        with pytest.raises(PublishError, match="acknowledged nothing for"):
            publisher.publish("publisher/silent", b"3")
        publisher._room.release(2)


@pytest.mark.mosquitto
def test_no_thread_is_left_behind(mosquitto_port: int) -> None:
    before = threading.active_count()
    with Publisher(url(mosquitto_port), client_id="threads") as publisher:
        publisher.publish("publisher/threads", b"x")
    assert threading.active_count() == before
