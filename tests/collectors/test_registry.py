"""What the collector knows of the registry, also while the registry cannot be read."""

import json
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collectors.registry import KnownDevices, RegistryAway, Told, known_devices, registry_reader
from collectors.routing import Router, all_decoders
from services.database import DatabaseUnusable, migrate, open_database, session_factory
from services.metering.model import Quality
from services.metering.repository import Registry
from services.settings import Settings, SettingsError
from tests.services.metering.documents import document, institution, meter

SHANGHAI, URUMQI = ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Urumqi")
TOLD = {"a/main": None, "gw/7": "Asia/Urumqi"}


class Answers:
    """A registry that answers what it was told to, or is away."""

    def __init__(self, told: Told | None) -> None:
        self.told = told
        self.asked = threading.Event()

    def __call__(self) -> Told:
        self.asked.set()
        if self.told is None:
            raise RegistryAway("connection refused")
        return self.told


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "registry.json"


def test_the_devices_and_their_zones_are_those_of_the_last_snapshot(kept: Path) -> None:
    answers = Answers(TOLD)
    devices = KnownDevices(answers, kept, SHANGHAI)
    assert (len(devices), devices.told) == (0, False)
    devices.refresh()
    assert dict(devices) == {("a", "main"): SHANGHAI, ("gw", "7"): URUMQI}
    assert devices.told
    assert ("a", "main") in devices
    assert ("a", "stranger") not in devices
    assert devices.get(("a", "stranger"), URUMQI) is URUMQI
    answers.told = {"b/x": "Europe/Berlin"}
    devices.refresh()
    assert dict(devices) == {("b", "x"): ZoneInfo("Europe/Berlin")}


