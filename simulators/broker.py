"""The demo's broker: the one named in the settings, else mosquitto, else the embedded one."""

import getpass
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def open_broker(kind: str, url: str | None, programs: Programs, folder: Path) -> Iterator[str]:
    """Yield the URL of a broker that accepts connections.

    `kind` is `auto`, `mosquitto` or `embedded`; a `url` from the settings wins over `auto`. Raises
    `ProgramFailed` naming what is missing and the cure.
    """
    if url is not None and kind == "auto":
        yield url
    elif kind == "mosquitto" or (kind == "auto" and find_program("mosquitto")):
        yield _start_mosquitto(programs, folder)
    else:
        with _embedded() as address:
            yield address


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
def _embedded() -> Iterator[str]:
    try:
        from iotcore import Broker
    except ImportError:
        raise ProgramFailed(
            "no broker: install mosquitto, set KILOWITNESS_MQTT_URL, or pip install 'kilowitness[demo]'"
        ) from None
    port = free_port()
    with Broker(port=port, listen="127.0.0.1", max_payload_size=4 * 2**20):
        yield f"mqtt://127.0.0.1:{port}"
