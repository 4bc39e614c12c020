"""Whatever a test opens is closed after it."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.deadletters.letters import DeadLetters
from services.timeseries.sqlite import SqliteStore


@pytest.fixture(autouse=True)
def _closing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the files of every store and dead letter that the test made."""
    opened: list[DeadLetters | SqliteStore] = []
    for kind in (DeadLetters, SqliteStore):
        real = kind.__init__

        def remember(self: Any, *words: Any, _real: Any = real, **named: Any) -> None:
            _real(self, *words, **named)
            opened.append(self)

        monkeypatch.setattr(kind, "__init__", remember)
    yield
    for one in opened:
        one.close()
