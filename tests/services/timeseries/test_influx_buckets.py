"""Buckets, mappings and tokens of 2.x, against a small HTTP server that keeps what the 2.x API documents.

No InfluxDB 2.x can be had here: this shows that the right requests are sent, not that a server agrees.
"""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.timeseries import influx_buckets
from services.timeseries.connect import open_store
from services.timeseries.influx_url import Server, parse
from services.timeseries.store import StoreUnavailable
from tests.conftest import free_port

ORGANIZATION = "0a1b2c3d4e5f6071"


class Api(BaseHTTPRequestHandler):
    """/api/v2/buckets, /dbrps and /authorizations of one organization, as documented."""

    server: "Stand"

    def do_GET(self) -> None:
        self._answer("GET", None)

    def do_POST(self) -> None:
        self._answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, method: str, body: Any) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        token = self.headers.get("Authorization", "").removeprefix("Token ")
        status, answer = self.server.answer(token, f"{method} {parts.path}", query, body)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's own name)
        pass


class Stand(ThreadingHTTPServer):
    """What the server has been made to keep."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Api)
        self.buckets: list[dict[str, Any]] = []
        self.mappings: list[dict[str, Any]] = []
        self.tokens: list[dict[str, Any]] = []
        self.creators = {"operator"}
        self.known = {"operator", "write-only"}

    def answer(self, token: str, call: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if token not in self.known or (call.startswith("POST") and token not in self.creators):
            return 401, {"code": "unauthorized", "message": "unauthorized access"}
        if call == "GET /api/v2/buckets":
            seen = self.buckets if token in self.creators else []
            return 200, {"buckets": [b for b in seen if query.get("name") in {None, b["name"]}]}
        if call == "POST /api/v2/buckets":
            bucket = body | {"id": f"00000000000000b{len(self.buckets)}", "orgID": ORGANIZATION}
            self.buckets.append(bucket)
            return 201, bucket
        if call == "GET /api/v2/orgs":
            return 200, {"orgs": [{"id": ORGANIZATION, "name": query.get("org", "city")}]}
        if call == "GET /api/v2/dbrps":
            return 200, {"content": [m for m in self.mappings if m["database"] == query["db"]]}
        if call == "POST /api/v2/dbrps":
            self.mappings.append(body | {"id": f"d{len(self.mappings)}", "orgID": ORGANIZATION})
            return 201, self.mappings[-1]
        if call == "POST /api/v2/authorizations":
            self.tokens.append(body)
            return 201, body | {"id": "a", "token": f"scoped-{len(self.tokens)}"}
        return 404, {"code": "not found", "message": call}


@pytest.fixture
def stand() -> Iterator[Stand]:
    with Stand() as stand:
        thread = threading.Thread(target=stand.serve_forever, args=(0.01,))
        thread.start()
        yield stand
        stand.shutdown()
        thread.join()


def server_on(stand: Stand, token: str = "operator") -> Server:
    return parse(f"influxdb2://{token}@127.0.0.1:{stand.server_port}/energy?org=city")


def test_prepare_makes_both_buckets_with_their_retention_and_mapping(stand: Stand) -> None:
    store = open_store(f"influxdb2://operator@127.0.0.1:{stand.server_port}/energy?org=city")
    store.prepare()
    store.close()
    assert [bucket["name"] for bucket in stand.buckets] == ["energy", "energy_changes"]
    assert stand.buckets[0]["retentionRules"] == [], "readings are kept for ever"
    (rule,) = stand.buckets[1]["retentionRules"]
    assert (rule["type"], rule["everySeconds"]) == ("expire", 30 * 86_400)
    assert [
        (m["database"], m["retention_policy"], m["bucketID"], m["default"], m["org"]) for m in stand.mappings
    ] == [
        ("energy", "autogen", stand.buckets[0]["id"], True, "city"),
        ("energy_changes", "autogen", stand.buckets[1]["id"], True, "city"),
    ]


def test_prepare_again_makes_nothing_new(stand: Stand) -> None:
    influx_buckets.prepare(server_on(stand))
    influx_buckets.prepare(server_on(stand))
    assert (len(stand.buckets), len(stand.mappings)) == (2, 2)


def test_a_token_that_may_not_create_goes_on_with_a_warning(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        influx_buckets.prepare(server_on(stand, "write-only"))
    assert stand.buckets == []
    assert "not allowed to create energy; going on without" in caplog.text
    assert "write-only" not in caplog.text


def granted(request: dict[str, Any], stand: Stand) -> set[tuple[str, str]]:
    names = {bucket["id"]: bucket["name"] for bucket in stand.buckets}
    permissions = request["permissions"]
    assert {p["resource"]["type"] for p in permissions} == {"buckets"}
    assert {p["resource"]["orgID"] for p in permissions} == {ORGANIZATION} == {request["orgID"]}
    return {(p["action"], names[p["resource"]["id"]]) for p in permissions}


def test_a_collectors_token_writes_and_grafanas_reads(stand: Stand) -> None:
    server = server_on(stand)
    influx_buckets.prepare(server)
    assert influx_buckets.scoped_token(server, description="collector", write=True) == "scoped-1"
    assert influx_buckets.scoped_token(server, description="Grafana", read=True) == "scoped-2"
    collector, grafana = stand.tokens
    assert granted(collector, stand) == {("write", "energy"), ("write", "energy_changes")}
    assert granted(grafana, stand) == {("read", "energy")}
    assert (collector["description"], grafana["description"]) == ("collector", "Grafana")


def test_a_token_for_both_reads_the_notices_too(stand: Stand) -> None:
    server = server_on(stand)
    influx_buckets.prepare(server)
    influx_buckets.scoped_token(server, description="jobs", read=True, write=True)
    assert granted(stand.tokens[0], stand) == {
        (action, bucket) for action in ("read", "write") for bucket in ("energy", "energy_changes")
    }


def test_no_token_is_made_before_the_buckets(stand: Stand) -> None:
    with pytest.raises(StoreUnavailable, match="no bucket 'energy'; prepare it first"):
        influx_buckets.scoped_token(server_on(stand), description="collector", write=True)


def test_whether_a_token_is_still_known(stand: Stand) -> None:
    server = server_on(stand)
    assert influx_buckets.accepts(server, "operator")
    assert not influx_buckets.accepts(server, "withdrawn")


def test_a_refused_token_is_said_without_showing_it(stand: Stand) -> None:
    with pytest.raises(StoreUnavailable, match="answers 401") as caught:
        influx_buckets.scoped_token(server_on(stand, "hunter2"), description="collector", write=True)
    assert "check the organization and the token" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    server = parse(f"influxdb2://hunter2@127.0.0.1:{free_port()}/energy?org=city")
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        influx_buckets.prepare(server)
    assert "hunter2" not in str(caught.value)