def test_a_registry_that_is_away_changes_nothing_and_is_told_once(
    kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers = Answers(TOLD)
    devices = KnownDevices(answers, kept, SHANGHAI)
    devices.refresh()
    answers.told = None
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            devices.refresh()
        assert len(devices) == 2
        answers.told = TOLD
        devices.refresh()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "connection refused" in caplog.messages[0]
    assert caplog.messages[1] == "the registry is back"


def test_a_restart_meanwhile_begins_with_the_snapshot_that_was_kept(kept: Path) -> None:
    KnownDevices(Answers(TOLD), kept, SHANGHAI).refresh()
    devices = KnownDevices(Answers(None), kept, SHANGHAI)
    devices.refresh()
    assert dict(devices) == {("a", "main"): SHANGHAI, ("gw", "7"): URUMQI}
    assert devices.told


def test_the_file_is_written_when_something_changed_and_only_then(kept: Path) -> None:
    devices = KnownDevices(Answers(TOLD), kept, SHANGHAI)
    devices.refresh()
    assert json.loads(kept.read_text()) == {"addresses": TOLD}
    kept.unlink()
    devices.refresh()
    assert not kept.exists()
    assert list(kept.parent.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"addresses": 5}', "\x00"])
def test_a_damaged_snapshot_is_no_snapshot(
    kept: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept.parent.mkdir()
    kept.write_text(content)
    devices = KnownDevices(Answers(TOLD), kept, SHANGHAI)
    assert (len(devices), devices.told) == (0, False)
    assert "is no snapshot" in caplog.text
    devices.refresh()
    assert len(devices) == 2


def test_a_zone_that_this_machine_does_not_know_is_the_installations(
    kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    devices = KnownDevices(Answers({"a/m": "Nowhere/Else", "gw/7": "Asia/Urumqi"}), kept, SHANGHAI)
    devices.refresh()
    assert dict(devices) == {("a", "m"): SHANGHAI, ("gw", "7"): URUMQI}
    assert "'Nowhere/Else'" in caplog.text


def test_a_failure_that_nobody_foresaw_is_an_absence_too(kept: Path) -> None:
    def fail() -> Told:
        raise RuntimeError("out of file handles")

    devices = KnownDevices(fail, kept, SHANGHAI)
    devices.refresh()
    assert not devices.told


def test_a_file_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "blocked").write_text("")
    answers = Answers(TOLD)
    devices = KnownDevices(answers, tmp_path / "blocked" / "registry.json", SHANGHAI)
    devices.refresh()
    answers.told = {"a/main": None}
    devices.refresh()
    assert len(devices) == 1
    assert caplog.text.count("cannot be kept") == 1


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_thread_of_its_own_follows_until_told_to_stop(kept: Path) -> None:
    answers, stop = Answers(None), threading.Event()
    devices = KnownDevices(answers, kept, SHANGHAI)
    thread = devices.follow(stop, every_s=0.01)
    until(answers.asked.is_set)
    answers.told = TOLD
    until(lambda: devices.told)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_the_first_messages_wait_a_moment_for_the_first_answer_and_no_longer(kept: Path) -> None:
    stop, answer = threading.Event(), threading.Event()

    def slow() -> Told:
        answer.wait(10)
        return TOLD

    devices = KnownDevices(slow, kept, SHANGHAI)
    thread = devices.follow(stop, wait_s=0.01)
    assert not devices.told
    answer.set()
    until(lambda: devices.told)
    stop.set()
    thread.join(10)
    assert KnownDevices(Answers(TOLD), kept.with_name("other"), SHANGHAI).follow(stop).name == "registry"


def test_the_settings_name_the_registry_and_where_its_snapshot_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/registry.db"
    migrate(url)
    named = Settings(
        _env_file=None, database_url=url, deadletter_path=tmp_path / "letters.db", collector_id="c7"
    )
    devices = known_devices(named)
    devices.refresh()
    assert devices.told
    assert (tmp_path / "registry-c7.json").exists()
    (tmp_path / "registry-c7.json").unlink()
    unkept = known_devices(named, keep=False)
    unkept.refresh()
    assert (unkept.told, (tmp_path / "registry-c7.json").exists()) == (True, False)
    with pytest.raises(SettingsError, match="KILOWITNESS_DATABASE_URL: "):
        known_devices(named.model_copy(update={"database_url": "mysql://x/y"}))


def test_the_real_registry_is_read_and_its_absence_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/folder/registry.db"
    read = registry_reader(url)
    with pytest.raises(RegistryAway, match="there is no file"):
        read()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "registry.db").touch()
    with pytest.raises(RegistryAway, match="no such table"):
        read()
    migrate(url)
    assert read() == {}
    engine = open_database(url)
    meters = [meter("main", "a"), meter("far", "a", address="gw/7", time_zone="Asia/Urumqi")]
    Registry(session_factory(engine)).apply(document(institutions=[institution("a")], meters=meters))
    engine.dispose()
    assert read() == TOLD


def test_a_database_that_does_not_answer_is_away(tmp_path: Path) -> None:
    with pytest.raises(RegistryAway):
        registry_reader("postgresql+psycopg://nobody@127.0.0.1:1/none")()
    with pytest.raises(DatabaseUnusable):
        registry_reader("mysql://x/y")
    with pytest.raises(DatabaseUnusable):
        registry_reader("sqlite:///:memory:")


def test_a_local_time_is_read_in_the_zone_of_its_devices_clock(kept: Path) -> None:
    devices = KnownDevices(Answers({"a/far": "Asia/Urumqi", "a/near": None}), kept, SHANGHAI)
    router = Router(all_decoders(), SHANGHAI, zones=devices)
    received = 1_795_334_400_000

    def hour(device: str) -> int:
        topic = f"kilowitness/v1/a/{device}/readings"
        understood = router.understand(topic, b'{"time": "2026-11-22 10:00:00", "energy_kwh": 1}', received)
        (point,) = understood.points
        assert point.fields["quality"] == Quality.ZONE_ASSUMED
        return point.time_ms // 3_600_000 % 24

    assert [hour(device) for device in ("far", "near", "stranger")] == [2, 2, 2]
    devices.refresh()
    assert [hour(device) for device in ("far", "near", "stranger")] == [4, 2, 2]
