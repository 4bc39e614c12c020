"""An empty installation, which rooms with tests of their own replace by theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.app import Parts, create_app
from tests.services.installation import parts_in


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    found = parts_in(tmp_path)
    found.store.prepare()
    yield found
    found.close()


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts), raise_server_exceptions=False) as found:
        yield found
