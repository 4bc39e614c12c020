"""The demo's broker: the one named in the settings, else mosquitto, else the embedded one."""

import getpass
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simulators.processes import ProgramFailed, Programs, find_program, free_port

MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
persistence true
persistence_location {folder}/
max_inflight_messages 2000
max_queued_messages 0
user {user}
"""


EMBEDDED_CONF = """\
id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v4.1]
name = "devices"
listen = "127.0.0.1:{devices}"
next_connection_delay_ms = 1
[v4.1.connections]
{limits}
[v5.1]
name = "collectors"
listen = "127.0.0.1:{collectors}"
next_connection_delay_ms = 1
[v5.1.connections]
{limits}
"""
EMBEDDED_LIMITS = """\
connection_timeout_ms = 60000
max_payload_size = 4194304
max_inflight_count = 100
dynamic_filters = true"""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where devices and collectors find the broker; the embedded one has a port for each MQTT version."""

    devices: str
    collectors: str


@contextmanager
def open_broker(kind: str, url: str | None, programs: Programs, folder: Path) -> Iterator[Addresses]:
    """Yield the addresses of a broker that accepts connections.

    `kind` is `auto`, `mosquitto` or `embedded`; a `url` from the settings wins over `auto`. Raises
    `ProgramFailed` naming what is missing and the cure.
    """
    if url is not None and kind == "auto":
        yield Addresses(url, url)
    elif kind == "mosquitto" or (kind == "auto" and find_program("mosquitto")):
        started = _start_mosquitto(programs, folder)
        yield Addresses(started, started)
    else:
        with _embedded(folder) as addresses:
            yield addresses


def _start_mosquitto(programs: Programs, folder: Path) -> str:
    binary = find_program("mosquitto")
    hasher = find_program("mosquitto_passwd")
    if binary is None or hasher is None:
        raise ProgramFailed("mosquitto is not on PATH; install it, or use --broker embedded")
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(16)
    programs.run_command("mosquitto_passwd", [hasher, "-b", "-c", f"{folder}/passwords", "demo", password])
    config = folder / "mosquitto.conf"
    config.write_text(
        MOSQUITTO_CONF.format(port=port, folder=folder.resolve(), user=getpass.getuser()), encoding="utf-8"
    )
    programs.start("mosquitto", [binary, "-c", str(config)])
    programs.wait_for_port(port)
    return f"mqtt://demo:{password}@127.0.0.1:{port}"


@contextmanager
def _embedded(folder: Path) -> Iterator[Addresses]:
    try:
        from iotcore import Broker
    except ImportError:
        raise ProgramFailed(
            "no broker: install mosquitto, set KILOWITNESS_MQTT_URL, or pip install 'kilowitness[demo]'"
        ) from None
    devices, collectors = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "embedded.toml"
    config.write_text(
        EMBEDDED_CONF.format(devices=devices, collectors=collectors, limits=EMBEDDED_LIMITS), encoding="utf-8"
    )
    with Broker(config_path=str(config)):
        yield Addresses(f"mqtt://127.0.0.1:{devices}", f"mqtt://127.0.0.1:{collectors}")
