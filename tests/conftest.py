"""Real parts for tests: mosquitto, influxd and PostgreSQL of their own, on free ports, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx2
import hypothesis
import psycopg
import pytest

os.environ.pop("PYTHONUNBUFFERED", None)  # programs run as on a machine that sets nothing

PROGRAMS = {"mosquitto": "mosquitto", "influxd": "influxd", "chromium": "chromium", "postgres": "initdb"}
databases = count(1)


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
            if os.environ.get("CI") == "true":
                pytest.fail(f"{reason}, and CI must have it")
            pytest.skip(reason)


# Each run draws other examples; HYPOTHESIS_PROFILE=thorough draws many at once. How long one takes says how
# busy the machine is and nothing of the product; one that fails names what draws it again.
HOWEVER_SLOW = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
# The same examples each time, so that a change is judged by itself; the thorough profile draws new ones.
hypothesis.settings.register_profile("suite", HOWEVER_SLOW, max_examples=60, derandomize=True)
hypothesis.settings.register_profile("thorough", HOWEVER_SLOW, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a file's tests, and all that share the filled city, run in one process."""
    for item in items:
        shared = "filled_city" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("filled_city" if shared else str(item.path)))


def free_port() -> int:
    """A TCP port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
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


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    """End a child and reap it."""
    process.send_signal(number)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(60)


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
        'reporting-disabled = true\nbind-address = "127.0.0.1:0"\n'
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


@contextmanager
def running_postgres(folder: Path, port: int | None = None) -> Iterator[int]:
    """A real PostgreSQL whose cluster is `folder`, made anew unless it is there; yields its port.

    The server refuses to be root: then it is the user `postgres`, who must be able to enter `folder`. Its
    zone is neither ours nor UTC, so that nothing leans on it.
    """
    port = port or free_port()
    user = "postgres" if os.geteuid() == 0 else None
    initdb = program("initdb")
    assert initdb is not None
    if not (folder / "PG_VERSION").exists():
        if user is not None:
            shutil.chown(folder, user)
        options = ["--username=kilowitness", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run([initdb, *options, folder], user=user, cwd="/", check=True, capture_output=True)
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
                "fsync": "off", "timezone": "America/St_Johns"}  # fmt: skip
    arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    process = subprocess.Popen(
        [Path(initdb).with_name("postgres"), "-D", folder, *arguments],
        user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_port(port, process)
        _wait_for_postgres(port, process)
        yield port
    finally:
        stop(process, signal.SIGINT)  # which also ends its clients


@contextmanager
def folder_of_postgres() -> Iterator[Path]:
    """A folder below one that every user may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="kilowitness-postgres-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _connect(port: int) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=port, user="kilowitness", dbname="postgres", autocommit=True
    )


def _wait_for_postgres(port: int, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """PostgreSQL listens before it serves: on a busy machine, and after a kill, it starts up for long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return _connect(port).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def new_database(port: int) -> str:
    """The URL of a fresh database that sorts text as English does, not byte by byte."""
    name = f"test_{next(databases)}"
    locale = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    with _connect(port) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 {locale}".encode())
    return f"postgresql+psycopg://kilowitness@127.0.0.1:{port}/{name}"


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    """The port of a real PostgreSQL shared by the session; tests use databases of their own."""
    with folder_of_postgres() as folder, running_postgres(folder) as port:
        yield port


@pytest.fixture
def postgres_url(postgres_port: int) -> str:
    """The URL of an empty PostgreSQL database of this test alone."""
    return new_database(postgres_port)


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
