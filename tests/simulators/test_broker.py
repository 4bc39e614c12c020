"""The demo's broker: the named one, mosquitto with a password, or the embedded one."""

from pathlib import Path

import pytest

from simulators import broker
from simulators.broker import open_broker
from simulators.processes import ProgramFailed, Programs
from simulators.publisher import Publisher, PublishError
from tests.conftest import free_port
from tests.simulators.listener import listening


def test_the_named_broker_wins_over_auto(tmp_path: Path) -> None:
    with (
        Programs(tmp_path, {}) as programs,
        open_broker("auto", "mqtts://a:b@broker:8883", programs, tmp_path) as url,
    ):
        assert url.devices == url.collectors == "mqtts://a:b@broker:8883"
        assert list(tmp_path.iterdir()) == []


def test_the_embedded_broker_carries_a_large_message(tmp_path: Path) -> None:
    with (
        Programs(tmp_path, {}) as programs,
        open_broker("embedded", f"mqtt://127.0.0.1:{free_port()}", programs, tmp_path) as url,
    ):
        port = int(url.devices.rsplit(":", 1)[1])
        payload = b"x" * 1_000_000
        with listening(port, "demo/#") as listener, Publisher(url.devices, client_id="large") as publisher:
            publisher.publish("demo/large", payload)
            assert [heard for _, heard, _ in listener.wait_for(1)] == [payload]


@pytest.mark.mosquitto
@pytest.mark.parametrize("kind", ["auto", "mosquitto"])
def test_mosquitto_is_started_behind_a_password(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    with Programs(tmp_path, {}) as programs, open_broker(kind, None, programs, folder) as url:
        with Publisher(url.devices, client_id="friend") as publisher:
            publisher.publish("demo/one", b"1", retain=True)
        address = url.devices.rsplit("@", 1)[1]
        with pytest.raises(PublishError, match="Not authorized"), Publisher(f"mqtt://{address}"):
            pass
        programs.check()
    password = url.devices.split(":")[2].split("@")[0]
    assert password not in (folder / "passwords").read_text()
    with pytest.raises(ConnectionRefusedError), listening(int(address.rsplit(":", 1)[1]), "#"):
        pass


def test_without_mosquitto_auto_is_the_embedded_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "find_program", lambda _name: None)
    with Programs(tmp_path, {}) as programs, open_broker("auto", None, programs, tmp_path) as url:
        assert url.devices.startswith("mqtt://127.0.0.1:")


def test_a_mosquitto_that_is_asked_for_and_absent_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "find_program", lambda _name: None)
    with (
        Programs(tmp_path, {}) as programs,
        pytest.raises(ProgramFailed, match=r"mosquitto is not on PATH; .*--broker embedded"),
        open_broker("mosquitto", None, programs, tmp_path),
    ):
        pass


def test_an_absent_embedded_broker_names_the_cures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "iotcore", None)
    with (
        Programs(tmp_path, {}) as programs,
        pytest.raises(ProgramFailed, match=r"install mosquitto, set KILOWITNESS_MQTT_URL, or pip install"),
        open_broker("embedded", None, programs, tmp_path),
    ):
        pass
