"""What the collector knows of the registry: which devices are registered, and the zone of each one's clock.

A thread of its own reads the registry's database now and then; the pipeline only ever looks into the last
snapshot. A database that is away, or not migrated yet, changes nothing but that. The last snapshot is kept in
a file, so that a restart in the meantime reads zone-less times as before.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from services.database import DatabaseUnusable, open_database, reason_of, session_factory
from services.metering.repository import Registry
from services.settings import Settings, SettingsError

log = logging.getLogger(__name__)

REFRESH_S = 60.0
WAIT_S = 5.0
"""How long the first messages wait for a registry that does not answer, where no snapshot was ever kept."""

Device = tuple[str, str]
Told = Mapping[str, str | None]
"""Addresses, `institution/meter`, with the zone of the device's clock; None for the installation's."""


class RegistryAway(Exception):
    """The registry cannot be read now; the message says why."""


class KnownDevices(Mapping[Device, ZoneInfo]):
    """The registered devices with the zones of their clocks, as of the last snapshot that could be read.

    A mapping for `Router(zones=…)`; `in` says whether a device is registered. Safe to read from any thread.
    `kept` is the snapshot's file, None to keep none.
    """

    def __init__(self, read: Callable[[], Told], kept: Path | None, zone: ZoneInfo) -> None:
        self._read, self._kept, self._zone = read, kept, zone
        self._told: Told | None = None
        self._zones: dict[Device, ZoneInfo] = {}
        self._away = False
        self._unkept = False
        self._asked = threading.Event()
        self._recall()

    @property
    def told(self) -> bool:
        """Whether there ever was a snapshot: without one, nothing says that a device is unregistered."""
        return self._told is not None

    def __getitem__(self, device: Device) -> ZoneInfo:
        return self._zones[device]

    def get(self, device: Device, default: ZoneInfo | None = None) -> ZoneInfo | None:  # type: ignore[override]
        """As every mapping's, without the exception that would be raised and caught for each stranger."""
        return self._zones.get(device, default)

    def __iter__(self) -> Iterator[Device]:
        return iter(self._zones)

    def __len__(self) -> int:
        return len(self._zones)

    def follow(
        self, stop: threading.Event, *, every_s: float = REFRESH_S, wait_s: float = WAIT_S
    ) -> threading.Thread:
        """Start the thread that refreshes until `stop` is set; wait a moment for its first answer, if there
        is no snapshot of an earlier run to begin with.
        """

        def run() -> None:
            self.refresh()
            self._asked.set()
            while not stop.wait(every_s):
                self.refresh()

        thread = threading.Thread(target=run, name="registry", daemon=True)
        thread.start()
        if not self.told:
            self._asked.wait(wait_s)
        return thread

    def refresh(self) -> None:
        """Read the registry once; what cannot be read leaves the last snapshot as it is."""
        try:
            told = dict(self._read())
        except Exception as error:  # noqa: BLE001  whatever it is: this thread must not end, nor the pipeline stop
            if not self._away:
                log.warning("the registry cannot be read, going on with what it said last: %s", error)
            self._away = True
            return
        if self._away:
            log.info("the registry is back")
        self._away = False
        if told != self._told:
            self._take(told)
            self._keep(told)

    def _take(self, told: Told) -> None:
        zones = {name: self._zone_of(name) for name in set(told.values())}
        self._zones = {_device(address): zones[name] for address, name in told.items()}
        self._told = told

    def _zone_of(self, name: str | None) -> ZoneInfo:
        try:
            return self._zone if name is None else ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            log.warning("the zone %r of the registry is unknown here; taking %s", name, self._zone.key)
            return self._zone

    def _keep(self, told: Told) -> None:
        if self._kept is None:
            return
        fresh = self._kept.with_name(f"{self._kept.name}.new")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({"addresses": told}, sort_keys=True), encoding="utf-8")
            os.replace(fresh, self._kept)  # noqa: PTH105  (atomic: a reader sees the old file or the new)
        except OSError as error:
            if not self._unkept:
                log.warning("the registry's last snapshot cannot be kept: %s", error)
            self._unkept = True
        else:
            self._unkept = False

    def _recall(self) -> None:
        """Begin with the snapshot of an earlier run, if one is there and whole."""
        if self._kept is None:
            return
        try:
            told = json.loads(self._kept.read_text(encoding="utf-8"))["addresses"]
            self._take({str(address): None if zone is None else str(zone) for address, zone in told.items()})
        except (FileNotFoundError, NotADirectoryError):
            return
        except (OSError, ValueError, LookupError, AttributeError, TypeError) as error:
            log.warning("%s is no snapshot of the registry: %s", self._kept, error)


def _device(address: str) -> Device:
    institution, _, meter = address.partition("/")
    return institution, meter


def registry_reader(database_url: str) -> Callable[[], Told]:
    """Reads the addresses and zones from the registry's database; the function raises `RegistryAway`.

    Raises `DatabaseUnusable` for a URL that names none. A SQLite file that is not there is not made, nor its
    folder.
    """
    file = _sqlite_file(database_url)
    opened = [] if file is not None and not file.exists() else [open_database(database_url)]

    def read() -> Told:
        if file is not None and not file.exists():
            raise RegistryAway(f"there is no file {file}")
        if not opened:
            opened.append(open_database(database_url))
        try:
            return Registry(session_factory(opened[0])).clock_zones()
        except DBAPIError as error:
            raise RegistryAway(reason_of(error)) from error
        finally:
            opened[0].dispose()

    return read


def _sqlite_file(database_url: str) -> Path | None:
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        return None
    named = url.drivername == "sqlite" and url.database and url.database != ":memory:"
    return Path(str(url.database)) if named else None


def known_devices(settings: Settings, *, keep: bool = True) -> KnownDevices:
    """Those of the registry that the settings name, the snapshot kept beside the dead letters or not at all.

    Raises `SettingsError` with one line when the database's URL is wrong.
    """
    try:
        read = registry_reader(settings.database_url)
    except DatabaseUnusable as error:
        raise SettingsError(f"KILOWITNESS_DATABASE_URL: {error}") from error
    kept = settings.deadletter_path.with_name(f"registry-{settings.collector_id}.json")
    return KnownDevices(read, kept if keep else None, settings.zone)
