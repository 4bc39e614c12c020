"""`bench clients` in small: one drain a library that is installed, and a line for each that is not."""

import json

import pytest

from simulators.bench import clients
from simulators.bench.clients import main
from simulators.bench.subscribers import LIBRARIES
from simulators.processes import ProgramFailed
from tests.simulators.bench.examples import drain


@pytest.mark.mosquitto
def test_every_library_is_measured_or_said_to_be_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "installed", lambda library: library == "mqtt5")
    assert main(["--messages", "2500", "--meters", "10", "--repeats", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["drains"]) == ["mqtt5"]
    figures = {name: value["median"] for name, value in found["drains"]["mqtt5"].items()}
    assert figures["messages/s"] > 0
    assert figures["CPU µs/message"] > 0
    assert found["notes"] == [f"{library} is not installed" for library in LIBRARIES if library != "mqtt5"]
    assert found["repeats"] == 2


def test_one_that_did_not_finish_is_told_by_what_it_did(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drains = {"mqtt5": drain(1000), "paho-mqtt": drain(250)}
    monkeypatch.setattr(clients, "play", lambda _messages, _meters, turn: drains)
    assert main(["--messages", "1000", "--repeats", "1"]) == 0
    said = capsys.readouterr().out
    assert "paho-mqtt: 250 messages in 30 s, and no more were waited for" in said
    assert "mqtt5: " not in said


def test_a_program_that_fails_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_messages: int, _meters: int, turn: int) -> None:
        raise ProgramFailed("mosquitto is not on PATH; this bench needs it")

    monkeypatch.setattr(clients, "play", fail)
    assert main([]) == 1
    assert capsys.readouterr().err == "kilowitness bench: mosquitto is not on PATH; this bench needs it\n"
