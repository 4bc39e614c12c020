"""Everything that runs under the harness, wired: gateways, broker, collectors, database, proxies between."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators.faulty.contents import DATABASE, Contents
from simulators.faulty.link import Link
from simulators.faulty.messages import TYPED
from simulators.faulty.moods import MoodyStore
from simulators.faulty.programs import COLLECTOR, Broker, Collector, Database
from simulators.processes import wait_until

_SUBSCRIBED = "subscribed to"


class Site:
    """Real programs in `folder`, all gone again on leaving.

    ```
    gateway ─ gateway_link ─ broker ─ broker_link ─ collector ─ database_link ─ store ─ database
    ```
    """

    def __init__(self, folder: Path, *, collectors: int, command: Sequence[str] = COLLECTOR) -> None:
        self.folder = folder
        self.deadletters = folder / "deadletter.db"
        """One file for all collectors, so that a bad message sent again to another one is the same letter."""
        self._command = command
        self._collector_count = collectors
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            enter = stack.enter_context
            self.broker = enter(Broker(self.folder / "broker"))
            self.database = enter(Database(self.folder / "database"))
            self.contents = Contents(self.database.port)
            self.contents.create(TYPED)
            self.store = enter(MoodyStore(self.database.port))
            self.gateway_link = enter(Link(self.broker.port))
            self.broker_link = enter(Link(self.broker.port))
            self.database_link = enter(Link(self.store.port))
            self.collectors = [enter(self._collector(n)) for n in range(1, self._collector_count + 1)]
            for collector in self.collectors:
                self._wait_for_session(collector)
            self.broker.save()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def check(self) -> None:
        """Raise `ProgramFailed` when a program has ended by itself."""
        for victim in (self.broker, self.database, *self.collectors):
            victim.check()

    def measure(self) -> None:
        """Note the collectors' peak memory."""
        for collector in self.collectors:
            collector.measure()

    def _collector(self, number: int) -> Collector:
        settings = {
            "MQTT_URL": f"mqtt://127.0.0.1:{self.broker_link.port}",
            "STORE_URL": f"influxdb://127.0.0.1:{self.database_link.port}/{DATABASE}",
            "DEADLETTER_PATH": str(self.deadletters),
            "DATABASE_URL": f"sqlite:///{self.folder}/kilowitness.db",
            "SHARE_GROUP": "faults" if self._collector_count > 1 else "",
        }
        return Collector(
            f"collector-{number}", self.folder / f"collector-{number}", settings, command=self._command
        )

    def _wait_for_session(self, collector: Collector) -> None:
        wait_until(lambda: _SUBSCRIBED in collector.log(), what=f"the subscription of {collector.name}",
                   seconds=30, check=self.check, every_s=0.05)  # fmt: skip
