"""`kilowitness setup` against a small server that answers as InfluxDB 2.x's documented API does."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.timeseries.influx_url import parse
from services.timeseries.setup_command import ROLES, main
from tests.conftest import free_port

ADMIN = "admin/token=="
ORGANIZATION = {"id": "0000000000000001", "name": "kilowitness"}


@dataclass
class Influx2:
    """Buckets, mappings and tokens of the stand-in; `tokens` maps a token to its permissions."""

    port: int = 0
    buckets: dict[str, str] = field(default_factory=dict)
    mappings: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: {ADMIN: set()})

    @property
    def url(self) -> str:
        return f"influxdb2://admin%2Ftoken==@127.0.0.1:{self.port}/kilowitness?org=kilowitness"

    def listed(self, name: str | None) -> list[dict[str, Any]]:
        found = self.buckets if name is None else {n: i for n, i in self.buckets.items() if n == name}
        return [
            {"id": i, "name": n, "orgID": ORGANIZATION["id"], "retentionRules": []} for n, i in found.items()
        ]

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if (method, path) == ("GET", "/api/v2/buckets"):
            return 200, {"buckets": self.listed(query.get("name", [None])[0])}
        if (method, path) == ("POST", "/api/v2/buckets"):
            self.buckets[body["name"]] = f"{len(self.buckets) + 16:016x}"
            return 201, self.listed(body["name"])[0]
        if (method, path) == ("GET", "/api/v2/orgs"):
            return 200, {"orgs": [ORGANIZATION]}
        if (method, path) == ("GET", "/api/v2/dbrps"):
            wanted = query["db"][0]
            return 200, {"content": [row for row in self.mappings if row["database"] == wanted]}
        if (method, path) == ("POST", "/api/v2/dbrps"):
            self.mappings.append(body | {"id": "1", "orgID": ORGANIZATION["id"], "virtual": False})
            return 201, self.mappings[-1]
        if (method, path) == ("POST", "/api/v2/authorizations"):
            return 201, self.authorize(body)
        return 404, {"code": "not found", "message": path}

    def authorize(self, body: Any) -> Any:
        names = {identity: name for name, identity in self.buckets.items()}
        granted = {(row["action"], names[row["resource"]["id"]]) for row in body["permissions"]}
        token = f"{body['description']}/{secrets.token_hex(8)}=="
        self.tokens[token] = granted
        return body | {"id": "1", "token": token, "status": "active", "orgID": body["orgID"]}

    def granted(self, description: str) -> set[tuple[str, str]]:
        (found,) = [rights for token, rights in self.tokens.items() if token.startswith(description)]
        return found


@contextmanager
def running_influx2() -> Iterator[Influx2]:
    influx = Influx2()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, method: str) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            parts = urlsplit(self.path)
            status: int
            document: Any
            status, document = 401, {"code": "unauthorized", "message": "unauthorized access"}
            if self.headers.get("Authorization", "").removeprefix("Token ") in influx.tokens:
                status, document = influx.answer(method, parts.path, parse_qs(parts.query), body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  (the name it overrides)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    influx.port = server.server_port
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield influx
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def influx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Influx2]:
    monkeypatch.chdir(tmp_path)
    with running_influx2() as server:
        monkeypatch.setenv("KILOWITNESS_STORE_URL", server.url)
        yield server


def run(folder: Path) -> int:
    return main(["--folder", str(folder)])


def test_each_program_gets_what_it_needs_and_no_more(influx: Influx2, tmp_path: Path) -> None:
    assert run(tmp_path / "run") == 0
    data, notices = "kilowitness", "kilowitness_changes"
    assert set(influx.buckets) == {data, notices}
    assert {row["database"] for row in influx.mappings} == {data, notices}
    assert influx.granted("kilowitness collector") == {("write", data), ("write", notices)}
    assert influx.granted("kilowitness service") == {("read", data)}
    assert influx.granted("kilowitness jobs") == {
        (action, bucket) for action in ("read", "write") for bucket in (data, notices)
    }
    assert influx.granted("kilowitness grafana") == {("read", data)}


def test_files_hold_a_store_url_or_the_bare_token(influx: Influx2, tmp_path: Path) -> None:
    assert run(tmp_path / "run") == 0
    for role in ROLES:
        (file,) = (tmp_path / "run" / role.name).iterdir()
        text = file.read_text()
        assert "admin" not in text
        if role.bare:
            assert file.name == "token"
            assert text in influx.tokens
        else:
            assert file.name == "store_url"
            server = parse(text)
            assert (server.url, server.database, server.organization) == (
                f"http://127.0.0.1:{influx.port}",
                "kilowitness",
                "kilowitness",
            )
            assert server.secret in influx.tokens
        assert file.stat().st_mode & 0o222 == 0


def test_running_again_keeps_the_tokens(influx: Influx2, tmp_path: Path) -> None:
    run(tmp_path / "run")
    before = {file: file.read_text() for file in (tmp_path / "run").rglob("*") if file.is_file()}
    assert run(tmp_path / "run") == 0
    assert {file: file.read_text() for file in before} == before
    assert len(influx.tokens) == 1 + len(ROLES)
    assert len(influx.mappings) == 2


def test_a_token_the_server_forgot_is_made_anew(influx: Influx2, tmp_path: Path) -> None:
    run(tmp_path / "run")
    file = tmp_path / "run/grafana/token"
    lost = file.read_text()
    del influx.tokens[lost]
    assert run(tmp_path / "run") == 0
    assert file.read_text() != lost
    assert file.read_text() in influx.tokens
    assert len(influx.tokens) == 1 + len(ROLES)


def test_a_wrong_admin_token_is_said_without_showing_it(
    influx: Influx2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KILOWITNESS_STORE_URL", influx.url.replace("admin%2Ftoken", "hunter2"))
    assert run(tmp_path / "run") == 1
    said = capsys.readouterr().err
    assert "401" in said
    assert "hunter2" not in said
    assert not list((tmp_path / "run").rglob("*token*"))


def test_nobody_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KILOWITNESS_STORE_URL", f"influxdb2://t@127.0.0.1:{free_port()}/b?org=o")
    assert run(tmp_path / "run") == 1
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["sqlite:///x.db", "influxdb://h:8086/db", "influxdb2://t@h:8086/b"])
def test_other_stores_are_a_wrong_setting(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KILOWITNESS_STORE_URL", url)
    assert run(tmp_path / "run") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
