"""The database's proxy: it passes on, refuses, writes half, and loses answers, as its mood says."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from simulators.faulty.moods import Mood, MoodyStore
from tests.conftest import free_port

LINES = "".join(f"m,t=a v={n} {n}\n" for n in range(10))


class Far:
    """A database that remembers what was written."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        far = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                far.asked.append(f"{self.command} {self.path}")
                far.headers.append({name.lower(): value for name, value in self.headers.items()})
                if body:
                    far.bodies.append(body)
                content = b'{"results":[]}' if "/query" in self.path else b""
                self.send_response(200 if content else 204)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _serve  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port: int = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture(name="far")
def far_database() -> Iterator[Far]:
    far = Far()
    yield far
    far.server.shutdown()
    far.server.server_close()


@pytest.fixture(name="store")
def moody_store(far: Far) -> Iterator[MoodyStore]:
    with MoodyStore(far.port) as store:
        yield store


@pytest.fixture(name="client")
def client_of_the_store(store: MoodyStore) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{store.port}", trust_env=False, timeout=10) as client:
        yield client


def write(client: httpx2.Client, lines: str = LINES) -> httpx2.Response:
    """Write as a collector does."""
    headers = {"Authorization": "Basic eA==", "Content-Type": "text/plain; charset=utf-8"}
    return client.post("/write", params={"db": "x", "precision": "ms"}, content=lines, headers=headers)


def test_without_a_mood_it_passes_everything_on(far: Far, client: httpx2.Client) -> None:
    assert write(client).status_code == 204
    answer = client.get("/query", params={"q": "SELECT 1"})
    assert (answer.status_code, answer.json()) == (200, {"results": []})
    assert far.bodies == [LINES]
    assert far.asked == ["POST /write?db=x&precision=ms", "GET /query?q=SELECT+1"]
    assert far.headers[0]["authorization"] == "Basic eA=="


@pytest.mark.parametrize("status", [401, 413, 429, 500, 503])
def test_it_refuses_and_the_database_hears_nothing(
    far: Far, store: MoodyStore, client: httpx2.Client, status: int
) -> None:
    store.take(Mood(status, retry_after_s=7))
    answer = write(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert far.bodies == []
    assert client.get("/query").status_code == 200
    store.take(None)
    assert write(client).status_code == 204
    assert store.struck == 1


def test_a_mood_may_pass_after_so_many_writes(far: Far, store: MoodyStore, client: httpx2.Client) -> None:
    store.take(Mood(500, times=2))
    assert [write(client).status_code for _ in range(3)] == [500, 500, 204]
    assert far.bodies == [LINES]
    assert store.struck == 2


def test_it_may_refuse_what_it_has_passed_on(far: Far, store: MoodyStore, client: httpx2.Client) -> None:
    store.take(Mood(500, passed_on=1.0))
    assert write(client).status_code == 500
    assert far.bodies == [LINES]


def test_it_may_pass_on_half(far: Far, store: MoodyStore, client: httpx2.Client) -> None:
    store.take(Mood(500, passed_on=0.5))
    assert write(client).status_code == 500
    assert far.bodies == ["".join(LINES.splitlines(keepends=True)[:5])]


def test_small_bodies_may_be_spared(store: MoodyStore, client: httpx2.Client) -> None:
    store.take(Mood(413, over=50))
    assert write(client).status_code == 413
    assert write(client, LINES[:50]).status_code == 204


@pytest.mark.parametrize("status", [400, 422])
def test_a_lone_line_is_never_called_bad(store: MoodyStore, client: httpx2.Client, status: int) -> None:
    store.take(Mood(status))
    first, second, *_ = LINES.splitlines(keepends=True)
    assert write(client, first).status_code == 204
    assert write(client, first.strip()).status_code == 204
    assert write(client, first + second).status_code == status


def test_an_answer_is_lost_after_the_write(far: Far, store: MoodyStore, client: httpx2.Client) -> None:
    store.take(Mood(passed_on=1.0, lost=True))
    with pytest.raises(httpx2.TransportError):
        write(client)
    assert far.bodies == [LINES]
    store.take(None)
    assert write(client).status_code == 204


def test_a_database_that_is_gone_is_a_lost_connection() -> None:
    with MoodyStore(free_port()) as store, pytest.raises(httpx2.TransportError):
        httpx2.post(f"http://127.0.0.1:{store.port}/write", content="m v=1", timeout=10, trust_env=False)
