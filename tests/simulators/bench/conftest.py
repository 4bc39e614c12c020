"""A broker of the benches' own, for all their tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.bench.stand import Broker
from simulators.processes import Programs


@pytest.fixture(scope="package")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real mosquitto that keeps every message."""
    folder: Path = tmp_path_factory.mktemp("bench")
    with Programs(folder, {}) as programs:
        yield Broker(programs, folder / "broker")
