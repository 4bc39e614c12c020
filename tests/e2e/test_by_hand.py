"""An installer's first hour: the example of docs/wire.md, sent by hand, is in InfluxDB and in its hour."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import free_port, program, running_mosquitto, stop, wait_for_port
from tests.e2e.demo_runs import ROOT, environment, until

pytestmark = [pytest.mark.mosquitto, pytest.mark.influxd]

TOPIC = "kilowitness/v1/city-hall/main/readings"
DATABASE = "sent_by_hand"
REGISTRY = {
    "institutions": [
        {
            "code": "city-hall", "name_zh": "市政府", "name_en": "City Hall", "kind": "state_organ",
            "county": "市直",
        }
    ],
    "meters": [
        {
            "code": "main", "institution": "city-hall", "name_zh": "总表", "name_en": "Main meter",
            "role": "main", "use": "electricity", "ledger": [{"valid_from": "2026-01-01T00:00:00+08:00"}],
        }
    ],
}  # fmt: skip


def example() -> dict[str, Any]:
    """The reading that docs/wire.md shows."""
    page = (ROOT / "docs/wire.md").read_text("utf-8")
    found = re.search(r"```json\n(.*?)\n```", page, re.DOTALL)
    assert found
    reading: dict[str, Any] = json.loads(found[1])
    return reading


@contextmanager
def running(
    settings: dict[str, str], folder: Path, module: str, *verb: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the product, until the block ends; its log is `<module>.log`."""
    command = [sys.executable, "-m", module, *verb]
    with (folder / f"{module}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment(settings), stdout=log, stderr=log)
    try:
        yield process
    finally:
        stop(process)


@pytest.fixture(name="settings")
def product_settings(tmp_path: Path, influxd_port: int) -> Iterator[dict[str, str]]:
    with running_mosquitto(tmp_path / "broker") as broker:
        yield {
            "MQTT_URL": f"mqtt://127.0.0.1:{broker}",
            "STORE_URL": f"influxdb://127.0.0.1:{influxd_port}/{DATABASE}",
            "DATABASE_URL": f"sqlite:///{tmp_path}/kilowitness.db",
            "HTTP_PORT": str(free_port()),
            "COLLECTOR_ID": "by-hand",
        }


@pytest.fixture(name="base_url")
def running_product(settings: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The service and the collector as their own programs."""
    port = int(settings["HTTP_PORT"])
    with (
        running(settings, tmp_path, "services", "serve") as service,
        running(settings, tmp_path, "collectors"),
    ):
        wait_for_port(port, service, seconds=60)
        log = tmp_path / "collectors.log"
        until(lambda: "subscribed" in log.read_text("utf-8"), "the subscription")
        yield f"http://127.0.0.1:{port}/api/v1"


def send(port: str, reading: dict[str, Any]) -> None:
    """As the README says."""
    binary = program("mosquitto_pub")
    if binary is None:
        pytest.skip("mosquitto_pub is not on PATH")
    command = [binary, "-p", port, "-q", "1", "-t", TOPIC, "-m", json.dumps(reading)]
    subprocess.run(command, check=True, timeout=20)


def in_influxdb(port: int) -> list[list[Any]]:
    """What InfluxDB itself answers for the meter: rows of time [ms], energy [kWh], power [kW]."""
    query = "SELECT energy_kwh, power_kw FROM readings WHERE institution = 'city-hall' AND meter = 'main'"
    answer = httpx2.get(
        f"http://127.0.0.1:{port}/query", params={"db": DATABASE, "epoch": "ms", "q": query}
    ).raise_for_status()
    [result] = answer.json()["results"]
    rows: list[list[Any]] = result["series"][0]["values"] if "series" in result else []
    return rows


def test_a_reading_sent_by_hand_is_in_influxdb_and_in_its_hour(
    settings: dict[str, str], base_url: str, influxd_port: int, tmp_path: Path
) -> None:
    httpx2.put(f"{base_url}/registry", json=REGISTRY).raise_for_status()
    first = example()
    at = datetime.fromisoformat(first["time"])
    later = at + timedelta(hours=1)
    second = first | {"time": later.isoformat(), "energy_kwh": first["energy_kwh"] + 7.5}
    broker = settings["MQTT_URL"].rsplit(":", 1)[1]
    for reading in (first, second, second):
        send(broker, reading)
    rows = [
        [round(when.timestamp() * 1000), reading["energy_kwh"], reading["power_kw"]]
        for when, reading in ((at, first), (later, second))
    ]
    until(lambda: len(in_influxdb(influxd_port)) == 2, "both readings in InfluxDB")
    assert in_influxdb(influxd_port) == rows
    once = [sys.executable, "-m", "services", "jobs", "--once"]
    subprocess.run(once, cwd=tmp_path, env=environment(settings), check=True, timeout=60)
    day = at.date()
    query = {"meter": "main", "grain": "hour", "start": str(day), "end": str(day + timedelta(days=1))}
    answer = httpx2.get(f"{base_url}/intervals", params=query).raise_for_status()
    [hour] = answer.json()["items"]
    assert (hour["start"], hour["end"]) == (at.isoformat(), later.isoformat())
    assert hour["measured"] == pytest.approx(7.5, abs=1e-6)
    assert (hour["estimated"], hour["coverage"], hour["quality"]) == (0, 1, [])
    ingest = httpx2.get(f"{base_url}/ingest").raise_for_status().json()
    assert ingest["readings_stored"] == 4
    assert (ingest["rejected"], ingest["unregistered"]) == (0, 0)
