"""Every dialect of the catalogue: what it sends can be sent, and says nothing impossible."""

from dataclasses import replace

import pytest

from simulators.devices.catalogue import DIALECTS
from simulators.devices.device import Message
from tests.simulators.devices.parts import SAMPLE


def _everything(name: str) -> list[Message]:
    devices = DIALECTS[name].make()
    said = [message for device in devices for message in device.connected(SAMPLE)]
    said += [device.will for device in devices if device.will is not None]
    for step in range(6):
        sample = replace(SAMPLE, time_ms=SAMPLE.time_ms + 60_000 * step)
        said += [message for device in devices for message in device.report(sample)]
    return said


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_sends_messages_that_mean_something(name: str) -> None:
    said = _everything(name)
    assert any(m.measurement != "device_status" for message in said for m in message.means)
    assert all(message.topic and not set(message.topic) & set("+#") for message in said)
    assert all(message.payload for message in said)
    for meaning in (m for message in said for m in message.means):
        assert meaning.values
        assert meaning.time_ms is None or abs(meaning.time_ms - SAMPLE.time_ms) < 3_600_000
        assert all(part == part.lower() and " " not in part for part in meaning.device)


def test_no_two_devices_share_an_address() -> None:
    owners: dict[tuple[str, str], str] = {}
    for name in DIALECTS:
        for message in _everything(name):
            for meaning in message.means:
                assert owners.setdefault(meaning.device, name) == name


def test_making_a_dialect_twice_gives_devices_that_share_nothing() -> None:
    first, second = (DIALECTS["sparkplug"].make()[0] for _ in range(2))
    first.report(SAMPLE)
    assert second.connected(SAMPLE)[0].payload == DIALECTS["sparkplug"].make()[0].connected(SAMPLE)[0].payload
