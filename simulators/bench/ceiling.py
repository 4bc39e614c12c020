"""The ceiling: a subscriber that only counts and acknowledges by hand, in a process of its own."""

import json

from simulators.bench.contestants import Drain, Stand
from simulators.bench.load import FILTER, Load
from simulators.bench.wire import keep_session

PRODUCT = "mqtt5"
"""The client library the collector is built on."""


class Subscriber:
    """Drains its session with one of `subscribers.LIBRARIES`; the store has no part in it."""

    def __init__(self, stand: Stand, library: str = PRODUCT, *, name: str = "ceiling") -> None:
        self.name = name
        self._stand, self._library = stand, library
        self._id = f"bench-{name}"

    def subscribe(self) -> None:
        """Leave the session."""
        keep_session(self._stand.broker.port, self._id, FILTER)

    def drain(self, load: Load) -> Drain:
        """What the subscriber measured of itself, from its connection to its last acknowledgement."""
        programs = self._stand.programs
        programs.run(
            self.name, "simulators.bench.subscribers", self._library, str(self._stand.broker.port), self._id,
            str(load.messages), timeout_s=600,
        )  # fmt: skip
        said = json.loads((self._stand.folder / f"{self.name}.log").read_text(encoding="utf-8"))
        return Drain(said["messages"], said["seconds"], said["cpu_s"], said["peak_mib"])
