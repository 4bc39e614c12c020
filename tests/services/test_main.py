"""The programs as an operator meets them: one clear line for a wrong setting, and an end when asked."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from services.__main__ import main
from services.savings.bundle.issuer import Issuer
from tests.conftest import free_port, running_influxd, wait_for_port

PATIENCE_S = 25
"""For an end, on a busy machine too; a store that never answers is waited for 30 s, which is no end."""


def settings(folder: Path, **changes: str) -> dict[str, str]:
    """The environment of a program with everything below `folder`; none of this machine's settings."""
    ours = {
        "STORE_URL": f"sqlite:///{folder}/readings.db",
        "DATABASE_URL": f"sqlite:///{folder}/registry.db",
        **changes,
    }
    rest = {name: value for name, value in os.environ.items() if not name.startswith("KILOWITNESS_")}
    root = str(Path(__file__).parents[2])
    return {**rest, "PYTHONPATH": root, **{f"KILOWITNESS_{name}": value for name, value in ours.items()}}


def run(folder: Path, *arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program of the room to its end."""
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Call]:
    """Calls `main` here, which is quicker than a program: its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def here(*arguments: str, environment: Mapping[str, str]) -> tuple[int, str, str]:
        for name in [name for name in os.environ if name.startswith("KILOWITNESS_")]:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return (main(arguments), *capsys.readouterr())

    yield here
    for number, handler in kept.items():
        signal.signal(number, handler)


@contextmanager
def running(
    folder: Path, *arguments: str, environment: Mapping[str, str], log_file: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the room, whose words go to `<folder>/log`."""
    with (log_file or folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", *arguments],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for_answer(url: str, status: int, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Return as soon as `url` answers with `status`."""
    deadline = time.monotonic() + seconds
    answer = "nothing"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            found = httpx2.get(url)
        except httpx2.TransportError:
            time.sleep(0.1)
            continue
        if found.status_code == status:
            return
        answer = found.text
        time.sleep(0.1)
    raise AssertionError(f"{url} answers {answer}, not {status}")


NOBODY = "//user:secret@127.0.0.1:1/kilowitness"
WRONG = {
    "a zone that is none": ("TIMEZONE", "Asia/Shangai", "Asia/Shanghai"),
    "a language we do not speak": ("LANGUAGE", "fr", "'zh'"),
    "a port that is no number": ("HTTP_PORT", "eighty", "integer"),
    "a store of another kind": ("STORE_URL", "mysql://host", "influxdb2://"),
    "a store without its organization": ("STORE_URL", "influxdb2://secret@host:8086/b", "org=ORG"),
    "a store without a file": ("STORE_URL", "sqlite:///", "file"),
    "a region without a grid": ("GRID_REGION", "atlantis", "'national'"),
    "a calendar folder that is not there": ("CALENDAR_DIR", "/nowhere/at/all", "/nowhere/at/all"),
    "a tariff folder that is not there": ("TARIFF_DIR", "/nowhere/at/all", "no folder /nowhere/at/all"),
    "a file of patience that is not there": ("FINALITY_FILE", "/nowhere.toml", "/nowhere.toml: No such file"),
    "a key that is not there": ("ISSUER_KEY", "/nowhere.pem", "/nowhere.pem: No such file"),
    "no URL of a database": ("DATABASE_URL", "kilowitness.db", "sqlite:///var/kilowitness.db"),
    "a database we do not speak to": ("DATABASE_URL", "mysql://u:secret@host/d", "postgresql+psycopg://"),
    "a driver we do not bring": ("DATABASE_URL", "postgresql+psycopg2://u:secret@h/d", "psycopg2"),
    "a database that no two programs share": ("DATABASE_URL", "sqlite:///:memory:", "file"),
    "a folder that cannot be made": ("DATABASE_URL", "sqlite:////dev/null/registry.db", "/dev/null"),
    "a folder in the database's place": ("DATABASE_URL", "sqlite:////proc", "unable to open"),
    "a port where no database listens": ("DATABASE_URL", f"postgresql+psycopg:{NOBODY}", "refused"),
    "the same with the short scheme": ("DATABASE_URL", f"postgresql:{NOBODY}", "refused"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path, call: Call, wrong: str) -> None:
    name, value, hint = WRONG[wrong]
    code, out, err = call("jobs", "--once", environment=settings(tmp_path, **{name: value}))
    lines = err.splitlines()
    assert (code, out, len(lines)) == (2, "", 1), err
    assert lines[0].startswith(f"kilowitness: KILOWITNESS_{name}: ")
    assert hint in lines[0]
    assert "secret" not in lines[0]


@pytest.mark.parametrize("verb", ["serve", "jobs"])
def test_every_program_ends_with_that_line_alone(tmp_path: Path, verb: str) -> None:
    wrong = settings(tmp_path, DATABASE_URL=f"postgresql:{NOBODY}")
    done = run(tmp_path, verb, environment=wrong)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("kilowitness: KILOWITNESS_DATABASE_URL: connection failed")


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"year": 2027}', '{"year": 2027, "days": [{"date": "5"}]}', "\xff"]
)
def test_a_broken_calendar_is_named(tmp_path: Path, call: Call, content: str) -> None:
    file = tmp_path / "2027.json"
    file.write_bytes(content.encode("latin-1"))
    code, _, err = call("serve", environment=settings(tmp_path, CALENDAR_DIR=str(tmp_path)))
    lines = err.splitlines()
    assert (code, len(lines)) == (2, 1), err
    assert lines[0].startswith(f"kilowitness: KILOWITNESS_CALENDAR_DIR: {file}: not a holiday-cn calendar")


BROKEN = [
    ("TARIFF_DIR", "mine.toml", '[[plan]]\nid = "home"\nregion = 7', "plan home: region: Input should be"),
    ("TARIFF_DIR", "mine.toml", "[[plan", "cannot be read ("),
    ("TARIFF_DIR", "mine.toml", "", "plan: none; written [[plan]], once for each"),
    ("FINALITY_FILE", "mine.toml", "[[patience]]\ndays = -1", "patience.0.effective_from: Field required"),
    ("FINALITY_FILE", "mine.toml", "[[patience", "not TOML ("),
    ("ISSUER_KEY", "issuer.pem", "secret", "no private key in PEM without passphrase"),
]


@pytest.mark.parametrize(("name", "file", "content", "reason"), BROKEN)
def test_a_broken_file_of_the_operators_is_named_with_key_and_reason(
    tmp_path: Path, call: Call, name: str, file: str, content: str, reason: str
) -> None:
    path = tmp_path / file
    path.write_text(content)
    value = tmp_path if name == "TARIFF_DIR" else path
    code, out, err = call("serve", environment=settings(tmp_path, **{name: str(value)}))
    lines = err.splitlines()
    assert (code, out, len(lines)) == (2, "", 1), err
    assert lines[0].startswith(f"kilowitness: KILOWITNESS_{name}: {path}: {reason}")
    assert "secret" not in lines[0]


def test_it_serves_with_what_the_first_start_and_the_deployment_bring(tmp_path: Path) -> None:
    port, root = free_port(), Path(__file__).parents[2]
    subprocess.run([root / "deploy/first-start", tmp_path / ".env"], check=True, capture_output=True)
    key = tmp_path / "secrets/issuer.pem"
    brought = settings(
        tmp_path, HTTP_PORT=str(port), ISSUER_KEY=str(key), CALENDAR_DIR=str(root / "deploy/calendars"),
        TARIFF_DIR=str(root / "deploy/tariffs"), FINALITY_FILE=str(root / "deploy/finality.toml"),
    )  # fmt: skip
    with running(tmp_path, "serve", environment=brought) as process:
        wait_for_answer(f"http://127.0.0.1:{port}/readyz", 200, process)
        shown = httpx2.get(f"http://127.0.0.1:{port}/api/v1/issuer-key").text
    assert shown == Issuer.load(key).public.pem


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path, call: Call) -> None:
    file = tmp_path / "registry.db"
    file.write_text("minutes of the meeting\n" * 100)
    code, _, err = call("jobs", "--once", environment=settings(tmp_path))
    assert (code, err) == (2, "kilowitness: KILOWITNESS_DATABASE_URL: file is not a database\n")
    assert file.read_text().startswith("minutes")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "service.example"])
