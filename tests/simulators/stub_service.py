"""A stand-in for the service at the simulator's edge: answers from a table, remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, Any]
Answers = Callable[[str, str], Answer]


@dataclass
class Asked:
    """One request: its method, path under /api/v1, query, body and headers."""

    method: str
    path: str
    query: str
    body: Any
    headers: Mapping[str, str]


@dataclass
class Stub:
    """A running stub: its address and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def bodies(self, method: str, path: str) -> list[Any]:
        """The bodies of every request of a route."""
        return [ask.body for ask in self.asked if (ask.method, ask.path) == (method, path)]


@contextmanager
def running_stub(answers: Answers) -> Iterator[Stub]:
    """A stub on a free port; `answers` maps method and path to status and JSON."""
    stub = Stub("")

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/api/v1")
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw) if raw else None
            stub.asked.append(Asked(self.command, path, parts.query, body, dict(self.headers)))
            status, content = answers(self.command, path)
            payload = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_PUT = do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
