"""An empty installation on each registry database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.app import Parts, create_app
from tests.services.installation import parts_in


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Parts]:
    """An empty installation."""
    named = {}
    if request.param == "postgres":
        named["database_url"] = request.getfixturevalue("postgres_url")
    found = parts_in(tmp_path, **named)
    found.store.prepare()
    yield found
    found.close()


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts), raise_server_exceptions=False) as found:
        yield found