def test_no_door_stands_open_to_the_network(tmp_path: Path, call: Call, host: str) -> None:
    code, _, err = call("serve", environment=settings(tmp_path, HTTP_HOST=host))
    assert code == 2
    [line] = err.splitlines()
    assert line.startswith("kilowitness: KILOWITNESS_API_TOKEN: ")
    assert host in line


def test_jobs_ask_for_no_token_since_nobody_can_call_them(tmp_path: Path) -> None:
    done = run(tmp_path, "jobs", "--once", environment=settings(tmp_path, HTTP_HOST="0.0.0.0"))
    assert done.returncode == 0, done.stderr


def test_with_a_token_it_listens_beyond_this_machine(tmp_path: Path) -> None:
    port = free_port()
    open_door = settings(tmp_path, HTTP_HOST="0.0.0.0", HTTP_PORT=str(port), API_TOKEN="word")
    with running(tmp_path, "serve", environment=open_door) as process:
        wait_for_answer(f"http://127.0.0.1:{port}/readyz", 200, process)


def test_migrate_makes_the_database_and_ends(tmp_path: Path, call: Call) -> None:
    for _ in range(2):
        assert call("migrate", environment=settings(tmp_path)) == (0, "", "")
    assert (tmp_path / "registry.db").exists()
    assert not (tmp_path / "readings.db").exists()


def test_jobs_once_runs_a_cycle_and_ends(tmp_path: Path) -> None:
    for _ in range(2):
        done = run(tmp_path, "jobs", "--once", environment=settings(tmp_path))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "registry.db").exists()
    assert (tmp_path / "readings.db").exists()


