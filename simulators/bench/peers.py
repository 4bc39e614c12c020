"""The peer: Telegraf's `mqtt_consumer` with a persistent session, into the same InfluxDB server.

It acknowledges after the write too, but only so configured. Its options are those of the manual of Telegraf's
plugins `inputs.mqtt_consumer`, `parsers/json` and `outputs.influxdb`; nothing is set that slows it down.
"""

from contextlib import closing
from pathlib import Path

from simulators.bench.contestants import Drain, Stand, drain_by
from simulators.bench.gauges import InfluxGauge
from simulators.bench.load import FILTER, Load
from simulators.processes import ProgramFailed, find_program, wait_until

TELEGRAF_CONF = """\
[agent]
  interval = "1s"
  flush_interval = "100ms"
  flush_jitter = "0s"
  metric_batch_size = 5000
  metric_buffer_limit = 1000000
  omit_hostname = true
  quiet = true

[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{broker_port}"]
  topics = ["{filter}"]
  topic_tag = ""
  qos = 1
  client_id = "{client_id}"
  persistent_session = true
  max_undelivered_messages = 60000
  name_override = "readings"
  data_format = "json"
  json_time_key = "time"
  json_time_format = "2006-01-02T15:04:05Z07:00"
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "{filter}"
    tags = "_/_/institution/meter/_"

[[outputs.influxdb]]
  urls = ["http://127.0.0.1:{store_port}"]
  database = "{database}"
"""
ABSENT = "telegraf is not on PATH: no peer to compare with"


class Telegraf:
    """A Telegraf that does what the collector does with these messages, and no more."""

    name = "telegraf"
    database = "telegraf"

    def __init__(self, stand: Stand, folder: Path, client_id: str = "bench-telegraf") -> None:
        binary = find_program(self.name)
        if binary is None:
            raise ProgramFailed(ABSENT)
        if stand.store.port is None:
            raise ProgramFailed("telegraf is compared on influxd only")
        folder.mkdir(parents=True)
        config = folder / "telegraf.conf"
        config.write_text(
            configuration(stand.broker.port, stand.store.port, self.database, client_id), encoding="utf-8"
        )
        self._stand, self._store_port, self._id = stand, stand.store.port, client_id
        self._command = [binary, "--config", str(config)]

    def subscribe(self) -> None:
        """Run it until the broker has its subscription."""
        broker = self._stand.broker
        programs = self._stand.programs
        programs.start(self.name, self._command)
        wait_until(
            lambda: broker.subscribed(self._id), what="telegraf's subscription", seconds=30, every_s=0.05,
            check=programs.check,
        )  # fmt: skip
        programs.stop(self.name)

    def drain(self, load: Load) -> Drain:
        """From its connection until the server has every reading."""
        programs = self._stand.programs
        with closing(InfluxGauge(self._store_port, self.database)) as gauge:
            return drain_by(
                self._stand, self.name, self._id, load,
                start=lambda: programs.start(self.name, self._command), gauge=gauge,
            )  # fmt: skip


def configuration(broker_port: int, store_port: int, database: str, client_id: str) -> str:
    """Telegraf's configuration (TOML)."""
    return TELEGRAF_CONF.format(
        broker_port=broker_port, store_port=store_port, database=database, client_id=client_id, filter=FILTER
    )
