"""One small city for every test that only reads it."""

from collections.abc import Iterator

import pytest

from services.app import Parts
from tests.services.web.city import build_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = build_city(tmp_path_factory.mktemp("city"))
    yield parts
    parts.close()
