"""A small HTTP server that answers as Grafana's documented folder and dashboard API does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Grafana:
    """What the stand-in holds: folders by uid, dashboards by uid with their versions, and what was asked."""

    token: str
    url: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    refuse_with: int | None = None

    def save(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """POST /api/dashboards/db: 412 unless overwriting, 400 for an unknown folder, else 200."""
        uid = body["dashboard"]["uid"]
        if self.refuse_with:
            return self.refuse_with, {"message": "refused"}
        if body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        if uid in self.dashboards and not body.get("overwrite"):
            return 412, {"status": "version-mismatch", "message": "The dashboard has been changed"}
        self.dashboards[uid] = body["dashboard"]
        self.versions[uid] = self.versions.get(uid, 0) + 1
        version = self.versions[uid]
        return 200, {"uid": uid, "url": f"/d/{uid}/x", "status": "success", "version": version}


@contextmanager
def running_grafana(token: str) -> Iterator[Grafana]:
    """Serve on a free port of the loopback address."""
    grafana = Grafana(token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            uid = self.path.removeprefix("/api/folders/")
            if uid in grafana.folders:
                self._answer(200, {"uid": uid, "title": grafana.folders[uid]})
            else:
                self._answer(404, {"message": "folder not found", "status": "not-found"})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/folders":
                grafana.folders[body["uid"]] = body["title"]
                self._answer(200, body)
            elif self.path == "/api/dashboards/db":
                self._answer(*grafana.save(body))
            else:
                self._answer(404, {"message": "not found"})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            if self.headers["Authorization"] != f"Bearer {grafana.token}":
                status, body = 401, {"message": "Invalid API key"}
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  (the name it overrides)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    grafana.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
