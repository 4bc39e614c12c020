"""`kilowitness decode`."""

import io
import json

import pytest

from collectors.decode import main

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


def test_the_topic_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--topic" in capsys.readouterr().err
