"""The test stand: a real mosquitto and a real store of their own, in a folder that is gone afterwards."""

import getpass
import time
from pathlib import Path

from simulators import influxd
from simulators.bench.gauges import Gauge, InfluxGauge, ServiceGauge
from simulators.processes import Program, ProgramFailed, Programs, find_program, free_port

MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_inflight_messages 0
max_queued_messages 0
log_dest stderr
log_type notice
log_type subscribe
connection_messages true
user {user}
"""
"""Neither messages in flight nor messages that wait are limited, so that a backlog waits whole; the log tells
who connects and subscribes."""

DATABASE = "kilowitness"


def _needed(name: str) -> str:
    binary = find_program(name)
    if binary is None:
        raise ProgramFailed(f"{name} is not on PATH; this bench needs it")
    return binary


class Broker:
    """A mosquitto that keeps every message, and whose log is watched for who connects."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        config = folder / "mosquitto.conf"
        config.write_text(MOSQUITTO_CONF.format(port=self.port, user=getpass.getuser()), encoding="utf-8")
        self.program = programs.start("mosquitto", [_needed("mosquitto"), "-c", str(config)])
        self._programs = programs
        programs.wait_for_port(self.port)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt://127.0.0.1:{self.port}"

    def connections(self, client_id: str) -> int:
        """How many times a client has connected."""
        return self.program.log.read_bytes().count(f" as {client_id} (".encode())

    def subscribed(self, client_id: str) -> bool:
        """Whether a client has subscribed to something at QoS 1."""
        return f": {client_id} 1 ".encode() in self.program.log.read_bytes()

    def wait_for(self, client_id: str, *, after: int, seconds: float = 30) -> None:
        """Return within milliseconds of a connection more than `after`."""
        deadline = time.monotonic() + seconds
        while self.connections(client_id) <= after:
            self._programs.check()
            if time.monotonic() > deadline:
                raise ProgramFailed(f"{client_id} did not connect within {seconds:g} s")
            time.sleep(0.002)


class Store:
    """A store the collector writes to: its URL, its server if it is ours, and how to count what it has."""

    def __init__(self, url: str, server: Program | None, *, port: int | None = None) -> None:
        self.url = url
        self.server = server
        self.port = port

    def gauge(self, programs: Programs, database: str = DATABASE) -> Gauge:
        """Counts from now on: through the server itself, or through the service where it is not ours."""
        if self.port is not None:
            return InfluxGauge(self.port, database)
        port = free_port()
        programs.environment["KILOWITNESS_HTTP_PORT"] = str(port)
        programs.python("service", "services", "serve")
        programs.wait_for_port(port)
        return ServiceGauge(f"http://127.0.0.1:{port}")


def open_store(kind: str, programs: Programs, folder: Path) -> Store:
    """`influxd`: a server of its own; `sqlite`: a file; anything else is the URL of a store that runs."""
    folder.mkdir(parents=True)
    if kind == "sqlite":
        return Store(f"sqlite:///{folder}/readings.db", None)
    if kind != "influxd":
        return Store(kind, None)
    port = free_port()
    config = folder / "influxdb.conf"
    config.write_text(influxd.CONF.format(folder=folder, port=port, rpc=free_port()), encoding="utf-8")
    server = programs.start("influxd", [_needed("influxd"), "-config", str(config)])
    programs.wait_for_port(port)
    return Store(f"influxdb://127.0.0.1:{port}/{DATABASE}", server, port=port)
