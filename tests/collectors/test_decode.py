"""`kilowitness decode`."""

import io
import json
from pathlib import Path

import pytest

from collectors.decode import as_json, main
from collectors.decoders import Reject, Reply
from collectors.routing import Understood
from services.deadletters.letters import DeadLetters, Letter

TOPIC = "kilowitness/v1/city-hall/main-1/readings"
AT = ["--at", "2026-11-22T08:00:00Z"]


def feed(monkeypatch: pytest.MonkeyPatch, payload: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(payload)))


def test_a_good_message_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b'{"time": "2026-11-22 15:45:00", "energy_kwh": 5}')
    assert main(["--topic", TOPIC, *AT]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "decoder": "canonical",
        "points": [
            {
                "measurement": "readings",
                "institution": "city-hall",
                "meter": "main-1",
                "time": "2026-11-22T07:45:00Z",
                "values": {"energy_kwh": 5.0},
                "quality": ["zone_assumed"],
            }
        ],
        "rejects": [],
    }


def test_rejects_are_printed_and_the_exit_code_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b"[1]")
    assert main(["--topic", TOPIC, *AT]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["rejects"] == [{"reason": "not-an-object: an item is an object of channels", "item": 0}]


def test_the_settings_zone_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_TIMEZONE", "UTC")
    feed(monkeypatch, b'{"time": "2026-11-22 07:45:00", "energy_kwh": 5}')
    assert main(["--topic", TOPIC, *AT]) == 0
    assert json.loads(capsys.readouterr().out)["points"][0]["time"] == "2026-11-22T07:45:00Z"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [("KILOWITNESS_TIMEZONE", "Mars/Base", []), ("KILOWITNESS_TIMEZONE", "UTC", ["--at", "noon"])],
)
def test_a_wrong_setting_or_time_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    words: list[str],
) -> None:
    monkeypatch.setenv(variable, value)
    assert main(["--topic", TOPIC, *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_frame_is_given_in_hexadecimal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b'{"energy_kwh": 5, "time": 1795334400000}'.hex(" ").upper().encode() + b"\n")
    assert main(["--topic", TOPIC, *AT, "--hex"]) == 0
    assert json.loads(capsys.readouterr().out)["points"][0]["values"] == {"energy_kwh": 5.0}


@pytest.mark.parametrize("payload", [b"68 1", b"xyz", "\u0663\u0663".encode()])
def test_what_is_not_hexadecimal_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], payload: bytes
) -> None:
    feed(monkeypatch, payload)
    assert main(["--topic", TOPIC, *AT, "--hex"]) == 2
    assert "--hex" in capsys.readouterr().err


def test_a_kept_letter_is_decoded_as_of_its_arrival(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_DEADLETTER_PATH", str(tmp_path / "dead.db"))
    DeadLetters(tmp_path / "dead.db").add(
        [Letter(1_795_334_400_000, TOPIC, b'{"energy_kwh": 5, "wind": 1}', "canonical", (Reject("x"),))]
    )
    assert main(["--letter", "1"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["points"][0]["time"] == "2026-11-22T08:00:00Z"
    assert said["rejects"] == [{"reason": "unknown-channel: 'wind'"}]
    assert main(["--letter", "1", "--at", "2026-11-21T08:00:00Z"]) == 1
    assert json.loads(capsys.readouterr().out)["points"][0]["time"] == "2026-11-21T08:00:00Z"


def test_a_letter_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_DEADLETTER_PATH", str(tmp_path / "dead.db"))
    assert main(["--letter", "1"]) == 2
    assert "KILOWITNESS_DEADLETTER_PATH" in capsys.readouterr().err
    DeadLetters(tmp_path / "dead.db")
    assert main(["--letter", "1"]) == 2
    assert "no letter 1" in capsys.readouterr().err


def test_what_the_device_would_hear_is_shown() -> None:
    replies = [Reply("gw/1/ack", b'{"res":1}'), Reply("gw/1/frame", b"\x68\xff")]
    assert as_json(Understood("x", [], [], [], replies))["replies"] == [
        {"topic": "gw/1/ack", "payload": '{"res":1}'},
        {"topic": "gw/1/frame", "payload_hex": "68 ff"},
    ]


def test_a_topic_or_a_letter_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--topic" in capsys.readouterr().err
