"""An empty installation in one process, with all its parts or with its store away."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from services.app import Parts, build_parts, create_app
from services.clock import fixed_clock
from services.database import migrate
from services.settings import Settings
from services.timeseries.store import StoreUnavailable

NOW = fixed_clock(datetime(2026, 11, 22, 4, tzinfo=UTC))


def parts_in(folder: Path, **settings: Any) -> Parts:
    """The parts of an empty installation below `folder`."""
    given = {
        "store_url": f"sqlite:///{folder}/readings.db",
        "database_url": f"sqlite:///{folder}/registry.db",
        "deadletter_path": folder / "deadletter.db",
        **settings,
    }
    found = Settings(_env_file=None, **given)
    migrate(found.database_url)
    return build_parts(found, NOW)


class AwayStore:
    """A store that answers nothing."""

    def __init__(self, retry_after_s: float | None = None) -> None:
        self._retry_after_s = retry_after_s

    def __getattr__(self, name: str) -> Any:
        def away(*_: object, **__: object) -> None:
            raise StoreUnavailable("connection refused", self._retry_after_s)

        return away


def without_store(parts: Parts, retry_after_s: float | None = None) -> TestClient:
    """The service on the same database with the store gone."""
    store: Any = AwayStore(retry_after_s)
    return TestClient(create_app(replace(parts, store=store)))
