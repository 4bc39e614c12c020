"""`kilowitness setup`: prepare an InfluxDB 2.x store and give each program a token of its own.

KILOWITNESS_STORE_URL is the administrator's. For each program a folder below `--folder` receives one file
that only it is to see: `store_url` with its token in it, and for Grafana `token` alone. A token that the
server still knows is kept, so that the command may run at every start.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from services.settings import SettingsError, load_settings
from services.timeseries import influx_buckets
from services.timeseries.influx_url import parse
from services.timeseries.store import StoreUnavailable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Role:
    """A program and what it may do with the bucket; `bare` writes the token instead of a store URL."""

    name: str
    read: bool = False
    write: bool = False
    bare: bool = False


ROLES = (
    Role("collector", write=True),
    Role("service", read=True),
    Role("jobs", read=True, write=True),
    Role("grafana", read=True, bare=True),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare the store and write the files; returns 0, 1 when the server refuses, 2 on a wrong setting."""
    parser = argparse.ArgumentParser(prog="kilowitness setup", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="has or gets a folder for each program")
    folder: Path = parser.parse_args(arguments).folder
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        url = load_settings().store_url
        if not url.startswith(("influxdb2://", "influxdbs2://")):
            return _fail("KILOWITNESS_STORE_URL: setup is for influxdb2:// (an InfluxDB 2.x server)", 2)
        set_up(url, folder)
    except (SettingsError, ValueError) as error:
        return _fail(str(error), 2)
    except (StoreUnavailable, OSError) as error:
        return _fail(str(error), 1)
    return 0


def set_up(url: str, folder: Path) -> None:
    """Make the buckets with their mappings and every role's file. Raises `StoreUnavailable`, OSError."""
    server = parse(url)
    influx_buckets.prepare(server)
    for role in ROLES:
        file = folder / role.name / ("token" if role.bare else "store_url")
        if file.exists() and influx_buckets.accepts(server, _token_in(file, role)):
            log.info("%s: its token is kept", role.name)
            continue
        token = influx_buckets.scoped_token(
            server, description=f"kilowitness {role.name}", read=role.read, write=role.write
        )
        _write(file, token if role.bare else _with_token(url, token))
        log.info("%s: a token was made", role.name)


def _token_in(file: Path, role: Role) -> str:
    text = file.read_text(encoding="utf-8").strip()
    return text if role.bare else parse(text).secret


def _with_token(url: str, token: str) -> str:
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(token, safe='')}@{address}").geturl()


def _write(file: Path, text: str) -> None:
    """Put the text there at once or not at all; its folder, not its mode, says who sees it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o444)
    fresh.replace(file)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"kilowitness setup: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
