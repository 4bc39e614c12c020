"""A PostgreSQL that goes away and comes back: callers are told to try again, and the jobs go on."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.app import Parts, create_app
from services.scheduling import Job, run_forever
from tests.conftest import folder_of_postgres, free_port, new_database, running_postgres
from tests.services.installation import parts_in

pytestmark = pytest.mark.postgres


@dataclass
class Server:
    """Where the cluster is, the port it has whenever it runs, and the product upon it."""

    folder: Path
    port: int
    parts: Parts


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Server]:
    """The product on a server that has run and does not now."""
    port = free_port()
    with folder_of_postgres() as folder:
        with running_postgres(folder, port):
            parts = parts_in(tmp_path, database_url=new_database(port))
            parts.store.prepare()
            assert parts.registry.institutions() == []  # a connection that the pool keeps
        yield Server(folder, port, parts)
        parts.close()


def test_callers_are_told_to_try_again_until_it_is_back(stopped: Server) -> None:
    with TestClient(create_app(stopped.parts), raise_server_exceptions=False) as client:
        for path in ("/api/v1/institutions", "/api/v1/jobs", "/repairs"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json()["detail"] == "the registry's database: OperationalError"
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        with running_postgres(stopped.folder, stopped.port):
            assert client.get("/readyz").status_code == 200
            assert client.get("/api/v1/institutions").json()["items"] == []


def test_the_jobs_outlast_it(stopped: Server, caplog: pytest.LogCaptureFixture) -> None:
    stop, ran = threading.Event(), threading.Event()

    def run(cursor: str | None) -> str:
        ran.set()
        return "1"

    parts = stopped.parts
    worker = threading.Thread(
        target=run_forever,
        args=([Job("job", run)], parts.sessions, parts.clock),
        kwargs={"interval_s": 0.05, "stop": stop},
    )
    worker.start()
    try:
        assert not ran.wait(0.5)
        assert worker.is_alive()
        with running_postgres(stopped.folder, stopped.port):
            assert ran.wait(60)
            stop.set()
            worker.join(60)
    finally:
        stop.set()
        worker.join(60)
    assert "the registry's database: connection failed" in caplog.text
    assert "\n\t" not in caplog.text
