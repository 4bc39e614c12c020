"""Real parts for tests: a mosquitto and an influxd of their own, on free ports, gone afterwards."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

PROGRAMS = {"mosquitto": "mosquitto", "influxd": "influxd", "chromium": "chromium", "postgres": "initdb"}


def program(name: str) -> str | None:
    """Where a real program is, also in the folders that only root has on PATH."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"]
    places += [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    return shutil.which(name, path=os.pathsep.join(places))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, saying so, what needs an absent program; in CI its absence is a failure."""
    for marker, binary in PROGRAMS.items():
        if item.get_closest_marker(marker) and program(binary) is None:
            reason = f"the real {binary} is not on PATH"
            if os.environ.get("CI") == "true" and marker != "postgres":
                pytest.fail(f"{reason}, and CI must have it")
            pytest.skip(reason)


def free_port() -> int:
    """A TCP port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 15) -> None:
    """Return as soon as something accepts connections, or fail with the program's exit code."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port} after {seconds} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child and reap it."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@contextmanager
def running_mosquitto(folder: Path, port: int | None = None) -> Iterator[int]:
    """A real mosquitto with persistence in `folder`; yields its port."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
        f"persistence_location {folder}/\nmax_inflight_messages 2000\nmax_queued_messages 0\nuser root\n"
    )
    binary = program("mosquitto")
    assert binary is not None
    process = subprocess.Popen([binary, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield port
    finally:
        stop(process)


@contextmanager
def running_influxd(folder: Path, port: int | None = None) -> Iterator[int]:
    """A real InfluxDB 1.x in `folder`; yields its HTTP port."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "influxdb.conf"
    config.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n'
        f'[meta]\ndir = "{folder}/meta"\n'
        f'[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\nquery-log-enabled = false\n'
        f'[http]\nbind-address = "127.0.0.1:{port}"\nlog-enabled = false\n'
    )
    binary = program("influxd")
    assert binary is not None
    process = subprocess.Popen(
        [binary, "-config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, process)
        httpx2.get(f"http://127.0.0.1:{port}/ping").raise_for_status()
        yield port
    finally:
        stop(process)


@pytest.fixture(scope="session")
def mosquitto_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real mosquitto shared by the session; tests use topics and client names of their own."""
    with running_mosquitto(tmp_path_factory.mktemp("mosquitto")) as port:
        yield port


@pytest.fixture(scope="session")
def influxd_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real influxd shared by the session; tests use databases of their own."""
    with running_influxd(tmp_path_factory.mktemp("influxd")) as port:
        yield port
