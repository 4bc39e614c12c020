"""`collect --dry-run` as an installer uses it: a process beside a collector, with a real broker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.collectors.test_mqtt import publish, until
from tests.conftest import running_mosquitto

ROOT = Path(__file__).parents[2]
TOPIC = "kilowitness/v1/city-hall/main-1/readings"


@pytest.fixture(scope="module", name="broker")
def broker_of_this_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One that keeps nothing of other tests: a dry run hears every topic there is."""
    with running_mosquitto(tmp_path_factory.mktemp("broker")) as port:
        yield port


@contextmanager
def dry_run(folder: Path, port: int, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A running dry run, subscribed, and the file it prints into."""
    environment = {name: value for name, value in os.environ.items() if "KILOWITNESS" not in name}
    environment |= {"KILOWITNESS_MQTT_URL": f"mqtt://127.0.0.1:{port}", "PYTHONPATH": str(ROOT)}
    printed, log = folder / "printed", folder / "log"
    with printed.open("wb") as out, log.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "collectors", "--dry-run", *options],
            cwd=folder, env=environment, stdout=out, stderr=err,
        )  # fmt: skip
        try:
            until(lambda: "subscribed" in log.read_text())
            yield process, printed
        finally:
            process.kill()
            process.wait()


@pytest.mark.mosquitto
def test_it_shows_readings_and_rejects_and_stores_nothing(broker: int, tmp_path: Path) -> None:
    with dry_run(tmp_path, broker) as (process, printed):
        publish(broker, TOPIC, b'{"time": "2026-05-22T08:00:00+08:00", "energy_kwh": 12.5, "x": 1}')
        until(lambda: "unknown-channel" in printed.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    first, second, third = printed.read_text().splitlines()
    assert TOPIC in first
    assert "canonical" in first
    assert second == "  + city-hall/main-1  2026-05-22 08:00:00+08:00  energy_kwh 12.5"
    assert third.startswith("  ! unknown-channel: 'x'")
    assert {path.name for path in tmp_path.iterdir()} == {"printed", "log"}


@pytest.mark.mosquitto
def test_as_json_it_is_one_object_a_message(broker: int, tmp_path: Path) -> None:
    with dry_run(tmp_path, broker, "--json") as (_, printed):
        publish(broker, TOPIC, b'{"energy_kwh": 1}', b"not json")
        until(lambda: printed.read_text().count("\n") == 2)
    good, bad = (json.loads(line) for line in printed.read_text().splitlines())
    assert good["topic"] == TOPIC
    assert good["points"][0]["values"] == {"energy_kwh": 1.0}
    assert bad["rejects"][0]["reason"].startswith("malformed-json")


def test_json_alone_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "collectors", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--json goes with --dry-run" in done.stderr