def test_jobs_once_says_by_its_exit_code_that_a_job_failed(tmp_path: Path) -> None:
    away = settings(tmp_path, STORE_URL="influxdb://127.0.0.1:1/kilowitness")
    done = run(tmp_path, "jobs", "--once", environment=away)
    assert done.returncode == 1
    assert "going on without the time-series store" in done.stderr
    assert "job rollup failed" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with running(tmp_path, "serve", environment=settings(tmp_path, HTTP_PORT=str(port))) as process:
        wait_for_answer(f"http://127.0.0.1:{port}/readyz", 200, process)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert not (tmp_path / "registry.db-wal").exists()  # its connections were closed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_jobs_end_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    environment = settings(tmp_path, HTTP_PORT=str(port), JOBS_INTERVAL_S="3600")
    with running(tmp_path, "serve", environment=environment) as service:
        wait_for_port(port, service)
        with running(tmp_path, "jobs", environment=environment) as process:
            _wait_for_a_cycle(port, process)
            process.send_signal(number)
            assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


FULL_DISK = Path("/dev/full")
on_full_disk = pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")


@on_full_disk
@pytest.mark.parametrize("verb", ["serve", "jobs"])
def test_a_log_on_a_full_disk_does_not_make_the_end_a_failure(tmp_path: Path, verb: str) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", 0)) as refusing:
        store = f"influxdb://127.0.0.1:{refusing.getsockname()[1]}/kilowitness"
        environment = settings(tmp_path, HTTP_PORT=str(port), STORE_URL=store)
        with running(tmp_path, verb, environment=environment, log_file=FULL_DISK) as process:
            refusing.settimeout(120)
            refusing.accept()[0].close()
            if verb == "serve":
                wait_for_answer(f"http://127.0.0.1:{port}/healthz", 200, process)
            else:
                refusing.accept()[0].close()  # asked again: it has told of the first answer
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0


@on_full_disk
@pytest.mark.parametrize(
    ("wrong", "arguments", "code"),
    [
        ({"STORE_URL": "influxdb://127.0.0.1:1/kilowitness"}, ("jobs", "--once"), 1),
        ({"HTTP_PORT": "x"}, ("serve",), 2),
        ({}, ("migrate",), 0),
        ({}, ("serf",), 2),
    ],
)
def test_the_exit_code_is_that_of_the_work_on_a_full_disk_too(
    tmp_path: Path, wrong: dict[str, str], arguments: tuple[str, ...], code: int
) -> None:
    environment = settings(tmp_path, **wrong)
    with running(tmp_path, *arguments, environment=environment, log_file=FULL_DISK) as process:
        assert process.wait(120) == code


def _wait_for_a_cycle(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if len(httpx2.get(f"http://127.0.0.1:{port}/api/v1/jobs").json()["items"]) == 6:
            return
        time.sleep(0.1)
    raise AssertionError("no cycle of the jobs")


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    port = free_port()
    taken = settings(tmp_path, HTTP_PORT=str(port))
    with running(tmp_path, "serve", environment=taken) as process:
        wait_for_port(port, process)
        done = run(tmp_path, "serve", environment=taken)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "address already in use" in done.stderr


@pytest.mark.influxd
def test_serve_waits_for_a_store_that_comes_later(tmp_path: Path) -> None:
    port, store = free_port(), free_port()
    environment = settings(
        tmp_path, HTTP_PORT=str(port), STORE_URL=f"influxdb://127.0.0.1:{store}/kilowitness"
    )
    with running(tmp_path, "serve", environment=environment) as process:
        wait_for_answer(f"http://127.0.0.1:{port}/healthz", 200, process)
        wait_for_answer(f"http://127.0.0.1:{port}/readyz", 503, process)
        with running_influxd(tmp_path / "influxd", store):
            wait_for_answer(f"http://127.0.0.1:{port}/readyz", 200, process)
        wait_for_answer(f"http://127.0.0.1:{port}/readyz", 503, process)


@pytest.mark.parametrize("arguments", [[], ["serv"], ["jobs", "--twice"]])
def test_a_wrong_call_is_told_how_to_call(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: kilowitness")


@pytest.mark.parametrize("verb", ["serve", "jobs"])
def test_a_store_that_never_answers_does_not_keep_a_program_from_ending(tmp_path: Path, verb: str) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        store = f"influxdb://127.0.0.1:{mute.getsockname()[1]}/kilowitness"
        environment = settings(tmp_path, HTTP_PORT=str(port), STORE_URL=store)
        with running(tmp_path, verb, environment=environment) as process:
            mute.settimeout(120)
            asked, _ = mute.accept()
            with asked:
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_S) == 0


def test_a_request_that_hangs_does_not_keep_the_service_from_ending(tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", 0)) as mute, ThreadPoolExecutor(1) as thread:
        store = f"influxdb://127.0.0.1:{mute.getsockname()[1]}/kilowitness"
        environment = settings(tmp_path, HTTP_PORT=str(port), STORE_URL=store)
        with running(tmp_path, "serve", environment=environment) as process:
            mute.settimeout(120)
            mute.accept()[0].close()  # what prepares the store at the start is turned away
            wait_for_answer(f"http://127.0.0.1:{port}/healthz", 200, process)
            hanging = thread.submit(httpx2.get, f"http://127.0.0.1:{port}/readyz", timeout=60)
            asked, _ = mute.accept()
            with asked:
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE_S) == 0
            hanging.exception(60)
