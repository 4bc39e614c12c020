"""A proxy before the database's HTTP interface that refuses, half-writes, or loses the answer, as told."""

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

Forward = Callable[[bytes], tuple[int, bytes]]
"""Passes a body on to the database and returns its status and answer."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How writes are answered while it lasts: for `times` of them, or until another mood.

    `passed_on` is the share of a body's lines, from the first, that the database gets all the same. `over`
    spares bodies of at most so many bytes. A mood with `lost` breaks off in its answer.
    """

    status: int = 204
    times: int | None = None
    passed_on: float = 0.0
    over: int = 0
    retry_after_s: int | None = None
    lost: bool = False

    def spares(self, body: bytes) -> bool:
        """Whether this write is answered by the database alone.

        A lone line is never called bad: the collector would be right to give it up.
        """
        return len(body) <= self.over or (self.status in {400, 422} and b"\n" not in body.strip())


class MoodyStore:
    """An HTTP proxy on a free port of this machine before the database at `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._mood: Mood | None = None
        self._left = 0
        self.struck = 0
        """Writes that met a mood."""
        store = self

        class Handler(_Handler):
            proxy = store

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.socket.close()

    def take(self, mood: Mood | None) -> None:
        """Answer so from now on; None for the database's own answers."""
        with self._lock:
            self._mood = mood
            self._left = -1 if mood is None or mood.times is None else mood.times

    def mood_for(self, body: bytes) -> Mood | None:
        """How to answer this write."""
        with self._lock:
            if self._mood is None or self._left == 0 or self._mood.spares(body):
                return None
            self._left -= 1
            self.struck += 1
            return self._mood

    def connect(self) -> HTTPConnection:
        """A connection to the database itself."""
        return HTTPConnection("127.0.0.1", self._target, timeout=120)


class _Handler(BaseHTTPRequestHandler):
    """Passes requests on over a connection of its own, but for what the mood says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: MoodyStore

    def setup(self) -> None:
        super().setup()
        self._far = self.proxy.connect()

    def finish(self) -> None:
        self._far.close()
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, HTTPException):
            self.close_connection = True  # either side has gone: the other is left alone, too

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mood = self.proxy.mood_for(body) if self.path.startswith("/write") else None
        if mood is None:
            response = self._pass_on(body)
            self._reply(response.status, response.read(), response.getheader("Content-Type"))
            return
        lines = body.splitlines(keepends=True)
        kept = b"".join(lines[: round(len(lines) * mood.passed_on)])
        if kept:
            self._pass_on(kept).read()
        if mood.lost:
            self._break_off()
        else:
            self._reply(mood.status, b'{"error":"the proxy says so"}', retry_after_s=mood.retry_after_s)

    def _pass_on(self, body: bytes) -> HTTPResponse:
        kept = {"content-type", "content-encoding", "authorization", "accept"}
        headers = {name: value for name, value in self.headers.items() if name.lower() in kept}
        self._far.request(self.command, self.path, body=body or None, headers=headers)
        return self._far.getresponse()

    def _reply(
        self, status: int, content: bytes, kind: str | None = None, *, retry_after_s: int | None = None
    ) -> None:
        self.send_response(status)
        if retry_after_s is not None:
            self.send_header("Retry-After", str(retry_after_s))
        if status != 204:
            self.send_header("Content-Type", kind or "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)

    def _break_off(self) -> None:
        """Half a status line, then a reset."""
        self.wfile.write(b"HTTP/1.1 20")
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
